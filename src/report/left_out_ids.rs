//! Removal of object ids and lengths from the results of a scan, before they are reported.
//!
//! The id of a blob, tree or commit is a plain hash of its content, and the content contains the
//! value. Whoever knows the rest can test guesses of a weak value. The length of a value makes the
//! list of guesses shorter. Reports are shared, so they contain neither unless the user asks.

use crate::coverage::Coverage;
use crate::finding::{Finding, Occurrence, Origin};
use crate::object_ids::without_ids;

/// Removes the ids of objects, and the ends of values, from findings and coverage report. A row
/// then has nulls in their place.
pub fn leave_out_ids(findings: &mut [Finding], coverage: &mut Coverage) {
    for finding in findings {
        let place = &mut finding.occurrence;
        (place.blob, place.commit, place.last_commit) = (None, None, None);
        (place.start, place.end, place.end_column) = (0, 0, 0);
        place.decoding.clear();
        place.path = path_without_id(place).to_owned();
        if let Some(excerpt) = &mut finding.excerpt {
            excerpt.before = without_ids(&excerpt.before);
            excerpt.after = without_ids(&excerpt.after);
        }
    }
    for text in coverage.texts_mut() {
        *text = without_ids(text);
    }
}

/// The path of a place without the id of an object in it: git names a note after the object that it is about, with
/// slashes between the digits.
pub(super) fn path_without_id(place: &Occurrence) -> &str {
    let is_id = || without_ids(&place.path.replace('/', "")) == "…";
    match place.origin == Origin::Note && is_id() {
        true => "…",
        false => &place.path,
    }
}
