//! How much of the history of a repository a clone has.

use serde::{Deserialize, Serialize};

/// How much of the history of a repository a clone has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HistoryExtent {
    /// All of it.
    #[default]
    Whole,
    /// The newest commits, with all their objects: a shallow clone.
    Shallow,
    /// Any part: a partial clone.
    Partial,
}
