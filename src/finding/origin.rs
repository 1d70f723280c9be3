//! The kind of source that holds a secret, and the kind of search that finds it there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of source that holds the bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file of the working tree, or of a folder that is not a repository.
    Worktree,
    /// A blob of the index that differs from the file in the working tree and from HEAD.
    Staged,
    /// A blob of the object database.
    Blob,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
    /// The lines of a commit before its message: author, committer, the signed tag that it merged.
    CommitHeader,
    /// The lines of an annotated tag before its message.
    TagHeader,
    /// A blob under `refs/notes/`.
    Note,
    /// The name of a file or folder, in a tree.
    FileName,
    /// The name of a branch, tag or other ref.
    RefName,
    /// A log of the commits that a ref pointed to, below `.git/logs`.
    Reflog,
    /// Another file of the git directory: its configuration, a hook, a message being written.
    GitDirectory,
}

impl Origin {
    /// The name used in files and reports.
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

    /// The part of a scan that reads this kind of source.
    pub fn read_by(self) -> ScanPart {
        match self {
            Origin::Worktree => ScanPart::Files,
            Origin::Staged
            | Origin::Blob
            | Origin::CommitMessage
            | Origin::TagMessage
            | Origin::CommitHeader
            | Origin::TagHeader
            | Origin::Note
            | Origin::FileName
            | Origin::RefName
            | Origin::Reflog
            | Origin::GitDirectory => ScanPart::History,
        }
    }
}

/// A part of a scan. Each part can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanPart {
    /// The files of the working tree or folder.
    Files,
    /// The git directory: objects, index, refs, logs and configuration.
    History,
}

/// The kind of search that found an occurrence. A scan finds its own occurrences again, and removes
/// those that are gone. It does not find those that were taken from another tool's report.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// A scan by this program.
    #[default]
    Scan,
    /// The report of another tool.
    Report,
}

impl FoundBy {
    /// Whether a scan found it. Occurrences do not store this default.
    pub fn is_scan(&self) -> bool {
        *self == FoundBy::Scan
    }
}
