//! A plan as text: entries by class, problems with their hints, costs, and the next command.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::number::count;
use super::place::planned_place;
use super::statement_list;
use super::table::{self, Align};
use crate::decide::StatementUse;
use crate::escape;
use crate::inventory::native_replacement::ReplacementStatus;
use crate::migrate::plan::{Class, Entry, Plan, StoredAs};
use crate::migrate::plan_problem::PlanProblem;
use crate::secrets_manager::ProposedText;

/// Suffix of a shortened list.
const ALL: &str = " (`keyferry plan` lists all)";

/// Inputs of the text besides the plan.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Folder of the inventory.
    pub inventory: &'a str,
    /// The statements of people that apply to secrets.
    pub statements: &'a [StatementUse],
    /// File that the plan was written to.
    pub file: &'a str,
    /// Arguments of `keyferry import` as the next command, quoted for a shell.
    pub import: &'a str,
    /// Arguments of `keyferry verify` as the next command, quoted for a shell.
    pub verify: &'a str,
}

/// Writes the plan as text: what a reader must know first, then all entries, then the next step.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, plan: &Plan, setting: &Setting<'_>) -> io::Result<()> {
    let compared = if plan.compared {
        ""
    } else {
        ", not compared with the account"
    };
    let (account, region) = (&plan.account, &plan.region);
    writeln!(out, "plan for account {account}, {region}{compared}\n")?;
    write_classes(out, plan)?;
    write_rest(out, plan)?;
    write_cost(out, plan)?;
    writeln!(out, "written to {}", escape::line(setting.file))?;
    for note in &plan.notes {
        writeln!(out, "\nnote: {}", escape::line(note))?;
    }
    statement_list::write(out, setting.statements)?;
    write_replacements(out, plan)?;
    write_problems(out, plan)?;
    for class in Class::ALL.into_iter().filter(|class| class.is_importable()) {
        write_names(out, plan, class)?;
    }
    write_next(out, plan, setting)
}

fn write_cost(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let cost = &plan.cost;
    if cost.calls == 0 {
        return writeln!(out, "cost: none, because an import would make no call");
    }
    let calls = count(cost.calls, "call", "calls");
    let once = format!("{} once for about {calls}", cost.once());
    match cost.secrets {
        0 => writeln!(out, "cost: {once}"),
        new => {
            let new = count(new, "new secret", "new secrets");
            writeln!(
                out,
                "cost: {} a month for {new}, and {once}",
                cost.monthly()
            )
        }
    }
}

/// Writes the next step.
///
/// # Errors
///
/// Errors of `out`.
pub fn write_next(out: &mut dyn Write, plan: &Plan, setting: &Setting<'_>) -> io::Result<()> {
    writeln!(out, "\nnext: {}", escape::line(&next(plan, setting)))
}

fn next(plan: &Plan, setting: &Setting<'_>) -> String {
    let Setting {
        inventory,
        import,
        verify,
        ..
    } = setting;
    let importable = plan.importable().any(|entry| entry.class.may_write());
    match (importable, plan.blocked().next().is_some()) {
        (true, false) => format!("keyferry import {import}"),
        (true, true) => {
            format!(
                "resolve the problems above and plan again, or import the other secrets with keyferry import {import}"
            )
        }
        (false, true) => "resolve the problems above and plan again".to_owned(),
        (false, false) if plan.entries.is_empty() && plan.not_planned.review > 0 => {
            format!("decide the secrets in review in {inventory}/decisions.yaml, then plan again")
        }
        (false, false) if plan.entries.is_empty() => "nothing to import".to_owned(),
        (false, false) => format!("keyferry verify {verify}"),
    }
}

fn write_classes(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    if plan.entries.is_empty() {
        return writeln!(out, "  no secret has the decision relocate");
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
        .map(|entry| {
            vec![
                name(entry),
                entry.secret.to_string(),
                reading(entry),
                rotation(entry),
            ]
        })
        .collect();
    table::write(out, "  ", &[], &rows)
}

fn write_problems(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    // The plan has one note for all denied names.
    let listed: Vec<&Entry> = plan
        .entries
        .iter()
        .filter(|entry| entry.class != Class::Denied && !entry.problems.is_empty())
        .collect();
    if listed.is_empty() {
        return Ok(());
    }
    let blocked = plan.blocked().count() as u64;
    let cannot = count(
        blocked,
        "entry cannot be imported",
        "entries cannot be imported",
    );
    writeln!(out, "\nproblems ({cannot}):")?;
    write_causes(out, listed.into_iter(), usize::MAX)
}

/// Writes entries by their problems, so that a common problem and its hint are written once. At most `most` entries are
/// listed for each.
///
/// # Errors
///
/// Errors of `out`.
pub(super) fn write_causes<'a>(
    out: &mut dyn Write,
    entries: impl Iterator<Item = &'a Entry>,
    most: usize,
) -> io::Result<()> {
    let mut causes: BTreeMap<(Class, &[PlanProblem]), Vec<&Entry>> = BTreeMap::new();
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
                entry
                    .occurrence
                    .as_ref()
                    .map(planned_place)
                    .unwrap_or_default(),
            ],
        };
        let rows: Vec<Vec<String>> = entries.iter().take(most).map(row).collect();
        table::write(out, "    ", &[], &rows)?;
        if let Some(more @ 1..) = entries.len().checked_sub(most) {
            writeln!(out, "    and {more} more{ALL}")?;
        }
    }
    Ok(())
}

/// Writes the services that may take the place of planned secrets, so that nobody has to store them.
fn write_replacements(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let mut services: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
    let known = plan.entries.iter();
    let known = known.filter_map(|entry| entry.replacement.as_ref());
    for replacement in known.filter(|known| known.status != ReplacementStatus::Declined) {
        let service = (
            replacement.service.as_str(),
            replacement.documentation.as_deref(),
        );
        *services.entry(service).or_default() += 1;
    }
    if services.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nmay be unnecessary to store:")?;
    for ((service, documentation), number) in services {
        let address = documentation.map_or_else(String::new, |address| format!(": {address}"));
        let line = format!(
            "{}, if {service} can take {} place{address}",
            count(number, "secret", "secrets"),
            if number == 1 { "its" } else { "their" }
        );
        writeln!(out, "  {}", escape::line(&line))?;
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
    if left.dismiss > 0 {
        parts.push(format!("{} dismissed", left.dismiss));
    }
    writeln!(out)?;
    if parts.is_empty() {
        Ok(())
    } else {
        writeln!(out, "not planned: {}", parts.join(", "))
    }
}

/// The rotation to set up: `rotation: single-user every 30 days`.
fn rotation(entry: &Entry) -> String {
    let Some(chosen) = &entry.rotation else {
        return String::new();
    };
    let text = format!("rotation: {}", chosen.rotation());
    escape::line(&text).into_owned()
}

/// How the value is read and stored: `base64, SecretBinary`.
fn reading(entry: &Entry) -> String {
    let stored = entry.stored_as.map(StoredAs::name);
    let parts = [entry.reading.as_deref(), stored].into_iter().flatten();
    let parts: Vec<_> = parts.map(escape::line).collect();
    parts.join(", ")
}

fn name(entry: &Entry) -> String {
    entry
        .name
        .as_ref()
        .map(ProposedText::as_str)
        .map_or("(no name)".to_owned(), |name| {
            escape::line(name).into_owned()
        })
}
