//! The reasons for which a history cannot be read.

use crate::scan::since_filter::SinceError;
use crate::source::git::RepositoryError;
use crate::source::git::pack::Flaw;

/// The reason for which nothing of a history can be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryError {
    /// The repository cannot be opened, or its object directory is not safe to read.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The object database cannot be listed.
    #[error(transparent)]
    Forest(#[from] Flaw),
    /// The repository does not have the revision of `--since`.
    #[error(transparent)]
    Since(#[from] SinceError),
}

impl HistoryError {
    /// The error with a hint, for the coverage report.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Repository(error) => error.reason(),
            Self::Forest(_) | Self::Since(_) => self.to_string(),
        }
    }
}
