//! The settings in a text: entries of a key and a value, within nodes such as sections, objects and
//! elements.

use std::collections::HashMap;
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
    /// Place of the text that opens it, and may name its subject: a call, the header of a block.
    pub title: Range<usize>,
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
    /// The value is a literal in quotes, or text of markup. Other values of programs are expressions.
    pub quoted: bool,
}

/// The nodes and entries of a text.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// All nodes, each after its parent; the first is the root.
    pub nodes: Vec<Node>,
    /// All entries, in the order in which they were completed.
    pub entries: Vec<Entry>,
    /// Nodes whose entries another node has, too, which is the first of the pair: `<<: *default` of YAML.
    pub merged: Vec<(usize, usize)>,
}

impl Tree {
    /// A tree that has the root only.
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node {
                parent: ROOT,
                name: 0..0,
                title: 0..0,
                depth: 0,
            }],
            entries: Vec::new(),
            merged: Vec::new(),
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
            title: 0..0,
            depth,
        });
        self.nodes.len() - 1
    }

    /// Adds a node that has no name and is opened by the text at `title`.
    pub(super) fn block(&mut self, parent: usize, title: Range<usize>) -> usize {
        let node = self.node(parent, title.start..title.start);
        if node != parent {
            self.nodes[node].title = title;
        }
        node
    }

    /// Adds an entry, unless there are too many, or the key is empty or longer than 128 bytes.
    pub(super) fn entry(
        &mut self,
        node: usize,
        key: Range<usize>,
        value: Range<usize>,
        quoted: bool,
    ) {
        if self.entries.len() < MOST && !key.is_empty() && key.len() <= 128 {
            self.entries.push(Entry {
                node,
                key,
                value,
                quoted,
            });
        }
    }

    /// Adds an entry for each node that is a name and a value: `{name: DB_HOST, value: db1}` in a list of variables.
    pub(super) fn pair_names_with_values(&mut self, text: &[u8]) {
        let mut halves: HashMap<usize, [Option<usize>; 2]> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let half = match &text[entry.key.clone()] {
                b"name" | b"Name" | b"key" | b"Key" | b"ParameterKey" => 0,
                b"value" | b"Value" | b"ParameterValue" => 1,
                _ => continue,
            };
            halves.entry(entry.node).or_default()[half].get_or_insert(at);
        }
        let mut pairs: Vec<_> = halves
            .into_iter()
            .filter_map(|(node, [name, value])| Some((node, name?, value?)))
            .filter(|(node, ..)| *node != ROOT && self.nodes[*node].name.is_empty())
            .collect();
        pairs.sort_unstable();
        for (node, name, value) in pairs {
            let (key, value) = (self.entries[name].value.clone(), &self.entries[value]);
            let (value, quoted) = (value.value.clone(), value.quoted);
            self.entry(self.nodes[node].parent, key, value, quoted);
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
