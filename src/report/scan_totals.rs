//! The totals of a scan in words.

use std::collections::BTreeSet;

use super::number::{count, dismissed_in_words};
use crate::coverage::Coverage;
use crate::coverage::shortfall::Shortfall;
use crate::finding::{Confidence, Finding};

/// The totals of findings: the last line of a report.
pub(super) fn last_line(
    findings: &[Finding],
    coverage: &Coverage,
    dismissed: Option<u64>,
) -> String {
    let found = (!findings.is_empty()).then(|| {
        let secrets: BTreeSet<_> = findings.iter().map(|finding| &finding.secret_id).collect();
        format!(
            "{} of {}{}: {}",
            count(findings.len() as u64, "finding", "findings"),
            count(secrets.len() as u64, "secret", "secrets"),
            within(findings, coverage),
            by_confidence(findings.iter().map(|finding| finding.confidence)),
        )
    });
    with_remarks(found, coverage, dismissed)
}

/// The totals, with what a reader of any scan must know. `found` is `None` if nothing was found.
pub(super) fn with_remarks(
    found: Option<String>,
    coverage: &Coverage,
    dismissed: Option<u64>,
) -> String {
    let mut line = found.unwrap_or_else(|| "no secrets found".to_owned());
    if let Some(dismissed @ 1..) = dismissed {
        line.push_str("; ");
        line.push_str(&dismissed_in_words(dismissed));
    }
    let shortfall = Shortfall::of(coverage);
    if !shortfall.is_none() {
        line.push_str("; the scan is incomplete: ");
        line.push_str(&main_shortfall(shortfall));
    }
    line
}

/// The numbers of things of each confidence.
pub(super) fn by_confidence(things: impl Iterator<Item = Confidence>) -> String {
    let (mut high, mut medium, mut low) = (0u64, 0u64, 0u64);
    things.for_each(|confidence| match confidence {
        Confidence::High => high += 1,
        Confidence::Medium => medium += 1,
        Confidence::Low => low += 1,
    });
    format!("{high} high, {medium} medium, {low} low confidence")
}

/// The most serious shortfall. The coverage report has them all.
fn main_shortfall(shortfall: Shortfall) -> String {
    let kinds = [
        (
            shortfall.unreadable,
            "thing could not be read",
            "things could not be read",
        ),
        (
            shortfall.cut_off,
            "thing was cut off",
            "things were cut off",
        ),
        (
            shortfall.contradictions,
            "object contradicts its id",
            "objects contradict their ids",
        ),
        (
            shortfall.too_large,
            "thing was too large",
            "things were too large",
        ),
    ];
    let first = kinds.into_iter().find(|&(n, ..)| n > 0);
    first.map_or_else(
        || "interrupted".to_owned(),
        |(n, one, many)| count(n, one, many),
    )
}

/// The number of repositories or folders with findings. Findings do not distinguish the two, so the
/// coverage report decides on the noun.
pub(super) fn within(findings: &[Finding], coverage: &Coverage) -> String {
    let names = findings
        .iter()
        .map(|finding| &finding.occurrence.repository);
    let places = names.collect::<BTreeSet<_>>().len() as u64;
    match (coverage.repositories, coverage.folders) {
        // The targets are single files.
        (0, 0) => String::new(),
        (_, 0) => format!(" in {}", count(places, "repository", "repositories")),
        (0, _) => format!(" in {}", count(places, "folder", "folders")),
        _ => format!(
            " in {}",
            count(places, "repository or folder", "repositories and folders")
        ),
    }
}
