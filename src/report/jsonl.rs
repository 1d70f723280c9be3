//! `--format jsonl`: one [`Row`] per line. The caller writes the coverage report elsewhere.

use std::io::{self, Write};

use super::finding_order::ordered;
use super::json;
use super::options::Options;
use super::row::Row;
use crate::finding::Finding;

/// Writes one line of JSON for each finding.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, findings: &[Finding], options: &Options<'_>) -> io::Result<()> {
    for finding in ordered(findings) {
        json::write_line(out, &Row::of(finding, options.show_secrets))?;
    }
    Ok(())
}
