//! The targets of one run of `discover`, merged into the inventory one by one.
//!
//! The results so far are saved before the next target begins, so that nothing which ends the run
//! loses them. Neither the order of the targets nor the savings in between affect the result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::decision_sources::Sources;
use super::errors::CommandError;
use super::repository_notes::{self, NotedUnit};
use crate::coverage::Coverage;
use crate::decide;
use crate::finding::repository_identity::{KnownUnits, Sameness, UnitIdentity};
use crate::finding::{Finding, HistoryExtent};
use crate::inventory::merge::{self, Merged, ReadingChange, Scanned};
use crate::inventory::repository_entry::{self, ScannedUnit};
use crate::inventory::store::Store;
use crate::scan::{Options, TargetScan};
use crate::source::target::Shape;

/// The targets that were scanned so far.
pub struct DiscoverRun {
    worktree: bool,
    history: bool,
    /// The facts of `--set`; without a value: to be withdrawn.
    set: BTreeMap<String, Option<String>>,
    /// The units that the inventory knew before the run.
    known: KnownUnits,
    units: Vec<DoneUnit>,
    /// The number of units that are saved.
    saved: usize,
    targets: usize,
    merged: Merged,
    coverage: Coverage,
}

/// A repository, folder or file that was scanned.
struct DoneUnit {
    name: String,
    location: PathBuf,
    is_plain: bool,
    identity: UnitIdentity,
    /// How much of the history the clone has.
    extent: HistoryExtent,
}

/// The result of a run.
pub struct FinishedRun {
    /// The number of secrets that were not in the inventory before.
    pub new: usize,
    /// The number of secrets that were removed.
    pub gone: usize,
    /// The places at which another value is read than by an earlier version.
    pub reading_changes: Vec<ReadingChange>,
    /// The names of folders and files that are no repositories.
    pub plain: BTreeSet<String>,
    /// The coverage report of all targets.
    pub coverage: Coverage,
    /// Notes on repositories that were moved, replaced or not recognised.
    pub notes: Vec<String>,
}

impl DiscoverRun {
    /// A run that adds to an inventory with these units.
    pub fn new(
        known: KnownUnits,
        options: &Options,
        set: BTreeMap<String, Option<String>>,
    ) -> Self {
        Self {
            set,
            known,
            worktree: options.worktree,
            history: options.history,
            units: Vec::new(),
            saved: 0,
            targets: 0,
            merged: Merged::default(),
            coverage: Coverage::default(),
        }
    }

    /// The number of targets that were added.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// Merges a target into the inventory. Its secrets are not decided yet.
    pub fn add(&mut self, store: &mut Store, target: TargetScan) {
        let incomplete = !target.coverage.complete();
        let first = self.units.len();
        let mut findings: Vec<Vec<Finding>> = Vec::with_capacity(target.units.len());
        for scanned in target.units {
            findings.push(scanned.findings);
            self.units.push(DoneUnit {
                name: scanned.unit.name,
                location: scanned.unit.location,
                identity: scanned.identity,
                extent: scanned.extent,
                is_plain: matches!(scanned.unit.shape, Shape::Folder | Shape::File),
            });
        }
        let units = &self.units[first..];
        record(store, units);
        let scans: Vec<Scanned> = units
            .iter()
            .zip(&findings)
            .map(|(unit, findings)| Scanned {
                repository: &unit.name,
                findings,
                worktree: self.worktree,
                history: self.history,
                extent: unit.extent,
                incomplete,
                is_same: matches!(
                    unit.identity.sameness,
                    Sameness::Proved | Sameness::Confirmed
                ),
            })
            .collect();
        self.merged.absorb(merge::add(&mut store.secrets, &scans));
        let names = units.iter().map(|unit| unit.name.as_str()).collect();
        let entries = &mut store.identity.repositories;
        repository_entry::set_facts(entries, &mut store.secrets, &names, &self.set);
        self.targets += 1;
        self.coverage.absorb(target.coverage);
    }

    /// Saves the new entries, so that nothing which ends the run loses them. Secrets are not decided yet.
    ///
    /// # Errors
    ///
    /// The inventory cannot be written.
    pub fn save_so_far(
        &mut self,
        store: &mut Store,
        sources: &Sources,
    ) -> Result<(), CommandError> {
        let units = &self.units[self.saved..];
        let changed = std::mem::take(&mut self.merged.changed);
        let is_renamed = units
            .iter()
            .any(|unit| unit.identity.earlier_name.is_some());
        if is_renamed || !self.set.is_empty() {
            // Entries of other targets have changed, too.
            save_undecided(store, sources)?;
        } else {
            let names: BTreeSet<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
            store.save_new(&changed, |place| names.contains(place.repository.as_str()))?;
        }
        self.saved = self.units.len();
        Ok(())
    }

    /// Ends the run: removes the secrets that are gone.
    pub fn finish(self, store: &mut Store) -> FinishedRun {
        let gone = merge::remove_gone(&mut store.secrets);
        let plain = self.units.iter().filter(|unit| unit.is_plain);
        let noted = self.units.iter().map(|unit| NotedUnit {
            name: &unit.name,
            location: &unit.location,
            identity: &unit.identity,
        });
        let noted: Vec<NotedUnit> = noted.collect();
        FinishedRun {
            notes: repository_notes::notes(&noted, &self.known, &self.merged.kept, &store.secrets),
            new: self.merged.new,
            reading_changes: self.merged.reading_changes,
            gone,
            plain: plain.map(|unit| unit.name.clone()).collect(),
            coverage: self.coverage,
        }
    }
}

/// Saves all secrets before they are decided: from the facts that are known so far, each is assigned to the
/// file of its application.
///
/// # Errors
///
/// The inventory cannot be written.
pub fn save_undecided(store: &mut Store, sources: &Sources) -> Result<(), CommandError> {
    let inputs = sources.inputs_without_codeowners(store);
    store.save(|secret| decide::applications(secret, &inputs))?;
    Ok(())
}

/// Records units, and moves the occurrences of those that got another name.
fn record(store: &mut Store, units: &[DoneUnit]) {
    let scanned = || {
        units.iter().map(|unit| ScannedUnit {
            name: &unit.name,
            location: &unit.location,
            identity: &unit.identity,
        })
    };
    repository_entry::rename(&mut store.secrets, scanned());
    repository_entry::record(&mut store.identity.repositories, scanned(), &store.key);
}
