//! Tells places of a secret apart.

use crate::finding::{FoundBy, Occurrence, Origin};
use crate::steps;

/// Two occurrences of a secret with the same key are one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PlaceKey<'a> {
    file: (&'a str, &'a str),
    line: u64,
    column: u64,
    origin: Origin,
    found_by: FoundBy,
    blob: Option<&'a str>,
}

impl<'a> PlaceKey<'a> {
    /// The key of an occurrence.
    pub fn of(place: &'a Occurrence) -> Self {
        Self {
            file: file_of(place),
            line: place.line,
            column: place.column,
            origin: place.origin,
            found_by: place.found_by,
            blob: place.blob.as_deref(),
        }
    }
}

/// Repository and path of an occurrence.
pub(super) fn file_of(place: &Occurrence) -> (&str, &str) {
    // Places are compared by it.
    steps::count(1);
    (&place.repository, &place.path)
}

/// Whether a scan found the occurrence in a file of the working tree.
pub(super) fn is_in_working_tree(place: &Occurrence) -> bool {
    place.origin == Origin::Worktree && place.found_by == FoundBy::Scan
}
