//! Leaves out the objects of a forest that do not belong to the repository. Borrowed directories
//! hold the objects of another repository, too; those are treated as if they were not there.

use super::forest::Forest;
use super::forest_extent::ForestExtent;
use super::id_lookup::IdLookup;
use super::node_index::NodeIndex;
use super::node_set::NodeSet;

impl Forest {
    /// True if the repository borrows objects from a place outside it.
    pub fn borrows(&self) -> bool {
        let mut packs = self.packs.iter().chain(self.scanned.packs());
        packs.any(|pack| pack.is_borrowed)
            || self
                .loose
                .iter()
                .any(|loose| self.stores.list[loose.store as usize].is_borrowed)
    }

    /// True if no copy of the object of a node is in a directory of the repository itself.
    pub(in crate::source::git) fn is_borrowed(&self, node: NodeIndex) -> bool {
        self.all_copies(node).all(|copy| match self.pack(copy) {
            Some((pack, _)) => pack.is_borrowed,
            None => self.loose_store(copy).is_borrowed,
        })
    }

    /// Leaves out all objects but those of these nodes. Returns the number of objects that are left
    /// out.
    pub(in crate::source::git) fn leave_out_all_but(&mut self, mut held: NodeSet) -> u64 {
        let rows: Vec<_> = self.by_id.iter().collect();
        let all = rows.len();
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|&(_, node)| held.contains(node))
            .collect();
        let left_out = all - rows.len();
        let of_held = |&&(_, main): &&(NodeIndex, NodeIndex)| held.contains(main);
        let variants = self.variants.iter().filter(of_held);
        let variants: Vec<NodeIndex> = variants.map(|&(variant, _)| variant).collect();
        let mut needed = NodeSet::new(self.nodes());
        let nodes = rows.iter().map(|&(_, node)| node);
        for mut node in nodes.chain(variants.iter().copied()) {
            while node.is_some() && needed.insert(node) {
                node = self.bases[node.index()];
            }
        }
        for variant in variants {
            held.insert(variant);
        }
        self.by_id = IdLookup::new(self.format, rows.len(), rows.into_iter());
        self.extent = Some(ForestExtent { held, needed });
        left_out as u64
    }

    /// True for a node that is not left out.
    pub(super) fn holds(&self, node: NodeIndex) -> bool {
        self.extent
            .as_ref()
            .is_none_or(|extent| extent.held.contains(node))
    }

    /// True for a node that is not left out, or that one of those is a delta of.
    pub(super) fn is_needed(&self, node: NodeIndex) -> bool {
        self.extent
            .as_ref()
            .is_none_or(|extent| extent.needed.contains(node))
    }
}
