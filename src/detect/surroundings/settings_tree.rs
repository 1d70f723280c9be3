//! The settings in a text: entries of a key and a value, within nodes such as sections, objects and
//! elements.

use std::ops::Range;

/// Greatest number of entries, and of nodes, of a text. Further ones are dropped.
pub(super) const MOST: usize = 20_000;
/// Greatest depth of nodes. A deeper node is merged into its parent.
pub(super) const DEEPEST: usize = 32;

/// Index of the outermost node.
pub(super) const ROOT: usize = 0;

/// A section, an object or an element.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Index of the node that contains it; [`ROOT`] for the root itself.
    pub parent: usize,
    /// Place of its name; empty for an item of a list.
    pub name: Range<usize>,
    /// Number of nodes that contain it.
    depth: usize,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Index of the node that contains the entry.
    pub node: usize,
    /// Place of the key in the text.
    pub key: Range<usize>,
    /// Place of the value in the text, without quotes.
    pub value: Range<usize>,
}

/// The nodes and entries of a text.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// All nodes, each after its parent; the first is the root.
    pub nodes: Vec<Node>,
    /// All entries, in the order in which they were completed.
    pub entries: Vec<Entry>,
}

impl Tree {
    /// A tree that has the root only.
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node {
                parent: ROOT,
                name: 0..0,
                depth: 0,
            }],
            entries: Vec::new(),
        }
    }

    /// Adds a node within `parent` and returns its index; returns `parent` if there are too many
    /// nodes, or they are too deep.
    pub(super) fn node(&mut self, parent: usize, name: Range<usize>) -> usize {
        let depth = self.nodes[parent].depth + 1;
        if self.nodes.len() >= MOST || depth > DEEPEST {
            return parent;
        }
        self.nodes.push(Node {
            parent,
            name,
            depth,
        });
        self.nodes.len() - 1
    }

    /// Adds an entry, unless there are too many, or the key is empty or longer than 128 bytes.
    pub(super) fn entry(&mut self, node: usize, key: Range<usize>, value: Range<usize>) {
        if self.entries.len() < MOST && !key.is_empty() && key.len() <= 128 {
            self.entries.push(Entry { node, key, value });
        }
    }

    /// The names of a node and of the nodes that contain it, the outermost first.
    pub(super) fn names(&self, mut node: usize) -> Vec<Range<usize>> {
        let mut names = Vec::new();
        while node != ROOT {
            if !self.nodes[node].name.is_empty() {
                names.push(self.nodes[node].name.clone());
            }
            node = self.nodes[node].parent;
        }
        names.reverse();
        names
    }
}
