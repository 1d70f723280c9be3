//! The result of scanning one target, which arrives in parts: what has arrived is kept, whatever
//! happens afterwards to the process that scans.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::redaction;
use super::unit_scan::UnitScan;
use crate::coverage::Coverage;
use crate::finding::repository_identity::{KnownUnit, KnownUnits, Sameness};

/// What the scan of one target must know of the other targets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetNeighbours {
    /// The locations of all targets. A repository at one of them is a target of its own, not a part
    /// of the target around it.
    pub separate: BTreeSet<PathBuf>,
    /// The units that have a name: those of the inventory, and those of the targets that were
    /// scanned before.
    pub known: KnownUnits,
}

impl TargetNeighbours {
    /// Adds the names of a target that was scanned.
    pub fn add(&mut self, target: &TargetScan) {
        for scanned in &target.units {
            let identity = &scanned.identity;
            let known = KnownUnit {
                location: scanned.unit.location.clone(),
                is_replaced: false,
                kind: Some(identity.kind),
                claim: identity.claim.clone(),
                within: identity.within.clone(),
                commits: identity.commits.clone(),
            };
            self.known.by_name.insert(scanned.unit.name.clone(), known);
        }
    }
}

/// A part of the result of one target.
pub enum TargetPart {
    /// The name of the target.
    Name(String),
    /// A repository or folder that was searched.
    Unit(UnitScan),
    /// What was read, and what was not, since the last report.
    Coverage(Coverage),
}

/// The result of one target.
#[derive(Default)]
pub struct TargetScan {
    /// The name of the target, if it is known.
    pub name: Option<String>,
    /// The target and the repositories within it.
    pub units: Vec<UnitScan>,
    /// The coverage report of the target.
    pub coverage: Coverage,
}

impl TargetScan {
    /// Adds a part.
    pub fn add(&mut self, part: TargetPart) {
        match part {
            TargetPart::Name(name) => self.name = Some(name),
            TargetPart::Unit(unit) => self.units.push(unit),
            TargetPart::Coverage(coverage) => self.coverage.absorb(coverage),
        }
    }

    /// Ends the target, when all parts have arrived. Values of the target are removed from the names
    /// of its places; those of other targets never are, so that no target changes another one's
    /// result.
    pub fn close(&mut self, around: &TargetNeighbours) {
        self.coverage.sort();
        let names: Vec<String> = self
            .units
            .iter()
            .map(|unit| unit.unit.name.clone())
            .collect();
        redaction::redact_values(&mut self.units, &mut self.coverage);
        self.distinguish_redacted(&names, around);
    }

    /// Gives units whose names had values in them names of their own again. `names` are those before
    /// the redaction.
    fn distinguish_redacted(&mut self, names: &[String], around: &TargetNeighbours) {
        let mut taken: BTreeSet<String> = self
            .units
            .iter()
            .zip(names)
            .filter(|(unit, name)| unit.unit.name == **name)
            .map(|(unit, _)| unit.unit.name.clone())
            .collect();
        for (unit, name) in self.units.iter_mut().zip(names) {
            if unit.unit.name == *name {
                continue;
            }
            let redacted = unit.unit.name.clone();
            let candidates = (2..).map(|number| format!("{redacted}~{number}"));
            let candidates = std::iter::once(redacted.clone()).chain(candidates);
            for candidate in candidates.filter(|candidate| !taken.contains(candidate)) {
                let identity = &mut unit.identity;
                match around.known.by_name.get(&candidate) {
                    None => identity.sameness = Sameness::New,
                    Some(known) if known.location == unit.unit.location => {
                        let seen = |commit| known.commits.contains(commit);
                        let is_same = match known.commits.is_empty() {
                            true => known.kind == Some(identity.kind),
                            false => identity.commits.iter().any(seen),
                        };
                        identity.sameness = match is_same {
                            true => Sameness::Proved,
                            false => Sameness::Unproved,
                        };
                    }
                    Some(_) => continue,
                }
                unit.unit.name = candidate;
                break;
            }
            for finding in &mut unit.findings {
                finding.occurrence.repository.clone_from(&unit.unit.name);
            }
            taken.insert(unit.unit.name.clone());
            if self.name.as_ref() == Some(name) {
                self.name = Some(unit.unit.name.clone());
            }
        }
        for unit in &mut self.units {
            if unit.identity.within.is_some() {
                unit.identity.within.clone_from(&self.name);
            }
        }
    }
}
