//! What a text of settings holds: entries of a key and a value, within nodes such as sections, objects and elements.

use std::ops::Range;

/// Most entries and nodes of a text, and deepest nesting, that are kept.
pub(super) const MOST: usize = 20_000;
pub(super) const DEEPEST: usize = 32;

/// The outermost node.
pub(super) const ROOT: usize = 0;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub parent: usize,
    /// Empty for items of lists.
    pub name: Range<usize>,
    depth: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub node: usize,
    pub key: Range<usize>,
    /// Without quotes.
    pub value: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub entries: Vec<Entry>,
}

impl Tree {
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

    /// A new node within `parent`; `parent` itself when there are too many, or they lie too deep.
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

    pub(super) fn entry(&mut self, node: usize, key: Range<usize>, value: Range<usize>) {
        if self.entries.len() < MOST && !key.is_empty() && key.len() <= 128 {
            self.entries.push(Entry { node, key, value });
        }
    }

    /// Names of the node and of what it lies in, the outermost first.
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
