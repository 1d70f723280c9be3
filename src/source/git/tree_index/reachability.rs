//! Finds the trees that lead to hits (objects with matches), and the entries by which they do.
//! Trees that lead to the same hits by the same names share a row. Most commits then differ from
//! their parents in nothing about a hit, which shows by comparing two numbers.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{IndexedEntry, TreeIndex};
use crate::source::git::index_type::index_type;
use crate::source::git::pack::NodeIndex;

index_type! {
    /// A row of [`Reachability`]: the entries of a tree that lead to hits. Trees that lead to the same hits by the same names share
    /// one row.
    RowIndex
}

/// An entry that leads to hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadingEntry {
    /// The name of the entry: an index into [`TreeIndex::names`].
    pub name: u32,
    /// The node of the entry if it is a hit itself, or [`NodeIndex::NONE`].
    pub hit: NodeIndex,
    /// The row of the tree that the entry names; [`Reachability::NOTHING`] for a file, and for a
    /// tree that leads to no hit.
    pub below: RowIndex,
}

/// The rows of all trees.
pub struct Reachability {
    /// The row of each node.
    numbers: Vec<RowIndex>,
    /// The first entry of each row in `leads`, then the end of the last row.
    starts: Vec<u32>,
    leads: Vec<LeadingEntry>,
    /// False if something was left out: there were too many entries, or trees that contain
    /// themselves. Such a circle is cut where it closes; which part is kept depends on the tree at
    /// which the walk began.
    pub whole: bool,
}

/// The most entries that are kept while rows are made, for all trees together: 100 MB, and twice as
/// much for the rows. Real histories stay far below. Trees that contain many others, in many
/// versions, can make up more.
const MOST: usize = 1 << 23;

impl Reachability {
    /// The row without entries.
    pub const NOTHING: RowIndex = RowIndex::new(0);

    /// Finds the trees that lead to `hits`. `nodes` is the number of nodes.
    pub fn new(trees: &TreeIndex, nodes: u32, hits: &HashSet<NodeIndex>) -> Self {
        Self::within(trees, nodes, hits, MOST)
    }

    /// Like [`Self::new`], with at most `most` entries.
    pub(super) fn within(
        trees: &TreeIndex,
        nodes: u32,
        hits: &HashSet<NodeIndex>,
        most: usize,
    ) -> Self {
        let mut is_hit = Marks::new(nodes);
        hits.iter().for_each(|&hit| is_hit.set(hit));
        let (versions, whole) = Versions::new(trees, nodes, &is_hit, most);
        let mut holding = Self {
            numbers: Vec::new(),
            starts: vec![0, 0],
            leads: Vec::new(),
            whole,
        };
        let of_versions = holding.share(&versions, &is_hit);
        holding.numbers = versions
            .of
            .into_iter()
            .map(|version| of_versions[version as usize])
            .collect();
        holding
    }

    /// The row of a tree: [`Self::NOTHING`] if it leads to no hit, or is [`NodeIndex::NONE`].
    pub fn row(&self, tree: NodeIndex) -> RowIndex {
        self.numbers
            .get(tree.index())
            .copied()
            .unwrap_or(Self::NOTHING)
    }

    /// The entries of a row, in order.
    pub fn leads(&self, row: RowIndex) -> &[LeadingEntry] {
        &self.leads[self.starts[row.index()] as usize..self.starts[row.index() + 1] as usize]
    }

    /// Gives each version of a tree its row. The trees below a tree get theirs first.
    fn share(&mut self, versions: &Versions, is_hit: &Marks) -> Vec<RowIndex> {
        const UNKNOWN: RowIndex = RowIndex::new(u32::MAX);
        const BEGUN: RowIndex = RowIndex::new(u32::MAX - 1);
        let mut rows: HashMap<Box<[LeadingEntry]>, RowIndex, RandomState> = HashMap::default();
        let mut known = vec![UNKNOWN; versions.ranges.len()];
        known[Versions::NOTHING as usize] = Self::NOTHING;
        let (mut stack, mut leads) = (Vec::new(), Vec::new());
        for first in 0..known.len() as u32 {
            stack.extend((known[first as usize] == UNKNOWN).then_some(first));
            while let Some(&version) = stack.last() {
                if known[version as usize] < BEGUN {
                    stack.pop();
                    continue;
                }
                let (depth, again) = (stack.len(), known[version as usize] == BEGUN);
                known[version as usize] = BEGUN;
                leads.clear();
                for held in versions.held(version) {
                    let hit = if is_hit.has(held.node) {
                        held.node
                    } else {
                        NodeIndex::NONE
                    };
                    let tree = if held.tree {
                        versions.of[held.node.index()]
                    } else {
                        Versions::NOTHING
                    };
                    let below = match known[tree as usize] {
                        UNKNOWN => {
                            stack.push(tree);
                            Self::NOTHING
                        }
                        // Trees whose ids are the hashes of their bytes cannot form a circle.
                        BEGUN => {
                            self.whole = false;
                            Self::NOTHING
                        }
                        row => row,
                    };
                    leads.extend((hit.is_some() || below != Self::NOTHING).then_some(
                        LeadingEntry {
                            name: held.name,
                            hit,
                            below,
                        },
                    ));
                }
                debug_assert!(!again || stack.len() == depth);
                if stack.len() > depth {
                    continue;
                }
                leads.sort_unstable();
                leads.dedup();
                known[version as usize] = match rows.get(leads.as_slice()) {
                    _ if leads.is_empty() => Self::NOTHING,
                    Some(&row) => row,
                    None => {
                        let row = RowIndex::at(self.starts.len() - 1);
                        self.leads.extend_from_slice(&leads);
                        self.starts.push(self.leads.len() as u32);
                        rows.insert(leads.as_slice().into(), row);
                        row
                    }
                };
                stack.pop();
            }
        }
        known
    }
}

/// The versions of trees: lists of entries on the way to hits, with their nodes. A delta changes a
/// few entries of its base's version.
struct Versions {
    /// The version of each node.
    of: Vec<u32>,
    /// The range of each version's entries in `held`.
    ranges: Vec<(u32, u32)>,
    held: Vec<IndexedEntry>,
}

impl Versions {
    /// The version without entries.
    const NOTHING: u32 = 0;

    /// Makes the versions of all trees that may lead to hits. A few entries name trees that lead
    /// nowhere: those that removed the entries of their base. False if there are more than `most`
    /// entries; some trees then lack theirs.
    fn new(trees: &TreeIndex, nodes: u32, is_hit: &Marks, most: usize) -> (Self, bool) {
        let of = vec![Self::NOTHING; nodes as usize];
        let mut versions = Self {
            of,
            ranges: vec![(0, 0)],
            held: Vec::new(),
        };
        if !is_hit.any() {
            return (versions, true);
        }
        let leads = leading(trees, is_hit);
        let mut places = vec![u32::MAX; nodes as usize];
        (0u32..)
            .zip(&trees.differences)
            .for_each(|(at, difference)| places[difference.node.index()] = at);
        let there = |held: &&IndexedEntry| held.node.is_some() && leads.has(held.node);
        let mut made = Marks::new(nodes);
        let mut added = Vec::new();
        let mut stack = Vec::new();
        // Most bases come before their deltas, and near them; those that another worker read may
        // not.
        for first in trees
            .differences
            .iter()
            .filter(|difference| leads.has(difference.node))
        {
            let mut next = Some(first);
            while let Some(difference) = next.filter(|difference| !made.has(difference.node)) {
                stack.push(difference);
                let base = Some(difference.base).filter(|&base| base.is_some() && leads.has(base));
                next = base.and_then(|base| trees.differences.get(places[base.index()] as usize));
            }
            while let Some(difference) = stack.pop() {
                made.set(difference.node);
                added.clear();
                added.extend(trees.added(difference).iter().filter(there));
                added.sort_unstable();
                versions.add(
                    difference.node,
                    difference.base,
                    trees.removed(difference),
                    &added,
                );
                if versions.held.len() > most {
                    return (versions, false);
                }
            }
        }
        (versions, true)
    }

    fn held(&self, version: u32) -> &[IndexedEntry] {
        let (start, end) = self.ranges[version as usize];
        &self.held[start as usize..end as usize]
    }

    /// Makes the version of a tree from that of its base, if it has one. `removed` and `added` are
    /// in order.
    fn add(
        &mut self,
        tree: NodeIndex,
        base: NodeIndex,
        removed: &[IndexedEntry],
        added: &[IndexedEntry],
    ) {
        let base = self.of.get(base.index()).copied().unwrap_or(Self::NOTHING);
        if added.is_empty()
            && !removed
                .iter()
                .any(|removed| self.held(base).binary_search(removed).is_ok())
        {
            self.of[tree.index()] = base;
            return;
        }
        let (from, to) = self.ranges[base as usize];
        let start = self.held.len();
        let mut added = added.iter().copied().peekable();
        for at in from as usize..to as usize {
            let held = self.held[at];
            while let Some(earlier) = added.next_if(|earlier| *earlier <= held) {
                self.push(start, earlier);
            }
            if removed.binary_search(&held).is_err() {
                self.push(start, held);
            }
        }
        added.for_each(|held| self.push(start, held));
        self.of[tree.index()] = self.ranges.len() as u32;
        self.ranges.push((start as u32, self.held.len() as u32));
    }

    /// Adds an entry, unless it is the same as the last one: a damaged tree may have an entry
    /// twice.
    fn push(&mut self, start: usize, held: IndexedEntry) {
        if self.held[start..].last() != Some(&held) {
            self.held.push(held);
        }
    }
}

/// The number of sweeps over the undecided trees. Sweeps alternate in direction, so that a few of
/// them decide trees at any depth, whether the trees that they contain come before them or after.
/// Tests, whose trees are few, use two, so that some remain undecided.
const SWEEPS: usize = if cfg!(test) { 2 } else { 32 };

/// The nodes that may lead to hits. A delta of a tree that leads to hits is included, even if it
/// removes the entry that does: a later step finds that out. Trees that are undecided after
/// [`SWEEPS`] are included, too.
fn leading(trees: &TreeIndex, is_hit: &Marks) -> Marks {
    let mut leads = is_hit.clone();
    // Pairs of a tree and its base, or a tree that it adds: the first leads to hits if the second
    // does.
    let mut open: Vec<(NodeIndex, NodeIndex)> = Vec::new();
    for difference in &trees.differences {
        let (tree, before) = (difference.node, open.len());
        open.extend(difference.base.is_some().then_some((tree, difference.base)));
        let mut known = is_hit.has(tree);
        for held in trees
            .added(difference)
            .iter()
            .filter(|held| held.node.is_some())
        {
            known |= is_hit.has(held.node);
            open.extend(held.tree.then_some((tree, held.node)));
        }
        if known {
            leads.set(tree);
            open.truncate(before);
        }
    }
    for _ in 0..SWEEPS {
        let before = open.len();
        open.reverse();
        open.retain(|&(tree, other)| {
            let known = leads.has(tree) || leads.has(other);
            if known {
                leads.set(tree);
            }
            !known
        });
        if open.len() == before {
            return leads;
        }
    }
    open.into_iter().for_each(|(tree, _)| leads.set(tree));
    leads
}

/// A set of nodes, as bits: access is in any order, so the set must be small.
#[derive(Clone)]
struct Marks(Vec<u64>);

impl Marks {
    fn new(nodes: u32) -> Self {
        Self(vec![0; nodes as usize / 64 + 1])
    }

    fn any(&self) -> bool {
        self.0.iter().any(|&marks| marks != 0)
    }

    fn has(&self, node: NodeIndex) -> bool {
        self.0[node.index() / 64] >> (node.get() % 64) & 1 != 0
    }

    fn set(&mut self, node: NodeIndex) {
        self.0[node.index() / 64] |= 1 << (node.get() % 64);
    }
}
