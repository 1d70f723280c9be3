//! Errors of a repository as a whole. None quotes the configuration, which may hold a password.

use std::path::PathBuf;

use super::file_guard::UnsafeFile;

/// Why a repository cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RepositoryError {
    /// A file that is needed is not safe to read, or leads outside the repository.
    #[error(transparent)]
    UnsafeFile(#[from] UnsafeFile),
    /// The file or link `.git` names nothing that exists.
    #[error("{} names a git directory that does not exist", .0.display())]
    Dangling(PathBuf),
    /// The file `.git` names no git directory (gitrepository-layout(5)).
    #[error("{} is neither a git directory nor the name of one", .0.display())]
    NoGitFile(PathBuf),
    /// A part that every repository has is missing.
    #[error("{} is missing", .0.display())]
    Incomplete(PathBuf),
    /// The folder is no repository.
    #[error("it is no repository")]
    NotFound,
    /// The repository keeps its refs in a reftable (git-config(1), "extensions.refStorage").
    #[error("its refs are in a reftable, which cannot be read")]
    Reftable,
    /// The format has a number that no known version of git writes (git-config(1),
    /// "core.repositoryFormatVersion").
    #[error("its format is of an unknown version")]
    UnknownVersion,
    /// The format has an extension that is not known here.
    #[error("its format has an extension that is not known")]
    UnknownExtension,
    /// The index is damaged, or in a form that is not known here.
    #[error(transparent)]
    Index(#[from] super::index_file::IndexFileError),
}

impl RepositoryError {
    /// The step that makes the repository readable, where one is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Reftable => Some("`git refs migrate --ref-format=files` puts them into files"),
            Self::UnsafeFile(why) => why.hint(),
            Self::Dangling(_) => Some("name the repository that this folder belongs to"),
            _ => None,
        }
    }

    /// The error with its hint, for the coverage report.
    pub fn reason(&self) -> String {
        match (self, self.hint()) {
            // The reason of a reference has the hint in it.
            (_, Some(hint)) => format!("{self}: {hint}"),
            (_, None) => self.to_string(),
        }
    }
}
