//! Turns what a scan found, and what it read, into text for people and formats for machines: one format a file.
//!
//! Every format shows redacted values unless [`Options::show_secrets`] asks otherwise (SARIF never shows one), puts
//! findings into the same order whatever order they come in, and is safe to print on a terminal whatever a hostile
//! repository calls its files: see [`escape`].

pub mod account;
pub mod catalogue;
pub mod csv;
pub mod detectors;
pub mod escape;
pub mod import;
pub mod json;
pub mod jsonl;
pub mod plan;
pub mod review;
pub mod row;
pub mod sarif;
pub mod schema;
pub mod summary;
pub mod table;
pub mod text;
pub mod verify;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod schema_check;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::coverage::Coverage;
use crate::finding::{Finding, Occurrence, Origin};
use catalogue::Catalogue;

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
    /// ([`account::write`]): nothing is skipped in silence.
    pub fn carries_coverage(self) -> bool {
        match self {
            Format::Text | Format::Json | Format::Sarif => true,
            Format::Jsonl | Format::Csv => false,
        }
    }
}

/// What a caller can choose of a report.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Write the values themselves. SARIF leaves them out even so: it is made to be uploaded.
    pub show_secrets: bool,
    /// Colours in text. Whether the terminal wants any is for the caller to know.
    pub color: bool,
    /// What is known of the detectors; those it does not know go by their id.
    pub detectors: &'a Catalogue,
    /// The target that a repository was found in, by their names: paths are relative to it. One that is not here is a target
    /// itself.
    pub targets: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    /// Redacted and without colour.
    pub fn new(detectors: &'a Catalogue) -> Self {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Self {
            show_secrets: false,
            color: false,
            detectors,
            targets: &NONE,
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

/// Findings in the order of every report: by repository and path, then by place. Messages and blobs that have no path
/// stand together by object, not mixed by line.
fn ordered(findings: &[Finding]) -> Vec<&Finding> {
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by(|a, b| {
        let (one, other) = (&a.occurrence, &b.occurrence);
        (
            &one.repository,
            &one.path,
            object(one),
            one,
            &a.detector,
            &a.secret_id,
        )
            .cmp(&(
                &other.repository,
                &other.path,
                object(other),
                other,
                &b.detector,
                &b.secret_id,
            ))
    });
    ordered
}

/// Where a value stands, on one line: `repository:path:line`, or the object where there is no path.
fn place(occurrence: &Occurrence) -> String {
    let within = if occurrence.path.is_empty() {
        occurrence
            .blob
            .as_deref()
            .map(|id| id.get(..10).unwrap_or(id))
            .unwrap_or_default()
    } else {
        &occurrence.path
    };
    escape::line(&format!(
        "{}:{within}:{}",
        occurrence.repository, occurrence.line
    ))
    .into_owned()
}

/// What tells two places apart that have no path: the message or blob itself.
fn object(occurrence: &Occurrence) -> Option<(Origin, Option<&str>)> {
    occurrence
        .path
        .is_empty()
        .then_some((occurrence.origin, occurrence.blob.as_deref()))
}
