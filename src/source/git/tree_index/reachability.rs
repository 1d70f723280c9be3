//! Which trees lead to hits, and by which entries. TreeIndex that lead to the same hits by the same names share a row, so that
//! most commits are told from their parents by comparing two numbers: few change anything about a hit.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{IndexedEntry, TreeIndex};
use crate::source::git::pack::NONE;

/// An entry that leads to hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadingEntry {
    /// Index into [`TreeIndex::names`].
    pub name: u32,
    /// The node of the entry if that is a hit itself, or [`NONE`].
    pub hit: u32,
    /// The row of the tree that stands there; [`Reachability::NOTHING`] for a file, and for a tree that leads to no hit.
    pub below: u32,
}

/// Rows of entries that lead to hits.
pub struct Reachability {
    /// Of each node the number of its row.
    numbers: Vec<u32>,
    /// Of each row where in `leads` its entries begin; then where the last one ends.
    starts: Vec<u32>,
    leads: Vec<LeadingEntry>,
    /// False if something was left out: there were too many entries, or trees that hold themselves. Of those it is cut where
    /// they go round, and what that leaves of the others on the way depends on where it was begun.
    pub whole: bool,
}

/// Entries that are kept while rows are made, of all trees together: 400 MB. Real histories stay far below; trees that hold
/// many others, in many versions, can make more of little.
const MOST: usize = 1 << 25;

impl Reachability {
    /// The row without entries.
    pub const NOTHING: u32 = 0;

    /// `nodes` is their number, `hits` are some of them.
    pub fn new(trees: &TreeIndex, nodes: u32, hits: &HashSet<u32>) -> Self {
        Self::within(trees, nodes, hits, MOST)
    }

    pub(super) fn within(trees: &TreeIndex, nodes: u32, hits: &HashSet<u32>, most: usize) -> Self {
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
        holding.numbers = versions.of;
        holding
            .numbers
            .iter_mut()
            .for_each(|number| *number = of_versions[*number as usize]);
        holding
    }

    /// The number of a tree's row: [`Self::NOTHING`] if it leads to no hit, or is [`NONE`].
    pub fn row(&self, tree: u32) -> u32 {
        self.numbers
            .get(tree as usize)
            .copied()
            .unwrap_or(Self::NOTHING)
    }

    /// The entries of a row, in order.
    pub fn leads(&self, row: u32) -> &[LeadingEntry] {
        &self.leads[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }

    /// Gives each version of a tree its row, what stands below it before itself.
    fn share(&mut self, versions: &Versions, is_hit: &Marks) -> Vec<u32> {
        const UNKNOWN: u32 = u32::MAX;
        const BEGUN: u32 = u32::MAX - 1;
        let mut rows: HashMap<Box<[LeadingEntry]>, u32, RandomState> = HashMap::default();
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
                        NONE
                    };
                    let tree = if held.tree {
                        versions.of[held.node as usize]
                    } else {
                        Versions::NOTHING
                    };
                    let below = match known[tree as usize] {
                        UNKNOWN => {
                            stack.push(tree);
                            Self::NOTHING
                        }
                        // Ids of honest trees cannot go round.
                        BEGUN => {
                            self.whole = false;
                            Self::NOTHING
                        }
                        row => row,
                    };
                    leads.extend(
                        (hit != NONE || below != Self::NOTHING).then_some(LeadingEntry {
                            name: held.name,
                            hit,
                            below,
                        }),
                    );
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
                        let row = self.starts.len() as u32 - 1;
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

/// Entries on the way to hits as trees hold them, with the nodes that stand there: deltas change a few of their base's.
struct Versions {
    /// Of each node the number of its version.
    of: Vec<u32>,
    /// Of each version where in `held` its entries begin and end.
    ranges: Vec<(u32, u32)>,
    held: Vec<IndexedEntry>,
}

impl Versions {
    /// The version without entries.
    const NOTHING: u32 = 0;

    /// A few entries lead to trees that lead nowhere: those which lost what their base had. False if there are more than
    /// `most` entries: some trees lack theirs.
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
        let mut places = vec![NONE; nodes as usize];
        (0u32..)
            .zip(&trees.differences)
            .for_each(|(at, difference)| places[difference.node as usize] = at);
        let there = |held: &&IndexedEntry| held.node != NONE && leads.has(held.node);
        let mut made = Marks::new(nodes);
        let mut added = Vec::new();
        let mut stack = Vec::new();
        // Bases mostly stand before their deltas, and near them; those that another worker read may not.
        for first in trees
            .differences
            .iter()
            .filter(|difference| leads.has(difference.node))
        {
            let mut next = Some(first);
            while let Some(difference) = next.filter(|difference| !made.has(difference.node)) {
                stack.push(difference);
                let base = Some(difference.base).filter(|&base| base != NONE && leads.has(base));
                next = base.and_then(|base| trees.differences.get(places[base as usize] as usize));
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

    /// Makes the version of a tree from that of its base, if it has one. `removed` and `added` are in order.
    fn add(&mut self, tree: u32, base: u32, removed: &[IndexedEntry], added: &[IndexedEntry]) {
        let base = self.of.get(base as usize).copied().unwrap_or(Self::NOTHING);
        if added.is_empty()
            && !removed
                .iter()
                .any(|removed| self.held(base).binary_search(removed).is_ok())
        {
            self.of[tree as usize] = base;
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
        self.of[tree as usize] = self.ranges.len() as u32;
        self.ranges.push((start as u32, self.held.len() as u32));
    }

    /// An entry may stand in a tree twice.
    fn push(&mut self, start: usize, held: IndexedEntry) {
        if self.held[start..].last() != Some(&held) {
            self.held.push(held);
        }
    }
}

/// So often it is asked which trees lead to hits: from the last to the first and back, so that trees are known after a few times
/// however deep they are, if what they hold stands behind them or before. Tests, whose trees are few, ask twice: some are not known
/// then.
const SWEEPS: usize = if cfg!(test) { 2 } else { 32 };

/// Which nodes lead to hits. A delta of a tree that does is taken for one that does: what it takes out of its base is seen
/// later. So are trees that are not known after [`SWEEPS`].
fn leading(trees: &TreeIndex, is_hit: &Marks) -> Marks {
    let mut leads = is_hit.clone();
    // TreeIndex, each with its base or with one that it adds: it leads to hits if that does.
    let mut open: Vec<(u32, u32)> = Vec::new();
    for difference in &trees.differences {
        let (tree, before) = (difference.node, open.len());
        open.extend((difference.base != NONE).then_some((tree, difference.base)));
        let mut known = is_hit.has(tree);
        for held in trees
            .added(difference)
            .iter()
            .filter(|held| held.node != NONE)
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

/// A mark for each of some nodes, as bits: they are asked in any order, so they are to be near.
#[derive(Clone)]
struct Marks(Vec<u64>);

impl Marks {
    fn new(nodes: u32) -> Self {
        Self(vec![0; nodes as usize / 64 + 1])
    }

    fn any(&self) -> bool {
        self.0.iter().any(|&marks| marks != 0)
    }

    fn has(&self, node: u32) -> bool {
        self.0[node as usize / 64] >> (node % 64) & 1 != 0
    }

    fn set(&mut self, node: u32) {
        self.0[node as usize / 64] |= 1 << (node % 64);
    }
}
