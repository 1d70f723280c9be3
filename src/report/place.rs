//! The place of an occurrence as one line of text.

use super::left_out_ids::path_without_id;
use crate::escape;
use crate::finding::{Occurrence, Origin};
use crate::migrate::plan::PlannedPlace;

/// Returns `repository:path:line`, escaped. The kind of source replaces an empty path: the id of
/// its object would allow anyone to test guesses of the value.
pub(super) fn place(at: &Occurrence) -> String {
    line(&at.repository, &at.path, at.origin, at.line)
}

/// As [`place`], with the line that the value is on now, and without the id of an object in the path.
pub fn name(at: &Occurrence, now: u64) -> String {
    line(&at.repository, path_without_id(at), at.origin, now)
}

/// As [`place`], for the place of a plan.
pub(super) fn planned_place(at: &PlannedPlace) -> String {
    line(&at.repository, &at.path, at.origin, at.line)
}

fn line(repository: &str, path: &str, origin: Origin, line: u64) -> String {
    let within = if path.is_empty() { origin.name() } else { path };
    escape::line(&format!("{repository}:{within}:{line}")).into_owned()
}
