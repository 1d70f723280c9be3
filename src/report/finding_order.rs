//! The order of findings in every report.

use crate::finding::{Finding, Occurrence, Origin};

/// Sorts findings by repository, path and position. Findings without a path (in messages and in
/// blobs that no path names) are grouped by their object, so that lines of different objects do not
/// mix.
pub(super) fn ordered(findings: &[Finding]) -> Vec<&Finding> {
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

/// The object that identifies an occurrence without a path: a message or a blob.
pub(super) fn object(occurrence: &Occurrence) -> Option<(Origin, Option<&str>)> {
    occurrence
        .path
        .is_empty()
        .then_some((occurrence.origin, occurrence.blob.as_deref()))
}
