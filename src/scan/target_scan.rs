//! The result of scanning one target, which arrives in parts: what has arrived is kept, whatever
//! happens afterwards to the process that scans.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::redaction;
use super::unit_scan::UnitScan;
use crate::coverage::Coverage;

/// What the scan of one target must know of the other targets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetNeighbours {
    /// The locations of all targets. A repository at one of them is a target of its own, not a part
    /// of the target around it.
    pub separate: BTreeSet<PathBuf>,
    /// The names that are taken, with their locations: those of the inventory, and those of the
    /// targets that were scanned before.
    pub known: BTreeMap<String, PathBuf>,
}

impl TargetNeighbours {
    /// Adds the names of a target that was scanned.
    pub fn add(&mut self, target: &TargetScan) {
        for scanned in &target.units {
            let (name, location) = (&scanned.unit.name, &scanned.unit.location);
            self.known.insert(name.clone(), location.clone());
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
    pub fn close(&mut self) {
        self.coverage.sort();
        redaction::redact_values(&mut self.units, &mut self.coverage);
    }
}
