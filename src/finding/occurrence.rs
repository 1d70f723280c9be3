//! One place of a secret.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Certainty, Decoding, Evidence, FoundBy, Introduction, Origin, Position, Readings};

/// A place of a secret, precise enough to read the value again.
///
/// A value is one occurrence for each of its positions at a path of a repository, however many
/// versions of that path hold it. The position is that in the working tree, or else in HEAD, or
/// else in the index, or else in the newest version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    /// The repository's name (see `source::target::Unit`), the same on every machine where that is
    /// possible.
    pub repository: String,
    /// Relative to the target, `/` between components. Empty for messages and headers. If the value
    /// is in the name, it is redacted.
    pub path: String,
    /// Line of the first byte, 1-based.
    pub line: u64,
    /// Column of the first byte, in bytes, 1-based.
    pub column: u64,
    /// Line of the last byte, 1-based.
    pub end_line: u64,
    /// Column of the last byte, in bytes, 1-based.
    pub end_column: u64,
    /// The kind of source that holds the bytes.
    pub origin: Origin,
    /// Offset of the first byte of the raw value, 0-based. It counts from the beginning of the
    /// file, blob or message, of the whole commit or tag (headers), of the tree (names of files),
    /// or of the name (refs).
    pub start: u64,
    /// Offset of the byte after the last one.
    pub end: u64,
    /// The steps that decode the raw value, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decoding: Vec<Decoding>,
    /// Whether the value is the one that the readers of the file read here. Another place of the secret can
    /// be exact.
    #[serde(skip)]
    pub certainty: Certainty,
    /// The two readings of a doubtful value. A person chooses one of them.
    #[serde(skip)]
    pub readings: Option<Box<Readings>>,
    /// Id of the object that holds the bytes: a blob, the commit or tag of a message or header, or
    /// the tree that names a file. `None` for a file that git does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The commit that introduced the value at this path, or the oldest known one that holds it: see
    /// `introduced`. `None` when no commit holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether that commit introduced the value, or perhaps a commit before it.
    #[serde(default, skip_serializing_if = "Introduction::is_known")]
    pub introduced: Introduction,
    /// `Name <mail>` of that commit's author, or of the tagger. `None` if the commit may not have
    /// introduced the value: its author has perhaps nothing to do with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Author date of that commit, RFC 3339 with its own offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A ref (or HEAD, or the working tree) still leads to it.
    pub reachable: bool,
    /// HEAD's tree holds the value at this path.
    pub at_head: bool,
    /// Branches and tags, by their full names, that hold the value at this path: the branch of HEAD
    /// first, then by name; the first [`Occurrence::REFS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// The number of further branches and tags that hold it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refs_more: u64,
    /// The last commit of branches and tags that held it, if none holds it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_commit: Option<String>,
    /// Author date of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_date: Option<String>,
    /// The kind of search that found it. A scan removes only occurrences that a scan found.
    #[serde(default, skip_serializing_if = "FoundBy::is_scan")]
    pub found_by: FoundBy,
    /// Whether the value is among the first that are guessed. Only entries of an inventory have it, sealed.
    #[serde(skip)]
    pub is_weak: bool,
    /// What this place states about the secret. Only entries of an inventory have it: a finding has it itself. `None`:
    /// the same as the entry.
    #[serde(skip)]
    pub evidence: Option<Arc<Evidence>>,
}

impl Occurrence {
    /// The largest number of branches and tags that are named.
    pub const REFS: usize = 12;

    /// An occurrence that a scan found, outside history, without a position yet: line 0, and no
    /// bytes.
    pub fn at(repository: impl Into<String>, path: impl Into<String>, origin: Origin) -> Self {
        Self {
            repository: repository.into(),
            path: path.into(),
            line: 0,
            column: 0,
            end_line: 0,
            end_column: 0,
            origin,
            start: 0,
            end: 0,
            decoding: Vec::new(),
            certainty: Certainty::Exact,
            readings: None,
            blob: None,
            commit: None,
            introduced: Introduction::At,
            author: None,
            date: None,
            reachable: true,
            at_head: false,
            refs: Vec::new(),
            refs_more: 0,
            last_commit: None,
            last_date: None,
            found_by: FoundBy::Scan,
            is_weak: false,
            evidence: None,
        }
    }

    /// Sets lines and columns.
    pub fn position(self, position: Position) -> Self {
        Self {
            line: position.line,
            column: position.column,
            end_line: position.end_line,
            end_column: position.end_column,
            ..self
        }
    }

    /// Sets a position on one line: `columns` are those of the first byte and of the byte after the
    /// last one.
    pub fn on_line(self, line: u64, columns: Range<u64>) -> Self {
        self.position(Position {
            line,
            column: columns.start,
            end_line: line,
            end_column: columns.end - 1,
        })
    }

    /// Sets the range of the raw value in bytes.
    pub fn bytes(self, range: Range<u64>) -> Self {
        Self {
            start: range.start,
            end: range.end,
            ..self
        }
    }

    /// The same place with the steps that give the value as it is written.
    pub fn as_written(&self) -> Self {
        Self {
            decoding: Decoding::as_written(&self.decoding).to_vec(),
            ..self.clone()
        }
    }

    /// Takes over the facts that a scan of the history knows of the same path: commits and refs.
    pub fn set_history(&mut self, from: &Occurrence) {
        self.set_introduction(from);
        self.at_head = from.at_head;
        self.refs.clone_from(&from.refs);
        self.refs_more = from.refs_more;
        self.last_commit.clone_from(&from.last_commit);
        self.last_date.clone_from(&from.last_date);
    }

    /// Takes over the facts about the introduction of the value.
    pub fn set_introduction(&mut self, from: &Occurrence) {
        self.commit.clone_from(&from.commit);
        self.introduced = from.introduced;
        self.author.clone_from(&from.author);
        self.date.clone_from(&from.date);
    }

    /// Hashes everything but the evidence, which may be that of the entry.
    pub fn hash_without_evidence(&self, state: &mut impl Hasher) {
        let Self {
            repository,
            path,
            line,
            column,
            end_line,
            end_column,
            origin,
            start,
            end,
            decoding,
            certainty,
            readings,
            blob,
            commit,
            introduced,
            author,
            date,
            reachable,
            at_head,
            refs,
            refs_more,
            last_commit,
            last_date,
            found_by,
            is_weak,
            evidence: _,
        } = self;
        (repository, path, line, column, end_line, end_column).hash(state);
        (origin, start, end, decoding, certainty, readings).hash(state);
        (blob, commit, introduced, author, date, reachable, at_head).hash(state);
        (refs, refs_more, last_commit, last_date, found_by, is_weak).hash(state);
    }

    /// Removes the facts that a scan of the history knows.
    pub fn clear_history(&mut self) {
        self.set_history(&Self::at("", "", self.origin));
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
