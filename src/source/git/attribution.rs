//! Who brought a blob in, and where it stands now. Asked only for blobs with matches, so it goes up from them: a tree that
//! holds none of them, however deep, is left out of the walk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use git2::Oid;

use super::objects::Commit;
use super::tree::{Entries, EntryKind};
use super::{Repo, Tips};

/// A blob at a path, and the commits that brought it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub path: Vec<u8>,
    pub blob: Oid,
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
    pub commits: &'a [(Commit, super::objects::Message)],
    index: HashMap<Oid, usize>,
    /// Commits in that order.
    order: Vec<usize>,
    reachable: Vec<bool>,
    notes_only: Vec<bool>,
}

impl<'a> History<'a> {
    pub fn new(commits: &'a [(Commit, super::objects::Message)], tags: &HashMap<Oid, Oid>, tips: &Tips) -> Self {
        let index: HashMap<Oid, usize> = commits.iter().enumerate().map(|(at, (commit, _))| (commit.id, at)).collect();
        let reach = |tips: &[Oid]| {
            let mut seen = vec![false; commits.len()];
            let peel = |mut id: Oid| {
                // A tag of a tag ends; a broken one that names itself must too.
                for _ in 0..32 {
                    match tags.get(&id) {
                        Some(&target) => id = target,
                        None => break,
                    }
                }
                index.get(&id).copied()
            };
            let mut stack: Vec<usize> = tips.iter().filter_map(|&tip| peel(tip)).collect();
            while let Some(at) = stack.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    stack.extend(commits[at].0.parents.iter().filter_map(|parent| index.get(parent)));
                }
            }
            seen
        };
        let from_refs = reach(&tips.refs);
        let from_notes = reach(&tips.notes);
        let reachable: Vec<bool> = from_refs.iter().zip(&from_notes).map(|(a, b)| *a || *b).collect();
        let notes_only = from_refs.iter().zip(&from_notes).map(|(a, b)| !*a && *b).collect();
        let order = order(commits, &index, &reachable);
        Self { commits, index, order, reachable, notes_only }
    }

    pub fn reachable(&self, id: Oid) -> bool {
        self.index.get(&id).is_some_and(|&at| self.reachable[at])
    }

    pub fn commit(&self, id: Oid) -> Option<&'a Commit> {
        self.index.get(&id).map(|&at| &self.commits[at].0)
    }

    /// Commits that are named as parents and are not there.
    pub fn missing(&self) -> Vec<Oid> {
        let parents = self.commits.iter().flat_map(|(commit, _)| &commit.parents);
        let missing: HashSet<Oid> = parents.filter(|parent| !self.index.contains_key(parent)).copied().collect();
        missing.into_iter().collect()
    }
}

/// Parents before children; among commits whose parents are all done the oldest first, by committer time and id.
fn order(commits: &[(Commit, super::objects::Message)], index: &HashMap<Oid, usize>, reachable: &[bool]) -> Vec<usize> {
    use std::cmp::Reverse;
    let mut waiting = vec![0usize; commits.len()];
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); commits.len()];
    for (at, (commit, _)) in commits.iter().enumerate() {
        for parent in commit.parents.iter().filter_map(|parent| index.get(parent)) {
            waiting[at] += 1;
            children[*parent].push(at as u32);
        }
    }
    let key = |at: usize| Reverse((!reachable[at], commits[at].0.time, commits[at].0.id, at));
    let mut ready: std::collections::BinaryHeap<_> =
        (0..commits.len()).filter(|&at| waiting[at] == 0).map(key).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse((.., at))) = ready.pop() {
        order.push(at);
        for &child in &children[at] {
            waiting[child as usize] -= 1;
            if waiting[child as usize] == 0 {
                ready.push(key(child as usize));
            }
        }
    }
    order
}

/// What of a tree leads to a hit: its hits and the trees that hold some.
#[derive(Default)]
struct Holding {
    entries: BTreeMap<Vec<u8>, (EntryKind, Oid)>,
}

struct Walk<'a> {
    odb: git2::Odb<'a>,
    hits: &'a HashSet<Oid>,
    holding: HashMap<Oid, Option<Rc<Holding>>>,
    unreadable: Vec<(Oid, String)>,
}

/// Trees deeper than this are not followed: git itself refuses paths of that length.
const DEEPEST: usize = 2048;

impl Walk<'_> {
    /// `None` for a tree that holds no hit.
    fn holding(&mut self, tree: Oid, depth: usize) -> Option<Rc<Holding>> {
        if let Some(known) = self.holding.get(&tree) {
            return known.clone();
        }
        let mut found = Holding::default();
        let raw = match self.odb.read(tree) {
            Ok(object) => object.data().to_vec(),
            Err(error) => {
                self.unreadable.push((tree, error.message().to_owned()));
                Vec::new()
            }
        };
        for entry in Entries::of(&raw).flatten() {
            let holds = match entry.kind {
                EntryKind::Blob => self.hits.contains(&entry.id),
                EntryKind::Tree => depth < DEEPEST && self.holding(entry.id, depth + 1).is_some(),
                EntryKind::Submodule => false,
            };
            if holds {
                found.entries.insert(entry.name.to_vec(), (entry.kind, entry.id));
            }
        }
        let found = (!found.entries.is_empty()).then(|| Rc::new(found));
        self.holding.insert(tree, found.clone());
        found
    }

    /// Calls `found` with each hit below `tree` that no tree of `others`, at the same path, holds under the same name.
    fn difference(&mut self, tree: Oid, others: &[Oid], path: &mut Vec<u8>, found: &mut dyn FnMut(&[u8], Oid)) {
        if others.contains(&tree) {
            return;
        }
        let depth = path.iter().filter(|&&b| b == b'/').count();
        let Some(holding) = self.holding(tree, depth) else { return };
        let others: Vec<Rc<Holding>> = others.iter().filter_map(|&other| self.holding(other, depth)).collect();
        for (name, &(kind, id)) in &holding.entries {
            let there = others.iter().filter_map(|other| other.entries.get(name)).filter(|(other, _)| *other == kind);
            let there: Vec<Oid> = there.map(|&(_, id)| id).collect();
            let length = path.len();
            path.extend_from_slice(name);
            if kind == EntryKind::Tree {
                path.push(b'/');
                self.difference(id, &there, path, found);
            } else if !there.contains(&id) {
                found(path, id);
            }
            path.truncate(length);
        }
    }
}

/// Where blobs stand in history.
#[derive(Debug, Default)]
pub struct Attribution {
    /// In order of path and blob.
    pub placed: Vec<Placed>,
    /// Trees that could not be read, with the reason.
    pub unreadable: Vec<(Oid, String)>,
}

/// Finds every place of the blobs `hits`.
pub fn attribute(repo: &Repo, history: &History, hits: &HashSet<Oid>) -> Result<Attribution, git2::Error> {
    let mut walk = Walk { odb: repo.odb()?, hits, holding: HashMap::new(), unreadable: Vec::new() };
    let mut placed: BTreeMap<(Vec<u8>, Oid), Placed> = BTreeMap::new();
    for (rank, &at) in history.order.iter().enumerate() {
        if crate::parallel::interrupted() {
            break;
        }
        let commit = &history.commits[at].0;
        let parents: Vec<Oid> =
            commit.parents.iter().filter_map(|&parent| history.commit(parent)).map(|parent| parent.tree).collect();
        walk.difference(commit.tree, &parents, &mut Vec::new(), &mut |path, blob| {
            let place = placed.entry((path.to_vec(), blob)).or_insert_with(|| Placed {
                path: path.to_vec(),
                blob,
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
        });
    }
    if let Some(head) = repo.head_tree() {
        walk.difference(head, &[], &mut Vec::new(), &mut |path, blob| {
            if let Some(place) = placed.get_mut(&(path.to_vec(), blob)) {
                place.at_head = true;
            }
        });
    }
    Ok(Attribution { placed: placed.into_values().collect(), unreadable: walk.unreadable })
}
