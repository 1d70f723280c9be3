//! The objects of a repository as a forest: each copy of an object is a node, a delta hangs below its base. Building it
//! reads the indexes and the headers of entries, and inflates nothing but the headers of loose objects.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::alternates;
use super::delta_children::{self, Links, NONE};
use super::id_lookup::Lookup;
use super::loose_objects::{self, Loose};
use super::node_order::{by_offset, merge};
use super::object_error::{Flaw, ObjectError};
use super::object_id::{ObjectFormat, ObjectId, ObjectKind, ObjectKinds};
use super::pack_entry::Form;
use super::packfile::{PackIdentity, Packfile};
use super::scanned_packs::ScannedPacks;

/// Every object of a repository, its alternates included. Objects that stand in several places are taken from the first:
/// packs in the order of their names, the repository's own before those of alternates, then loose files; the other
/// copies are there for when the first is damaged.
pub struct Forest {
    format: ObjectFormat,
    pub(super) packs: Vec<Packfile>,
    /// What is not part of the forest, and can be read.
    pub scanned: ScannedPacks,
    /// The first node of each pack, then that of the loose objects, then the number of nodes. A pack's nodes are in the
    /// order of their entries.
    firsts: Vec<u32>,
    pub(super) stores: Vec<PathBuf>,
    pub(super) loose: Vec<Loose>,
    /// Of each node of a pack: where its entry begins, its place in the index, and the checksum of its entry. That stands
    /// in the index too, but in the order of ids: each look there would wait for memory.
    offsets: Vec<u64>,
    places: Vec<u32>,
    sums: Vec<Option<u32>>,
    /// Of each node: its base, or [`NONE`].
    bases: Vec<u32>,
    kinds: Vec<Option<ObjectKind>>,
    pub(super) links: Links,
    /// First copies; and the further copies, in the order of ids.
    by_id: Lookup,
    copies: Vec<u32>,
    /// Nodes whose header or base cannot be had, with the reason.
    pub(super) lost: Vec<(u32, ObjectError)>,
    flaws: Vec<Flaw>,
    unfinished: Vec<PathBuf>,
}

impl Forest {
    /// Reads what is at `objects` (the directory `objects` of a git directory) and where its alternates lead. Fails only
    /// where there are more objects than 32 bits can count; what is damaged is told by [`Self::flaws`], or by the walk.
    pub fn open(objects: &Path, format: ObjectFormat, workers: usize) -> Result<Self, Flaw> {
        Self::open_beside(objects, format, workers, &[])
            .map(|forest| forest.expect("no pack is missed"))
    }

    /// Like [`Self::open`], of what is not in these packs; `None` if not all of them are there as they were.
    pub fn open_beside(
        objects: &Path,
        format: ObjectFormat,
        workers: usize,
        scanned: &[PackIdentity],
    ) -> Result<Option<Self>, Flaw> {
        let mut flaws = Vec::new();
        let stores = alternates::directories(objects, &mut flaws);
        let (mut packs, mut loose, mut unfinished) = (Vec::new(), Vec::new(), Vec::new());
        for (store, path) in (0..).zip(&stores) {
            open_packs(
                &path.join("pack"),
                format,
                &mut packs,
                &mut unfinished,
                &mut flaws,
            );
            loose_objects::list(path, store, format, &mut loose, &mut unfinished, &mut flaws);
        }
        let Some(scanned) = ScannedPacks::take(&mut packs, scanned) else {
            return Ok(None);
        };
        loose.retain(|loose| !scanned.contains(loose.id));
        loose.sort_unstable();
        let mut firsts = vec![0u32];
        let too_many = || Flaw::new(objects, "more objects than can be counted");
        for count in packs
            .iter()
            .map(|pack| pack.index.len() as usize)
            .chain([loose.len()])
        {
            let next = firsts[firsts.len() - 1] as usize + count;
            firsts.push(
                u32::try_from(next)
                    .ok()
                    .filter(|&next| next < NONE)
                    .ok_or_else(too_many)?,
            );
        }
        let mut forest = Self {
            format,
            packs,
            scanned,
            firsts,
            stores,
            loose,
            offsets: Vec::new(),
            places: Vec::new(),
            sums: Vec::new(),
            bases: Vec::new(),
            kinds: Vec::new(),
            links: Links::default(),
            by_id: Lookup::new(format, 0, std::iter::empty()),
            copies: Vec::new(),
            lost: Vec::new(),
            flaws,
            unfinished,
        };
        forest.number();
        forest.find_bases(workers.max(1));
        Ok(Some(forest))
    }

    /// Marks of all packs, in the order of their nodes.
    pub fn identities(&self) -> Vec<PackIdentity> {
        self.packs.iter().map(Packfile::identity).collect()
    }

    /// Nodes below this one are of packs, the others of loose objects.
    pub fn packed(&self) -> u32 {
        self.firsts[self.packs.len()]
    }

    /// The number that a packed node has among the objects of all packs ([`ScannedPacks`]); `None` for a loose object.
    pub fn packed_number(&self, node: u32) -> Option<u32> {
        let (_, nodes) = self.pack(node)?;
        Some(nodes.start + self.places[node as usize])
    }

    /// Gives nodes their offsets, and orders them by id.
    fn number(&mut self) {
        let packed = self.firsts[self.packs.len()] as usize;
        self.offsets = Vec::with_capacity(packed);
        self.places = Vec::with_capacity(packed);
        self.sums = Vec::with_capacity(packed);
        let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(self.packs.len());
        for (pack, &first) in self.packs.iter().zip(&self.firsts) {
            // An offset beyond its table leads nowhere, and is an error of that entry.
            let entries = by_offset(pack.index.len(), |place| {
                pack.index.offset(place).unwrap_or(u64::MAX)
            });
            let mut nodes = vec![0; entries.len()];
            for (node, &(offset, place)) in (first..).zip(&entries) {
                self.offsets.push(offset);
                self.places.push(place);
                self.sums.push(pack.index.crc(place));
                nodes[place as usize] = node;
            }
            numbers.push(nodes);
        }
        let packs = &self.packs;
        let of = |pack: usize| {
            (0..)
                .zip(&numbers[pack])
                .map(move |(place, &node)| (packs[pack].index.id(place), node))
        };
        // Most repositories are one pack, which has its objects in order already.
        if self.packs.len() == 1 && self.loose.is_empty() && packs[0].index.is_ordered() {
            self.by_id = Lookup::new(self.format, numbers[0].len(), of(0));
            return;
        }
        let mut sources: Vec<Vec<(ObjectId, u32)>> =
            (0..packs.len()).map(|pack| of(pack).collect()).collect();
        sources.push(
            (packed as u32..self.nodes())
                .map(|node| (self.id(node), node))
                .collect(),
        );
        // Only a damaged index is out of order.
        for source in &mut sources {
            if !source.is_sorted_by_key(|&(id, _)| id) {
                source.sort_by_key(|&(id, _)| id);
            }
        }
        sources.retain(|source| !source.is_empty());
        let mut by_id = if sources.len() == 1 {
            sources.remove(0)
        } else {
            merge(&sources)
        };
        let mut copies = Vec::new();
        by_id.dedup_by(|&mut (id, node), &mut (first, _)| {
            let same = id == first;
            if same {
                copies.push(node);
            }
            same
        });
        self.by_id = Lookup::new(self.format, by_id.len(), by_id.into_iter());
        self.copies = copies;
    }

    fn find_bases(&mut self, workers: usize) {
        let nodes = self.nodes() as usize;
        let (mut bases, mut kinds) = (vec![NONE; nodes], vec![None; nodes]);
        let mut copy = vec![false; nodes];
        self.copies
            .iter()
            .for_each(|&node| copy[node as usize] = true);
        let chunk = nodes.div_ceil(workers).max(1);
        let mut lost = Vec::new();
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            let chunks = bases.chunks_mut(chunk).zip(kinds.chunks_mut(chunk));
            for ((bases, kinds), first) in chunks.zip((0u32..).step_by(chunk)) {
                let (forest, copy) = (&*self, &copy);
                threads.push(scope.spawn(move || {
                    let mut lost = Vec::new();
                    for (node, (base, kind)) in (first..).zip(bases.iter_mut().zip(kinds)) {
                        if (node - first).is_multiple_of(READY) {
                            forest.populate(node..node.saturating_add(READY));
                        }
                        forest.prefetch_entry(node.saturating_add(AHEAD), HEADER);
                        if copy[node as usize] {
                            continue;
                        }
                        match forest.ground(node) {
                            Ok(Ground::Whole(whole)) => *kind = Some(whole),
                            Ok(Ground::Delta(on)) => *base = on,
                            Err(why) => lost.push((node, why)),
                        }
                    }
                    lost
                }));
            }
            for thread in threads {
                lost.extend(
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                );
            }
        });
        // A base that has a better copy is read there: same id, same bytes.
        if !self.copies.is_empty() {
            for base in bases
                .iter_mut()
                .filter(|base| **base != NONE && copy[**base as usize])
            {
                *base = self.find(self.id(*base)).unwrap_or(NONE);
            }
        }
        for node in delta_children::circles(&bases) {
            bases[node as usize] = NONE;
            lost.push((node, ObjectError::BrokenBase));
        }
        self.links = Links::new(&bases);
        delta_children::spread(&bases, &self.links, &mut kinds);
        (self.bases, self.kinds, self.lost) = (bases, kinds, lost);
    }

    /// On what this very copy stands.
    pub(super) fn ground(&self, node: u32) -> Result<Ground, ObjectError> {
        let Some((pack, Range { start: first, .. })) = self.pack(node) else {
            let loose = self.loose[(node - self.firsts[self.packs.len()]) as usize];
            return loose_objects::peek(&self.stores[loose.store as usize], loose.id)
                .map(|header| Ground::Whole(header.kind));
        };
        let offset = self.offsets[node as usize];
        match pack.entry(offset)?.0.form {
            Form::Whole(kind) => Ok(Ground::Whole(kind)),
            Form::OffsetDelta(back) => {
                let at = offset.checked_sub(back).ok_or(ObjectError::BadHeader)?;
                self.before(first, node, at)
                    .map(Ground::Delta)
                    .ok_or(ObjectError::BrokenBase)
            }
            Form::RefDelta(id) => self
                .find(id)
                .map(Ground::Delta)
                .ok_or(ObjectError::MissingBase(id)),
        }
    }

    /// The node of a pack before `node` whose entry begins at `offset`. Bases are mostly near: the steps back double.
    fn before(&self, first: u32, node: u32, offset: u64) -> Option<u32> {
        let entries = &self.offsets[first as usize..node as usize];
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
            .map(|at| first + (start + at) as u32)
    }

    /// The pack of a node and that pack's nodes; `None` for a loose object.
    fn pack(&self, node: u32) -> Option<(&Packfile, Range<u32>)> {
        let at = match self.packs.len() {
            1 => 0,
            packs => self.firsts[1..=packs].partition_point(|&first| first <= node),
        };
        let pack = self.packs.get(at).filter(|_| node < self.firsts[at + 1])?;
        Some((pack, self.firsts[at]..self.firsts[at + 1]))
    }

    /// HeaderField that a node is wanted soon.
    pub(super) fn prefetch(&self, node: u32) {
        self.prefetch_entry(node, ENTRY);
        // Everybody asks for the ids of these, whose order says nothing about where they stand.
        if let Some(Some(ObjectKind::Commit | ObjectKind::Tag)) = self.kinds.get(node as usize)
            && let (Some(&place), Some((pack, _))) =
                (self.places.get(node as usize), self.pack(node))
        {
            pack.index.prefetch(place);
        }
    }

    /// Has the entries of some nodes made ready, of those in the pack of the first.
    fn populate(&self, nodes: Range<u32>) {
        if let Some((pack, all)) = self.pack(nodes.start) {
            let last = nodes.end.min(all.end) - 1;
            pack.populate(self.offsets[nodes.start as usize]..self.offsets[last as usize]);
        }
    }

    fn prefetch_entry(&self, node: u32, length: usize) {
        if let (Some(&offset), Some((pack, _))) = (self.offsets.get(node as usize), self.pack(node))
        {
            pack.prefetch(offset, length);
        }
    }

    /// HeaderField that what comes after a node is wanted soon: the first of its own children, else the child at `sibling`.
    pub(super) fn prefetch_after(&self, node: u32, sibling: Option<u32>) {
        let (first, end) = self.links.range(node);
        if let Some(child) = (first < end).then_some(first).or(sibling) {
            self.prefetch(self.links.child(child));
        }
    }

    /// Where the bytes of a node are.
    pub(super) fn location(&self, node: u32) -> Location<'_> {
        let Some((pack, nodes)) = self.pack(node) else {
            let loose = self.loose[(node - self.firsts[self.packs.len()]) as usize];
            return Location::Loose {
                objects: &self.stores[loose.store as usize],
                id: loose.id,
            };
        };
        let (offset, place) = (self.offsets[node as usize], self.places[node as usize]);
        let sum = self.sums[node as usize];
        // Entries that a damaged index lets begin at the same place end at the same place too.
        let next = (node + 1 < nodes.end).then(|| self.offsets[node as usize + 1]);
        let next = next.filter(|&next| next > offset).unwrap_or(pack.end());
        Location::Packed {
            pack,
            offset,
            next: next.min(pack.end()),
            place,
            sum,
        }
    }

    /// Number of nodes, copies included.
    pub fn nodes(&self) -> u32 {
        self.firsts[self.firsts.len() - 1]
    }

    /// By what hash function the repository names its objects.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    pub fn id(&self, node: u32) -> ObjectId {
        match self.pack(node) {
            Some((pack, _)) => pack.index.id(self.places[node as usize]),
            None => self.loose[(node - self.firsts[self.packs.len()]) as usize].id,
        }
    }

    pub fn node_kind(&self, node: u32) -> Option<ObjectKind> {
        self.kinds[node as usize]
    }

    pub(super) fn is_whole(&self, node: u32) -> bool {
        self.bases[node as usize] == NONE
    }

    /// The first copy of an object.
    pub(super) fn find(&self, id: ObjectId) -> Option<u32> {
        let mut found = [None];
        self.find_all(&[id], &mut found);
        found[0]
    }

    /// Finds many at once, which is faster than one after the other: what one waits for, memory, all wait for together.
    /// `found` has as many places as `ids`.
    pub fn find_all(&self, ids: &[ObjectId], found: &mut [Option<u32>]) {
        self.by_id.find_all(ids, found);
    }

    /// The further copies of an object.
    pub(super) fn copies(&self, id: ObjectId) -> &[u32] {
        let start = self.copies.partition_point(|&node| self.id(node) < id);
        let count = self.copies[start..]
            .iter()
            .take_while(|&&node| self.id(node) == id)
            .count();
        &self.copies[start..start + count]
    }

    /// All copies of the object of a node, the first one first.
    pub(super) fn all_copies(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let id = self.id(node);
        self.find(id)
            .into_iter()
            .chain(self.copies(id).iter().copied())
    }

    /// First copies that the walk begins with: those that stand on nothing, by kind.
    pub(super) fn roots(&self, kinds: ObjectKinds) -> impl Iterator<Item = u32> + '_ {
        let whole = move |&node: &u32| {
            self.kinds[node as usize].is_some_and(|kind| kinds.contains(Some(kind)))
                && self.is_whole(node)
        };
        (0..self.nodes()).filter(whole)
    }

    /// What is wrong with files as wholes. Objects that cannot be read are told by the walk.
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// Files that were being written when somebody stopped. They are not read.
    pub fn unfinished(&self) -> &[PathBuf] {
        &self.unfinished
    }

    /// Number of distinct objects of these kinds.
    pub fn count(&self, kinds: ObjectKinds) -> u64 {
        let all = self
            .kinds
            .iter()
            .filter(|&&kind| kinds.contains(kind))
            .count();
        let further = self
            .copies
            .iter()
            .filter(|&&node| kinds.contains(self.kinds[node as usize]))
            .count();
        (all - further) as u64
    }

    /// True if the repository or its alternates hold the object, readable or not.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.find(id).is_some() || self.scanned.contains(id)
    }

    /// The number by which a walk names an object: less than [`Self::nodes`], and another one for each.
    pub fn node(&self, id: ObjectId) -> Option<u32> {
        self.find(id)
    }

    /// The kind of an object; `None` if it is not there, or if its base cannot be had.
    pub fn kind(&self, id: ObjectId) -> Option<ObjectKind> {
        self.find(id).and_then(|node| self.kinds[node as usize])
    }

    /// Ids and kinds of all objects, each once, in the order of ids.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, Option<ObjectKind>)> + '_ {
        self.by_id
            .iter()
            .map(|(id, node)| (id, self.kinds[node as usize]))
    }
}

/// So many entries are made ready at once.
const READY: u32 = 1 << 12;
/// Headers of entries are asked of memory so many entries before they are read.
const AHEAD: u32 = 16;
/// Bytes that are asked of memory of a header, and of a whole entry.
const HEADER: usize = 32;
const ENTRY: usize = 256;

/// On what a node stands.
pub(super) enum Ground {
    Whole(ObjectKind),
    /// On this node.
    Delta(u32),
}

/// Where the bytes of a node are.
pub(super) enum Location<'a> {
    /// From `offset` to `next`, at this place of the index, with this checksum.
    Packed {
        pack: &'a Packfile,
        offset: u64,
        next: u64,
        place: u32,
        sum: Option<u32>,
    },
    Loose {
        objects: &'a Path,
        id: ObjectId,
    },
}

/// Opens all packs of a directory, in the order of their names.
fn open_packs(
    folder: &Path,
    format: ObjectFormat,
    packs: &mut Vec<Packfile>,
    unfinished: &mut Vec<PathBuf>,
    flaws: &mut Vec<Flaw>,
) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return flaws.push(Flaw::new(folder, error.to_string())),
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => flaws.push(Flaw::new(folder, error.to_string())),
        }
    }
    paths.sort();
    for path in &paths {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("pack") => {
                let index = path.with_extension("idx");
                let index = paths.binary_search(&index).is_ok().then_some(index);
                match Packfile::open(path, index.as_deref(), format, flaws) {
                    Ok(pack) => packs.push(pack),
                    Err(flaw) => flaws.push(flaw),
                }
            }
            Some("idx") if paths.binary_search(&path.with_extension("pack")).is_err() => {
                flaws.push(Flaw::new(path, "the index has no pack"));
            }
            _ if path.file_name().is_some_and(|name| {
                name.as_encoded_bytes()
                    .starts_with(loose_objects::UNFINISHED)
            }) =>
            {
                unfinished.push(path.clone());
            }
            _ => {}
        }
    }
}
