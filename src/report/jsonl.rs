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
use crate::coverage::shortfall::Shortfall;
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
        let incomplete = Shortfall::of(coverage);
        json::write_line(out, &IncompleteLine { incomplete })?;
    }
    Ok(())
}

/// The last line of the report of an incomplete scan.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncompleteLine {
    /// The parts that the scan did not read.
    pub incomplete: Shortfall,
}
