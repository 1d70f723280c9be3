//! Errors of the journal.

use std::path::PathBuf;

use super::journal_event::SCHEMA;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {doing} the journal {}: {error}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("the journal {} is being written by another import", path.display())]
    Locked { path: PathBuf },
    #[error("the journal {} is damaged at line {line}: {why}", path.display())]
    Damaged {
        path: PathBuf,
        line: u64,
        why: String,
    },
    #[error("line {line} of the journal {} has schema {schema}; this version knows {SCHEMA}", path.display())]
    Schema {
        path: PathBuf,
        line: u64,
        schema: u64,
    },
}

impl JournalError {
    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            JournalError::Io { .. } => "see that the folder is there and may be written to",
            JournalError::Locked { .. } => "wait until the other import has ended",
            JournalError::Damaged { .. } => {
                "restore the journal from a copy, or move it away and run `keyferry plan`: what is in the account is recognised by its token"
            }
            JournalError::Schema { .. } => {
                "use the version of keyferry that wrote it, or a newer one"
            }
        }
    }
}
