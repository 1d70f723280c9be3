//! The order of findings in every report.

use crate::finding::{Finding, Occurrence};

/// Sorts findings by repository, path and position. Findings without a path (in messages and in
/// blobs that no path names) are grouped by their object, so that lines of different objects do not
/// mix; by date and author if ids are left out.
pub(super) fn ordered(findings: &[Finding]) -> Vec<&Finding> {
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by(|a, b| key(a).cmp(&key(b)));
    ordered
}

/// The order must tell nothing of the ids, which may be left out. So they come last, and the ids of
/// secrets before them.
fn key(finding: &Finding) -> impl Ord {
    let place = &finding.occurrence;
    (
        (&place.repository, &place.path, object(place)),
        (place.line, place.column, place.origin),
        (&finding.detector, &finding.secret_id),
        place,
    )
}

/// What identifies the object of an occurrence without a path: a message or a blob.
pub(super) fn object(place: &Occurrence) -> Option<impl Ord> {
    place.path.is_empty().then_some((
        place.origin,
        place.date.as_deref(),
        place.author.as_deref(),
        place.blob.as_deref(),
    ))
}
