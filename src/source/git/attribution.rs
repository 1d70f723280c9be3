//! Who brought a blob in, and where it stands now.

use std::collections::HashMap;

use super::Tips;
use super::commits::Commits;
use super::object_paths::ObjectPath;
use super::pack::ObjectId;

/// A blob, or a tree if that was asked for, at a path, and what history says of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
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
    /// Branches and tags whose commits hold it: indexes into [`Tips::named`], in order.
    pub refs: Vec<u32>,
    /// Of the commits from which a branch or tag comes, and after which it is gone: the last one in history order, as its
    /// rank and index.
    pub gone: Option<(usize, usize)>,
}

/// History in order: what can be reached first, and parents before children.
pub struct History<'a> {
    pub commits: &'a Commits,
    /// Of each commit its place in that order.
    ranks: Vec<u32>,
    reachable: Vec<bool>,
    notes_only: Vec<bool>,
    /// Branches, tags or HEAD lead to it.
    kept: Vec<bool>,
    head: Option<u32>,
    /// Commits of branches and tags, in order, with the place of these in [`Tips::named`].
    named: Vec<(u32, u32)>,
}

impl<'a> History<'a> {
    /// `head` is the index of HEAD's commit.
    pub fn new(commits: &'a Commits, tips: &Tips, head: Option<usize>) -> Self {
        let tags: HashMap<ObjectId, ObjectId> = commits
            .tags
            .iter()
            .map(|tag| (tag.id, tag.target))
            .collect();
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
        let reach = |mut seen: Vec<bool>, mut stack: Vec<usize>| {
            while let Some(at) = stack.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    stack.extend(commits.parents(at).iter().map(|&parent| parent as usize));
                }
            }
            seen
        };
        let peeled = |ids: &[ObjectId]| {
            ids.iter()
                .filter_map(|&id| peel(id))
                .collect::<Vec<usize>>()
        };
        let named = (0..)
            .zip(&tips.named)
            .filter_map(|(at, (_, id))| Some((peel(*id)? as u32, at)));
        let mut named: Vec<(u32, u32)> = named.collect();
        named.sort_unstable();
        // Branches and tags are refs too, and lead to most of what refs lead to.
        let nothing = vec![false; commits.list.len()];
        let from_named = reach(
            nothing.clone(),
            named.iter().map(|&(commit, _)| commit as usize).collect(),
        );
        let from_refs = reach(from_named.clone(), peeled(&tips.refs));
        let kept = reach(from_named, head.into_iter().collect());
        let from_notes = reach(nothing, peeled(&tips.notes));
        let reachable: Vec<bool> = from_refs
            .iter()
            .zip(&from_notes)
            .map(|(a, b)| *a || *b)
            .collect();
        let notes_only = from_refs
            .iter()
            .zip(&from_notes)
            .map(|(a, b)| !*a && *b)
            .collect();
        let mut ranks = vec![0; commits.list.len()];
        (0..)
            .zip(order(commits, &reachable))
            .for_each(|(rank, at)| ranks[at as usize] = rank);
        Self {
            commits,
            ranks,
            reachable,
            notes_only,
            kept,
            head: head.map(|at| at as u32),
            named,
        }
    }

    /// Of each commit whether a ref leads to it.
    pub fn into_reachable(self) -> Vec<bool> {
        self.reachable
    }

    /// Commits of which it is to be known all that they hold: those of HEAD, branches and tags. In order.
    pub fn asked(&self) -> Vec<u32> {
        let mut asked: Vec<u32> = self
            .named
            .iter()
            .map(|&(commit, _)| commit)
            .chain(self.head)
            .collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// What history says of a place; `None` if no commit holds it.
    pub fn attribute(&self, place: ObjectPath) -> Option<Attribution> {
        let rank = |&at: &u32| (self.ranks[at as usize] as usize, at as usize);
        let is = |set: &[bool], at: &u32| set[*at as usize];
        let (first_rank, first) = place.introduced_by.iter().map(rank).min()?;
        let (last_rank, _) = place.introduced_by.iter().map(rank).max()?;
        let refs = place.held_by.iter().flat_map(|&at| {
            let from = self.named.partition_point(|&(commit, _)| commit < at);
            self.named[from..]
                .iter()
                .take_while(move |(commit, _)| *commit == at)
                .map(|&(_, named)| named)
        });
        let mut refs: Vec<u32> = refs.collect();
        refs.sort_unstable();
        Some(Attribution {
            first,
            first_rank,
            last_rank,
            reachable: place.introduced_by.iter().any(|at| is(&self.reachable, at)),
            note: place
                .introduced_by
                .iter()
                .all(|at| is(&self.notes_only, at)),
            at_head: self
                .head
                .is_some_and(|head| place.held_by.binary_search(&head).is_ok()),
            refs,
            gone: place
                .last_held_by
                .iter()
                .filter(|at| is(&self.kept, at))
                .map(rank)
                .max(),
            path: place.path,
            blob: place.blob,
        })
    }
}

/// Parents before children; among commits whose parents are all done the oldest first, by committer time and id.
fn order(commits: &Commits, reachable: &[bool]) -> Vec<u32> {
    use std::cmp::Reverse;
    let count = commits.list.len();
    // All that is asked of a commit over and over stands close together, children by parent among it.
    let times: Vec<i64> = commits.list.iter().map(|commit| commit.time).collect();
    let mut waiting = vec![0u32; count];
    let mut ends = vec![0u32; count + 1];
    for (at, waiting) in waiting.iter_mut().enumerate() {
        let parents = commits.parents(at);
        *waiting = parents.len() as u32;
        parents
            .iter()
            .for_each(|&parent| ends[parent as usize] += 1);
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut children = vec![0; sum as usize];
    let mut starts = ends;
    for at in 0..count {
        for &parent in commits.parents(at) {
            starts[parent as usize] -= 1;
            children[starts[parent as usize] as usize] = at as u32;
        }
    }
    // Commits are in the order of their ids.
    let key = |at: u32| Reverse((!reachable[at as usize], times[at as usize], at));
    let mut ready: std::collections::BinaryHeap<_> = (0..count as u32)
        .filter(|&at| waiting[at as usize] == 0)
        .map(key)
        .collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((.., at))) = ready.pop() {
        order.push(at);
        for &child in &children[starts[at as usize] as usize..starts[at as usize + 1] as usize] {
            waiting[child as usize] -= 1;
            if waiting[child as usize] == 0 {
                ready.push(key(child));
            }
        }
    }
    order
}
