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
/// tree, and `nested` the locations of the repositories within it.
///
/// # Errors
/// Nothing of the history can be read, for the reason that the error gives.
pub(crate) fn read(
    scan: &ScanContext,
    unit: &Unit,
    files: &WorktreeMatches,
    nested: &[PathBuf],
    coverage: &mut Coverage,
) -> Result<HistoryMatches, HistoryError> {
    let repo = Repo::open(&unit.location, &scan.options.boundary)?;
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
    Ok(HistoryMatches {
        head: repo.head(),
        ..HistoryMatches::of(parts)
    })
}
