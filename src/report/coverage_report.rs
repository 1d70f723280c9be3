//! The coverage report as text: counts of everything that was read, skipped (with the reason),
//! unreadable or rejected. It is part of the text report. For the formats without a coverage report
//! the caller writes it to stderr.

use std::io::{self, Write};

use super::number::{bytes, count};
use crate::coverage::{Coverage, Listed, Skip};
use crate::escape;

/// Number of names listed for each reason to skip. The JSON document contains more.
const SHOWN: usize = 5;

/// Writes the coverage report.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, coverage: &Coverage) -> io::Result<()> {
    writeln!(out, "coverage")?;
    writeln!(out, "  read        {}", read(coverage))?;
    if coverage.known > 0 {
        let what = count(coverage.known, "object", "objects");
        writeln!(
            out,
            "  known       {what}, read by an earlier scan (--no-cache reads everything again)"
        )?;
    }
    if coverage.binary > 0 {
        let what = count(coverage.binary, "file or blob", "files and blobs");
        writeln!(out, "  binary      {what}, read for tokens and keys only")?;
    }
    for (&reason, skipped) in &coverage.skipped {
        let counts = reason == Skip::TooLarge && coverage.strict;
        let why = if counts {
            ", which --strict counts as not read"
        } else {
            ""
        };
        listed(out, "skipped", &format!("{}{why}", reason.name()), skipped)?;
        if let Some(hint) = hint(reason) {
            writeln!(out, "              {hint}")?;
        }
    }
    for (limit, cut) in &coverage.cut_off {
        listed(
            out,
            "cut off",
            &format!("at the limit of {}", limit.name()),
            cut,
        )?;
    }
    for (contradiction, objects) in &coverage.contradictions {
        listed(out, "contradicts", contradiction.name(), objects)?;
    }
    for unreadable in &coverage.unreadable {
        writeln!(
            out,
            "  unreadable  {}: {}",
            escape::line(&unreadable.what),
            escape::line(&unreadable.why)
        )?;
    }
    if !coverage.rejected.is_empty() {
        let total: u64 = coverage.rejected.values().sum();
        let reasons: Vec<_> = coverage
            .rejected
            .iter()
            .map(|(name, n)| format!("{} {n}", escape::line(name)))
            .collect();
        writeln!(
            out,
            "  rejected    {}: {}",
            count(total, "candidate", "candidates"),
            reasons.join(", ")
        )?;
    }
    if coverage.interrupted {
        writeln!(out, "  interrupted before everything was read")?;
    }
    Ok(())
}

/// What it means that things were left out for this reason, and the remedy.
fn hint(reason: Skip) -> Option<&'static str> {
    match reason {
        Skip::Shallow => Some(
            "the clone is shallow: the history before these commits is not in it (git fetch --unshallow gets it)",
        ),
        Skip::Partial => Some(
            "the clone is partial: these objects are not in it (git fetch --refetch --no-filter gets all)",
        ),
        Skip::UnknownAge => Some(
            "the versions before them are not in the clone, so it is unknown whether they are new",
        ),
        _ => None,
    }
}

/// A line of things with one reason.
fn listed(out: &mut dyn Write, label: &str, reason: &str, things: &Listed) -> io::Result<()> {
    let shown: Vec<_> = things
        .named
        .iter()
        .take(SHOWN)
        .map(|name| escape::line(name))
        .collect();
    let (count, names) = (things.count, shown.join(", "));
    write!(out, "  {label:<11} {count} {reason}: {names}")?;
    match count.saturating_sub(shown.len() as u64) {
        0 => writeln!(out),
        more => writeln!(out, " and {more} more"),
    }
}

fn read(coverage: &Coverage) -> String {
    let counts = [
        (coverage.repositories, "repository", "repositories"),
        (coverage.folders, "folder", "folders"),
        (coverage.files, "file", "files"),
        (
            coverage.git_files,
            "file of git's own",
            "files of git's own",
        ),
        (coverage.blobs, "blob", "blobs"),
        (coverage.commits, "commit", "commits"),
        (coverage.tags, "tag", "tags"),
    ];
    let parts = counts
        .into_iter()
        .filter(|&(n, ..)| n > 0)
        .map(|(n, one, many)| count(n, one, many));
    parts
        .chain([bytes(coverage.bytes)])
        .collect::<Vec<_>>()
        .join(", ")
}
