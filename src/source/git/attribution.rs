//! Attribution: which commit introduced a blob at a path, and which commits, branches and tags hold
//! it.

use std::collections::HashMap;

use super::Tips;
use super::commits::{CommitIndex, Commits};
use super::object_paths::ObjectPath;
use super::pack::ObjectId;

/// A path of a blob (or of a tree, if the caller asked for one), with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The path from the root of the tree, `/` between components.
    pub path: Vec<u8>,
    /// The id of the blob or tree.
    pub blob: ObjectId,
    /// The first commit, in history order, that holds the blob at the path and has no parent that
    /// does.
    pub first: CommitIndex,
    /// The rank of that commit in history order: reachable commits first, and parents before
    /// children.
    pub first_rank: usize,
    /// A commit at the edge of the history holds the blob at the path, so a commit that is not there
    /// may have introduced it, and come before the first.
    pub at_edge: bool,
    /// One of the commits that introduced it is older than the reported history (`--since`).
    pub is_older: bool,
    /// The rank of the last such commit, by which the newest version of a path is found.
    pub last_rank: usize,
    /// True if a ref leads to one of these commits.
    pub reachable: bool,
    /// True if only refs below `refs/notes/` lead to them.
    pub note: bool,
    /// The commits of HEADs that hold the blob at the path, in order. Each working tree has a HEAD.
    pub heads: Vec<CommitIndex>,
    /// The first branches and tags whose commits hold it: indexes into [`Tips::named`], in order;
    /// at most [`Self::REFS`].
    pub refs: Vec<u32>,
    /// The number of further branches and tags whose commits hold it.
    pub more_refs: usize,
    /// The last commit, in history order, that held the blob before a child removed it, among the
    /// commits that branches, tags or HEADs lead to: its rank and its index.
    pub gone: Option<(usize, CommitIndex)>,
}

impl Attribution {
    /// The most branches and tags that are kept of a path. A repository can have a million, each of
    /// which holds every path.
    pub const REFS: usize = 16;

    /// The path that reports show. The path of a note is the id of its object, cut into folders.
    pub fn shown_path(&self) -> String {
        let path = String::from_utf8_lossy(&self.path);
        match self.note {
            true => path.replace('/', ""),
            false => path.into_owned(),
        }
    }

    /// Adds the commits and refs of another version of the same path.
    pub fn join(&mut self, other: &Self) {
        if (other.first_rank, other.first) < (self.first_rank, self.first) {
            (self.first_rank, self.first) = (other.first_rank, other.first);
            self.path.clone_from(&other.path);
            self.blob = other.blob;
        }
        self.at_edge |= other.at_edge;
        self.is_older |= other.is_older;
        self.last_rank = self.last_rank.max(other.last_rank);
        self.reachable |= other.reachable;
        self.note &= other.note;
        if !other.heads.is_empty() {
            self.heads.extend_from_slice(&other.heads);
            self.heads.sort_unstable();
        }
        // A branch or tag holds one version of a path.
        let all = self.refs.len() + self.more_refs + other.refs.len() + other.more_refs;
        if !other.refs.is_empty() {
            self.refs.extend_from_slice(&other.refs);
            self.refs.sort_unstable();
            self.refs.truncate(Self::REFS);
        }
        self.more_refs = all - self.refs.len();
        self.gone = self.gone.max(other.gone);
    }
}

/// History order: reachable commits first, and parents before children.
pub struct History<'a> {
    /// The commits.
    pub commits: &'a Commits,
    /// The rank of each commit in that order.
    ranks: Vec<u32>,
    reachable: Vec<bool>,
    notes_only: Vec<bool>,
    /// Of each commit, whether branches, tags or HEADs lead to it.
    kept: Vec<bool>,
    /// The commits of the HEADs of all working trees, in order.
    heads: Vec<CommitIndex>,
    /// Of each commit, whether it is older than the reported history.
    older: Option<&'a OlderCommits>,
    /// The commits of branches and tags in order, each with its index into [`Tips::named`].
    named: Vec<(CommitIndex, u32)>,
}

impl<'a> History<'a> {
    /// Computes the order.
    pub fn new(commits: &'a Commits, tips: &Tips, older: Option<&'a OlderCommits>) -> Self {
        let mut tags = PeeledTags::new(commits);
        let reach = |mut seen: Vec<bool>, mut stack: Vec<CommitIndex>| {
            while let Some(at) = stack.pop() {
                if !std::mem::replace(&mut seen[at.index()], true) {
                    stack.extend_from_slice(commits.parents(at));
                }
            }
            seen
        };
        let named = (0..)
            .zip(&tips.named)
            .filter_map(|(at, (_, id))| Some((tags.peel(*id)?, at)));
        let mut named: Vec<(CommitIndex, u32)> = named.collect();
        let mut peeled = |ids: &[ObjectId]| {
            ids.iter()
                .filter_map(|&id| tags.peel(id))
                .collect::<Vec<CommitIndex>>()
        };
        named.sort_unstable();
        // Branches and tags are refs, too, and lead to most commits: their walk is not repeated.
        let nothing = vec![false; commits.list.len()];
        let from_named = reach(
            nothing.clone(),
            named.iter().map(|&(commit, _)| commit).collect(),
        );
        let from_refs = reach(from_named.clone(), peeled(&tips.refs));
        let heads = tips.heads.iter().filter_map(|&id| commits.find(id));
        let mut heads: Vec<CommitIndex> = heads.collect();
        heads.sort_unstable();
        let kept = reach(from_named, heads.clone());
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
            .for_each(|(rank, at)| ranks[at.index()] = rank);
        Self {
            commits,
            ranks,
            reachable,
            notes_only,
            kept,
            heads,
            older,
            named,
        }
    }

    /// Of each commit, whether a ref leads to it.
    pub fn into_reachable(self) -> Vec<bool> {
        self.reachable
    }

    /// The commits whose paths are all reported ([`super::object_paths::find`]): those of HEADs,
    /// branches and tags, and merges at the edge, in order. A path that such a merge has in common with a
    /// parent that is there may come from the other one.
    pub fn asked(&self) -> Vec<CommitIndex> {
        let commits = self.commits;
        let merges = commits.edge.iter().copied();
        let has_tree = |at: &CommitIndex| commits.list[at.index()].tree.is_some();
        let merges = merges.filter(|at| has_tree(at) && !commits.parents(*at).is_empty());
        let mut asked: Vec<CommitIndex> = self
            .named
            .iter()
            .map(|&(commit, _)| commit)
            .chain(self.heads.iter().copied())
            .chain(merges)
            .collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// The attribution of a path; `None` if no commit introduced it.
    pub fn attribute(&self, place: ObjectPath) -> Option<Attribution> {
        let rank = |&at: &CommitIndex| (self.ranks[at.index()] as usize, at);
        let is = |set: &[bool], at: &CommitIndex| set[at.index()];
        let (first_rank, first) = place.introduced_by.iter().map(rank).min()?;
        let (last_rank, _) = place.introduced_by.iter().map(rank).max()?;
        let (mut refs, mut count) = (Vec::new(), 0);
        for &at in &place.held_by {
            let from = self.named.partition_point(|&(commit, _)| commit < at);
            let own = &self.named[from..];
            let own = &own[..own.partition_point(|&(commit, _)| commit == at)];
            count += own.len();
            let first = own.iter().take(Attribution::REFS);
            refs.extend(first.map(|&(_, named)| named));
        }
        refs.sort_unstable();
        refs.truncate(Attribution::REFS);
        let more_refs = count - refs.len();
        let mut holders = place.introduced_by.iter().chain(&place.held_by);
        // Commits that no ref leads to come after the others, and so do those before them.
        let counts = |at: &CommitIndex| is(&self.reachable, at) || !is(&self.reachable, &first);
        let is_older = |&at: &CommitIndex| self.older.is_some_and(|older| older.contains(at));
        Some(Attribution {
            first,
            at_edge: holders.any(|at| self.commits.is_at_edge(*at) && counts(at)),
            is_older: place.introduced_by.iter().any(is_older),
            first_rank,
            last_rank,
            reachable: place.introduced_by.iter().any(|at| is(&self.reachable, at)),
            note: place
                .introduced_by
                .iter()
                .all(|at| is(&self.notes_only, at)),
            heads: both(&self.heads, &place.held_by),
            refs,
            more_refs,
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

/// The commits that are in both lists, in order. So are the lists.
fn both(one: &[CommitIndex], other: &[CommitIndex]) -> Vec<CommitIndex> {
    let (few, many) = match one.len() < other.len() {
        true => (one, other),
        false => (other, one),
    };
    let common = few.iter().filter(|at| many.binary_search(at).is_ok());
    common.copied().collect()
}

/// The commits that are older than the reported history: for each commit, whether it is one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OlderCommits(pub Vec<bool>);

impl OlderCommits {
    /// Whether a commit is one of them.
    pub fn contains(&self, at: CommitIndex) -> bool {
        self.0[at.index()]
    }
}

/// The commits that tags lead to. A tag may point to a tag, and so on for as long as there are tags;
/// in a damaged repository, tags may form a circle. Each tag is followed once.
struct PeeledTags<'a> {
    commits: &'a Commits,
    targets: HashMap<ObjectId, ObjectId>,
    /// The commits of tags that were followed; `None` for a tag of another object, and for one that
    /// is being followed.
    known: HashMap<ObjectId, Option<CommitIndex>>,
}

impl<'a> PeeledTags<'a> {
    fn new(commits: &'a Commits) -> Self {
        let targets = commits.tags.iter().map(|tag| (tag.id, tag.target));
        Self {
            commits,
            targets: targets.collect(),
            known: HashMap::new(),
        }
    }

    /// The commit with this id, or that the tag with this id leads to.
    fn peel(&mut self, id: ObjectId) -> Option<CommitIndex> {
        let (mut at, mut followed) = (id, Vec::new());
        let found = loop {
            if let Some(&known) = self.known.get(&at) {
                break known;
            }
            let Some(&target) = self.targets.get(&at) else {
                break self.commits.find(at);
            };
            self.known.insert(at, None);
            followed.push(at);
            at = target;
        };
        self.known
            .extend(followed.into_iter().map(|tag| (tag, found)));
        found
    }
}

/// Parents before children. Among the commits whose parents are all done, the oldest comes first,
/// by committer time and id.
fn order(commits: &Commits, reachable: &[bool]) -> Vec<CommitIndex> {
    use std::cmp::Reverse;
    let count = commits.list.len();
    // The data that is read for each commit again and again is kept in compact arrays, children by
    // parent among it.
    let times: Vec<i64> = commits.list.iter().map(|commit| commit.time).collect();
    let mut waiting = vec![0u32; count];
    let mut ends = vec![0u32; count + 1];
    for (at, waiting) in commits.indexes().zip(waiting.iter_mut()) {
        let parents = commits.parents(at);
        *waiting = parents.len() as u32;
        parents.iter().for_each(|parent| ends[parent.index()] += 1);
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut children = vec![CommitIndex::default(); sum as usize];
    let mut starts = ends;
    for at in commits.indexes() {
        for parent in commits.parents(at) {
            starts[parent.index()] -= 1;
            children[starts[parent.index()] as usize] = at;
        }
    }
    // Commits are in the order of their ids, so the index breaks ties like the id.
    let key = |at: CommitIndex| Reverse((!reachable[at.index()], times[at.index()], at));
    let mut ready: std::collections::BinaryHeap<_> = commits
        .indexes()
        .filter(|at| waiting[at.index()] == 0)
        .map(key)
        .collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((.., at))) = ready.pop() {
        order.push(at);
        for &child in &children[starts[at.index()] as usize..starts[at.index() + 1] as usize] {
            waiting[child.index()] -= 1;
            if waiting[child.index()] == 0 {
                ready.push(key(child));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(rank: usize, refs: std::ops::Range<u32>, heads: &[usize]) -> Attribution {
        Attribution {
            path: b"a.py".to_vec(),
            blob: ObjectId::from([rank as u8; 20]),
            first: CommitIndex::at(rank),
            first_rank: rank,
            at_edge: rank == 2,
            is_older: false,
            last_rank: rank + 10,
            reachable: rank == 1,
            note: false,
            heads: heads.iter().copied().map(CommitIndex::at).collect(),
            refs: refs.collect(),
            more_refs: rank,
            gone: Some((rank, CommitIndex::at(rank))),
        }
    }

    #[test]
    fn versions_of_a_path_are_joined() {
        let (first, second) = (version(1, 10..20, &[3]), version(2, 0..10, &[1, 9]));
        let expected = Attribution {
            at_edge: true,
            last_rank: 12,
            heads: [1, 3, 9].map(CommitIndex::at).to_vec(),
            refs: (0..16).collect(),
            // 3 were counted before, and 20 were listed.
            more_refs: 7,
            gone: second.gone,
            ..first.clone()
        };
        for (one, other) in [(&first, &second), (&second, &first)] {
            let mut joined = one.clone();
            joined.join(other);
            assert_eq!(joined, expected);
        }
        let mut joined = first.clone();
        joined.join(&version(2, 0..0, &[]));
        assert_eq!((joined.refs, joined.more_refs), (first.refs, 3));
    }
}
