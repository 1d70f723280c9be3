//! The result of `verify` as text.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::number::count;
use crate::escape;
use crate::migrate::verify::{CheckedSecret, DifferenceCode, VerifyReport};
use crate::secrets_manager::ProposedText;

/// Number of secrets listed for one cause. The JSON report contains all of them.
const NAMES: usize = 20;

/// Suffix of a shortened list.
const ALL: &str = " (`keyferry verify --format json` lists all)";

/// Writes the differences, the rotated secrets, the attributes that could not be compared, and the
/// totals.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, report: &VerifyReport) -> io::Result<()> {
    let mut not_compared: BTreeMap<&str, u64> = BTreeMap::new();
    // A half-done import can leave thousands that are not imported, each for the same reason.
    let mut not_imported: BTreeMap<&str, Vec<&CheckedSecret>> = BTreeMap::new();
    for checked in &report.secrets {
        for what in &checked.not_compared {
            *not_compared.entry(what).or_default() += 1;
        }
        let mut shown = false;
        for difference in &checked.differences {
            if difference.code == DifferenceCode::NotImported {
                let same = not_imported.entry(&difference.message).or_default();
                same.push(checked);
                continue;
            }
            if !shown {
                writeln!(out, "{}", row(checked))?;
                shown = true;
            }
            writeln!(
                out,
                "  {}: {}",
                difference.code.name(),
                escape::line(&difference.message)
            )?;
            writeln!(out, "    hint: {}", difference.code.hint())?;
        }
    }
    let code = DifferenceCode::NotImported;
    for (message, secrets) in not_imported {
        writeln!(
            out,
            "{} ({}): {}",
            code.name(),
            count(secrets.len() as u64, "secret", "secrets"),
            escape::line(message)
        )?;
        list(out, secrets.into_iter())?;
        writeln!(out, "  hint: {}", code.hint())?;
    }
    let rotated = report
        .secrets
        .iter()
        .filter(|checked| checked.rotated.is_some());
    if report.rotated() > 0 {
        writeln!(out, "rotated after the import, which is no difference:")?;
        list(out, rotated)?;
    }
    for (what, number) in not_compared {
        writeln!(
            out,
            "not compared for {}: {}",
            count(number, "secret", "secrets"),
            escape::line(what)
        )?;
    }
    for note in &report.notes {
        writeln!(out, "note: {}", escape::line(note))?;
    }
    let checked = count(report.secrets.len() as u64, "secret", "secrets");
    let (account, region) = (&report.account, &report.region);
    let mut ends = vec![format!("{} differ", report.differing())];
    for (number, what) in [
        (report.not_imported(), "not imported"),
        (report.rotated(), "rotated after the import"),
    ] {
        if number > 0 {
            ends.push(format!("{number} {what}"));
        }
    }
    let interrupted = if report.complete {
        ""
    } else {
        " (interrupted)"
    };
    writeln!(
        out,
        "{checked} checked in account {account}, {region}: {}{interrupted}",
        ends.join(", ")
    )
}

/// Name and id of a secret.
fn row(checked: &CheckedSecret) -> String {
    let name = checked
        .name
        .as_ref()
        .map_or("(no name)", ProposedText::as_str);
    format!("{}  {}", escape::line(name), checked.secret)
}

/// Lists the first secrets, with the time of a rotation.
fn list<'a>(
    out: &mut dyn Write,
    secrets: impl Iterator<Item = &'a CheckedSecret>,
) -> io::Result<()> {
    let secrets: Vec<_> = secrets.collect();
    for checked in secrets.iter().take(NAMES) {
        let changed = checked
            .rotated
            .as_ref()
            .and_then(|of| of.changed.as_deref());
        let changed = changed.map(|date| format!("  changed {date}"));
        writeln!(
            out,
            "  {}{}",
            row(checked),
            escape::line(&changed.unwrap_or_default())
        )?;
    }
    match secrets.len().checked_sub(NAMES) {
        Some(more @ 1..) => writeln!(out, "  and {more} more{ALL}"),
        _ => Ok(()),
    }
}
