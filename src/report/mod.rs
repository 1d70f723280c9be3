//! Reports: text for people and formats for programs, one format in each file.
//!
//! Three rules hold for every format of a scan. Values are redacted unless
//! [`Options::show_secrets`] is set (SARIF never contains a value). The order of the findings does
//! not depend on the order of the input. The output is safe to print on a terminal, whatever names
//! a hostile repository contains ([`crate::escape`]).

pub mod application_status;
pub mod catalogue;
pub mod coverage_report;
pub mod csv;
pub mod detectors;
mod finding_order;
mod finding_words;
pub mod fitted_text;
pub mod import;
pub mod inventory_list;
pub mod json;
pub mod jsonl;
mod left_out_ids;
pub(crate) mod number;
pub mod options;
mod paint;
pub mod place;
pub mod plan;
pub mod policy_listing;
mod provider_table;
pub mod register_template;
pub mod review_list;
pub mod row;
pub mod sarif;
mod scan_totals;
pub mod schema;
mod secret_blocks;
pub mod secret_row;
pub mod secret_text;
pub mod secret_view;
mod source_line;
mod statement_list;
pub mod summary;
pub mod table;
pub mod text;
pub mod verify;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::coverage::Coverage;
use crate::finding::Finding;

pub use left_out_ids::leave_out_ids;
pub use number::dismissed_in_words;
pub use options::{Options, Terminal};

/// The report formats of `scan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, with the coverage report: on a terminal by secret, with the line of each; otherwise by repository
    /// and path, with one line per occurrence
    Text,
    /// One JSON document with the findings and the coverage report
    Json,
    /// One JSON object per line, one line per occurrence
    Jsonl,
    /// A table for spreadsheets, one row per occurrence
    Csv,
    /// SARIF 2.1.0 for code-scanning services
    Sarif,
}

impl Format {
    /// Whether the format contains the coverage report. If it does not, the caller must write the
    /// coverage report elsewhere ([`coverage_report::write`]), because nothing may be skipped
    /// silently. These formats have a last row that says if the scan is incomplete.
    pub fn carries_coverage(self) -> bool {
        match self {
            Format::Text | Format::Json | Format::Sarif => true,
            Format::Jsonl | Format::Csv => false,
        }
    }
}

/// Writes one report. Unless [`Options::object_ids`] is set, [`leave_out_ids`] must have been applied
/// to the findings and the coverage report. The output is stable if `coverage` is settled ([`Coverage::sort`]).
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    format: Format,
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> io::Result<()> {
    match format {
        Format::Text => match options.terminal {
            Some(terminal) => secret_blocks::write(out, findings, coverage, options, terminal),
            None => text::write(out, findings, coverage, options),
        },
        Format::Json => json::write(out, findings, coverage, options),
        Format::Jsonl => jsonl::write(out, findings, coverage, options),
        Format::Csv => csv::write(out, findings, coverage, options),
        Format::Sarif => sarif::write(out, findings, coverage, options),
    }
}
