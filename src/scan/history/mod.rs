//! Reads a repository's history: from its packs, or with the cache of an earlier scan.
//!
//! [`read`] is the one place that chooses between the two. Both fill
//! [`history_parts::HistoryParts`].

pub(crate) mod cache_file;
mod cache_recording;
mod cached_read;
mod coverage_gaps;
mod full_read;
mod history_error;
pub(crate) mod history_matches;
mod history_parts;
mod history_source;
pub(crate) mod unit_head;

use std::path::PathBuf;

use super::scan_context::ScanContext;
use super::search::file_search::WorktreeMatches;
use crate::coverage::Coverage;
use crate::source::git::Repo;
use crate::source::target::Unit;
use history_error::HistoryError;
use history_matches::HistoryMatches;
use history_source::HistorySource;

/// Reads and searches the history of a repository. `files` are the searched files of its working
/// tree, and `nested` the locations of the repositories within it. `others` are the other working trees
/// that have their history from this one.
///
/// # Errors
/// Nothing of the history can be read, for the reason that the error gives.
pub(crate) fn read(
    scan: &ScanContext,
    unit: &Unit,
    files: &WorktreeMatches,
    nested: &[PathBuf],
    others: &[&Unit],
    coverage: &mut Coverage,
) -> Result<HistoryMatches, HistoryError> {
    let boundary = &scan.options.boundary;
    let mut repo = Repo::open(&unit.location, boundary)?;
    for other in others {
        if let Ok(other_repo) = Repo::open(&other.location, boundary) {
            repo.add_working_tree(&other_repo, &format!("{}.git", other.prefix));
        }
    }
    scan.progress.stage("listing objects", 0);
    let objects = repo.objects()?;
    let source = HistorySource {
        scan,
        unit,
        repo: &repo,
        objects: &objects,
        files,
        nested,
    };
    let parts = match cached_read::read(&source, coverage) {
        Some(parts) => parts,
        None => full_read::read(&source, coverage)?,
    };
    Ok(HistoryMatches::of(parts, repo))
}
