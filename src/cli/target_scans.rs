//! Scans the targets that the user named, one after the other, each in a process of its own.

use super::errors::CommandError;
use super::options::NamedTargets;
use crate::cancel;
use crate::coverage::Coverage;
use crate::finding::repository_identity::KnownUnits;
use crate::scan::{TargetNeighbours, TargetScan};
use crate::worker::supervisor::Workers;

/// Scans all targets in order of location. `known` are the units of the inventory.
/// `done` gets each result before the next target is begun. Returns a report of what was not begun.
///
/// # Errors
///
/// Errors of `done`.
pub fn scan_targets(
    targets: NamedTargets,
    known: KnownUnits,
    workers: &Workers,
    mut done: impl FnMut(TargetScan) -> Result<(), CommandError>,
) -> Result<Coverage, CommandError> {
    let mut around = TargetNeighbours {
        separate: targets.places.keys().cloned().collect(),
        known,
    };
    for place in targets.places.values() {
        if cancel::interrupted() {
            break;
        }
        let scanned = workers.scan(place, &around);
        around.add(&scanned);
        done(scanned)?;
    }
    let mut coverage = targets.unreadable;
    coverage.interrupted |= cancel::interrupted();
    Ok(coverage)
}
