//! The statements of people that apply to secrets: their places, and the numbers of secrets.

use std::io::{self, Write};

use super::number::count;
use super::table;
use crate::decide::StatementUse;
use crate::escape;
use crate::inventory::entry::Outcome;

/// The number of statements that are listed: those that apply to most secrets.
const SHOWN: usize = 20;

/// Writes the list, or nothing if no statement applies.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, statements: &[StatementUse]) -> io::Result<()> {
    if statements.is_empty() {
        return Ok(());
    }
    let mut listed: Vec<&StatementUse> = statements.iter().collect();
    listed.sort_by_key(|used| std::cmp::Reverse(used.decided.max(used.facts)));
    writeln!(out, "\nstatements of people:")?;
    let row = |used: &&StatementUse| {
        let secrets = |number| count(number, "secret", "secrets");
        let decided = used.outcome.map(|outcome| {
            let to = if outcome == Outcome::Review {
                "sends to review"
            } else {
                outcome.name()
            };
            format!("{to}: {}", secrets(used.decided))
        });
        let facts = (used.facts > 0).then(|| format!("facts: {}", secrets(used.facts)));
        let said: Vec<String> = [decided, facts].into_iter().flatten().collect();
        let id = used.id.as_ref();
        let id = id.map_or_else(String::new, |id| format!(" ({id})"));
        let place = escape::line(&used.place);
        vec![format!("{place}{id}"), said.join("; ")]
    };
    let rows: Vec<Vec<String>> = listed.iter().take(SHOWN).map(row).collect();
    table::write(out, "  ", &[], &rows)?;
    if let Some(more @ 1..) = listed.len().checked_sub(SHOWN) {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}
