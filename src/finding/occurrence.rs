//! One place of a secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoding, Origin};

/// Where a secret stands, precisely enough to read it again.
///
/// A value is one occurrence for each place it has in a path of a repository, whatever number of versions of that path
/// hold it: the working tree's place stands for all of them, else HEAD's, else the newest version's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    /// The repository's name (see `source::Target`), the same on every machine where that can be.
    pub repository: String,
    /// Relative to the target, `/` between components. Empty for messages and headers. Without the value where the value is in
    /// the name.
    pub path: String,
    pub line: u64,
    /// In bytes, 1-based.
    pub column: u64,
    pub end_line: u64,
    /// Of the last byte, inclusive, 1-based.
    pub end_column: u64,
    pub origin: Origin,
    /// First byte of the raw value in the file, blob, message, commit or tag as a whole (headers), tree (names of files) or name
    /// (of refs), 0-based.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decoding: Vec<Decoding>,
    /// Object id that holds the bytes: a blob, the commit or tag whose message or header it is, or the tree that names a file. `None` for a file that git does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The commit that introduced the value at this path. `None` when no commit holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// `Name <mail>` of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Author date of that commit, RFC 3339 with its own offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A ref (or HEAD, or the working tree) still leads to it.
    pub reachable: bool,
    /// The value stands at this path in HEAD's tree.
    pub at_head: bool,
    /// Branches and tags, by their full names, that hold the value at this path: the branch of HEAD first, then by name; the
    /// first [`Occurrence::REFS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// How many more do.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refs_more: u64,
    /// Where no branch or tag holds it any more: the last commit of theirs that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_commit: Option<String>,
    /// Author date of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_date: Option<String>,
}

impl Occurrence {
    /// How many branches and tags are named.
    pub const REFS: usize = 12;
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
