//! The result of scanning one unit.

use crate::finding::repository_identity::UnitIdentity;
use crate::finding::{Finding, HistoryExtent};
use crate::source::target::Unit;

/// The findings of one repository or folder.
pub struct UnitScan {
    /// The repository or folder.
    pub unit: Unit,
    /// [`Unit::prefix`] without values in it: reports show it before paths.
    pub prefix: String,
    /// In order of path and position. Paths are relative to the unit.
    pub findings: Vec<Finding>,
    /// How much of its history the clone has.
    pub extent: HistoryExtent,
    /// How it was recognised.
    pub identity: UnitIdentity,
}
