//! The result of reading a history, before the matches outside commits are sorted out.

use std::collections::HashMap;

use crate::scan::search::located_match::{BlobMatchMap, NameMatches};
use crate::scan::search::message_search::MessageMatches;
use crate::source::git::attribution::{Attribution, OlderCommits};
use crate::source::git::commits::Commits;
use crate::source::git::pack::{Forest, ObjectId};
use crate::source::git::{Staged, Tips};

/// The result of reading a history, in full or with the cache.
pub(super) struct HistoryParts {
    /// The object database; for a cached read, the objects that are new since the cache was made.
    pub forest: Forest,
    /// All commits and tags.
    pub commits: Commits,
    /// The refs.
    pub tips: Tips,
    /// The staged files of all working trees.
    pub index: Vec<Staged>,
    /// The commits whose findings are not reported, if `--since` is given.
    pub older: Option<OlderCommits>,
    /// No object is missing or damaged.
    pub is_whole: bool,
    /// The matches of all blobs.
    pub blobs: BlobMatchMap,
    /// The places in commits of blobs with matches, and of trees that hold a name with matches.
    pub attributions: Vec<Attribution>,
    /// Whether a ref leads to it, for each commit.
    pub reachable: Vec<bool>,
    /// The names of files and folders with matches.
    pub names: NameMatches,
    /// A tree that holds it, for each name with matches.
    pub name_trees: HashMap<Vec<u8>, ObjectId>,
    /// The names of refs with matches.
    pub ref_names: NameMatches,
    /// The matches of messages and headers.
    pub messages: MessageMatches,
}
