//! Errors of a repository as a whole.

use super::file_guard::UnsafeFile;

/// Why a repository, its index or a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// A file that libgit2 would read to its end is not safe to read.
    #[error(transparent)]
    UnsafeFile(#[from] UnsafeFile),
    /// The repository keeps its refs in a reftable (git-config(1), "extensions.refStorage"), which libgit2 does not read.
    #[error("its refs are in a reftable, which cannot be read")]
    Reftable,
    /// libgit2 refused; its message is shown without its error codes.
    #[error("{}", .0.message())]
    Git(#[from] git2::Error),
}

impl RepositoryError {
    /// The step that makes the repository readable, where one is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Reftable => Some("`git refs migrate --ref-format=files` puts them into files"),
            Self::UnsafeFile(_) | Self::Git(_) => None,
        }
    }
}
