//! Reads values again as a reader process does it, in the process of the test.

use std::path::Path;

use keyferry::finding::Occurrence;
use keyferry::secret::SecretValue;
use keyferry::source::git::Boundary;
use keyferry::source::value_reader::{OpenedObjects, RereadError, ValueReader};

/// The value of a place in the repository, folder or file at a location.
pub fn read_again(
    location: &Path,
    place: &Occurrence,
    is_wanted: impl Fn(&SecretValue) -> bool,
) -> Result<Option<SecretValue>, RereadError> {
    let location = location.canonicalize().unwrap();
    let (boundary, opened) = (Boundary::default(), OpenedObjects::default());
    ValueReader::new(&location, &boundary, 128 << 20, &opened)
        .find(place, &mut |values| values.iter().position(&is_wanted))
}
