//! `--format jsonl`: one [`Row`] per line. The caller writes the coverage report elsewhere.
//!
//! The report of an incomplete scan has a last line that says so: without it, an empty report of a
//! scan that read nothing would look like that of a clean repository.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::finding_order::ordered;
use super::json;
use super::options::Options;
use super::row::Row;
use crate::coverage::Coverage;
use crate::finding::Finding;

/// Writes one line of JSON for each finding.
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
    for finding in ordered(findings) {
        json::write_line(out, &Row::of(finding, options.show_secrets))?;
    }
    if !coverage.complete() {
        let incomplete = Incomplete::of(coverage);
        json::write_line(out, &IncompleteLine { incomplete })?;
    }
    Ok(())
}

/// The last line of the report of an incomplete scan.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncompleteLine {
    /// The parts that the scan did not read.
    pub incomplete: Incomplete,
}

/// What an incomplete scan did not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incomplete {
    /// The number of things that could not be read.
    pub unreadable: u64,
    /// The number of things that were not read to their end because of a limit.
    pub cut_off: u64,
    /// The scan was interrupted.
    pub interrupted: bool,
}

impl Incomplete {
    /// The numbers of a coverage report.
    pub fn of(coverage: &Coverage) -> Self {
        Self {
            unreadable: coverage.unreadable_count(),
            cut_off: coverage.cut_off.values().map(|listed| listed.count).sum(),
            interrupted: coverage.interrupted,
        }
    }
}
