//! Builds the forest of a repository from the indexes and the headers of entries. Nothing is inflated but the headers of
//! loose objects.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::alternates::ObjectDirectories;
use super::delta_children::{self, DeltaChildren};
use super::forest::{Forest, Ground};
use super::id_lookup::IdLookup;
use super::loose_objects;
use super::node_index::NodeIndex;
use super::node_order::{by_offset, merge};
use super::object_error::{Flaw, ObjectError};
use super::object_id::{ObjectFormat, ObjectId};
use super::packfile::{PackIdentity, Packfile};
use super::scanned_packs::ScannedPacks;
use super::size_supplement::SizeSupplement;
use crate::source::git::boundary::Boundary;
use crate::source::git::file_guard;

/// Entries that the system reads in at once.
const POPULATE: u32 = 1 << 12;
/// The header of an entry is prefetched this many entries before it is read.
const AHEAD: u32 = 16;
/// Bytes that are prefetched of an entry for its header.
const HEADER_PREFETCH: usize = 32;

impl Forest {
    /// Reads the indexes and entry headers below `objects` (the directory of that name of a git directory) and its alternates,
    /// as far as they are within the boundary. Damage is no error: [`Self::flaws`] reports that of files, the walk that of
    /// objects.
    ///
    /// # Errors
    /// Only if there are more objects than 32 bits can count.
    pub fn open_within(
        boundary: &Boundary,
        objects: &Path,
        format: ObjectFormat,
        workers: usize,
        supplement: &Arc<SizeSupplement>,
    ) -> Result<Self, Flaw> {
        Self::open_beside(boundary, objects, format, workers, supplement, &[])
            .map(|forest| forest.expect("no pack is missed"))
    }

    /// Like [`Self::open_within`], without a boundary.
    ///
    /// # Errors
    /// See [`Self::open_within`].
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn open(objects: &Path, format: ObjectFormat, workers: usize) -> Result<Self, Flaw> {
        let supplement = Arc::new(SizeSupplement::of_one_repository());
        Self::open_within(
            &Boundary::unlimited(),
            objects,
            format,
            workers,
            &supplement,
        )
    }

    /// Like [`Self::open_within`], without the objects of the packs `scanned`; `None` if one of these packs is gone or changed.
    ///
    /// # Errors
    /// See [`Self::open_within`].
    pub fn open_beside(
        boundary: &Boundary,
        objects: &Path,
        format: ObjectFormat,
        workers: usize,
        supplement: &Arc<SizeSupplement>,
        scanned: &[PackIdentity],
    ) -> Result<Option<Self>, Flaw> {
        let mut flaws = Vec::new();
        let stores = ObjectDirectories::find(objects, boundary, &mut flaws);
        let (mut packs, mut loose, mut unfinished) = (Vec::new(), Vec::new(), Vec::new());
        for (store, directory) in (0..).zip(&stores.list) {
            let first = packs.len();
            open_packs(
                &directory.boundary,
                &directory.path.join("pack"),
                format,
                supplement,
                &mut packs,
                &mut unfinished,
                &mut flaws,
            );
            for pack in &mut packs[first..] {
                pack.is_borrowed = directory.is_borrowed;
            }
            loose_objects::list(
                &directory.boundary,
                &directory.path,
                store,
                format,
                &mut loose,
                &mut unfinished,
                &mut flaws,
            );
        }
        let Some(scanned) = ScannedPacks::take(&mut packs, scanned) else {
            return Ok(None);
        };
        let (scanned_loose, mut loose): (Vec<_>, Vec<_>) = loose
            .into_iter()
            .partition(|loose| scanned.contains(loose.id));
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
                    .filter(|&next| next < u32::MAX)
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
            children: DeltaChildren::default(),
            by_id: IdLookup::new(format, 0, std::iter::empty()),
            copies: Vec::new(),
            variants: Vec::new(),
            copy_flaws: Vec::new(),
            scanned_loose,
            verifies_ids: false,
            lost: Vec::new(),
            flaws,
            unfinished,
            stored: OnceLock::new(),
            supplement: Arc::clone(supplement),
            extent: None,
        };
        forest.number();
        forest.find_bases(workers.max(1));
        forest.compare_copies(workers.max(1));
        Ok(Some(forest))
    }

    /// Numbers the nodes of packs by offset, and fills the tables of offsets, places, checksums and ids.
    fn number(&mut self) {
        let packed = self.firsts[self.packs.len()] as usize;
        self.offsets = Vec::with_capacity(packed);
        self.places = Vec::with_capacity(packed);
        self.sums = Vec::with_capacity(packed);
        let mut numbers: Vec<Vec<NodeIndex>> = Vec::with_capacity(self.packs.len());
        for (pack, &first) in self.packs.iter().zip(&self.firsts) {
            // An offset beyond its table points nowhere: reading that entry fails.
            let entries = by_offset(pack.index.len(), |place| {
                pack.index.offset(place).unwrap_or(u64::MAX)
            });
            let mut nodes = vec![NodeIndex::NONE; entries.len()];
            for (node, &(offset, place)) in (first..).zip(&entries) {
                self.offsets.push(offset);
                self.places.push(place);
                self.sums.push(pack.index.crc(place));
                nodes[place as usize] = NodeIndex::new(node);
            }
            numbers.push(nodes);
        }
        let packs = &self.packs;
        let of = |pack: usize| {
            (0..)
                .zip(&numbers[pack])
                .map(move |(place, &node)| (packs[pack].index.id(place), node))
        };
        // Most repositories are one pack, whose objects are in order already.
        if self.packs.len() == 1 && self.loose.is_empty() && packs[0].index.is_ordered() {
            self.by_id = IdLookup::new(self.format, numbers[0].len(), of(0));
            return;
        }
        let mut sources: Vec<Vec<(ObjectId, NodeIndex)>> =
            (0..packs.len()).map(|pack| of(pack).collect()).collect();
        sources.push(
            (packed as u32..self.nodes())
                .map(NodeIndex::new)
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
        self.by_id = IdLookup::new(self.format, by_id.len(), by_id.into_iter());
        self.copies = copies;
    }

    /// Reads the header of each node, further copies included, for its base.
    fn find_bases(&mut self, workers: usize) {
        let nodes = self.nodes() as usize;
        let (mut bases, mut kinds) = (vec![NodeIndex::NONE; nodes], vec![None; nodes]);
        let chunk = nodes.div_ceil(workers).max(1);
        let mut lost = Vec::new();
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            let chunks = bases.chunks_mut(chunk).zip(kinds.chunks_mut(chunk));
            for ((bases, kinds), first) in chunks.zip((0u32..).step_by(chunk)) {
                let forest = &*self;
                threads.push(scope.spawn(move || {
                    let mut lost = Vec::new();
                    for (node, (base, kind)) in (first..).zip(bases.iter_mut().zip(kinds)) {
                        if (node - first).is_multiple_of(POPULATE) {
                            forest.populate(node..node.saturating_add(POPULATE));
                        }
                        forest.prefetch_entry(
                            NodeIndex::new(node.saturating_add(AHEAD)),
                            HEADER_PREFETCH,
                        );
                        let node = NodeIndex::new(node);
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
        (self.bases, self.kinds, self.lost) = (bases, kinds, lost);
        self.link();
    }

    /// Derives the children, and the kinds of deltas, from the bases. Nodes in circles lose their bases.
    pub(super) fn link(&mut self) {
        for node in delta_children::circles(&self.bases) {
            self.bases[node.index()] = NodeIndex::NONE;
            self.lost.push((node, ObjectError::BrokenBase));
        }
        self.children = DeltaChildren::new(&self.bases);
        delta_children::spread(&self.bases, &self.children, &mut self.kinds);
    }

    /// Has the system read in the entries of some nodes, as far as they are in the pack of the first.
    fn populate(&self, nodes: Range<u32>) {
        if let Some((pack, all)) = self.pack(NodeIndex::new(nodes.start)) {
            let last = nodes.end.min(all.end) - 1;
            pack.populate(self.offsets[nodes.start as usize]..self.offsets[last as usize]);
        }
    }
}

/// Opens all packs of a directory, in the order of their names. Files that look unfinished and files that cannot be read are
/// added to the lists.
fn open_packs(
    boundary: &Boundary,
    folder: &Path,
    format: ObjectFormat,
    supplement: &SizeSupplement,
    packs: &mut Vec<Packfile>,
    unfinished: &mut Vec<PathBuf>,
    flaws: &mut Vec<Flaw>,
) {
    let real = match file_guard::folder(boundary, folder) {
        Ok(Some(real)) => real,
        Ok(None) => return,
        Err(why) => return flaws.push(Flaw::new(folder, why.reason())),
    };
    let entries = match std::fs::read_dir(real) {
        Ok(entries) => entries,
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
                match Packfile::open(boundary, path, index.as_deref(), format, supplement, flaws) {
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
