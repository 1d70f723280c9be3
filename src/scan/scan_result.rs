//! The result of a scan.

use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::source::target::Unit;

/// All findings of one scan, and its coverage report.
pub struct Scan {
    /// In order of name.
    pub units: Vec<UnitScan>,
    /// Sorted, and without values in the names of places.
    pub coverage: Coverage,
}

/// The findings of one repository or folder.
pub struct UnitScan {
    /// The repository or folder.
    pub unit: Unit,
    /// [`Unit::prefix`] without values in it: reports show it before paths.
    pub prefix: String,
    /// In order of path and position. Paths are relative to the unit.
    pub findings: Vec<Finding>,
}

impl Scan {
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
