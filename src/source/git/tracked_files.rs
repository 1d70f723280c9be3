//! The files that a repository tracks.

use std::collections::BTreeSet;
use std::path::Path;

use super::boundary::Boundary;
use super::repository::Repo;
use super::repository_error::RepositoryError;

/// The paths of all files in the index of the repository at this folder. Bytes that are not UTF-8 are
/// replaced.
///
/// # Errors If the repository cannot be opened, or its index cannot be read.
pub fn tracked_files(location: &Path) -> Result<BTreeSet<String>, RepositoryError> {
    Repo::open(location, &Boundary::default())?.tracked_paths()
}
