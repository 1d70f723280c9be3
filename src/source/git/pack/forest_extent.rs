//! The nodes of a forest that belong to the repository, if others are left out.

use super::node_set::NodeSet;

/// The nodes that belong to the repository.
#[derive(Debug)]
pub(super) struct ForestExtent {
    /// First copies of the objects of the repository, and copies that differ from these.
    pub(super) held: NodeSet,
    /// These, and the nodes that they are deltas of: a walk makes them.
    pub(super) needed: NodeSet,
}
