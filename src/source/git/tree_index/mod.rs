//! The entries of all trees of a repository. Each tree is kept as the entries that it adds to and
//! removes from the tree that it is a delta of. Most trees differ from their base by an entry or
//! two, so the index is as small as the pack, and reading it costs as much as the changes.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::pack::{
    Forest, Instruction, Limits, NodeIndex, Object, ObjectId, ObjectKinds, Options, PackedNumber,
    UnreadObject, Visitor, walk,
};
use super::tree_entry::{Entry, EntryKind};
use crate::progress::Progress;

mod entry_cache;
pub mod reachability;

use entry_cache::EntryCache;

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexedEntry {
    /// The name of the entry: an index into [`TreeIndex::names`].
    pub name: u32,
    /// The node of the object that the entry names, or [`NodeIndex::NONE`] if the repository lacks
    /// it.
    pub node: NodeIndex,
    /// True for a folder, false for a blob.
    pub tree: bool,
}

/// The difference between a tree and its base.
#[derive(Clone, Copy, Debug)]
struct Difference {
    node: NodeIndex,
    /// The node of the base; [`NodeIndex::NONE`] for a tree that is no delta. Such a tree adds all
    /// its entries.
    base: NodeIndex,
    /// The list of [`TreeIndex::entries`] with the entries of this difference, and the place of the
    /// first one that it adds. The entries that it removes follow, in order.
    part: u32,
    at: u32,
    added: u32,
    removed: u32,
}

/// The entries of all trees.
#[derive(Debug, Default)]
pub struct TreeIndex {
    differences: Vec<Difference>,
    /// The lists of entries as the workers read them: joining them would take as much memory again.
    entries: Vec<Vec<IndexedEntry>>,
    /// The names of files and folders, including those that the repository lacks.
    pub names: Vec<Box<[u8]>>,
    /// The names of submodules, whose commits are in other repositories.
    pub submodules: BTreeSet<Vec<u8>>,
    /// Blobs in scanned packs, each with a name (an index into [`TreeIndex::names`]) that a tree of
    /// the forest has for it. In order.
    pub outside: Vec<(PackedNumber, u32)>,
    /// Objects that trees name and the repository lacks.
    pub missing: HashSet<ObjectId>,
    /// Trees that cannot be read, with the reason.
    pub unread: Vec<UnreadObject>,
    /// Trees with bytes that are no entry.
    pub malformed: Vec<ObjectId>,
}

impl TreeIndex {
    /// Reads all trees of a forest.
    pub fn build(forest: &Forest, workers: usize, limits: Limits, progress: &dyn Progress) -> Self {
        progress.stage("reading trees", forest.count(ObjectKinds::TREES));
        let each = forest.count(ObjectKinds::TREES) as usize / workers.max(1);
        let options = Options {
            kinds: ObjectKinds::TREES,
            workers,
            limits,
        };
        let mut parts = walk(forest, &options, &Collector { forest, each }, progress);
        let mut all = TreeIndex::default();
        let (names, numbers) = number_names(&mut parts);
        all.names = names;
        for (mut part, numbers) in parts.into_iter().zip(numbers) {
            part.resolve(forest);
            part.entries
                .iter_mut()
                .for_each(|held| held.name = numbers[held.name as usize]);
            for difference in &mut part.differences {
                difference.part = all.entries.len() as u32;
                let removed = (difference.at + difference.added) as usize;
                part.entries[removed..removed + difference.removed as usize].sort_unstable();
            }
            all.entries.push(part.entries);
            all.differences.append(&mut part.differences);
            all.outside.extend(
                part.outside
                    .into_iter()
                    .map(|(blob, name)| (blob, numbers[name as usize])),
            );
            all.submodules.extend(part.submodules);
            all.missing.extend(part.missing);
            all.unread.extend(part.unread);
            all.malformed.extend(part.malformed);
        }
        all.outside.sort_unstable();
        all.outside.dedup();
        all
    }

    fn added(&self, difference: &Difference) -> &[IndexedEntry] {
        self.held(difference, difference.at, difference.added)
    }

    fn removed(&self, difference: &Difference) -> &[IndexedEntry] {
        self.held(
            difference,
            difference.at + difference.added,
            difference.removed,
        )
    }

    fn held(&self, difference: &Difference, at: u32, count: u32) -> &[IndexedEntry] {
        &self.entries[difference.part as usize][at as usize..][..count as usize]
    }

    /// For each name that `wanted` accepts, the first tree that holds it; and the nodes of all
    /// entries with such names.
    pub fn with_names(
        &self,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> (HashMap<Vec<u8>, NodeIndex>, HashSet<NodeIndex>) {
        let wanted: Vec<bool> = self.names.iter().map(|name| wanted(name)).collect();
        let (mut trees, mut nodes) = (HashMap::new(), HashSet::new());
        if !wanted.contains(&true) {
            return (trees, nodes);
        }
        for difference in &self.differences {
            for held in self
                .added(difference)
                .iter()
                .filter(|held| wanted[held.name as usize])
            {
                let tree = trees
                    .entry(self.names[held.name as usize].to_vec())
                    .or_insert(difference.node);
                *tree = (*tree).min(difference.node);
                // Of an object that the repository lacks only the name is known.
                nodes.extend(Some(held.node).filter(|node| node.is_some()));
            }
        }
        (trees, nodes)
    }

    /// For each node, the union of `classify` over all names that trees have for it as a blob; zero
    /// if no tree names it. `nodes` is the number of nodes.
    pub fn blob_classes(&self, nodes: u32, classify: impl Fn(&[u8]) -> u64) -> Vec<u64> {
        self.blob_classes_before(NodeIndex::new(nodes), nodes, classify)
    }

    /// Like [`Self::blob_classes`], but reads only the trees among the nodes before `end`.
    pub fn blob_classes_before(
        &self,
        end: NodeIndex,
        nodes: u32,
        classify: impl Fn(&[u8]) -> u64,
    ) -> Vec<u64> {
        let of_names: Vec<u64> = self.names.iter().map(|name| classify(name)).collect();
        let mut kinds = vec![0; nodes as usize];
        for difference in self
            .differences
            .iter()
            .filter(|difference| difference.node < end)
        {
            for held in self
                .added(difference)
                .iter()
                .filter(|held| !held.tree && held.node.is_some())
            {
                kinds[held.node.index()] |= of_names[held.name as usize];
            }
        }
        kinds
    }

    /// True if no tree among the nodes before `end` names a node from `end` on.
    pub fn is_closed_below(&self, end: NodeIndex) -> bool {
        let before = self
            .differences
            .iter()
            .filter(|difference| difference.node < end);
        before
            .flat_map(|difference| self.added(difference))
            .all(|held| held.node < end || !held.node.is_some())
    }
}

/// The names of all workers, each once, in order; and for each worker the place there of each of its names. The order does not
/// depend on the workers: where paths are cut off at a limit, the same are left in every scan.
fn number_names(parts: &mut [Part]) -> (Vec<Box<[u8]>>, Vec<Vec<u32>>) {
    let mut numbers: Vec<Vec<u32>> = parts.iter().map(|part| vec![0; part.names.len()]).collect();
    let mut all: Vec<(Box<[u8]>, u32, u32)> = Vec::new();
    for (at, part) in (0..).zip(parts) {
        let names = std::mem::take(&mut part.names);
        all.extend(names.into_iter().map(|(name, number)| (name, at, number)));
    }
    all.sort_unstable();
    let mut names: Vec<Box<[u8]>> = Vec::with_capacity(all.len());
    for (name, part, number) in all {
        if names.last() != Some(&name) {
            names.push(name);
        }
        numbers[part as usize][number as usize] = names.len() as u32 - 1;
    }
    (names, numbers)
}

struct Collector<'a> {
    forest: &'a Forest,
    /// The approximate number of trees for each worker.
    each: usize,
}

/// Numbers of names. Each entry that is read asks for one, so hashing must be fast; the hash must
/// also be unpredictable.
type Numbers = HashMap<Box<[u8]>, u32, RandomState>;

#[derive(Default)]
struct Part {
    differences: Vec<Difference>,
    entries: Vec<IndexedEntry>,
    names: Numbers,
    submodules: BTreeSet<Vec<u8>>,
    outside: Vec<(PackedNumber, u32)>,
    missing: HashSet<ObjectId>,
    unread: Vec<UnreadObject>,
    malformed: Vec<ObjectId>,
    /// Ranges of the base's entries that the tree keeps, as indexes into their offsets.
    kept: Vec<(usize, usize)>,
    recent: EntryCache,
    /// Entries whose nodes are still to be looked up, and their ids.
    pending: Vec<u32>,
    ids: Vec<ObjectId>,
    nodes: Vec<Option<NodeIndex>>,
    /// The bytes of the entries that were read one by one.
    searched: u64,
    /// Pairs of entries: the first gets the node of the second, which is still to be looked up.
    alike: Vec<(u32, u32)>,
}

/// The number of ids that are looked up together.
const TOGETHER: usize = 256;

impl Part {
    fn resolve(&mut self, forest: &Forest) {
        self.nodes.clear();
        self.nodes.resize(self.ids.len(), None);
        forest.find_all(&self.ids, &mut self.nodes);
        for ((&at, &id), node) in self.pending.iter().zip(&self.ids).zip(&self.nodes) {
            let held = &mut self.entries[at as usize];
            match node {
                Some(node) => held.node = *node,
                None => match forest.scanned.find(id) {
                    Some(number) if !held.tree => self.outside.push((number, held.name)),
                    Some(_) => {}
                    None => drop(self.missing.insert(id)),
                },
            }
        }
        for (at, like) in self.alike.drain(..) {
            self.entries[at as usize] = self.entries[like as usize];
        }
        self.pending.clear();
        self.ids.clear();
    }

    /// Adds an entry again that was read recently. False if it is not in the cache.
    fn again(&mut self, raw: &[u8]) -> bool {
        let Some(like) = self.recent.find(raw) else {
            return false;
        };
        if self.pending.first().is_some_and(|&first| first <= like) {
            self.alike.push((self.entries.len() as u32, like));
        }
        self.entries.push(self.entries[like as usize]);
        true
    }
}

/// The expected length of an entry in bytes.
const USUAL: usize = 32;

/// The expected number of entries by which a tree differs from its base. Unused capacity costs
/// nothing.
const CHANGED: usize = 8;

/// The offsets of the entries of a tree, and the end of the last one.
type Starts = Vec<u32>;

impl Visitor for Collector<'_> {
    type Worker = Part;
    type State = Starts;

    /// Allocates room for a usual share of the trees: a list that grows is copied.
    fn worker(&self) -> Part {
        let (trees, entries) = (self.each + self.each / 4, self.each * CHANGED);
        Part {
            differences: Vec::with_capacity(trees),
            entries: Vec::with_capacity(entries),
            ..Part::default()
        }
    }

    fn searched(&self, part: &mut Part) -> u64 {
        std::mem::take(&mut part.searched)
    }

    fn object(&self, part: &mut Part, object: &Object<'_, Starts>) -> Starts {
        let at = part.entries.len();
        let has_children = object.children > 0;
        let (changes, before) = match &object.base {
            Some(base) => (base.changes, base.state.as_slice()),
            None => (&[][..], &[][..]),
        };
        let expected = if before.is_empty() {
            object.bytes.len() / USUAL
        } else {
            before.len() + 2
        };
        let mut starts = Starts::with_capacity(if has_children { expected } else { 0 });
        part.kept.clear();
        let (mut position, mut step) = (0, 0);
        while position < object.bytes.len() {
            while step < changes.len() && changes[step].made().end <= position {
                step += 1;
            }
            if let Some((first, end, length)) = changes
                .get(step)
                .and_then(|step| kept(step, position, before))
            {
                part.kept.push((first, end));
                if has_children {
                    let shift = position as u32;
                    starts.extend(
                        before[first..end]
                            .iter()
                            .map(|start| start - before[first] + shift),
                    );
                }
                position += length;
                continue;
            }
            let Some(entry) = Entry::first(&object.bytes[position..], self.forest.format()) else {
                part.malformed.push(object.id());
                break;
            };
            starts.extend(has_children.then_some(position as u32));
            let raw = &object.bytes[position..position + entry.length];
            position += entry.length;
            self.note(part, &entry, raw, true);
        }
        starts.extend(has_children.then_some(position as u32));
        let added = part.entries.len() - at;
        if let Some(base) = &object.base {
            part.kept.sort_unstable();
            let mut next = 0;
            for at in 0..=part.kept.len() {
                let (first, end) = part
                    .kept
                    .get(at)
                    .copied()
                    .unwrap_or((before.len().saturating_sub(1), 0));
                for range in before.get(next..=first).unwrap_or_default().windows(2) {
                    let raw = &base.bytes[range[0] as usize..range[1] as usize];
                    part.searched += raw.len() as u64;
                    if !part.again(raw)
                        && let Some(entry) = Entry::first(raw, self.forest.format())
                    {
                        self.note(part, &entry, raw, false);
                    }
                }
                next = next.max(end);
            }
        }
        let removed = part.entries.len() - at - added;
        let base = object
            .base
            .as_ref()
            .map_or(NodeIndex::NONE, |base| base.node);
        let [at, added, removed] = [at, added, removed].map(|number| number as u32);
        part.differences.push(Difference {
            node: object.node,
            base,
            part: 0,
            at,
            added,
            removed,
        });
        starts
    }

    fn unread(&self, part: &mut Part, unread: &UnreadObject) {
        part.unread.push(unread.clone());
    }
}

impl Collector<'_> {
    /// Adds an entry with the bytes `raw`.
    fn note(&self, part: &mut Part, entry: &Entry, raw: &[u8], added: bool) {
        part.searched += raw.len() as u64;
        if entry.kind == EntryKind::Submodule {
            if added && !part.submodules.contains(entry.name) {
                part.submodules.insert(entry.name.to_vec());
            }
            return;
        }
        if added && part.again(raw) {
            return;
        }
        let name = match part.names.get(entry.name) {
            Some(&name) => name,
            None => {
                let name = part.names.len() as u32;
                part.names.insert(entry.name.into(), name);
                name
            }
        };
        let place = part.entries.len() as u32;
        part.entries.push(IndexedEntry {
            name,
            node: NodeIndex::NONE,
            tree: entry.kind == EntryKind::Tree,
        });
        part.recent.put(raw, place);
        part.pending.push(place);
        part.ids.push(entry.id);
        if part.pending.len() == TOGETHER {
            part.resolve(self.forest);
        }
    }
}

/// The whole entries of the base that `step` copies to `position`: the first one, the one after the
/// last, and their length in bytes. `starts` are the offsets of the base's entries. Since all
/// entries before `position` were parsed, an entry begins there, and the copied bytes are entries
/// as they are in the base.
fn kept(step: &Instruction, position: usize, starts: &[u32]) -> Option<(usize, usize, usize)> {
    let taken = step.taken()?;
    let from = taken.start + (position - step.made().start);
    let first = starts.binary_search(&u32::try_from(from).ok()?).ok()?;
    let end = starts.partition_point(|&start| start as usize <= taken.end) - 1;
    (end > first).then(|| (first, end, (starts[end] - starts[first]) as usize))
}

#[cfg(test)]
mod tests;
