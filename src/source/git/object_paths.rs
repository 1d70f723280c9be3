//! Finds the paths of blobs in the trees of commits: which commits introduce a blob at a path, and
//! which are the last to hold it. The caller asks only for blobs with matches, and only trees that
//! lead to these are examined.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::RandomState;

use super::commits::{CommitIndex, Commits};
use super::pack::{Forest, NodeIndex, ObjectId};
use super::tree_index::TreeIndex;
use super::tree_index::reachability::{LeadingEntry, Reachability, RowIndex};
use crate::cancel;

/// A path of a blob (or of a tree, if the caller asked for one).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    /// The path from the root of the tree, `/` between components.
    pub path: Vec<u8>,
    /// The id of the blob or tree.
    pub blob: ObjectId,
    /// The commits that hold it there and have no parent that does.
    pub introduced_by: Vec<CommitIndex>,
    /// The commits that hold it there and have a child that does not.
    pub last_held_by: Vec<CommitIndex>,
    /// The commits that hold it there, among those that the caller asked about.
    pub held_by: Vec<CommitIndex>,
}

/// All paths of some blobs.
#[derive(Debug, Default)]
pub struct ObjectPaths {
    /// The paths, in the order of their bytes and blobs.
    pub list: Vec<ObjectPath>,
    /// Commits with more paths than are reported.
    pub crowded: Vec<ObjectId>,
    /// True if trees lead to the blobs in more ways than are followed: paths may be missing, and
    /// commits wrong.
    pub cut: bool,
}

/// The depth to which paths are followed: git itself refuses paths of that length.
const DEEPEST: usize = 2048;
/// The most entries that are followed for one commit. Real commits stay far below. A few trees that
/// name each other over and over can make up more paths than there are atoms.
const MOST: usize = 1 << 18;
/// The most paths of one blob that are kept of each part of a history.
const MOST_PATHS: u32 = 10_000;
/// The most bytes of a path. Trees can name each other at any depth, with names of any length.
const LONGEST: usize = 1 << 16;
const STACK: usize = 8192 * DEEPEST;
/// A history is compared in so many parts, each of which has its share of memory and steps. The number does not depend on the
/// workers, so that the same paths are left out in every scan.
const PARTS: usize = 16;
/// The limits of a whole history.
#[derive(Clone, Copy, Debug)]
struct PathLimits {
    /// The bytes of memory for all paths together.
    room: usize,
    /// Entries of rows that are compared or followed. Most commits share their row with their
    /// parents, and need none.
    steps: u64,
}

impl PathLimits {
    /// The limits of a history with so many commits.
    fn of(commits: usize) -> Self {
        Self {
            room: 256 << 20,
            steps: (1 << 24) + 256 * commits as u64,
        }
    }
}

/// Finds every path of the blobs and trees `hits`. For each of the commits `asked`, which are in
/// order, [`ObjectPath::held_by`] is complete.
pub fn find(
    forest: &Forest,
    trees: &TreeIndex,
    commits: &Commits,
    asked: &[CommitIndex],
    hits: &HashSet<NodeIndex>,
    workers: usize,
) -> ObjectPaths {
    let limits = PathLimits::of(commits.list.len());
    within(forest, trees, commits, asked, hits, workers, limits)
}

fn within(
    forest: &Forest,
    trees: &TreeIndex,
    commits: &Commits,
    asked: &[CommitIndex],
    hits: &HashSet<NodeIndex>,
    workers: usize,
    limits: PathLimits,
) -> ObjectPaths {
    let holding = Reachability::new(trees, forest.nodes(), hits);
    // The row of each commit's tree, which most commits share with their parents; `None` if the
    // commit has no tree.
    let rows: Vec<Option<RowIndex>> = commits
        .list
        .iter()
        .map(|commit| commit.tree.is_some().then(|| holding.row(commit.tree)))
        .collect();
    let chunk = rows.len().div_ceil(PARTS).max(1);
    let share = PathLimits {
        room: limits.room / PARTS,
        steps: limits.steps / PARTS as u64,
    };
    let walk = |part: Range<usize>| {
        let mut walk = Walk::new(trees, &holding, share);
        for at in part.map(CommitIndex::at) {
            if cancel::stopped() {
                break;
            }
            if walk.steps == 0 {
                walk.cut = true;
                break;
            }
            walk.commit(commits, &rows, at, asked.binary_search(&at).is_ok());
        }
        walk.into_places(forest)
    };
    let starts: Vec<usize> = (0..rows.len()).step_by(chunk).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(&start) = starts.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(walk(start..rows.len().min(start + chunk)));
        }
        done
    };
    let parts: Vec<Vec<ObjectPaths>> = std::thread::scope(|scope| {
        let work = &work;
        // Each level of folders takes a stack frame.
        let spawn = || {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
        };
        let threads: Vec<_> = (0..workers.clamp(1, starts.len().max(1)))
            .map(|_| spawn().expect("a thread can be made"))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut all = merge(parts.into_iter().flatten());
    all.cut |= !holding.whole;
    all
}

/// Joins the paths of several parts of a history.
pub fn merge(parts: impl IntoIterator<Item = ObjectPaths>) -> ObjectPaths {
    let (mut list, mut crowded, mut cut): (Vec<ObjectPath>, Vec<ObjectId>, bool) =
        Default::default();
    for part in parts {
        cut |= part.cut;
        list.extend(part.list);
        crowded.extend(part.crowded);
    }
    list.sort_unstable_by(|a, b| (&a.path, a.blob).cmp(&(&b.path, b.blob)));
    list.dedup_by(|next, first| {
        let same = (&next.path, next.blob) == (&first.path, first.blob);
        if same {
            first.introduced_by.append(&mut next.introduced_by);
            first.last_held_by.append(&mut next.last_held_by);
            first.held_by.append(&mut next.held_by);
        }
        same
    });
    for place in &mut list {
        for commits in [
            &mut place.introduced_by,
            &mut place.last_held_by,
            &mut place.held_by,
        ] {
            commits.sort_unstable();
            commits.dedup();
        }
    }
    crowded.sort_unstable();
    ObjectPaths { list, crowded, cut }
}

/// The commits of a path, see [`ObjectPath`].
#[derive(Default)]
struct PathCommits {
    introduced_by: Vec<CommitIndex>,
    last_held_by: Vec<CommitIndex>,
    held_by: Vec<CommitIndex>,
}

/// The relation of a commit to a path.
#[derive(Clone, Copy)]
enum Event {
    Introduced(CommitIndex),
    LastHeld(CommitIndex),
    Held(CommitIndex),
}

struct Walk<'a> {
    trees: &'a TreeIndex,
    holding: &'a Reachability,
    paths: Paths,
    /// The commits of each path and node.
    found: HashMap<(u32, NodeIndex), PathCommits, RandomState>,
    /// The number of paths of each node.
    paths_of: HashMap<NodeIndex, u32, RandomState>,
    /// True if the current commit has more paths of a node than are kept.
    many: bool,
    /// The number of entries that may still be followed for the current commit.
    left: usize,
    /// The parents with their rows, and these rows; buffers that are used again.
    parents: Vec<(CommitIndex, RowIndex)>,
    others: Vec<RowIndex>,
    /// The bytes of memory and the steps that may still be used.
    room: usize,
    steps: u64,
    crowded: Vec<ObjectId>,
    /// True if commits were left out.
    cut: bool,
}

impl<'a> Walk<'a> {
    fn new(trees: &'a TreeIndex, holding: &'a Reachability, limits: PathLimits) -> Self {
        let found = HashMap::default();
        Self {
            trees,
            holding,
            paths: Paths::default(),
            found,
            paths_of: HashMap::default(),
            many: false,
            left: 0,
            parents: Vec::new(),
            others: Vec::new(),
            room: limits.room,
            steps: limits.steps,
            crowded: Vec::new(),
            cut: false,
        }
    }

    /// Compares a commit with its parents, and its parents with it. `rows` are the rows of all
    /// commits.
    fn commit(
        &mut self,
        commits: &Commits,
        rows: &[Option<RowIndex>],
        at: CommitIndex,
        asked: bool,
    ) {
        let Some(row) = rows[at.index()] else { return };
        let (mut parents, mut others) = (
            std::mem::take(&mut self.parents),
            std::mem::take(&mut self.others),
        );
        parents.clear();
        parents.extend(
            commits
                .parents(at)
                .iter()
                .filter_map(|&parent| Some((parent, rows[parent.index()]?))),
        );
        // A commit can name one parent thousands of times.
        if parents.len() > 1 {
            parents.sort_unstable();
            parents.dedup();
        }
        others.clear();
        others.extend(parents.iter().map(|&(_, row)| row));
        if others.len() > 1 {
            others.sort_unstable();
            others.dedup();
        }
        (self.left, self.many) = (MOST, false);
        self.difference(row, &others, Paths::ROOT, Event::Introduced(at));
        for &(parent, other) in &parents {
            self.difference(other, &[row], Paths::ROOT, Event::LastHeld(parent));
        }
        (self.parents, self.others) = (parents, others);
        if asked {
            self.difference(row, &[], Paths::ROOT, Event::Held(at));
        }
        if self.left == 0 || self.many {
            self.crowded.push(commits.list[at.index()].id);
        }
    }

    /// Records each hit of `row` that no row of `others` (at the same path) holds under the same
    /// name. Ends early, with [`Self::left`] zero, if there are too many.
    fn difference(&mut self, row: RowIndex, others: &[RowIndex], path: u32, event: Event) {
        if others.contains(&row) {
            return;
        }
        let holding = self.holding;
        let (mut one, mut many);
        // Most commits have one parent with almost the same entries: both lists are compared side
        // by side.
        let rest: &mut [&[LeadingEntry]] = if let [other] = *others {
            one = [holding.leads(other)];
            &mut one
        } else {
            many = others
                .iter()
                .map(|&other| holding.leads(other))
                .collect::<Vec<_>>();
            &mut many
        };
        let leads = holding.leads(row);
        let compared: usize = rest.iter().map(|other| other.len()).sum();
        let steps = leads.len() * (1 + rest.len()) + compared;
        let Some(left) = self.steps.checked_sub(steps as u64) else {
            (self.steps, self.left) = (0, 0);
            return;
        };
        self.steps = left;
        for lead in leads {
            let mut there = false;
            for other in rest.iter_mut() {
                let before = other.iter().take_while(|other| *other < lead).count();
                *other = &other[before..];
                there |= other.first() == Some(lead);
            }
            if there {
                continue;
            }
            let name = &self.trees.names[lead.name as usize];
            let Some(here) = self
                .paths
                .below(path, lead.name, name.len(), &mut self.room)
                .filter(|_| self.left > 0)
            else {
                self.left = 0;
                return;
            };
            self.left -= 1;
            if lead.hit.is_some() {
                self.note(here, lead.hit, event);
            }
            if lead.below != Reachability::NOTHING {
                let there = others.iter().flat_map(|&other| {
                    let other = holding.leads(other);
                    let first = other.partition_point(|other| other.name < lead.name);
                    other[first..]
                        .iter()
                        .take_while(|other| other.name == lead.name)
                });
                let mut there = there.map(|other| other.below);
                match (there.next(), there.next()) {
                    (Some(only), None) => self.difference(lead.below, &[only], here, event),
                    (None, _) => self.difference(lead.below, &[], here, event),
                    (Some(first), Some(second)) => {
                        let mut there: Vec<RowIndex> =
                            [first, second].into_iter().chain(there).collect();
                        there.sort_unstable();
                        there.dedup();
                        self.difference(lead.below, &there, here, event);
                    }
                }
            }
        }
    }

    fn note(&mut self, path: u32, node: NodeIndex, event: Event) {
        let place = match self.found.entry((path, node)) {
            Entry::Occupied(place) => place.into_mut(),
            Entry::Vacant(place) => {
                let count = self.paths_of.entry(node).or_default();
                if *count == MOST_PATHS {
                    self.many = true;
                    return;
                }
                *count += 1;
                place.insert(PathCommits::default())
            }
        };
        let (list, commit) = match event {
            Event::Introduced(commit) => (&mut place.introduced_by, commit),
            Event::LastHeld(commit) => (&mut place.last_held_by, commit),
            Event::Held(commit) => (&mut place.held_by, commit),
        };
        if list.last() != Some(&commit) {
            list.push(commit);
            let needed = size_of::<ObjectPath>() + self.paths.length(path);
            match self.room.checked_sub(if list.len() == 1 {
                needed
            } else {
                size_of::<CommitIndex>()
            }) {
                Some(rest) => self.room = rest,
                None => self.left = 0,
            }
        }
    }

    fn into_places(self, forest: &Forest) -> ObjectPaths {
        let Self {
            trees,
            paths,
            found,
            crowded,
            cut,
            ..
        } = self;
        let list = found.into_iter().map(
            |(
                (path, node),
                PathCommits {
                    introduced_by,
                    last_held_by,
                    held_by,
                },
            )| {
                let path = paths.bytes(path, |name| &trees.names[name as usize]);
                ObjectPath {
                    path,
                    blob: forest.id(node),
                    introduced_by,
                    last_held_by,
                    held_by,
                }
            },
        );
        ObjectPaths {
            list: list.collect(),
            crowded,
            cut,
        }
    }
}

/// Paths as numbers: each is a parent path and a name.
struct Paths {
    numbers: HashMap<(u32, u32), u32, RandomState>,
    list: Vec<Path>,
}

struct Path {
    above: u32,
    name: u32,
    depth: usize,
    length: usize,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            numbers: HashMap::default(),
            list: vec![Path {
                above: 0,
                name: u32::MAX,
                depth: 0,
                length: 0,
            }],
        }
    }
}

impl Paths {
    const ROOT: u32 = 0;

    /// The path of `name`, which has `length` bytes, below the path `above`. `None` if it is too
    /// long or takes more memory than `room`.
    fn below(&mut self, above: u32, name: u32, length: usize, room: &mut usize) -> Option<u32> {
        if let Some(&known) = self.numbers.get(&(above, name)) {
            return Some(known);
        }
        let upper = &self.list[above as usize];
        let separator = usize::from(above != Self::ROOT);
        let path = Path {
            above,
            name,
            depth: upper.depth + 1,
            length: upper.length + separator + length,
        };
        if path.depth > DEEPEST || path.length > LONGEST {
            return None;
        }
        *room = room.checked_sub(2 * (size_of::<Path>() + size_of::<(u32, u32, u32)>()))?;
        let number = u32::try_from(self.list.len()).ok()?;
        self.list.push(path);
        self.numbers.insert((above, name), number);
        Some(number)
    }

    fn length(&self, path: u32) -> usize {
        self.list[path as usize].length
    }

    fn bytes<'n>(&self, mut path: u32, name: impl Fn(u32) -> &'n [u8]) -> Vec<u8> {
        let mut names = Vec::new();
        while path != Self::ROOT {
            let here = &self.list[path as usize];
            names.push(name(here.name));
            path = here.above;
        }
        names.reverse();
        names.join(&b'/')
    }
}

#[cfg(test)]
mod tests;
