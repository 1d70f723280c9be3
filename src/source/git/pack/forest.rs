//! The objects of a repository as a forest: each copy of an object is a node, and a delta is a child of its base. This file
//! holds the forest and answers questions about it; `forest_build.rs` builds it.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::alternates::{ObjectDirectories, ObjectDirectory};
use super::copy_flaw::{CopyFlaw, CopyPlace};
use super::delta_children::DeltaChildren;
use super::forest_extent::ForestExtent;
use super::id_lookup::IdLookup;
use super::loose_objects::{self, LooseObject};
use super::node_index::{NodeIndex, PackedNumber};
use super::object_error::{Flaw, ObjectError};
use super::object_id::{ObjectFormat, ObjectId, ObjectKind, ObjectKinds};
use super::pack_entry::EntryForm;
use super::packfile::{PackIdentity, Packfile};
use super::scanned_packs::ScannedPacks;
use super::size_supplement::SizeSupplement;
use crate::source::git::boundary::Boundary;

/// Every object of a repository, its alternates included. An object with several copies is read from the first that can be
/// read: packs come in the order of their names, the repository's own before those of alternates, then loose files. Copies
/// with another content are read, too (`copy_comparison.rs`).
pub struct Forest {
    /// The hash function of the repository.
    pub(super) format: ObjectFormat,
    /// The packs, in the order of their nodes.
    pub(super) packs: Vec<Packfile>,
    /// Packs that are not part of the forest, because an earlier scan has read them. Their objects can be read by id.
    pub scanned: ScannedPacks,
    /// The first node of each pack, then that of the loose objects, then the number of nodes. A pack's nodes are in the
    /// order of their entries.
    pub(super) firsts: Vec<u32>,
    /// The directories of objects: the repository's own, then its alternates.
    pub(super) stores: ObjectDirectories,
    /// The loose objects, in the order of their nodes.
    pub(super) loose: Vec<LooseObject>,
    /// Of each packed node the offset of its entry in its pack.
    pub(super) offsets: Vec<u64>,
    /// Of each packed node its place in the index of its pack.
    pub(super) places: Vec<u32>,
    /// Of each packed node the CRC-32 of its entry. The index holds it too, but in the order of ids: each access there would
    /// wait for memory.
    pub(super) sums: Vec<Option<u32>>,
    /// Of each node its base, or [`NodeIndex::NONE`].
    pub(super) bases: Vec<NodeIndex>,
    /// Of each node its kind; `None` if its base cannot be had.
    pub(super) kinds: Vec<Option<ObjectKind>>,
    /// Of each node the deltas on it.
    pub(super) children: DeltaChildren,
    /// The first copy of each object that can be read.
    pub(super) by_id: IdLookup,
    /// The further copies, in the order of ids.
    pub(super) copies: Vec<NodeIndex>,
    /// See [`Self::variants`]. In the order of the second nodes.
    pub(super) variants: Vec<(NodeIndex, NodeIndex)>,
    /// See [`Self::copy_flaws`].
    pub(super) copy_flaws: Vec<CopyFlaw>,
    /// Loose objects that the scanned packs hold, too. They are no nodes.
    pub(super) scanned_loose: Vec<LooseObject>,
    /// True if every object is hashed and compared with its id.
    pub(super) verifies_ids: bool,
    /// Nodes whose header or base cannot be had, with the reason.
    pub(super) lost: Vec<(NodeIndex, ObjectError)>,
    /// See [`Self::flaws`].
    pub(super) flaws: Vec<Flaw>,
    /// See [`Self::unfinished`].
    pub(super) unfinished: Vec<PathBuf>,
    /// See [`Self::stored_bytes`].
    pub(super) stored: OnceLock<u64>,
    /// The bytes at which it is counted beyond those that it stores.
    pub(super) supplement: Arc<SizeSupplement>,
    /// The nodes that belong to the repository, if others are left out.
    pub(super) extent: Option<ForestExtent>,
}

/// Bytes that are prefetched of an entry. The processor itself prefetches the rest of an entry that is read on.
const ENTRY_PREFETCH: usize = 256;

/// The base of one copy of an object.
pub(super) enum Ground {
    /// The copy is a whole object of this kind.
    Whole(ObjectKind),
    /// The copy is a delta on this node.
    Delta(NodeIndex),
}

/// The place of the bytes of a node.
pub(super) enum Location<'a> {
    /// An entry of a pack.
    Packed {
        /// The pack.
        pack: &'a Packfile,
        /// The first byte of the entry.
        offset: u64,
        /// The byte after the entry.
        next: u64,
        /// The place of the entry in the pack's index.
        place: u32,
        /// The CRC-32 of the entry, if the index has it.
        sum: Option<u32>,
    },
    /// A loose file.
    Loose {
        /// The places that may be read.
        boundary: &'a Boundary,
        /// The directory of objects that holds the file.
        objects: &'a Path,
        /// The id of the object, which names the file.
        id: ObjectId,
    },
}

impl Forest {
    /// The identities of all packs, in the order of their nodes.
    pub fn identities(&self) -> Vec<PackIdentity> {
        self.packs.iter().map(Packfile::identity).collect()
    }

    /// The first node of a loose object: all nodes below it are packed.
    pub fn packed(&self) -> NodeIndex {
        NodeIndex::new(self.firsts[self.packs.len()])
    }

    /// The number that a packed node has among the objects of all packs (see [`ScannedPacks`]); `None` for a loose object.
    pub fn packed_number(&self, node: NodeIndex) -> Option<PackedNumber> {
        let (_, nodes) = self.pack(node)?;
        Some(PackedNumber::new(nodes.start + self.places[node.index()]))
    }

    /// The base of this very copy.
    ///
    /// # Errors
    /// If the header of the copy is damaged, or its base is missing.
    pub(super) fn ground(&self, node: NodeIndex) -> Result<Ground, ObjectError> {
        let Some((pack, Range { start: first, .. })) = self.pack(node) else {
            let (loose, store) = (self.loose_object(node), self.loose_store(node));
            return loose_objects::peek(&store.boundary, &store.path, loose.id)
                .map(|header| Ground::Whole(header.kind));
        };
        let offset = self.offsets[node.index()];
        match pack.entry(offset)?.0.form {
            EntryForm::Whole(kind) => Ok(Ground::Whole(kind)),
            EntryForm::OffsetDelta(back) => {
                let at = offset.checked_sub(back).ok_or(ObjectError::BadHeader)?;
                self.entry_before(first, node, at)
                    .map(Ground::Delta)
                    .ok_or(ObjectError::BrokenBase)
            }
            EntryForm::RefDelta(id) => self
                .base_by_id(node, id)
                .map(Ground::Delta)
                .ok_or(ObjectError::MissingBase(id)),
        }
    }

    /// The copy that a delta by id is applied to: the one in its own pack, as git does, else the first.
    fn base_by_id(&self, node: NodeIndex, id: ObjectId) -> Option<NodeIndex> {
        let first = self.find(id)?;
        if self.copies.is_empty() {
            return Some(first);
        }
        let (_, nodes) = self.pack(node)?;
        let mut copies = std::iter::once(&first).chain(self.copies(id));
        let own = copies.find(|copy| nodes.contains(&copy.get()));
        Some(own.copied().unwrap_or(first))
    }

    /// The node of a pack before `node` whose entry begins at `offset`. Most bases are near, so the steps back double.
    fn entry_before(&self, first: u32, node: NodeIndex, offset: u64) -> Option<NodeIndex> {
        let entries = &self.offsets[first as usize..node.index()];
        let (mut end, mut step) = (entries.len(), 1);
        let start = loop {
            let start = end.saturating_sub(step);
            if start == 0 || entries[start] <= offset {
                break start;
            }
            (end, step) = (start, step * 2);
        };
        entries[start..end]
            .binary_search(&offset)
            .ok()
            .map(|at| NodeIndex::new(first + (start + at) as u32))
    }

    /// The pack of a node, and the nodes of that pack; `None` for a loose object.
    pub(super) fn pack(&self, node: NodeIndex) -> Option<(&Packfile, Range<u32>)> {
        let node = node.get();
        let at = match self.packs.len() {
            1 => 0,
            packs => self.firsts[1..=packs].partition_point(|&first| first <= node),
        };
        let pack = self.packs.get(at).filter(|_| node < self.firsts[at + 1])?;
        Some((pack, self.firsts[at]..self.firsts[at + 1]))
    }

    /// The directory of a loose object. The node must be of one.
    pub(super) fn loose_store(&self, node: NodeIndex) -> &ObjectDirectory {
        &self.stores.list[self.loose_object(node).store as usize]
    }

    /// The loose object of a node. The node must be of one.
    fn loose_object(&self, node: NodeIndex) -> LooseObject {
        self.loose[(node.get() - self.firsts[self.packs.len()]) as usize]
    }

    /// Prefetches the entry of a node that is read soon.
    pub(super) fn prefetch(&self, node: NodeIndex) {
        self.prefetch_entry(node, ENTRY_PREFETCH);
        // The ids of commits and tags are always asked for; they lie in another order than the entries.
        if let Some(Some(ObjectKind::Commit | ObjectKind::Tag)) = self.kinds.get(node.index())
            && let (Some(&place), Some((pack, _))) =
                (self.places.get(node.index()), self.pack(node))
        {
            pack.index.prefetch(place);
        }
    }

    /// Prefetches `length` bytes of the entry of a node. A number beyond the last packed node does nothing.
    pub(super) fn prefetch_entry(&self, node: NodeIndex, length: usize) {
        if let (Some(&offset), Some((pack, _))) = (self.offsets.get(node.index()), self.pack(node))
        {
            pack.prefetch(offset, length);
        }
    }

    /// Prefetches the node that the walk reads after a node: the first of its children, else the child at the place `sibling`.
    pub(super) fn prefetch_after(&self, node: NodeIndex, sibling: Option<u32>) {
        let (first, end) = self.children.range(node);
        if let Some(child) = (first < end).then_some(first).or(sibling) {
            self.prefetch(self.children.child(child));
        }
    }

    /// The place of the bytes of a node.
    pub(super) fn location(&self, node: NodeIndex) -> Location<'_> {
        let Some((pack, nodes)) = self.pack(node) else {
            let (loose, store) = (self.loose_object(node), self.loose_store(node));
            return Location::Loose {
                boundary: &store.boundary,
                objects: &store.path,
                id: loose.id,
            };
        };
        let (offset, place) = (self.offsets[node.index()], self.places[node.index()]);
        let sum = self.sums[node.index()];
        // Entries that a damaged index lets begin at the same place also end at the same place.
        let next = (node.get() + 1 < nodes.end).then(|| self.offsets[node.index() + 1]);
        let next = next.filter(|&next| next > offset).unwrap_or(pack.end());
        Location::Packed {
            pack,
            offset,
            next: next.min(pack.end()),
            place,
            sum,
        }
    }

    /// The bytes of all packs and loose files, as far as they are part of the forest.
    pub(super) fn stored_bytes(&self) -> u64 {
        *self.stored.get_or_init(|| {
            let packs = self.packs.iter().map(Packfile::length);
            let loose = self.loose.iter().map(|loose| {
                loose_objects::stored_bytes(&self.stores.list[loose.store as usize].path, loose.id)
            });
            packs.chain(loose).fold(0, u64::saturating_add)
        })
    }

    /// The bytes of all packs and loose files, also of those that an earlier scan has read.
    pub fn repository_bytes(&self) -> u64 {
        let packs = self.scanned.packs().iter().map(Packfile::length);
        let loose = self.scanned_loose.iter().map(|loose| {
            loose_objects::stored_bytes(&self.stores.list[loose.store as usize].path, loose.id)
        });
        packs
            .chain(loose)
            .fold(self.stored_bytes(), u64::saturating_add)
    }

    /// The number of nodes, further copies included.
    pub fn nodes(&self) -> u32 {
        self.firsts[self.firsts.len() - 1]
    }

    /// The hash function by which the repository names its objects.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// The id of a node. It is looked up in the index of a pack, which waits for memory.
    pub fn id(&self, node: NodeIndex) -> ObjectId {
        match self.pack(node) {
            Some((pack, _)) => pack.index.id(self.places[node.index()]),
            None => self.loose_object(node).id,
        }
    }

    /// These nodes, and all nodes that they are deltas of, directly or not.
    pub fn with_bases(&self, nodes: impl IntoIterator<Item = NodeIndex>) -> HashSet<NodeIndex> {
        let mut found = HashSet::new();
        for mut node in nodes {
            while node.is_some() && found.insert(node) {
                node = self.bases[node.index()];
            }
        }
        found
    }

    /// The kind of a node; `None` if its base cannot be had.
    pub fn node_kind(&self, node: NodeIndex) -> Option<ObjectKind> {
        self.kinds[node.index()]
    }

    /// True for a node without a base.
    pub(super) fn is_whole(&self, node: NodeIndex) -> bool {
        !self.bases[node.index()].is_some()
    }

    /// The first copy of an object.
    pub(super) fn find(&self, id: ObjectId) -> Option<NodeIndex> {
        let mut found = [None];
        self.find_all(&[id], &mut found);
        found[0]
    }

    /// Finds the first copies of many objects. This is faster than finding one after the other, since the waits for memory
    /// overlap. `found` has as many places as `ids`.
    pub fn find_all(&self, ids: &[ObjectId], found: &mut [Option<NodeIndex>]) {
        self.by_id.find_all(ids, found);
    }

    /// The further copies of an object.
    pub(super) fn copies(&self, id: ObjectId) -> &[NodeIndex] {
        let start = self.copies.partition_point(|&node| self.id(node) < id);
        let count = self.copies[start..]
            .iter()
            .take_while(|&&node| self.id(node) == id)
            .count();
        &self.copies[start..start + count]
    }

    /// All copies of the object of a node, the first one first.
    pub(super) fn all_copies(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let id = self.id(node);
        self.find(id)
            .into_iter()
            .chain(self.copies(id).iter().copied())
    }

    /// The nodes at which a walk begins: first copies without a base, of these kinds.
    pub(super) fn roots(&self, kinds: ObjectKinds) -> impl Iterator<Item = NodeIndex> + '_ {
        let whole = move |&node: &NodeIndex| {
            self.kinds[node.index()].is_some_and(|kind| kinds.contains(Some(kind)))
                && self.is_whole(node)
                && self.is_needed(node)
        };
        (0..self.nodes()).map(NodeIndex::new).filter(whole)
    }

    /// True if there are directories of objects that are not read: objects may be missing for that reason.
    pub fn lacks_directories(&self) -> bool {
        self.stores.is_partial
    }

    /// The copies whose content differs from that of [`Self::node`], each with that node. A walk shows both.
    pub fn variants(&self) -> &[(NodeIndex, NodeIndex)] {
        &self.variants
    }

    /// The copies whose content differs from that of this node.
    pub(in crate::source::git) fn variants_of(
        &self,
        main: NodeIndex,
    ) -> impl Iterator<Item = NodeIndex> + '_ {
        let start = self.variants.partition_point(|&(_, other)| other < main);
        let of_main = move |&&(_, other): &&(NodeIndex, NodeIndex)| other == main;
        let variants = self.variants[start..].iter().take_while(of_main);
        variants.map(|&(variant, _)| variant)
    }

    /// Objects whose copies differ, and copies that cannot be read.
    pub fn copy_flaws(&self) -> &[CopyFlaw] {
        &self.copy_flaws
    }

    /// Has every object hashed and compared with its id when it is made.
    #[must_use]
    pub fn verifying_ids(mut self, verifies: bool) -> Self {
        self.verifies_ids = verifies;
        self
    }

    /// The place of a node, for people.
    pub(super) fn place(&self, node: NodeIndex) -> CopyPlace {
        match self.pack(node) {
            Some((pack, _)) => CopyPlace::Pack(pack.path.clone()),
            None => CopyPlace::Loose(self.loose_store(node).path.clone()),
        }
    }

    /// Damage of files as a whole. The walk reports single objects that cannot be read.
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// Files whose writing was interrupted. They are not read.
    pub fn unfinished(&self) -> &[PathBuf] {
        &self.unfinished
    }

    /// The number of distinct objects of these kinds.
    pub fn count(&self, kinds: ObjectKinds) -> u64 {
        let all = (0..)
            .zip(&self.kinds)
            .filter(|&(node, &kind)| kinds.contains(kind) && self.holds(NodeIndex::new(node)))
            .count();
        let further = self
            .copies
            .iter()
            .filter(|&&node| kinds.contains(self.kinds[node.index()]) && self.holds(node))
            .count();
        (all - further) as u64
    }

    /// True if the repository, its alternates or the scanned packs hold the object, readable or not.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.find(id).is_some() || self.scanned.contains(id)
    }

    /// The node by which a walk names an object: that of its first copy.
    pub fn node(&self, id: ObjectId) -> Option<NodeIndex> {
        self.find(id)
    }

    /// The kind of an object; `None` if it is not there, or if its base cannot be had.
    pub fn kind(&self, id: ObjectId) -> Option<ObjectKind> {
        self.find(id).and_then(|node| self.kinds[node.index()])
    }

    /// The ids and kinds of all objects, each once, in the order of ids.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, Option<ObjectKind>)> + '_ {
        self.by_id
            .iter()
            .map(|(id, node)| (id, self.kinds[node.index()]))
    }
}
