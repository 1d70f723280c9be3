//! A plan for a person: what would be done, what stands in the way, what it costs, what comes next.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::number::count;
use super::place::place;
use super::table::{self, Align};
use crate::escape;
use crate::migrate::limits::Problem;
use crate::migrate::plan::{Class, Entry, Plan};

/// Names shown of one class; the plan's file holds the others.
const NAMES: usize = 20;

/// How to see them.
const ALL: &str = " (`keyferry plan --format json` has all)";

/// What the plan alone does not tell.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The folder of the inventory that it was made from.
    pub inventory: &'a str,
    /// Where it was written.
    pub file: &'a str,
    /// Arguments of the commands that may be next, quoted for a shell.
    pub import: &'a str,
    pub verify: &'a str,
}

pub fn write(out: &mut dyn Write, plan: &Plan, setting: &Setting<'_>) -> io::Result<()> {
    let compared = if plan.compared {
        ""
    } else {
        ", not compared with the account"
    };
    let (account, region) = (escape::line(&plan.account), escape::line(&plan.region));
    writeln!(out, "plan for account {account}, {region}{compared}\n")?;
    write_classes(out, plan)?;
    for class in Class::ALL
        .into_iter()
        .filter(|class| class.is_importable() && *class != Class::InSync)
    {
        write_names(out, plan, class)?;
    }
    write_problems(out, plan)?;
    for note in &plan.notes {
        writeln!(out, "\nnote: {}", escape::line(note))?;
    }
    write_rest(out, plan)?;
    writeln!(
        out,
        "cost: {} a month for {}, and {} once for about {}",
        plan.cost.monthly(),
        count(plan.cost.secrets, "new secret", "new secrets"),
        plan.cost.once(),
        count(plan.cost.calls, "call", "calls"),
    )?;
    writeln!(out, "written to {}", escape::line(setting.file))?;
    writeln!(out, "\nnext: {}", escape::line(&next(plan, setting)))
}

fn next(plan: &Plan, setting: &Setting<'_>) -> String {
    let Setting {
        inventory,
        import,
        verify,
        ..
    } = setting;
    let importable = plan.importable().any(|entry| entry.class != Class::InSync);
    match (importable, plan.blocked().next().is_some()) {
        (true, false) => format!("keyferry import {import}"),
        (true, true) => {
            format!(
                "correct what is in the way and plan again, or import the others with keyferry import {import}"
            )
        }
        (false, true) => "correct what is in the way and plan again".to_owned(),
        (false, false) if plan.entries.is_empty() && plan.not_planned.review > 0 => {
            format!("settle what is in review in {inventory}/decisions.yaml, then plan again")
        }
        (false, false) if plan.entries.is_empty() => "nothing to import".to_owned(),
        (false, false) => format!("keyferry verify {verify}"),
    }
}

fn write_classes(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.entries.is_empty() {
        return writeln!(out, "  no secret is to be relocated");
    }
    let rows: Vec<Vec<String>> = Class::ALL
        .into_iter()
        .filter_map(|class| {
            let count = plan.counts.get(&class)?;
            Some(vec![
                class.name().to_owned(),
                count.to_string(),
                class.meaning().to_owned(),
            ])
        })
        .collect();
    table::write(out, "  ", &[Align::Left, Align::Right, Align::Left], &rows)
}

fn write_names(out: &mut dyn Write, plan: &Plan, class: Class) -> io::Result<()> {
    let mut entries: Vec<&Entry> = plan
        .entries
        .iter()
        .filter(|entry| entry.class == class)
        .collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}:", class.name())?;
    let rows: Vec<Vec<String>> = entries
        .iter()
        .take(NAMES)
        .map(|entry| vec![name(entry), entry.secret.to_string()])
        .collect();
    table::write(out, "  ", &[], &rows)?;
    match entries.len().checked_sub(NAMES) {
        Some(more @ 1..) => writeln!(out, "  and {more} more{ALL}"),
        _ => Ok(()),
    }
}

fn write_problems(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    // Denied names have one note for all of them.
    let told: Vec<&Entry> = plan
        .entries
        .iter()
        .filter(|entry| entry.class != Class::Denied && !entry.problems.is_empty())
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let blocked = plan.blocked().count() as u64;
    let cannot = count(
        blocked,
        "entry cannot be imported as it is",
        "entries cannot be imported as they are",
    );
    writeln!(out, "\nto look at ({cannot}):")?;
    write_causes(out, told.into_iter())
}

/// Entries by what is wrong with them, so that one cause of many is said once, with its hint.
pub(super) fn write_causes<'a>(
    out: &mut dyn Write,
    entries: impl Iterator<Item = &'a Entry>,
) -> io::Result<()> {
    let mut causes: BTreeMap<(Class, &[Problem]), Vec<&Entry>> = BTreeMap::new();
    entries.for_each(|entry| {
        causes
            .entry((entry.class, entry.problems.as_slice()))
            .or_default()
            .push(entry)
    });
    for ((class, problems), mut entries) in causes {
        writeln!(
            out,
            "  {} ({}):",
            class.name(),
            count(entries.len() as u64, "secret", "secrets")
        )?;
        for problem in problems {
            let code = Some(problem.code.name()).filter(|code| *code != class.name());
            let code = code.map(|code| format!("{code}: ")).unwrap_or_default();
            writeln!(out, "    {code}{}", escape::line(&problem.message))?;
            writeln!(out, "      hint: {}", escape::line(&problem.hint))?;
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let row = |entry: &&Entry| match &entry.name {
            Some(_) => vec![name(entry), entry.secret.to_string()],
            None => vec![
                entry.secret.to_string(),
                entry.occurrence.as_ref().map(place).unwrap_or_default(),
            ],
        };
        let rows: Vec<Vec<String>> = entries.iter().take(NAMES).map(row).collect();
        table::write(out, "    ", &[], &rows)?;
        if let Some(more @ 1..) = entries.len().checked_sub(NAMES) {
            writeln!(out, "    and {more} more{ALL}")?;
        }
    }
    Ok(())
}

fn write_rest(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let left = &plan.not_planned;
    let mut parts = Vec::new();
    if left.review > 0 {
        parts.push(format!(
            "{} in review ({})",
            left.review,
            count(left.questions, "open question", "open questions")
        ));
    }
    if left.retain > 0 {
        parts.push(format!("{} retained", left.retain));
    }
    if left.retire > 0 {
        parts.push(format!("{} to retire", left.retire));
    }
    writeln!(out)?;
    if parts.is_empty() {
        Ok(())
    } else {
        writeln!(out, "not planned: {}", parts.join(", "))
    }
}

fn name(entry: &Entry) -> String {
    entry
        .name
        .as_deref()
        .map_or("(no name)".to_owned(), |name| {
            escape::line(name).into_owned()
        })
}
