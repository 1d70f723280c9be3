//! The order of findings in every report.

use crate::finding::{Finding, Occurrence, Origin};

/// Findings in the order of every report: by repository and path, then by place. Messages and blobs that have no path
/// stand together by object, not mixed by line.
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

/// What tells two places apart that have no path: the message or blob itself.
pub(super) fn object(occurrence: &Occurrence) -> Option<(Origin, Option<&str>)> {
    occurrence
        .path
        .is_empty()
        .then_some((occurrence.origin, occurrence.blob.as_deref()))
}
