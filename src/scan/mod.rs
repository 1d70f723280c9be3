//! Drives the road from targets to findings: lists what there is, reads it on all cores, detects, attributes, and keeps the
//! coverage account.

mod blobs;
mod gather;
mod history;
mod inherit;
#[cfg(test)]
mod roads_tests;
mod texts;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::coverage::Coverage;
use crate::detect::engine::Engine;
use crate::finding::{Confidence, Finding};
use crate::inventory::keyring::InventoryKey;
use crate::parallel::{self, Progress};
use crate::source::git::Repo;
use crate::source::target::{self, Shape, Unit};
use crate::source::worktree::{self, Breadth, Listing};

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub worktree: bool,
    pub history: bool,
    pub breadth: Breadth,
    /// The folder of the inventory that is being written, as an absolute path: its files are not read.
    pub own: Option<PathBuf>,
    /// Files and blobs larger than this many bytes are skipped and counted.
    pub max_blob: u64,
    /// Search every blob whole, instead of only what differs from the blob that it is a delta of.
    pub whole_blobs: bool,
    /// Bytes of blobs that are held for the sake of those that are deltas of them.
    pub memory: u64,
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
            own: None,
            max_blob: 64 << 20,
            whole_blobs: false,
            memory: parallel::memory() / 4,
            workers: parallel::cores(),
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
                    finding.occurrence.path.insert_str(0, &scanned.unit.prefix);
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
    let (mut units, mut listings): (Vec<Unit>, Vec<Listing>) =
        list_all(units, options, progress, &mut coverage).into_iter().unzip();
    target::distinguish(&mut units, known);
    let run = Run { engine, key, options, progress };
    let mut scanned: Vec<UnitScan> = Vec::new();
    for (unit, listing) in units.into_iter().zip(listings.drain(..)) {
        if parallel::interrupted() {
            break;
        }
        let findings = unit_findings(&run, &unit, &listing, &mut coverage);
        scanned.push(UnitScan { unit, findings });
    }
    scanned.sort_by(|a, b| a.unit.cmp(&b.unit));
    coverage.interrupted |= parallel::interrupted();
    coverage.settle();
    Scan { units: scanned, coverage }
}

/// Lists the files of every unit, and adds the repositories that lie within.
fn list_all(
    units: Vec<Unit>,
    options: &Options,
    progress: &dyn Progress,
    coverage: &mut Coverage,
) -> Vec<(Unit, Listing)> {
    progress.stage("listing files", 0);
    let mut queue: std::collections::VecDeque<Unit> = units.into();
    let mut listed: Vec<(Unit, Listing)> = Vec::new();
    while let Some(unit) = queue.pop_front() {
        if listed.iter().any(|(other, _)| other.location == unit.location) || parallel::interrupted() {
            continue;
        }
        let mut listing = Listing::default();
        match unit.shape {
            // A history without a working tree still says which repositories lie within: none that we could read.
            Shape::Bare => {}
            Shape::File => {
                let size = std::fs::metadata(&unit.location).map_or(0, |meta| meta.len());
                let path =
                    unit.location.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                listing.files.push(worktree::File { path, location: unit.location.clone(), size });
            }
            Shape::Worktree | Shape::Folder => {
                let repo = (unit.shape == Shape::Worktree).then(|| Repo::open(&unit.location).ok()).flatten();
                listing = worktree::list(&unit, repo.as_ref(), options.breadth, options.own.as_deref(), coverage);
            }
        }
        for nested in &listing.nested {
            let below = nested.strip_prefix(&unit.location).unwrap_or(nested);
            let prefix = format!("{}{}/", unit.prefix, below.to_string_lossy());
            match target::repository(nested) {
                Ok(Some(inner)) => queue.push_back(Unit { prefix, ..inner }),
                Ok(None) => {}
                Err(error) => coverage.unreadable(prefix, error.to_string()),
            }
        }
        listed.push((unit, listing));
    }
    listed
}

fn unit_findings(run: &Run, unit: &Unit, listing: &Listing, coverage: &mut Coverage) -> Vec<Finding> {
    let is_repository = matches!(unit.shape, Shape::Worktree | Shape::Bare);
    let with_history = is_repository && run.options.history;
    let read_files = run.options.worktree || !is_repository;
    let files = if read_files {
        texts::files(run, unit, &listing.files, with_history, coverage)
    } else {
        texts::Files::default()
    };
    if !is_repository {
        coverage.folders += u64::from(unit.shape == Shape::Folder);
        return gather::findings(run, unit, &files, None);
    }
    coverage.repositories += 1;
    if !with_history {
        return gather::findings(run, unit, &files, None);
    }
    match history::read(run, unit, &files, &listing.nested, coverage) {
        Ok(history) => gather::findings(run, unit, &files, Some(&history)),
        Err(why) => {
            coverage.unreadable(unit.name.clone(), format!("history: {why}"));
            gather::findings(run, unit, &files, None)
        }
    }
}
