//! The matches of a repository's history, with the commits and refs that hold them.

use std::collections::{HashMap, HashSet};

use super::history_parts::HistoryParts;
use crate::finding::Origin;
use crate::scan::search::blob::BlobKey;
use crate::scan::search::located_match::{
    BlobMatchMap, LocatedMatches, NameMatches, ObjectMatches,
};
use crate::source::git::attribution::{Attribution, OlderCommits};
use crate::source::git::commits::{CommitIndex, Commits, Tag};
use crate::source::git::pack::{Forest, ObjectId};
use crate::source::git::{Repo, Staged, Tips};

/// The matches of a repository's history.
pub(crate) struct HistoryMatches {
    /// The object database, for reading objects again.
    pub forest: Forest,
    /// All commits and tags.
    pub commits: Commits,
    /// The repository, with the refs that were read.
    pub repo: Repo,
    /// No object is missing or damaged.
    pub is_whole: bool,
    /// The commits whose findings are not reported, if `--since` is given.
    pub older: Option<OlderCommits>,
    /// The matches of all blobs.
    pub blobs: BlobMatchMap,
    /// The places in commits of blobs with matches, and of trees that hold a name with matches.
    pub attributions: Vec<Attribution>,
    /// The blobs with matches that no commit holds.
    pub uncommitted: Vec<UncommittedBlob>,
    /// The objects that a ref names, directly or through tags. A tag can be of a blob.
    pub ref_targets: HashSet<ObjectId>,
    /// The matches of messages, in order of kind and object.
    pub messages: Vec<CommitTextMatches>,
    /// The matches of headers, of every confidence, in order of kind and object.
    pub headers: Vec<CommitTextMatches>,
    /// Not all headers with matches are known: the name of any author may have a value in it.
    pub lacks_headers: bool,
    /// The names of files and folders with matches.
    pub names: NameMatches,
    /// A tree that holds it, for each name with matches.
    pub name_trees: HashMap<Vec<u8>, ObjectId>,
    /// The names of refs with matches.
    pub ref_names: NameMatches,
    /// The full names of branches and tags. Attributions name them by their index here.
    pub branches_and_tags: Vec<Vec<u8>>,
}

/// A blob with matches that no commit holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UncommittedBlob {
    /// The blob.
    pub key: BlobKey,
    /// Its path, if the index holds it.
    pub staged: Option<Vec<u8>>,
}

/// The matches of the message or header of a commit or tag.
pub(crate) struct CommitTextMatches {
    /// The commit or tag.
    pub object: ObjectId,
    /// The matches.
    pub matches: LocatedMatches,
    /// The commit itself, or the target of the tag if that is a commit.
    pub commit: Option<ObjectId>,
    /// A ref leads to the commit or tag.
    pub reachable: bool,
}

impl HistoryMatches {
    /// Sorts out which matches are outside commits, and which a ref leads to.
    pub(super) fn of(parts: HistoryParts, repo: Repo) -> Self {
        let HistoryParts {
            forest,
            commits,
            tips,
            index,
            older,
            is_whole,
            blobs,
            attributions,
            reachable,
            names,
            name_trees,
            ref_names,
            messages: found,
        } = parts;
        let uncommitted = uncommitted_blobs(&blobs, &attributions, &index);
        let ref_targets = ref_targets(&commits, &tips);
        let text = |ObjectMatches { object, matches }| {
            let tag = find_tag(&commits, object);
            let commit = tag.map_or(object, |tag| tag.target);
            let is_reachable = commits.find(object).is_some_and(|at| reachable[at.index()]);
            CommitTextMatches {
                object,
                matches,
                commit: commits.find(commit).map(|_| commit),
                reachable: is_reachable || (tag.is_some() && ref_targets.contains(&object)),
            }
        };
        let message = |found: ObjectMatches| {
            let object = found.object;
            match found.matches.origin {
                // A tag that is malformed is reported as unreadable.
                Origin::TagMessage => find_tag(&commits, object).map(|_| text(found)),
                _ => Some(CommitTextMatches {
                    commit: Some(object),
                    ..text(found)
                }),
            }
        };
        let mut messages: Vec<_> = found.messages.into_iter().filter_map(message).collect();
        messages.sort_unstable_by_key(|message| (message.matches.origin, message.object));
        let lacks_headers = found.lacks_headers;
        let headers = found.headers.into_iter().map(text).collect();
        Self {
            forest,
            commits,
            repo,
            is_whole,
            older,
            blobs,
            attributions,
            uncommitted,
            ref_targets,
            messages,
            headers,
            lacks_headers,
            names,
            name_trees,
            ref_names,
            branches_and_tags: tips.named.into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// The time of a commit, in seconds since 1970. Zero for an object that is not a commit.
    pub fn commit_time(&self, id: ObjectId) -> i64 {
        self.commits
            .find(id)
            .map_or(0, |at| self.commits.list[at.index()].time)
    }

    /// The tree of the commit with this index. The commit holds a name with matches, so its tree is
    /// in the forest.
    pub fn tree_of_commit(&self, at: CommitIndex) -> ObjectId {
        self.forest.id(self.commits.list[at.index()].tree)
    }
}

fn find_tag(commits: &Commits, id: ObjectId) -> Option<Tag> {
    let at = commits.tags.binary_search_by_key(&id, |tag| tag.id).ok()?;
    Some(commits.tags[at])
}

/// The objects that refs name, and the targets of the tags among them.
fn ref_targets(commits: &Commits, tips: &Tips) -> HashSet<ObjectId> {
    let targets: HashMap<ObjectId, ObjectId> = commits
        .tags
        .iter()
        .map(|tag| (tag.id, tag.target))
        .collect();
    let mut named = HashSet::new();
    let mut stack: Vec<ObjectId> = tips.refs.iter().chain(&tips.notes).copied().collect();
    while let Some(id) = stack.pop() {
        if named.insert(id) {
            stack.extend(targets.get(&id));
        }
    }
    named
}

/// The blobs that no commit holds: staged at a path where no commit has them, or without any name.
fn uncommitted_blobs(
    blobs: &BlobMatchMap,
    attributions: &[Attribution],
    index: &[Staged],
) -> Vec<UncommittedBlob> {
    let in_commits: HashSet<ObjectId> = attributions.iter().map(|place| place.blob).collect();
    let committed: HashSet<(&[u8], ObjectId)> = attributions
        .iter()
        .map(|place| (place.path.as_slice(), place.blob))
        .collect();
    let mut uncommitted = Vec::new();
    let mut staged = HashSet::new();
    for entry in index {
        let key = BlobKey::at_path(entry.id, &entry.path);
        if blobs.contains_key(&key) && !committed.contains(&(entry.path.as_slice(), entry.id)) {
            staged.insert(entry.id);
            uncommitted.push(UncommittedBlob {
                key,
                staged: Some(entry.path.clone()),
            });
        }
    }
    for &key in blobs.keys() {
        if !in_commits.contains(&key.object()) && !staged.contains(&key.object()) {
            uncommitted.push(UncommittedBlob { key, staged: None });
        }
    }
    uncommitted.sort();
    // Several working trees may have staged the same.
    uncommitted.dedup();
    // One place is enough for a blob without a name, however many kinds unreachable trees give it.
    uncommitted.dedup_by(|a, b| {
        a.key.object() == b.key.object() && a.staged.is_none() && b.staged.is_none()
    });
    uncommitted
}
