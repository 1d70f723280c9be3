//! Errors of the journal.

use std::path::PathBuf;

use super::journal_event::SCHEMA;

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// An operation of the file system failed.
    #[error("cannot {operation} the journal {}: {error}", path.display())]
    Io {
        /// The operation that failed.
        operation: FileOperation,
        /// The journal.
        path: PathBuf,
        /// The error of the system.
        error: std::io::Error,
    },
    /// Another process holds the journal's lock.
    #[error("the journal {} is being written by another import", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// A line is not the one that was written.
    #[error("the journal {} is damaged at line {line}: {damage}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Number of the line, from 1.
        line: u64,
        /// The damage of the line.
        damage: LineDamage,
    },
    /// A line is of another version of the format.
    #[error("line {line} of the journal {} has schema {schema}; this version of keyferry reads schema {SCHEMA}", path.display())]
    Schema {
        /// The journal.
        path: PathBuf,
        /// Number of the line, from 1.
        line: u64,
        /// Version of the line.
        schema: u64,
    },
}

/// An operation on the journal's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// Opening it.
    Open,
    /// Creating it, durably.
    Create,
    /// Taking its lock.
    Lock,
    /// Reading it.
    Read,
    /// Cutting off a torn last line.
    Repair,
    /// Appending to it.
    Write,
}

impl std::fmt::Display for FileOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FileOperation::Open => "open",
            FileOperation::Create => "create",
            FileOperation::Lock => "lock",
            FileOperation::Read => "read",
            FileOperation::Repair => "repair",
            FileOperation::Write => "write",
        })
    }
}

/// The damage of a line.
#[derive(Debug, thiserror::Error)]
pub enum LineDamage {
    /// It is not a record in JSON.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
    /// It has no version number.
    #[error("it has no schema")]
    NoSchema,
    /// Its hash of the line before is another one.
    #[error("it does not follow from the line before it, so one of the two was changed")]
    BrokenChain,
    /// It has the number of another line.
    #[error("it has the number of another line")]
    WrongNumber,
}

impl JournalError {
    /// The hint: a remedy for the user.
    pub fn hint(&self) -> &'static str {
        match self {
            JournalError::Io { .. } => "check that the folder exists and may be written to",
            JournalError::Locked { .. } => "wait until the other import has ended",
            JournalError::Damaged { .. } => {
                "restore the journal from a copy, or move it away and run `keyferry plan`: secrets in the account are recognised by their request tokens"
            }
            JournalError::Schema { .. } => {
                "use the version of keyferry that wrote it, or a newer one"
            }
        }
    }
}
