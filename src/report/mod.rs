//! Turns what a scan found, and what it read, into text for people and formats for machines: one format a file.
//!
//! Every format shows redacted values unless [`Options::show_secrets`] asks otherwise (SARIF never shows one), puts
//! findings into the same order whatever order they come in, and is safe to print on a terminal whatever a hostile
//! repository calls its files: see [`crate::escape`].

pub mod catalogue;
pub mod coverage_report;
pub mod csv;
pub mod detectors;
mod finding_order;
pub mod import;
pub mod json;
pub mod jsonl;
pub(crate) mod number;
pub mod options;
mod place;
pub mod plan;
pub mod review_list;
pub mod row;
pub mod sarif;
pub mod schema;
pub mod summary;
pub mod table;
pub mod text;
pub mod verify;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::coverage::Coverage;
use crate::finding::Finding;

pub use options::Options;

/// The formats of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: grouped by repository and path, with the coverage account
    Text,
    /// One JSON document with findings and coverage
    Json,
    /// One JSON object a line, one line an occurrence
    Jsonl,
    /// A table for spreadsheets, one row an occurrence
    Csv,
    /// SARIF 2.1.0, for code-scanning services
    Sarif,
}

impl Format {
    /// Whether the coverage account is part of the format. Where it is not, the caller must tell it elsewhere
    /// ([`coverage_report::write`]): nothing is skipped in silence.
    pub fn carries_coverage(self) -> bool {
        match self {
            Format::Text | Format::Json | Format::Sarif => true,
            Format::Jsonl | Format::Csv => false,
        }
    }
}

/// Writes one report. `coverage` must be settled ([`Coverage::settle`]) for the output to be stable.
pub fn write(
    format: Format,
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(out, findings, coverage, options),
        Format::Json => json::write(out, findings, coverage, options),
        Format::Jsonl => jsonl::write(out, findings, options),
        Format::Csv => csv::write(out, findings, options),
        Format::Sarif => sarif::write(out, findings, coverage, options),
    }
}
