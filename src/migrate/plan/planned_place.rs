//! The place of a value in a plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Occurrence, Origin};

/// The place that the import reads a value from first. The inventory has its byte range and the ids
/// of its objects, which a plan must not contain: plans are shared, and an id allows anyone to test
/// guesses of the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedPlace {
    /// The repository's name.
    pub repository: String,
    /// Relative to the target, `/` between components. Empty for messages and headers.
    pub path: String,
    /// Line of the first byte, 1-based.
    pub line: u64,
    /// Column of the first byte, in bytes, 1-based.
    pub column: u64,
    /// The kind of source that holds the bytes.
    pub origin: Origin,
}

impl PlannedPlace {
    /// The fields of a place, in the order of the file.
    pub(super) const FIELDS: [&str; 5] = ["repository", "path", "line", "column", "origin"];

    /// The place of an occurrence.
    pub fn of(occurrence: &Occurrence) -> Self {
        Self {
            repository: occurrence.repository.clone(),
            path: occurrence.path.clone(),
            line: occurrence.line,
            column: occurrence.column,
            origin: occurrence.origin,
        }
    }
}
