//! The targets of one run of `discover`, merged into the inventory one by one.
//!
//! The results so far are saved before the next target begins, so that nothing which ends the run
//! loses them. Neither the order of the targets nor the savings in between affect the result.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::decision_sources::Sources;
use super::errors::CommandError;
use super::repository_notes::{self, NotedUnit};
use crate::coverage::Coverage;
use crate::decide;
use crate::finding::repository_identity::{KnownUnits, Sameness, UnitIdentity};
use crate::inventory::merge::{self, Merged, ReadingChange, Scanned};
use crate::inventory::repository_entry::{self, ScannedUnit, SetFacts};
use crate::inventory::store::Store;
use crate::scan::{Options, TargetScan};
use crate::source::target::Shape;

/// The targets that were scanned so far.
pub struct DiscoverRun {
    worktree: bool,
    history: bool,
    /// The facts of `--set` and `--force-set`.
    set: SetFacts,
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
}

/// The part of a target that a scan read.
#[derive(Clone, Copy, Debug)]
pub struct ScanExtent {
    /// The working trees were read.
    pub worktree: bool,
    /// The history was read.
    pub history: bool,
    /// A value that is still there may be missing in the findings.
    pub incomplete: bool,
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
    pub fn new(known: KnownUnits, options: &Options, set: SetFacts) -> Self {
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
        let extent = ScanExtent {
            worktree: self.worktree,
            history: self.history,
            incomplete,
        };
        self.merged.absorb(merge_target(store, &target, extent));
        let units = target.units.iter();
        let names = units.map(|scanned| scanned.unit.name.as_str()).collect();
        let entries = &mut store.identity.repositories;
        repository_entry::set_facts(entries, &mut store.secrets, &names, &self.set);
        self.units
            .extend(target.units.into_iter().map(|scanned| DoneUnit {
                name: scanned.unit.name,
                location: scanned.unit.location,
                identity: scanned.identity,
                is_plain: matches!(scanned.unit.shape, Shape::Folder | Shape::File),
            }));
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
        if is_renamed || !self.set.values.is_empty() {
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

/// Merges the findings of a target into the entries of a store, and records its repositories.
pub fn merge_target(store: &mut Store, target: &TargetScan, extent: ScanExtent) -> Merged {
    let recorded = || {
        target.units.iter().map(|scanned| ScannedUnit {
            name: &scanned.unit.name,
            location: &scanned.unit.location,
            identity: &scanned.identity,
        })
    };
    repository_entry::rename(&mut store.secrets, recorded());
    repository_entry::record(&mut store.identity.repositories, recorded(), &store.key);
    let scans = target.units.iter().map(|scanned| Scanned {
        repository: &scanned.unit.name,
        findings: &scanned.findings,
        worktree: extent.worktree,
        history: extent.history,
        extent: scanned.extent,
        incomplete: extent.incomplete,
        is_same: matches!(
            scanned.identity.sameness,
            Sameness::Proved | Sameness::Confirmed
        ),
    });
    merge::add(&mut store.secrets, &scans.collect::<Vec<_>>())
}
