//! Looks up many names in trees. Each tree is parsed once, however many of its names are asked for.

use std::collections::{HashMap, HashSet};

use super::pack::{ObjectId, ObjectKind, ObjectReader};
use super::tree_entry;
use crate::steps;

/// The greatest number of entries that are kept. If there are more, all trees are forgotten, and those that are
/// needed again are parsed again.
const MOST_KEPT: usize = 1 << 20;

/// The entries of trees with certain names.
pub struct TreeLookup<'a> {
    reader: ObjectReader<'a>,
    wanted: HashSet<&'a [u8]>,
    /// The entries of the trees that were parsed. Empty for an object that is no tree.
    trees: HashMap<ObjectId, HashMap<&'a [u8], NamedEntry>>,
    kept: usize,
}

/// An entry of a tree.
#[derive(Clone, Copy)]
struct NamedEntry {
    id: ObjectId,
    /// The offset of the name in the bytes of the tree.
    start: usize,
}

impl<'a> TreeLookup<'a> {
    /// A lookup of the names on these paths.
    pub fn new(reader: ObjectReader<'a>, paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self {
            reader,
            wanted: paths.into_iter().flat_map(components).collect(),
            trees: HashMap::new(),
            kept: 0,
        }
    }

    /// The object at a path below a tree; the tree itself for an empty path. `None` if there is no such path, or if a
    /// tree on the way cannot be read.
    pub fn find(&mut self, root: ObjectId, path: &[u8]) -> Option<ObjectId> {
        components(path).try_fold(root, |tree, name| Some(self.entry(tree, name)?.id))
    }

    /// The offset at which a name begins in the bytes of a tree.
    pub fn name_start(&mut self, tree: ObjectId, name: &[u8]) -> Option<usize> {
        Some(self.entry(tree, name)?.start)
    }

    fn entry(&mut self, tree: ObjectId, name: &[u8]) -> Option<NamedEntry> {
        if !self.trees.contains_key(&tree) {
            let entries = self.parse(tree);
            if self.kept + entries.len() > MOST_KEPT {
                self.trees.clear();
                self.kept = 0;
            }
            self.kept += entries.len();
            self.trees.insert(tree, entries);
        }
        self.trees[&tree].get(name).copied()
    }

    fn parse(&mut self, tree: ObjectId) -> HashMap<&'a [u8], NamedEntry> {
        let mut entries = HashMap::new();
        let Some(Ok((ObjectKind::Tree, raw))) = self.reader.object(tree) else {
            return entries;
        };
        steps::count(raw.len());
        let id_length = tree.format().length();
        for (at, entry) in tree_entry::entries(&raw, tree.format()) {
            if let Some(&name) = self.wanted.get(entry.name) {
                let start = at + entry.length - id_length - 1 - name.len();
                let id = entry.id;
                entries.entry(name).or_insert(NamedEntry { id, start });
            }
        }
        entries
    }
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let names = path.split(|&byte| byte == b'/');
    names.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
