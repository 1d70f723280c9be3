//! The result of `verify` as text.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::number::count;
use crate::escape;
use crate::migrate::verify::VerifyReport;

/// Writes the differences, the attributes that could not be compared, and the totals.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, report: &VerifyReport) -> io::Result<()> {
    let mut not_compared: BTreeMap<&str, u64> = BTreeMap::new();
    for checked in &report.secrets {
        for what in &checked.not_compared {
            *not_compared.entry(what).or_default() += 1;
        }
        if checked.differences.is_empty() {
            continue;
        }
        writeln!(
            out,
            "{}  {}",
            escape::line(checked.name.as_str()),
            checked.secret
        )?;
        for difference in &checked.differences {
            writeln!(
                out,
                "  {}: {}",
                difference.code.name(),
                escape::line(&difference.message)
            )?;
            writeln!(out, "    hint: {}", difference.code.hint())?;
        }
    }
    for (what, number) in not_compared {
        writeln!(
            out,
            "not compared for {}: {}",
            count(number, "secret", "secrets"),
            escape::line(what)
        )?;
    }
    let differing = report
        .secrets
        .iter()
        .filter(|checked| !checked.differences.is_empty())
        .count() as u64;
    let checked = count(report.secrets.len() as u64, "secret", "secrets");
    let (account, region) = (&report.account, &report.region);
    let interrupted = if report.complete {
        ""
    } else {
        " (interrupted)"
    };
    writeln!(
        out,
        "{checked} checked in account {account}, {region}: {differing} differ{interrupted}"
    )
}
