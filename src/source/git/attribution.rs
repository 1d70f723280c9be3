//! Who brought a blob in, and where it stands now. Asked only for blobs with matches: all that is looked at are the trees
//! that lead to them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::Tips;
use super::commits::Commits;
use super::pack::{Forest, NONE, ObjectId};
use super::trees::{Held, Holding, Trees};

/// A blob, or a tree if that was asked for, at a path, and the commits that brought it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub path: Vec<u8>,
    pub blob: ObjectId,
    /// Index into the commits: the first, in history order, that holds it there and has no parent that does.
    pub first: usize,
    /// Rank of that commit in history order: what can be reached first, and parents before children.
    pub first_rank: usize,
    /// Rank of the last such commit, for finding the newest version of a path.
    pub last_rank: usize,
    /// A ref leads to a commit that holds it.
    pub reachable: bool,
    /// Only refs of notes lead to it.
    pub note: bool,
    pub at_head: bool,
}

/// History in order: what can be reached first, and parents before children.
pub struct History<'a> {
    pub commits: &'a Commits,
    /// Commits in that order.
    order: Vec<u32>,
    reachable: Vec<bool>,
    notes_only: Vec<bool>,
}

impl<'a> History<'a> {
    pub fn new(commits: &'a Commits, tips: &Tips) -> Self {
        let tags: HashMap<ObjectId, ObjectId> = commits.tags.iter().map(|tag| (tag.id, tag.target)).collect();
        let reach = |tips: &[ObjectId]| {
            let mut seen = vec![false; commits.list.len()];
            let peel = |mut id: ObjectId| {
                // A tag of a tag ends; a broken one that names itself must too.
                for _ in 0..32 {
                    match tags.get(&id) {
                        Some(&target) => id = target,
                        None => break,
                    }
                }
                commits.find(id)
            };
            let mut stack: Vec<usize> = tips.iter().filter_map(|&tip| peel(tip)).collect();
            while let Some(at) = stack.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    stack.extend(commits.parents(at).iter().map(|&parent| parent as usize));
                }
            }
            seen
        };
        let from_refs = reach(&tips.refs);
        let from_notes = reach(&tips.notes);
        let reachable: Vec<bool> = from_refs.iter().zip(&from_notes).map(|(a, b)| *a || *b).collect();
        let notes_only = from_refs.iter().zip(&from_notes).map(|(a, b)| !*a && *b).collect();
        let order = order(commits, &reachable);
        Self { commits, order, reachable, notes_only }
    }

    pub fn reachable(&self, id: ObjectId) -> bool {
        self.commits.find(id).is_some_and(|at| self.reachable[at])
    }
}

/// Parents before children; among commits whose parents are all done the oldest first, by committer time and id.
fn order(commits: &Commits, reachable: &[bool]) -> Vec<u32> {
    use std::cmp::Reverse;
    let count = commits.list.len();
    let mut waiting: Vec<u32> = (0..count).map(|at| commits.parents(at).len() as u32).collect();
    let mut children: Vec<(u32, u32)> = Vec::new();
    for at in 0..count {
        children.extend(commits.parents(at).iter().map(|&parent| (parent, at as u32)));
    }
    children.sort_unstable();
    // Commits are in the order of their ids.
    let key = |at: u32| Reverse((!reachable[at as usize], commits.list[at as usize].time, at));
    let mut ready: std::collections::BinaryHeap<_> =
        (0..count as u32).filter(|&at| waiting[at as usize] == 0).map(key).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((.., at))) = ready.pop() {
        order.push(at);
        let first = children.partition_point(|&(parent, _)| parent < at);
        for &(_, child) in children[first..].iter().take_while(|(parent, _)| *parent == at) {
            waiting[child as usize] -= 1;
            if waiting[child as usize] == 0 {
                ready.push(key(child));
            }
        }
    }
    order
}

/// Paths deeper than this are not followed: git itself refuses paths of that length.
const DEEPEST: usize = 2048;
/// Entries that one commit may bring in. Real ones stay far below; a few trees that name each other over and over can
/// stand for more paths than there are atoms.
const MOST: usize = 1 << 20;
/// Bytes of a path: trees can name each other for as long as they like, with names as long as they like.
const LONGEST: usize = 1 << 16;
/// Bytes of memory for all places together.
const ROOM: usize = 1 << 30;

struct Walk<'a> {
    trees: &'a Trees,
    hits: &'a HashSet<u32>,
    holding: &'a Holding,
    path: Vec<u8>,
    left: usize,
}

impl Walk<'_> {
    /// Calls `found` with each hit below `tree` that no tree of `others`, at the same path, holds under the same name. Ends
    /// early, with nothing [`Self::left`], where `found` says that it can take no more.
    fn difference(&mut self, tree: u32, others: &[u32], depth: usize, found: &mut dyn FnMut(&[u8], u32) -> bool) {
        if others.contains(&tree) {
            return;
        }
        let (holding, trees) = (self.holding, self.trees);
        let others: Vec<&[Held]> = others.iter().map(|&other| holding.of(other)).collect();
        for held in holding.of(tree) {
            if others.iter().any(|other| other.binary_search(held).is_ok()) {
                continue;
            }
            let (name, length) = (&trees.names[held.name as usize], self.path.len());
            if depth == DEEPEST || self.left == 0 || length + name.len() > LONGEST {
                self.left = 0;
                return;
            }
            self.left -= 1;
            self.path.extend_from_slice(name);
            // An entry that leads to a hit need not be one, whatever its mode says.
            if self.hits.contains(&held.node) && !found(&self.path, held.node) {
                self.left = 0;
            }
            if held.tree {
                self.path.push(b'/');
                let there = others.iter().flat_map(|other| {
                    let first = other.partition_point(|other| other.name < held.name);
                    other[first..].iter().take_while(|other| other.name == held.name).filter(|other| other.tree)
                });
                let there: Vec<u32> = there.map(|other| other.node).collect();
                self.difference(held.node, &there, depth + 1, found);
            }
            self.path.truncate(length);
        }
    }
}

/// Where blobs stand in history.
#[derive(Debug, Default)]
pub struct Attribution {
    /// In order of path and blob.
    pub placed: Vec<Placed>,
    /// Commits that name more places than are told.
    pub crowded: Vec<ObjectId>,
}

/// Finds every place of the blobs and trees `hits`, which are nodes of the forest. `head` is HEAD's tree, a node too.
pub fn attribute(
    forest: &Forest,
    trees: &Trees,
    history: &History,
    head: Option<u32>,
    hits: &HashSet<u32>,
) -> Attribution {
    place(forest, trees, history, head, hits, ROOM)
}

fn place(
    forest: &Forest,
    trees: &Trees,
    history: &History,
    head: Option<u32>,
    hits: &HashSet<u32>,
    mut room: usize,
) -> Attribution {
    let holding = trees.holding(forest.nodes(), hits.iter().copied());
    let mut placed: BTreeMap<(Vec<u8>, u32), Placed> = BTreeMap::new();
    let mut crowded = Vec::new();
    let mut walk = Walk { trees, hits, holding: &holding, path: Vec::new(), left: 0 };
    for (rank, &at) in history.order.iter().enumerate() {
        if crate::parallel::interrupted() {
            break;
        }
        let at = at as usize;
        let commit = &history.commits.list[at];
        let parents = history.commits.parents(at).iter().map(|&parent| history.commits.list[parent as usize].tree);
        let parents: Vec<u32> = parents.filter(|&tree| tree != NONE).collect();
        walk.left = MOST;
        walk.difference(commit.tree, &parents, 0, &mut |path, blob| {
            let entry = placed.entry((path.to_vec(), blob));
            if let Entry::Vacant(_) = entry {
                // The path stands in the key and in the value.
                let needed = 2 * path.len() + size_of::<((Vec<u8>, u32), Placed)>();
                match room.checked_sub(needed) {
                    Some(rest) => room = rest,
                    None => return false,
                }
            }
            let place = entry.or_insert_with(|| Placed {
                path: path.to_vec(),
                blob: forest.id(blob),
                first: at,
                first_rank: rank,
                last_rank: rank,
                reachable: false,
                note: true,
                at_head: false,
            });
            place.last_rank = rank;
            place.reachable |= history.reachable[at];
            place.note &= history.notes_only[at];
            true
        });
        if walk.left == 0 {
            crowded.push(commit.id);
        }
    }
    if let Some(head) = head {
        walk.left = MOST;
        walk.difference(head, &[], 0, &mut |path, blob| {
            if let Some(place) = placed.get_mut(&(path.to_vec(), blob)) {
                place.at_head = true;
            }
            true
        });
    }
    Attribution { placed: placed.into_values().collect(), crowded }
}

#[cfg(test)]
mod tests {
    use super::super::commits::{self, Messages};
    use super::super::pack::tests::hand::{Part, write};
    use super::super::pack::{Kind, Limits};
    use super::*;
    use crate::parallel::Silent;

    struct Nobody;

    impl Messages for Nobody {
        type Worker = ();
        fn worker(&self) {}
        fn object(&self, (): &mut (), _: Kind, _: ObjectId, _: &[u8], _: &[u8]) {}
    }

    /// Trees that each name the next one twice, under a name of `length` bytes, and a blob.
    fn bomb(depth: u8, length: usize, room: usize) -> Attribution {
        let root = tempfile::tempdir().unwrap();
        let id = |n: u8| ObjectId([n; ObjectId::LEN]);
        let mut parts = vec![(id(0), Part::Whole(Kind::Blob, b"hit".to_vec()))];
        for n in 1..=depth {
            let mut tree = Vec::new();
            for (mode, name, to) in [("40000", "a", n + 1), ("40000", "b", n + 1), ("100644", "c", 0)] {
                tree.extend(format!("{mode} {}\0", name.repeat(length)).bytes().chain(id(to).0));
            }
            parts.push((id(n), Part::Whole(Kind::Tree, tree)));
        }
        let commit = format!("tree {}\n\n", id(1));
        parts.push((id(255), Part::Whole(Kind::Commit, commit.into_bytes())));
        write(root.path(), "p", 2, &parts);
        let forest = Forest::open(root.path(), 1).unwrap();
        let trees = Trees::read(&forest, 1, Limits::default(), &Silent);
        let (commits, _) = commits::read(&forest, 1, Limits::default(), &Nobody, &Silent);
        let history = History::new(&commits, &Tips::default());
        place(&forest, &trees, &history, None, &HashSet::from([forest.node(id(0)).unwrap()]), room)
    }

    #[test]
    fn trees_that_stand_for_endless_paths_take_bounded_memory() {
        let few = bomb(3, 5, ROOM);
        assert_eq!((few.placed.len(), few.crowded.len()), (7, 0));
        let many = bomb(200, 100, 1 << 20);
        assert!(many.placed.len() > 10 && many.placed.iter().map(|placed| placed.path.len()).sum::<usize>() < 1 << 19);
        assert_eq!(many.crowded, [ObjectId([255; ObjectId::LEN])]);
        let long = bomb(20, 20_000, ROOM);
        assert!(long.placed.len() < 10 && long.crowded.len() == 1);
    }
}
