//! The place of an occurrence as one line of text.

use crate::escape;
use crate::finding::Occurrence;

/// Returns `repository:path:line`, escaped. The first ten digits of the object id replace an empty
/// path.
pub(super) fn place(occurrence: &Occurrence) -> String {
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
