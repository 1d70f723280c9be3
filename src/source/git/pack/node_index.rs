//! The numbers of objects.

use crate::source::git::index_type::index_type;

index_type! {
    /// A node of a [`super::Forest`]: one copy of an object. Numbers are less than [`super::Forest::nodes`]; those of packed
    /// objects come first, pack by pack in the order of their entries, then those of loose objects.
    NodeIndex
}

impl NodeIndex {
    /// The absence of a node: no base, or an object that the repository lacks.
    pub const NONE: Self = Self::new(u32::MAX);

    /// True for all but [`Self::NONE`].
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

index_type! {
    /// An object of a list of packs: its place in the index of its pack, after all objects of the packs before. It names an
    /// object from one scan to the next, since git never writes into a pack.
    PackedNumber
}
