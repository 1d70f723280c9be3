//! What all trees of a repository hold, kept as what each changes of the tree that it is a delta of: most trees differ from
//! their base by an entry or two, so this is as small as the pack is, and reading it costs what the changes cost.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::pack::{
    Forest, Instruction, Limits, NONE, Object, ObjectId, ObjectKinds, Options, UnreadObject,
    Visitor, walk,
};
use super::tree_entry::{Entry, EntryKind};
use crate::progress::Progress;

mod entry_cache;
pub mod reachability;

use entry_cache::EntryCache;

/// An entry of a tree: a name (index into [`TreeIndex::names`]) and the node of what stands under it, or [`NONE`] if the
/// repository lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexedEntry {
    pub name: u32,
    pub node: u32,
    /// False for a blob.
    pub tree: bool,
}

/// How a tree differs from its base.
#[derive(Clone, Copy, Debug)]
struct Difference {
    node: u32,
    /// Node of the base; [`NONE`] for a tree that stands for itself.
    base: u32,
    /// Which of [`TreeIndex::entries`] has its own, and where there those begin that it adds; those that it lacks follow, in order.
    part: u32,
    at: u32,
    added: u32,
    removed: u32,
}

/// All trees.
#[derive(Debug, Default)]
pub struct TreeIndex {
    differences: Vec<Difference>,
    /// As each worker read them: putting them together would take as much memory again.
    entries: Vec<Vec<IndexedEntry>>,
    /// Of files and folders, those included that are not there.
    pub names: Vec<Box<[u8]>>,
    /// Names of submodules, whose commits live elsewhere.
    pub submodules: BTreeSet<Vec<u8>>,
    /// Blobs of packs that are known, by their number there, with the name (index into [`TreeIndex::names`]) that a tree of the
    /// forest has for them. In order.
    pub outside: Vec<(u32, u32)>,
    /// Objects that trees name and the repository lacks.
    pub missing: HashSet<ObjectId>,
    pub unread: Vec<UnreadObject>,
    pub malformed: Vec<ObjectId>,
}

impl TreeIndex {
    /// Reads all trees.
    pub fn build(forest: &Forest, workers: usize, limits: Limits, progress: &dyn Progress) -> Self {
        progress.stage("reading trees", forest.count(ObjectKinds::TREES));
        let each = forest.count(ObjectKinds::TREES) as usize / workers.max(1);
        let options = Options {
            kinds: ObjectKinds::TREES,
            workers,
            limits,
        };
        let parts = walk(forest, &options, &Collector { forest, each }, progress);
        let mut all = TreeIndex::default();
        let mut names = Numbers::default();
        for mut part in parts {
            part.resolve(forest);
            let mut numbers = vec![0; part.names.len()];
            for (name, number) in part.names {
                let next = names.len() as u32;
                numbers[number as usize] = *names.entry(name).or_insert(next);
            }
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
        all.names = vec![Box::default(); names.len()];
        names
            .into_iter()
            .for_each(|(name, number)| all.names[number as usize] = name);
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

    /// For each of these names a tree that holds it, and all nodes that stand under one of them.
    pub fn with_names(
        &self,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> (HashMap<Vec<u8>, u32>, HashSet<u32>) {
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
                // Of what is not there the name alone is known.
                nodes.extend(Some(held.node).filter(|&node| node != NONE));
            }
        }
        (trees, nodes)
    }

    /// For each node, the union over the names of the blob of what `classify` makes of them; zero where no tree names it.
    pub fn blob_classes(&self, nodes: u32, classify: impl Fn(&[u8]) -> u8) -> Vec<u8> {
        self.blob_classes_before(nodes, nodes, classify)
    }

    /// See [`Self::blob_classes`]; by the trees among the nodes before `end` alone.
    pub fn blob_classes_before(
        &self,
        end: u32,
        nodes: u32,
        classify: impl Fn(&[u8]) -> u8,
    ) -> Vec<u8> {
        let of_names: Vec<u8> = self.names.iter().map(|name| classify(name)).collect();
        let mut kinds = vec![0; nodes as usize];
        for difference in self
            .differences
            .iter()
            .filter(|difference| difference.node < end)
        {
            for held in self
                .added(difference)
                .iter()
                .filter(|held| !held.tree && held.node != NONE)
            {
                kinds[held.node as usize] |= of_names[held.name as usize];
            }
        }
        kinds
    }

    /// True if no tree among the nodes before `end` holds one from there on.
    pub fn is_closed_below(&self, end: u32) -> bool {
        let before = self
            .differences
            .iter()
            .filter(|difference| difference.node < end);
        before
            .flat_map(|difference| self.added(difference))
            .all(|held| held.node < end || held.node == NONE)
    }
}

struct Collector<'a> {
    forest: &'a Forest,
    /// How many trees a worker has, about.
    each: usize,
}

/// Numbers of names. Each entry that is read asks for one: hashing is to be quick, and no other's to foresee.
type Numbers = HashMap<Box<[u8]>, u32, RandomState>;

#[derive(Default)]
struct Part {
    differences: Vec<Difference>,
    entries: Vec<IndexedEntry>,
    names: Numbers,
    submodules: BTreeSet<Vec<u8>>,
    outside: Vec<(u32, u32)>,
    missing: HashSet<ObjectId>,
    unread: Vec<UnreadObject>,
    malformed: Vec<ObjectId>,
    /// Ranges of the base's entries that the tree keeps, as indexes of their starts.
    kept: Vec<(usize, usize)>,
    recent: EntryCache,
    /// Entries whose nodes are still to be found, and their ids.
    pending: Vec<u32>,
    ids: Vec<ObjectId>,
    nodes: Vec<Option<u32>>,
    /// Entries that are to have the node of another one, which is still to be found.
    alike: Vec<(u32, u32)>,
}

/// Ids that are found together.
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

    /// Adds an entry that was read lately. False if it is not remembered.
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

/// Bytes of an entry, as a guess.
const USUAL: usize = 32;

/// Entries by which a tree differs from its base, as a guess: room that is not used costs nothing.
const CHANGED: usize = 8;

/// Where the entries of a tree begin, and where the last one ends.
type Starts = Vec<u32>;

impl Visitor for Collector<'_> {
    type Worker = Part;
    type State = Starts;

    /// With room for what it reads as a rule: a list that grows is copied.
    fn worker(&self) -> Part {
        let (trees, entries) = (self.each + self.each / 4, self.each * CHANGED);
        Part {
            differences: Vec::with_capacity(trees),
            entries: Vec::with_capacity(entries),
            ..Part::default()
        }
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
        let base = object.base.as_ref().map_or(NONE, |base| base.node);
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
    /// Adds an entry with these bytes.
    fn note(&self, part: &mut Part, entry: &Entry, raw: &[u8], added: bool) {
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
            node: NONE,
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

/// If `position` of the tree lies where `step` copies whole entries of the base, which begin at `starts`: the first of those
/// entries, the one after the last, and how many bytes they have. A tree that is read entry by entry up to here has an
/// entry begin here, so what follows is what the base has.
fn kept(step: &Instruction, position: usize, starts: &[u32]) -> Option<(usize, usize, usize)> {
    let taken = step.taken()?;
    let from = taken.start + (position - step.made().start);
    let first = starts.binary_search(&u32::try_from(from).ok()?).ok()?;
    let end = starts.partition_point(|&start| start as usize <= taken.end) - 1;
    (end > first).then(|| (first, end, (starts[end] - starts[first]) as usize))
}

#[cfg(test)]
mod tests;
