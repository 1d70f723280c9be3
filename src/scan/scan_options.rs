//! The options of a scan.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::since::Since;
use crate::finding::Confidence;
use crate::machine;
use crate::path_bytes;
use crate::source::git::Boundary;
use crate::source::git::pack::Limits;
use crate::source::worktree::Breadth;

/// Selects the sources that a scan reads, its limits, and the findings that it reports.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Options {
    /// Read the files of working trees.
    pub worktree: bool,
    /// Read the histories of repositories: their objects, names and git directories.
    pub history: bool,
    /// The files of a working tree that are read.
    pub breadth: Breadth,
    /// Read submodules, each as a repository of its own.
    pub submodules: bool,
    /// Read repositories that git tracks as files of another repository.
    pub embedded: bool,
    /// The places that reading a repository may lead to, besides the units that are scanned: the
    /// other targets.
    pub boundary: Boundary,
    /// The canonical paths of the files that the program wrote into the inventory in use. They are not
    /// read.
    #[serde(with = "path_bytes::set")]
    pub own: BTreeSet<PathBuf>,
    /// The largest size, in bytes, of a file or blob that is read. Larger ones are skipped and
    /// counted.
    pub max_blob: u64,
    /// Search every blob as a whole, instead of only the lines that its delta base lacks.
    pub whole_blobs: bool,
    /// Hash every object of a repository, and compare the hash with its id.
    pub verify_objects: bool,
    /// The budget, in bytes, for bases of deltas and large texts of all threads.
    pub memory: u64,
    /// The bytes that a repository may be searched for each byte that it stores, see
    /// [`crate::source::git::pack::Limits::expansion`].
    pub max_expansion: u64,
    /// Leave out findings that older commits introduced.
    pub since: Option<Since>,
    /// The place of caches, with which the next scan need not read packs again. `None`: no caches.
    pub cache: Option<Caching>,
    /// The number of threads.
    pub workers: usize,
    /// The lowest confidence of a finding that is reported. Matches below it are dropped and
    /// counted.
    pub confidence: Confidence,
    /// Give each finding the line around its value ([`crate::finding::Excerpt`]).
    pub excerpts: bool,
}

impl Options {
    /// The same options, with a boundary around a target and the targets beside it.
    pub fn around(&self, separate: &BTreeSet<PathBuf>, target: &Path) -> Self {
        let places = separate.iter().map(PathBuf::as_path).chain([target]);
        Self {
            boundary: self.boundary.clone().and(places),
            ..self.clone()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            worktree: true,
            history: true,
            breadth: Breadth::Usual,
            submodules: true,
            embedded: false,
            boundary: Boundary::default(),
            own: BTreeSet::new(),
            max_blob: 64 << 20,
            whole_blobs: false,
            verify_objects: false,
            memory: machine::memory() / 4,
            max_expansion: Limits::EXPANSION,
            since: None,
            cache: None,
            workers: machine::cores(),
            confidence: Confidence::Medium,
            excerpts: false,
        }
    }
}

/// The place of caches, and the version of the rules that make them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caching {
    /// The folder of the caches of all repositories.
    #[serde(with = "path_bytes")]
    pub folder: PathBuf,
    /// A hash of the program and all rules: a cache that others made is not used.
    pub basis: [u8; 32],
}
