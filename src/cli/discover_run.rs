//! The targets of one run of `discover`, merged into the inventory one by one.
//!
//! The results so far are saved before the next target begins, so that nothing which ends the run
//! loses them. At the end, all results are merged at once into the inventory as it was before the
//! run: neither the order of the targets nor the savings in between affect the result.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::decision_sources::Sources;
use super::errors::CommandError;
use super::repository_notes::{self, NotedUnit};
use crate::coverage::Coverage;
use crate::decide;
use crate::finding::Finding;
use crate::finding::repository_identity::{KnownUnits, Sameness, UnitIdentity};
use crate::inventory::entry::Secret;
use crate::inventory::merge::{self, Merged, Scanned};
use crate::inventory::repository_entry::{self, ScannedUnit};
use crate::inventory::store::Store;
use crate::scan::{Options, TargetScan};
use crate::secret::{SecretId, SecretValue};
use crate::source::target::Shape;

/// The targets that were scanned so far.
pub struct DiscoverRun {
    worktree: bool,
    history: bool,
    /// The facts of `--set`; without a value: to be withdrawn.
    set: BTreeMap<String, Option<String>>,
    /// The units that the inventory knew before the run.
    known: KnownUnits,
    /// The secrets before the run.
    before: BTreeMap<SecretId, Secret>,
    units: Vec<DoneUnit>,
    /// The number of units that are saved.
    saved: usize,
    targets: usize,
    coverage: Coverage,
}

/// A repository, folder or file that was scanned.
struct DoneUnit {
    name: String,
    location: PathBuf,
    is_plain: bool,
    identity: UnitIdentity,
    /// Without values.
    findings: Vec<Finding>,
    /// Something in its target could not be read.
    incomplete: bool,
}

/// The result of a run.
pub struct FinishedRun {
    /// The numbers of new and gone secrets.
    pub merged: Merged,
    /// The names of folders and files that are no repositories.
    pub plain: BTreeSet<String>,
    /// The coverage report of all targets.
    pub coverage: Coverage,
    /// What a person should know about repositories that were moved, replaced or not recognised.
    pub notes: Vec<String>,
}

impl DiscoverRun {
    /// A run that adds to this inventory.
    pub fn new(
        store: &Store,
        known: KnownUnits,
        options: &Options,
        set: BTreeMap<String, Option<String>>,
    ) -> Self {
        Self {
            set,
            known,
            worktree: options.worktree,
            history: options.history,
            before: store.secrets.clone(),
            units: Vec::new(),
            saved: 0,
            targets: 0,
            coverage: Coverage::default(),
        }
    }

    /// The number of targets that were added.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// Adds a target.
    pub fn add(&mut self, target: TargetScan) {
        let incomplete = !target.coverage.complete();
        let nothing = SecretValue::new(Vec::new());
        for mut scanned in target.units {
            for finding in &mut scanned.findings {
                finding.value = nothing.clone();
            }
            self.units.push(DoneUnit {
                name: scanned.unit.name,
                location: scanned.unit.location,
                identity: scanned.identity,
                is_plain: matches!(scanned.unit.shape, Shape::Folder | Shape::File),
                findings: scanned.findings,
                incomplete,
            });
        }
        self.targets += 1;
        self.coverage.absorb(target.coverage);
    }

    /// Saves the targets so far. Their secrets are not decided yet.
    ///
    /// # Errors
    ///
    /// The inventory cannot be written.
    pub fn save_so_far(
        &mut self,
        store: &mut Store,
        sources: &Sources,
    ) -> Result<(), CommandError> {
        let new = &self.units[self.saved..];
        record(store, new);
        merge::add(&mut store.secrets, &self.scans(new));
        self.set_facts(store, new);
        self.saved = self.units.len();
        let inputs = sources.inputs_without_codeowners(store);
        store.save(|secret| decide::applications(secret, &inputs))?;
        Ok(())
    }

    /// Merges all targets.
    pub fn finish(mut self, store: &mut Store) -> FinishedRun {
        store.secrets = std::mem::take(&mut self.before);
        record(store, &self.units);
        let scans = self.scans(&self.units);
        let merged = merge::merge(&mut store.secrets, &scans);
        self.set_facts(store, &self.units);
        let plain = self.units.iter().filter(|unit| unit.is_plain);
        let noted = self.units.iter().map(|unit| NotedUnit {
            name: &unit.name,
            location: &unit.location,
            identity: &unit.identity,
        });
        let noted: Vec<NotedUnit> = noted.collect();
        FinishedRun {
            notes: repository_notes::notes(&noted, &self.known, &merged.kept, &store.secrets),
            merged,
            plain: plain.map(|unit| unit.name.clone()).collect(),
            coverage: self.coverage,
        }
    }

    fn set_facts(&self, store: &mut Store, units: &[DoneUnit]) {
        let names = units.iter().map(|unit| unit.name.as_str()).collect();
        let entries = &mut store.identity.repositories;
        repository_entry::set_facts(entries, &mut store.secrets, &names, &self.set);
    }

    fn scans<'a>(&self, units: &'a [DoneUnit]) -> Vec<Scanned<'a>> {
        let scan = |unit: &'a DoneUnit| Scanned {
            repository: &unit.name,
            findings: &unit.findings,
            worktree: self.worktree,
            history: self.history,
            incomplete: unit.incomplete,
            is_same: matches!(
                unit.identity.sameness,
                Sameness::Proved | Sameness::Confirmed
            ),
        };
        units.iter().map(scan).collect()
    }
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
