//! Recognises a repository by its commits.
//!
//! A root commit is in every complete clone, and stays when the history grows. Whoever does not have the history
//! cannot make an object with its id. Ids in packs are not checked when they are read, so the content of a commit is
//! hashed again before it counts.

use super::commits::{CommitIndex, Commits};
use super::pack::{Forest, ObjectId, ObjectKind, ObjectReader};
use crate::finding::repository_identity::MOST_COMMITS;

/// The size, in bytes, of the largest commit that is read as a proof.
const LARGEST: u64 = 1 << 20;

/// Whether the repository holds one of these commits.
pub fn has_commit(forest: &Forest, ids: &[String]) -> bool {
    let mut reader = ObjectReader::new(forest, LARGEST);
    let ids = ids
        .iter()
        .filter_map(|id| ObjectId::from_hex(id.as_bytes()));
    ids.filter(|id| id.format() == forest.format()).any(|id| {
        matches!(reader.object(id), Some(Ok((ObjectKind::Commit, bytes)))
            if ObjectId::of(id.format(), ObjectKind::Commit, &bytes) == id)
    })
}

/// The first root commits, by time and id, that HEAD leads to; those of all commits if HEAD leads to none. The history
/// must be complete: a commit whose parents are missing looks like a root.
pub fn root_commits(commits: &Commits, head: Option<ObjectId>) -> Vec<ObjectId> {
    let mut seen = vec![false; commits.list.len()];
    let mut stack: Vec<CommitIndex> = head.and_then(|id| commits.find(id)).into_iter().collect();
    let mut roots = Vec::new();
    while let Some(at) = stack.pop() {
        if !std::mem::replace(&mut seen[at.index()], true) {
            let parents = commits.parents(at);
            if parents.is_empty() {
                roots.push(at);
            }
            stack.extend_from_slice(parents);
        }
    }
    if roots.is_empty() {
        roots.extend(
            commits
                .indexes()
                .filter(|&at| commits.parents(at).is_empty()),
        );
    }
    let key = |at: &CommitIndex| {
        let commit = &commits.list[at.index()];
        (commit.time, commit.id)
    };
    roots.sort_unstable_by_key(key);
    let first = roots.into_iter().take(MOST_COMMITS);
    first.map(|at| commits.list[at.index()].id).collect()
}
