//! Drives the road from targets to findings: lists what there is, reads it on all cores, detects, attributes, and keeps the
//! coverage account.

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod history;
mod placement;
mod redaction;
mod search;
mod since_filter;
mod unit_listing;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cancel;
use crate::coverage::Coverage;
use crate::detect::engine::Engine;
use crate::finding::{Confidence, Finding};
use crate::inventory::inventory_key::InventoryKey;
use crate::machine;
use crate::progress::Progress;
use crate::source::target::{self, Shape, Unit};
use crate::source::worktree::Breadth;
use history::full_read;
use placement::path_versions;
use search::{blob_search, git_directory_search};
use unit_listing::Listed;

pub use history::cache_file::Caching;
pub use since_filter::Since;

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub worktree: bool,
    pub history: bool,
    pub breadth: Breadth,
    /// Read submodules, each as a repository of its own.
    pub submodules: bool,
    /// The folder of the inventory that is being written, as an absolute path: its files are not read.
    pub own: Option<PathBuf>,
    /// Files and blobs larger than this many bytes are skipped and counted.
    pub max_blob: u64,
    /// Search every blob whole, instead of only what differs from the blob that it is a delta of.
    pub whole_blobs: bool,
    /// Bytes of blobs that are held for the sake of those that are deltas of them.
    pub memory: u64,
    /// Leave out what older commits brought in.
    pub since: Option<Since>,
    /// Where to keep what was found in packs, so that the next scan need not read them. `None`: nowhere.
    pub cache: Option<Caching>,
    pub workers: usize,
    /// Less sure findings are dropped and counted.
    pub confidence: Confidence,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            worktree: true,
            history: true,
            breadth: Breadth::Usual,
            submodules: true,
            own: None,
            max_blob: 64 << 20,
            whole_blobs: false,
            memory: machine::memory() / 4,
            since: None,
            cache: None,
            workers: machine::cores(),
            confidence: Confidence::Medium,
        }
    }
}

/// Everything that one scan yields.
pub struct Scan {
    /// In order of name.
    pub units: Vec<UnitScan>,
    /// Settled.
    pub coverage: Coverage,
}

/// One repository or folder, and what was found in it.
pub struct UnitScan {
    pub unit: Unit,
    /// [`Unit::prefix`] as it is told.
    pub prefix: String,
    /// In order of path and place. Paths are relative to the unit.
    pub findings: Vec<Finding>,
}

impl Scan {
    /// All findings, with paths relative to the targets, in order of repository, path and place.
    pub fn into_findings(self) -> (Vec<Finding>, Coverage) {
        let mut findings = Vec::new();
        for scanned in self.units {
            for mut finding in scanned.findings {
                if !finding.occurrence.path.is_empty() {
                    finding.occurrence.path.insert_str(0, &scanned.prefix);
                }
                findings.push(finding);
            }
        }
        (findings, self.coverage)
    }
}

/// What every stage needs.
pub(crate) struct Run<'a> {
    pub engine: &'a Engine,
    pub key: &'a InventoryKey,
    pub options: &'a Options,
    pub progress: &'a dyn Progress,
}

/// Scans the units and the repositories within them. `known` gives the names that locations already have.
pub fn scan(
    units: Vec<Unit>,
    known: &BTreeMap<String, PathBuf>,
    engine: &Engine,
    key: &InventoryKey,
    options: &Options,
    progress: &dyn Progress,
) -> Scan {
    let mut coverage = Coverage::default();
    let mut listed = unit_listing::all(units, options, progress, &mut coverage);
    let run = Run {
        engine,
        key,
        options,
        progress,
    };
    redaction::units(&run, &mut listed);
    target::distinguish(listed.iter_mut().map(|listed| &mut listed.unit), known);
    let mut scanned: Vec<UnitScan> = Vec::new();
    for listed in listed {
        if cancel::interrupted() {
            break;
        }
        let findings = unit_findings(&run, &listed, &mut coverage);
        scanned.push(UnitScan {
            prefix: listed.unit.prefix.clone(),
            unit: listed.unit,
            findings,
        });
    }
    scanned.sort_by(|a, b| a.unit.cmp(&b.unit));
    coverage.interrupted |= cancel::interrupted();
    coverage.settle();
    redaction::values(&run, &mut scanned, &mut coverage);
    Scan {
        units: scanned,
        coverage,
    }
}

fn unit_findings(run: &Run, listed: &Listed, coverage: &mut Coverage) -> Vec<Finding> {
    let Listed { unit, listing, git } = listed;
    let is_repository = matches!(unit.shape, Shape::Worktree | Shape::Bare);
    let with_history = is_repository && run.options.history;
    let read_files = run.options.worktree || !is_repository;
    let files = if read_files {
        blob_search::files(
            run,
            unit,
            &listing.files,
            git.as_ref().map(|git| git.format),
            coverage,
        )
    } else {
        blob_search::Files::default()
    };
    coverage.folders += u64::from(unit.shape == Shape::Folder);
    coverage.repositories += u64::from(is_repository);
    let history = with_history
        .then(|| full_read::read(run, unit, &files, &listing.nested, coverage))
        .and_then(|read| {
            read.map_err(|why| coverage.unreadable(unit.name.clone(), format!("history: {why}")))
                .ok()
        });
    let mut findings = path_versions::findings(run, unit, &files, history.as_ref(), coverage);
    if let Some(history) = &history {
        since_filter::retain(&mut findings, history, unit, coverage);
    }
    if let Some(git) = git {
        findings.extend(git_directory_search::findings(
            run,
            unit,
            &git.contents.files,
            git.shown,
            coverage,
        ));
    }
    path_versions::sort(&mut findings);
    findings
}
