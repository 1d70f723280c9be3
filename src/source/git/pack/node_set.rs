//! A set of nodes: a bit for each node of a forest.

use super::node_index::NodeIndex;

/// A set of nodes.
#[derive(Clone, Debug)]
pub(in crate::source::git) struct NodeSet(Vec<u64>);

impl NodeSet {
    /// The empty set, for a forest with so many nodes.
    pub(in crate::source::git) fn new(nodes: u32) -> Self {
        Self(vec![0; nodes as usize / 64 + 1])
    }

    /// Adds a node. False if it was there already.
    pub(in crate::source::git) fn insert(&mut self, node: NodeIndex) -> bool {
        let (word, bit) = (&mut self.0[node.index() / 64], 1 << (node.get() % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// True for a node of the set.
    pub(in crate::source::git) fn contains(&self, node: NodeIndex) -> bool {
        self.0[node.index() / 64] >> (node.get() % 64) & 1 != 0
    }
}
