//! `--format csv`: the fields of [`Row`] as columns, for spreadsheets. Null becomes an empty cell.
//!
//! Spreadsheets execute a cell that starts with `=`, `+`, `-` or `@` as a formula, even if it is
//! quoted. Every text cell that starts with one of these characters or with an apostrophe gets an
//! apostrophe in front. A reader that removes one leading apostrophe has the original cell. Control
//! characters are escaped, so that every row is one line.

use std::borrow::Cow;
use std::io::{self, Write};

use super::finding_order::ordered;
use super::options::Options;
use super::row::Row;
use crate::coverage::Coverage;
use crate::coverage::shortfall::Shortfall;
use crate::escape;
use crate::finding::{Doubt, Finding, Introduction, is_weak};
use crate::secret::hex;

const COLUMNS: [&str; 26] = [
    "secret_id",
    "detector",
    "kind",
    "confidence",
    "proof",
    "origin",
    "repository",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "blob",
    "commit",
    "introduced",
    "author",
    "date",
    "reachable",
    "at_head",
    "refs",
    "refs_more",
    "last_commit",
    "last_date",
    "redacted",
    "reading",
    "reading_doubt",
];

/// Columns of `--show-secrets`. The second is filled only if the first is not exactly the value.
const SECRET_COLUMNS: [&str; 3] = ["secret", "secret_hex", "weak"];

/// Writes `findings` as CSV, with a header.
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
    write_rows(out, findings, coverage, options).map_err(|error| match error.into_kind() {
        // The conversion of the csv crate loses the kind of the error, which identifies a closed
        // pipe.
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user asks for values with --show-secrets"
)]
fn write_rows(
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> csv::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(
        COLUMNS
            .iter()
            .chain(SECRET_COLUMNS.iter().filter(|_| options.show_secrets)),
    )?;
    for finding in ordered(findings) {
        let row = Row::of(finding, false);
        for text in [
            row.secret_id.as_str(),
            row.detector,
            row.kind.name(),
            row.confidence.name(),
        ] {
            csv.write_field(cell(text).as_ref())?;
        }
        for text in [
            row.proof.unwrap_or_default(),
            row.origin.name(),
            row.repository,
            row.path,
        ] {
            csv.write_field(cell(text).as_ref())?;
        }
        for number in [row.line, row.column, row.end_line] {
            csv.write_field(number.to_string())?;
        }
        csv.write_field(
            row.end_column
                .map(|column| column.to_string())
                .unwrap_or_default(),
        )?;
        let introduced = row.introduced.map(Introduction::name);
        for text in [row.blob, row.commit, introduced, row.author, row.date] {
            csv.write_field(cell(text.unwrap_or_default()).as_ref())?;
        }
        for truth in [row.reachable, row.at_head] {
            csv.write_field(if truth { "true" } else { "false" })?;
        }
        // Names of refs contain no spaces.
        csv.write_field(cell(&row.refs.join(" ")).as_ref())?;
        csv.write_field(row.refs_more.to_string())?;
        for text in [row.last_commit, row.last_date] {
            csv.write_field(cell(text.unwrap_or_default()).as_ref())?;
        }
        csv.write_field(cell(row.redacted).as_ref())?;
        csv.write_field(row.reading.name())?;
        csv.write_field(row.reading_doubt.map_or("", Doubt::name))?;
        if options.show_secrets {
            let value = finding.value.expose();
            let shown = escape::bytes(value);
            csv.write_field(guard(&shown).as_ref())?;
            csv.write_field(if shown.as_bytes() == value {
                String::new()
            } else {
                hex(value)
            })?;
            csv.write_field(if is_weak(value) { "true" } else { "false" })?;
        }
        csv.write_record(None::<&[u8]>)?;
    }
    if !coverage.complete() {
        let missed = Shortfall::of(coverage);
        let text = format!(
            "INCOMPLETE: {} unreadable; {} cut off; {} with contradictory ids; {} too large{}; the coverage report names them",
            missed.unreadable,
            missed.cut_off,
            missed.contradictions,
            missed.too_large,
            if missed.interrupted {
                " (interrupted)"
            } else {
                ""
            }
        );
        csv.write_field(text)?;
        let secrets = if options.show_secrets {
            SECRET_COLUMNS.len()
        } else {
            0
        };
        let columns = COLUMNS.len() + secrets;
        csv.write_record(std::iter::repeat_n("", columns - 1))?;
    }
    Ok(csv.flush()?)
}

/// Escapes and protects a cell.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    match escape::line(text) {
        Cow::Borrowed(text) => guard(text),
        Cow::Owned(text) => Cow::Owned(guard(&text).into_owned()),
    }
}

/// Protects a cell from being executed as a formula. Full-width signs count too, because some
/// spreadsheets treat them like the ASCII signs. A leading tab or carriage return has been escaped
/// before.
pub(crate) fn guard(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\'' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula() {
        for text in [
            "=1+1", "+cmd", "-2", "@SUM(A1)", "＝1", "'quoted", "\t=1", "\r=1",
        ] {
            let cell = cell(text);
            assert!(cell.starts_with(['\'', '\\']), "{cell}");
        }
        assert_eq!(cell("-----BEGIN"), "'-----BEGIN");
        assert_eq!(cell("a=b"), "a=b");
        assert_eq!(cell(""), "");
    }
}
