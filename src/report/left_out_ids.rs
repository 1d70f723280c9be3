//! Removal of object ids and lengths from the results of a scan, before they are reported.
//!
//! The id of a blob, tree or commit is a plain hash of its content, and the content contains the
//! value. Whoever knows the rest can test guesses of a weak value. The length of a value makes the
//! list of guesses shorter. Reports are shared, so they contain neither unless the user asks.

use crate::coverage::Coverage;
use crate::finding::{Finding, Origin};
use crate::object_ids::without_ids;

/// Removes the ids of objects, and the ends of values, from findings and coverage report. A row
/// then has nulls in their place.
pub fn leave_out_ids(findings: &mut [Finding], coverage: &mut Coverage) {
    for finding in findings {
        let place = &mut finding.occurrence;
        (place.blob, place.commit, place.last_commit) = (None, None, None);
        (place.start, place.end, place.end_column) = (0, 0, 0);
        place.decoding.clear();
        // Git names a note after the object that it is about, with slashes between the digits.
        if place.origin == Origin::Note && without_ids(&place.path.replace('/', "")) == "…" {
            "…".clone_into(&mut place.path);
        }
    }
    for text in coverage.texts_mut() {
        *text = without_ids(text);
    }
}
