//! Compares the trees of a few new commits with those of their parents. It finds the same paths as
//! [`super::object_paths`], which reads all trees of a history, by reading only the trees that
//! differ, each by its id.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::commits::{self, CommitIndex, Commits};
use super::object_paths::ObjectPath;
use super::pack::{ObjectId, ObjectKind, ObjectReader};
use super::tree_entry::{self, EntryKind};

/// A tree or a commit cannot be read, or trees make up more paths than are followed.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

/// The most entries that are followed, in all comparisons together.
const MOST: usize = 1 << 22;
/// The depth to which trees are followed.
const DEEPEST: usize = 512;
/// The most entries of trees that are kept.
const KEPT: usize = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: Box<[u8]>,
    id: ObjectId,
    tree: bool,
}

/// The relation of a commit to a path.
#[derive(Clone, Copy)]
enum Event {
    Introduced(CommitIndex),
    LastHeld(CommitIndex),
}

/// Compares trees, and collects the paths of hits that differ.
pub struct TreeDiff<'a> {
    reader: ObjectReader<'a>,
    hits: &'a HashSet<ObjectId>,
    /// The entries of trees that were read, in order, and the number of entries that may still be
    /// kept.
    trees: HashMap<ObjectId, Arc<Vec<Entry>>>,
    room: usize,
    found: BTreeMap<(Vec<u8>, ObjectId), ObjectPath>,
    left: usize,
}

impl<'a> TreeDiff<'a> {
    /// A comparison that looks for the objects `hits`.
    pub fn new(reader: ObjectReader<'a>, hits: &'a HashSet<ObjectId>) -> Self {
        Self {
            reader,
            hits,
            trees: HashMap::new(),
            room: KEPT,
            found: BTreeMap::new(),
            left: MOST,
        }
    }

    /// Records the hits that each of these commits introduces, and those that its parents hold and
    /// it does not.
    ///
    /// # Errors If a tree or commit cannot be read, or there are too many paths.
    pub fn compare(&mut self, commits: &Commits, recent: &[CommitIndex]) -> Result<(), Unreadable> {
        for &at in recent {
            let tree = self.root(commits, at)?;
            let parents: Vec<CommitIndex> = commits.parents(at).to_vec();
            let others = parents
                .iter()
                .map(|&parent| self.root(commits, parent))
                .collect::<Result<Vec<_>, _>>()?;
            self.difference(tree, &others, &mut Vec::new(), 0, Event::Introduced(at))?;
            for (parent, other) in parents.into_iter().zip(others) {
                self.difference(other, &[tree], &mut Vec::new(), 0, Event::LastHeld(parent))?;
            }
        }
        Ok(())
    }

    /// Takes the paths that were recorded, in the order of their bytes and blobs.
    pub fn take(&mut self) -> Vec<ObjectPath> {
        std::mem::take(&mut self.found).into_values().collect()
    }

    /// The indexes of the paths in `list` that the tree of a commit holds.
    ///
    /// # Errors If a tree or commit cannot be read.
    pub fn paths_held_by(
        &mut self,
        commits: &Commits,
        at: CommitIndex,
        list: &[ObjectPath],
    ) -> Result<Vec<usize>, Unreadable> {
        let root = self.root(commits, at)?;
        let mut held = Vec::new();
        let mut path: Option<(&[u8], Vec<ObjectId>)> = None;
        for (index, place) in list.iter().enumerate() {
            // Entries with the same path follow each other.
            if path.as_ref().is_none_or(|(path, _)| *path != place.path) {
                path = Some((&place.path, self.at(root, &place.path)?));
            }
            if path
                .as_ref()
                .is_some_and(|(_, there)| there.contains(&place.blob))
            {
                held.push(index);
            }
        }
        Ok(held)
    }

    fn root(&mut self, commits: &Commits, at: CommitIndex) -> Result<ObjectId, Unreadable> {
        let (kind, raw) = self
            .reader
            .object(commits.list[at.index()].id)
            .and_then(Result::ok)
            .ok_or(Unreadable)?;
        commits::tree_of(&raw)
            .filter(|_| kind == ObjectKind::Commit)
            .ok_or(Unreadable)
    }

    /// The objects at a path: one, unless a tree has an entry twice.
    fn at(&mut self, root: ObjectId, path: &[u8]) -> Result<Vec<ObjectId>, Unreadable> {
        let mut here = vec![root];
        let mut names = path.split(|&byte| byte == b'/').peekable();
        while let Some(name) = names.next() {
            let mut below = Vec::new();
            for tree in here {
                let entries = self.tree(tree)?;
                let named = entries.iter().filter(|entry| *entry.name == *name);
                below.extend(
                    named
                        .filter(|entry| entry.tree || names.peek().is_none())
                        .map(|entry| entry.id),
                );
            }
            here = below;
        }
        Ok(here)
    }

    fn tree(&mut self, id: ObjectId) -> Result<Arc<Vec<Entry>>, Unreadable> {
        if let Some(known) = self.trees.get(&id) {
            return Ok(Arc::clone(known));
        }
        let (kind, raw) = self
            .reader
            .object(id)
            .and_then(Result::ok)
            .ok_or(Unreadable)?;
        if kind != ObjectKind::Tree {
            return Err(Unreadable);
        }
        let entries = tree_entry::entries(&raw, id.format())
            .filter(|(_, entry)| entry.kind != EntryKind::Submodule);
        let entry = |(_, entry): (usize, tree_entry::Entry)| Entry {
            name: entry.name.into(),
            id: entry.id,
            tree: entry.kind == EntryKind::Tree,
        };
        let mut entries: Vec<Entry> = entries.map(entry).collect();
        entries.sort_unstable();
        let entries = Arc::new(entries);
        if self.room < entries.len() {
            self.trees.clear();
            self.room = KEPT;
        }
        self.room = self.room.saturating_sub(entries.len());
        self.trees.insert(id, Arc::clone(&entries));
        Ok(entries)
    }

    /// Records the hits below `tree` that no tree of `others` has at the same path.
    fn difference(
        &mut self,
        tree: ObjectId,
        others: &[ObjectId],
        path: &mut Vec<u8>,
        depth: usize,
        event: Event,
    ) -> Result<(), Unreadable> {
        if others.contains(&tree) {
            return Ok(());
        }
        let entries = self.tree(tree)?;
        let others = others
            .iter()
            .map(|&other| self.tree(other))
            .collect::<Result<Vec<_>, _>>()?;
        let length = path.len();
        for entry in entries.iter() {
            if others
                .iter()
                .any(|other| other.binary_search(entry).is_ok())
            {
                continue;
            }
            self.left = self
                .left
                .checked_sub(1)
                .filter(|_| depth < DEEPEST)
                .ok_or(Unreadable)?;
            path.extend_from_slice(&entry.name);
            if self.hits.contains(&entry.id) {
                self.note(path, entry.id, event);
            }
            if entry.tree {
                let there = others.iter().flat_map(|other| {
                    let first = other.partition_point(|other| other.name < entry.name);
                    other[first..]
                        .iter()
                        .take_while(|other| other.name == entry.name)
                        .filter(|other| other.tree)
                });
                let there: Vec<ObjectId> = there.map(|other| other.id).collect();
                path.push(b'/');
                self.difference(entry.id, &there, path, depth + 1, event)?;
            }
            path.truncate(length);
        }
        Ok(())
    }

    fn note(&mut self, path: &[u8], blob: ObjectId, event: Event) {
        let empty = || ObjectPath {
            path: path.to_vec(),
            blob,
            introduced_by: Vec::new(),
            last_held_by: Vec::new(),
            held_by: Vec::new(),
        };
        let place = self
            .found
            .entry((path.to_vec(), blob))
            .or_insert_with(empty);
        match event {
            Event::Introduced(commit) => place.introduced_by.push(commit),
            Event::LastHeld(commit) => place.last_held_by.push(commit),
        }
    }
}
