//! Which trees lead to hits, and by which entries. Trees that lead to the same hits by the same names share a row, so that
//! most commits are told from their parents by comparing two numbers: few change anything about a hit.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::{Difference, Held, Trees};
use crate::source::git::pack::NONE;

/// An entry that leads to hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lead {
    /// Index into [`Trees::names`].
    pub name: u32,
    /// The node of the entry if that is a hit itself, or [`NONE`].
    pub hit: u32,
    /// The row of the tree that stands there; [`Holding::NOTHING`] for a file, and for a tree that leads to no hit.
    pub below: u32,
}

/// Rows of entries that lead to hits.
pub struct Holding {
    /// Of each node the number of its row.
    numbers: Vec<u32>,
    /// Of each row where in `leads` its entries begin; then where the last one ends.
    starts: Vec<u32>,
    leads: Vec<Lead>,
    /// False if something was left out: there were too many entries, or trees that hold themselves. Of those it is cut where
    /// they go round, and what that leaves of the others on the way depends on where it was begun.
    pub whole: bool,
}

/// Entries that are kept while rows are made, of all trees together: 400 MB. Real histories stay far below; trees that hold
/// many others, in many versions, can make more of little.
const MOST: usize = 1 << 25;

impl Holding {
    /// The row without entries.
    pub const NOTHING: u32 = 0;

    /// `nodes` is their number, `hits` are some of them.
    pub fn new(trees: &Trees, nodes: u32, hits: &HashSet<u32>) -> Self {
        Self::within(trees, nodes, hits, MOST)
    }

    pub(super) fn within(trees: &Trees, nodes: u32, hits: &HashSet<u32>, most: usize) -> Self {
        let mut is_hit = vec![false; nodes as usize];
        hits.iter().for_each(|&hit| is_hit[hit as usize] = true);
        let (versions, whole) = Versions::new(trees, &is_hit, most);
        let mut holding = Self { numbers: Vec::new(), starts: vec![0, 0], leads: Vec::new(), whole };
        let of_versions = holding.share(&versions, &is_hit);
        holding.numbers = versions.of;
        holding.numbers.iter_mut().for_each(|number| *number = of_versions[*number as usize]);
        holding
    }

    /// The number of a tree's row: [`Self::NOTHING`] if it leads to no hit, or is [`NONE`].
    pub fn row(&self, tree: u32) -> u32 {
        self.numbers.get(tree as usize).copied().unwrap_or(Self::NOTHING)
    }

    /// The entries of a row, in order.
    pub fn leads(&self, row: u32) -> &[Lead] {
        &self.leads[self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize]
    }

    /// Gives each version of a tree its row, what stands below it before itself.
    fn share(&mut self, versions: &Versions, is_hit: &[bool]) -> Vec<u32> {
        const UNKNOWN: u32 = u32::MAX;
        const BEGUN: u32 = u32::MAX - 1;
        let mut rows: HashMap<Box<[Lead]>, u32, RandomState> = HashMap::default();
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
                    let hit = if is_hit[held.node as usize] { held.node } else { NONE };
                    let tree = if held.tree { versions.of[held.node as usize] } else { Versions::NOTHING };
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
                    leads.extend((hit != NONE || below != Self::NOTHING).then_some(Lead {
                        name: held.name,
                        hit,
                        below,
                    }));
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
    held: Vec<Held>,
}

impl Versions {
    /// The version without entries.
    const NOTHING: u32 = 0;

    /// A few entries lead to trees that lead nowhere: those which lost what their base had. False if there are more than
    /// `most` entries: some trees lack theirs.
    fn new(trees: &Trees, is_hit: &[bool], most: usize) -> (Self, bool) {
        let nodes = is_hit.len();
        let mut versions = Self { of: vec![Self::NOTHING; nodes], ranges: vec![(0, 0)], held: Vec::new() };
        if !is_hit.contains(&true) {
            return (versions, true);
        }
        let (leads, children) = leading(trees, is_hit);
        let mut places = vec![NONE; nodes];
        (0u32..).zip(&trees.differences).for_each(|(at, difference)| places[difference.node as usize] = at);
        let there = |held: &&Held| held.node != NONE && leads[held.node as usize];
        let first = |d: &Difference| leads[d.node as usize] && (d.base == NONE || !leads[d.base as usize]);
        let mut stack: Vec<u32> = trees.differences.iter().filter(|d| first(d)).map(|d| d.node).collect();
        let mut added = Vec::new();
        while let Some(tree) = stack.pop() {
            let difference = &trees.differences[places[tree as usize] as usize];
            added.clear();
            added.extend(trees.added(difference).iter().filter(there));
            added.sort_unstable();
            versions.add(tree, difference.base, trees.removed(difference), &added);
            if versions.held.len() > most {
                return (versions, false);
            }
            stack.extend(children.of(tree));
        }
        (versions, true)
    }

    fn held(&self, version: u32) -> &[Held] {
        let (start, end) = self.ranges[version as usize];
        &self.held[start as usize..end as usize]
    }

    /// Makes the version of a tree from that of its base, if it has one. `removed` and `added` are in order.
    fn add(&mut self, tree: u32, base: u32, removed: &[Held], added: &[Held]) {
        let base = self.of.get(base as usize).copied().unwrap_or(Self::NOTHING);
        if added.is_empty() && !removed.iter().any(|removed| self.held(base).binary_search(removed).is_ok()) {
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
    fn push(&mut self, start: usize, held: Held) {
        if self.held[start..].last() != Some(&held) {
            self.held.push(held);
        }
    }
}

/// Of each node whether it leads to a hit, and which trees are deltas of a tree. A delta of a tree that leads to a hit is
/// taken for one that does: what it takes out of its base is seen later.
fn leading(trees: &Trees, is_hit: &[bool]) -> (Vec<bool>, Lists) {
    // Most entries are files that are no hits: nobody asks who adds them.
    let mut asked = is_hit.to_vec();
    trees.differences.iter().for_each(|difference| asked[difference.node as usize] = true);
    let (mut adders, mut children) = (Lists::new(is_hit.len()), Lists::new(is_hit.len()));
    for difference in &trees.differences {
        for held in trees.added(difference) {
            if held.node != NONE && asked[held.node as usize] {
                adders.push(held.node, difference.node);
            }
        }
        if difference.base != NONE {
            children.push(difference.base, difference.node);
        }
    }
    let mut leads = is_hit.to_vec();
    let mut queue: Vec<u32> = (0..is_hit.len() as u32).filter(|&node| is_hit[node as usize]).collect();
    while let Some(node) = queue.pop() {
        for tree in adders.of(node).chain(children.of(node)) {
            if !std::mem::replace(&mut leads[tree as usize], true) {
                queue.push(tree);
            }
        }
    }
    (leads, children)
}

/// Numbers by node, the last one first.
struct Lists {
    /// Of each node where in `links` its list begins.
    firsts: Vec<u32>,
    /// A number, and where the next one of the list is.
    links: Vec<(u32, u32)>,
}

impl Lists {
    fn new(nodes: usize) -> Self {
        Self { firsts: vec![NONE; nodes], links: Vec::new() }
    }

    fn push(&mut self, node: u32, number: u32) {
        let first = &mut self.firsts[node as usize];
        self.links.push((number, *first));
        *first = self.links.len() as u32 - 1;
    }

    fn of(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = self.firsts.get(node as usize).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let &(number, next) = self.links.get(at as usize)?;
            at = next;
            Some(number)
        })
    }
}
