//! Scans the targets that the user named, one after the other, each in a process of its own.

use std::time::{Duration, Instant};

use super::errors::CommandError;
use super::messages;
use super::options::NamedTargets;
use crate::cancel;
use crate::coverage::Coverage;
use crate::finding::repository_identity::KnownUnits;
use crate::report::number::count;
use crate::scan::{TargetNeighbours, TargetScan};
use crate::source::target::Place;
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
        let begun = Instant::now();
        let scanned = workers.scan(place, &around);
        messages::detail(|| in_words(place, &scanned, begun.elapsed()));
        around.add(&scanned);
        done(scanned)?;
    }
    let mut coverage = targets.unreadable;
    coverage.interrupted |= cancel::interrupted();
    Ok(coverage)
}

/// The result of a target's scan and its duration, in words.
fn in_words(place: &Place, scanned: &TargetScan, took: Duration) -> String {
    let findings = scanned.units.iter().map(|unit| unit.findings.len() as u64);
    format!(
        "{}: {} in {}, after {:.1} s",
        place.location.display(),
        count(findings.sum(), "finding", "findings"),
        count(
            scanned.units.len() as u64,
            "repository or folder",
            "repositories and folders"
        ),
        took.as_secs_f64()
    )
}
