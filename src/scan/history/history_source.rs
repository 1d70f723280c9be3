//! The repository whose history is read, and the steps that a full read and a cached read share.

use std::path::{Path, PathBuf};

use super::coverage_gaps::CoverageGaps;
use crate::coverage::Coverage;
use crate::scan::scan_context::ScanContext;
use crate::scan::search::blob::{BlobKey, SyntaxSet};
use crate::scan::search::file_search::WorktreeMatches;
use crate::scan::search::located_match::BlobMatches;
use crate::scan::search::message_search::{MessageMatches, MessageSearch};
use crate::scan::search::object_search::{self, ObjectSearchResult};
use crate::source::git::commits::{self, Commits};
use crate::source::git::pack::{Forest, Limits};
use crate::source::git::tree_index::TreeIndex;
use crate::source::git::{Repo, Staged};
use crate::source::target::Unit;

/// A repository whose history is read, and the results of earlier stages that reading it needs.
#[derive(Clone, Copy)]
pub(super) struct HistorySource<'a> {
    /// The rules and options.
    pub scan: &'a ScanContext<'a>,
    /// The repository.
    pub unit: &'a Unit,
    /// The repository, opened.
    pub repo: &'a Repo,
    /// Its directory of objects.
    pub objects: &'a Path,
    /// The searched files of its working tree.
    pub files: &'a WorktreeMatches,
    /// The locations of the repositories within its working tree.
    pub nested: &'a [PathBuf],
}

impl HistorySource<'_> {
    /// The limits of every read of objects.
    pub fn limits(&self) -> Limits {
        Limits {
            memory: self.scan.options.memory,
            expansion: self.scan.options.max_expansion,
            ..Limits::default()
        }
    }

    /// Records unreadable objects, refs and indexes in `coverage`.
    pub fn gaps<'g>(&'g self, forest: &'g Forest, coverage: &'g mut Coverage) -> CoverageGaps<'g> {
        CoverageGaps {
            unit: self.unit,
            forest,
            is_partial: self.repo.is_partial(),
            coverage,
        }
    }

    /// Reads all commits and tags of the forest, and searches their messages and headers.
    pub fn commits(&self, gaps: &mut CoverageGaps) -> (Commits, MessageMatches) {
        /// Commits and tags may cost this part of what a repository is allowed. They are a small part of its bytes.
        const PART: u64 = 4;
        let search = MessageSearch::new(self.scan, &self.unit.name);
        let limits = self.limits();
        let (commits, workers) = commits::collect(
            gaps.forest,
            self.scan.options.workers,
            Limits {
                expansion: limits.expansion.div_ceil(PART),
                ..limits
            },
            &search,
            self.scan.progress,
        );
        for worker in workers {
            gaps.coverage.absorb(worker.coverage);
        }
        let matches = search.into_matches(gaps.coverage);
        gaps.commits(&commits, self.repo);
        (commits, matches)
    }

    /// Searches all blobs of the forest, as the syntaxes that trees and the index call them,
    /// and adds the matches of the working tree's files.
    pub fn search_objects(
        &self,
        trees: &TreeIndex,
        index: &[Staged],
        gaps: &mut CoverageGaps,
    ) -> ObjectSearchResult {
        let forest = gaps.forest;
        let mut syntaxes = trees.blob_classes(forest.nodes(), SyntaxSet::bit_of_name);
        for entry in index {
            if let Some(node) = forest.node(entry.id) {
                syntaxes[node.index()] |= SyntaxSet::bit_of_name(&entry.path);
            }
        }
        for &(variant, main) in forest.variants() {
            syntaxes[variant.index()] |= syntaxes[main.index()];
        }
        let mut result = object_search::search_objects(
            self.scan,
            &self.unit.name,
            forest,
            &syntaxes,
            self.files,
            gaps.coverage,
        );
        for file in &self.files.files {
            // A file that is not a blob of this repository is not part of its history.
            if let Some(object) = file.object.filter(|&object| forest.contains(object)) {
                let key = BlobKey::at_path(object, file.path.as_bytes());
                let mut matches = BlobMatches::located(file.matches.clone());
                // The content of an object that contradicts its id is not that of the file.
                if let Some(others) = result.matches.remove(&key) {
                    matches = matches.join(others);
                }
                result.matches.insert(key, matches);
            }
        }
        result
    }
}
