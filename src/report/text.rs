//! `--format text` of a scan in a pipe or a file: findings by repository and path, then the coverage report, then totals.
//! It depends on no terminal. [`super::secret_blocks`] is the form for terminals.

use std::borrow::Cow;
use std::io::{self, Write};

use super::coverage_report;
use super::finding_order::{object, ordered};
use super::finding_words::{details, heading};
use super::options::Options;
use super::paint::Paint;
use super::scan_totals::last_line;
use super::table::{self, Align};
use crate::coverage::Coverage;
use crate::escape;
use crate::finding::Finding;

/// Writes the text report.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> io::Result<()> {
    let paint = Paint(options.color);
    let ordered = ordered(findings);
    for repository in ordered.chunk_by(|a, b| a.occurrence.repository == b.occurrence.repository) {
        let name = match repository[0].occurrence.repository.as_str() {
            "" => Cow::Borrowed("(no repository)"),
            name => escape::line(name),
        };
        writeln!(out, "{}", paint.bold(&name))?;
        let same_place = |a: &&Finding, b: &&Finding| {
            a.occurrence.path == b.occurrence.path && object(&a.occurrence) == object(&b.occurrence)
        };
        for place in repository.chunk_by(same_place) {
            writeln!(out, "  {}", paint.bold(&heading(&place[0].occurrence)))?;
            write_place(out, place, paint, options)?;
        }
        writeln!(out)?;
    }
    coverage_report::write(out, coverage)?;
    let in_git = |finding: &Finding| finding.occurrence.date.is_some();
    if options.object_ids && !options.show_secrets {
        writeln!(out, "{IDS_SHOWN}")?;
    } else if !options.object_ids && findings.iter().any(in_git) {
        writeln!(out, "{IDS_LEFT_OUT}")?;
    }
    writeln!(
        out,
        "\n{}",
        paint.bold(&last_line(findings, coverage, options.dismissed))
    )
}

const IDS_SHOWN: &str =
    "  ids         of git objects are shown: with them, anyone can test guesses of a weak value";
const IDS_LEFT_OUT: &str =
    "  ids         of commits and blobs are left out (--show-ids shows them)";

/// Writes the findings of one file, message or blob in columns.
fn write_place(
    out: &mut dyn Write,
    place: &[&Finding],
    paint: Paint,
    options: &Options<'_>,
) -> io::Result<()> {
    let rows: Vec<Vec<String>> = place
        .iter()
        .map(|finding| cells(finding, options))
        .collect();
    let widths = table::widths(&rows);
    let mut rows = place.iter().zip(&rows).peekable();
    while let Some((finding, row)) = rows.next() {
        let pad = |column: usize, align| table::pad(&row[column], widths[column], align);
        let line = format!(
            "    {}  {}  {}  {}  {}",
            pad(0, Align::Right),
            pad(1, Align::Left),
            paint.confidence(&pad(2, Align::Left), finding.confidence),
            pad(3, Align::Left),
            row[4],
        );
        writeln!(out, "{}", line.trim_end())?;
        let alike = count_alike(rows.clone(), finding, row);
        if alike >= LEAST_ALIKE {
            let column = " ".repeat(widths[0]);
            writeln!(out, "    {column}  and {alike} more like it on this line")?;
            rows.by_ref().take(alike).for_each(drop);
        }
    }
    Ok(())
}

/// The least number of rows that differ only in their columns and that one row stands for.
const LEAST_ALIKE: usize = 3;

/// The number of findings behind one that are on the same line and look the same but for their columns: the expired tokens
/// of a line of data. Their values differ, and each is a secret, so only this format, which people read, counts them.
fn count_alike<'f>(
    rows: impl Iterator<Item = (&'f &'f Finding, &'f Vec<String>)>,
    finding: &Finding,
    row: &[String],
) -> usize {
    let line = finding.occurrence.line;
    rows.take_while(|(other, cells)| {
        other.occurrence.line == line
            && other.detector == finding.detector
            && cells[1..] == row[1..]
    })
    .count()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user asks for values with --show-secrets"
)]
fn cells(finding: &Finding, options: &Options<'_>) -> Vec<String> {
    let occurrence = &finding.occurrence;
    let shown = match () {
        () if options.show_secrets => escape::bytes(finding.value.expose()),
        () => {
            let redacted = if finding.redacted.is_empty() {
                "…"
            } else {
                &finding.redacted
            };
            Cow::Owned(escape::line(&format!("{}{redacted}", name(finding))).into_owned())
        }
    };
    vec![
        format!("{}:{}", occurrence.line, occurrence.column),
        escape::line(options.detectors.name(&finding.detector)).into_owned(),
        finding.confidence.name().to_owned(),
        shown.into_owned(),
        details(finding, options).join(", "),
    ]
}

/// The name of the value: the key that it is assigned to, or its user and host. People recognise a
/// secret by its name, not by its line.
fn name(finding: &Finding) -> String {
    let context = &finding.context;
    match (&context.key, &context.user, &context.host) {
        (Some(key), ..) => format!("{key}="),
        (None, Some(user), Some(host)) => format!("{user}@{host}: "),
        (None, None, Some(host)) => format!("{host}: "),
        _ => String::new(),
    }
}
