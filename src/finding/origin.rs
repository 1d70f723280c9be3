//! Kinds of sources that hold a secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of thing held the bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file of the working tree, or of a folder that is no repository.
    Worktree,
    /// A blob of the index that is neither in the working tree nor in HEAD as it stands.
    Staged,
    /// A blob of the object database.
    Blob,
    CommitMessage,
    TagMessage,
    /// What a commit says before its message: author, committer, the tag that it merged.
    CommitHeader,
    TagHeader,
    /// A blob under `refs/notes/`.
    Note,
    /// The name of a file or folder, in a tree.
    FileName,
    /// The name of a branch, tag or other ref.
    RefName,
    /// A log of where a ref pointed, below `.git/logs`.
    Reflog,
    /// Another file of git's own directory: its configuration, a hook, a message being written.
    GitDirectory,
}

impl Origin {
    pub fn name(self) -> &'static str {
        match self {
            Origin::Worktree => "worktree",
            Origin::Staged => "staged",
            Origin::Blob => "blob",
            Origin::CommitMessage => "commit-message",
            Origin::TagMessage => "tag-message",
            Origin::CommitHeader => "commit-header",
            Origin::TagHeader => "tag-header",
            Origin::Note => "note",
            Origin::FileName => "file-name",
            Origin::RefName => "ref-name",
            Origin::Reflog => "reflog",
            Origin::GitDirectory => "git-directory",
        }
    }
}
