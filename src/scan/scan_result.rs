//! The result of a scan.

use std::collections::BTreeMap;

use super::target_scan::TargetScan;
use super::unit_scan::UnitScan;
use crate::coverage::Coverage;
use crate::finding::Finding;

/// All findings of one scan, and its coverage report.
#[derive(Default)]
pub struct Scan {
    /// In order of name.
    pub units: Vec<UnitScan>,
    /// Sorted, and without values in the names of places.
    pub coverage: Coverage,
    /// The name of each repository within a target, with the name of that target.
    pub nested: BTreeMap<String, String>,
}

impl Scan {
    /// Adds a target that was scanned.
    pub fn add(&mut self, target: TargetScan) {
        let nested = target.units.iter().filter(|unit| !unit.prefix.is_empty());
        if let Some(name) = &target.name {
            self.nested
                .extend(nested.map(|unit| (unit.unit.name.clone(), name.clone())));
        }
        self.units.extend(target.units);
        self.coverage.absorb(target.coverage);
    }

    /// Ends the scan, when all targets have been added.
    pub fn close(&mut self) {
        self.units.sort_by(|a, b| a.unit.cmp(&b.unit));
        self.coverage.sort();
    }

    /// All findings, with paths relative to the targets, in order of repository, path and position.
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
