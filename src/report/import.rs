//! The summary of `import`: numbers by outcome, failures by cause, and the next command.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::number::count;
use super::plan::write_causes;
use crate::escape;
use crate::migrate::import::{EntryOutcome, EntryStatus, Failure, ImportSummary, Proof};
use crate::migrate::plan::{ChangedEntry, Plan, PlanChanges};
use crate::secrets_manager::ProposedText;

/// Number of entries listed for one cause. The journal contains all of them.
const NAMES: usize = 10;

/// Arguments of the possible next commands, quoted for a shell.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Arguments of `keyferry plan`.
    pub plan: &'a str,
    /// Arguments of `keyferry import`.
    pub import: &'a str,
    /// Arguments of `keyferry verify`.
    pub verify: &'a str,
}

/// Writes the summary of the import of `plan`.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    summary: &ImportSummary,
    plan: &Plan,
    setting: &Setting<'_>,
) -> io::Result<()> {
    if summary.outcomes.is_empty() && summary.stopped.is_none() && !summary.interrupted {
        writeln!(out, "nothing to import: the plan has no entries")?;
        return writeln!(
            out,
            "\nnext: {}",
            escape::line(&format!("keyferry plan {}", setting.plan))
        );
    }
    let lines = [
        (
            summary.count(|done| matches!(done, EntryStatus::Created(_))),
            "created",
        ),
        (
            summary.count(|done| matches!(done, EntryStatus::Adopted(_))),
            "adopted: already in the account, created earlier with this inventory's key",
        ),
        (
            summary.count(|done| *done == EntryStatus::InSync),
            "in sync",
        ),
        (
            summary.count(|done| *done == EntryStatus::Rotated),
            "rotated: imported earlier, and changed in the account since; left as they are",
        ),
        (
            summary.count(|done| *done == EntryStatus::Ready),
            "ready: the value can be read at the place that the inventory names",
        ),
        (
            summary.count(|done| matches!(done, EntryStatus::Failed(_))),
            "failed",
        ),
        (
            summary.count(|done| matches!(done, EntryStatus::Blocked(_))),
            "left out: blocked in the plan",
        ),
        (
            summary.count(|done| *done == EntryStatus::NotTried),
            "not attempted",
        ),
    ];
    for (number, what) in lines.into_iter().filter(|(number, _)| *number > 0) {
        writeln!(out, "{number:>6} {what}")?;
    }
    let unproved = summary.count(|done| {
        matches!(
            done,
            EntryStatus::Created(Proof::Answer) | EntryStatus::Adopted(Proof::Answer)
        )
    });
    if unproved > 0 {
        let secrets = count(unproved, "secret was", "secrets were");
        writeln!(
            out,
            "\nnote: {secrets} not compared, because the role may neither describe nor read them"
        )?;
    }
    write_failures(out, &summary.outcomes)?;
    if plan.blocked().next().is_some() {
        writeln!(out, "\nleft out:")?;
        write_causes(out, plan.blocked(), NAMES)?;
    }
    writeln!(out, "\nnext: {}", escape::line(&next(summary, setting)))
}

fn next(summary: &ImportSummary, setting: &Setting<'_>) -> String {
    let Setting {
        plan,
        import,
        verify,
    } = setting;
    let again = format!("keyferry import {import}");
    if summary.interrupted {
        format!("{again} (continues after the last imported secret)")
    } else if summary.stopped.is_some() {
        format!("remove the cause, then run {again} (continues where it stopped)")
    } else if summary.count(|done| matches!(done, EntryStatus::Failed(_))) > 0 {
        "follow the hints, then plan and import again (imported secrets are not sent twice)"
            .to_owned()
    } else if summary.count(|done| matches!(done, EntryStatus::Blocked(_))) > 0 {
        format!("resolve the problems above, then run keyferry plan {plan} and {again}")
    } else if summary.count(|done| *done == EntryStatus::Ready) > 0 {
        again
    } else {
        format!("keyferry verify {verify}")
    }
}

/// Writes the changes since a plan: each kind of change once, with the entries that have it.
///
/// # Errors
///
/// Errors of `out`.
pub fn write_changes(out: &mut dyn Write, changes: &PlanChanges) -> io::Result<()> {
    writeln!(out, "changed since the plan:")?;
    for change in &changes.whole {
        writeln!(out, "  {}", escape::line(change))?;
    }
    let mut causes: BTreeMap<&[String], Vec<&ChangedEntry>> = BTreeMap::new();
    for entry in &changes.entries {
        causes.entry(&entry.changes).or_default().push(entry);
    }
    for (changes, entries) in causes {
        for change in changes {
            writeln!(out, "  {}", escape::line(change))?;
        }
        for entry in entries.iter().take(NAMES) {
            let name = entry
                .name
                .as_ref()
                .map_or("(no name)", ProposedText::as_str);
            writeln!(out, "    {}  {}", escape::line(name), entry.secret)?;
        }
        if let Some(more @ 1..) = entries.len().checked_sub(NAMES) {
            writeln!(out, "    and {more} more")?;
        }
    }
    Ok(())
}

/// Writes failures by reason and hint, so that a common cause is written once.
fn write_failures(out: &mut dyn Write, outcomes: &[EntryOutcome]) -> io::Result<()> {
    let mut causes: BTreeMap<_, Vec<(&EntryOutcome, &Failure)>> = BTreeMap::new();
    for outcome in outcomes {
        if let EntryStatus::Failed(failure) = &outcome.status {
            causes
                .entry((failure.reason, &failure.hint))
                .or_default()
                .push((outcome, failure));
        }
    }
    for ((reason, hint), failed) in causes {
        writeln!(
            out,
            "\n{} ({}):",
            reason.name(),
            count(failed.len() as u64, "secret", "secrets")
        )?;
        for (outcome, failure) in failed.iter().take(NAMES) {
            let name = outcome
                .name
                .as_ref()
                .map_or("(no name)", ProposedText::as_str);
            writeln!(
                out,
                "  {}  {}: {}",
                escape::line(name),
                outcome.secret,
                escape::line(&failure.message)
            )?;
        }
        if let Some(more @ 1..) = failed.len().checked_sub(NAMES) {
            writeln!(out, "  and {more} more")?;
        }
        writeln!(out, "  hint: {}", escape::line(hint))?;
    }
    Ok(())
}
