//! Scans targets: lists their files, searches all sources of text on all cores, finds the commits
//! that introduced each match, makes findings, and writes the coverage report.
//!
//! Targets are scanned one after the other, and none changes the result of another one
//! (`target_scan`). The stages of one target, in order, each with the place of its code:
//!
//! 1. `unit_listing` lists the files of each unit and the repositories within it. `unit_group` scans a
//!    repository together with its further working trees.
//! 2. `search` finds the matches of blobs: files, objects, messages, headers and names. One
//!    function, `search::blob_search::resolve`, searches them all and does the coverage
//!    accounting.
//! 3. `history` reads a repository's objects, from its packs or with the cache of an earlier
//!    scan, and attributes blobs with matches to commits.
//! 4. `placement` selects the places at which matches are reported. Its result is
//!    `placement::placed_matches::PlacedMatches`.
//! 5. `finding_assembly` makes findings of placed matches. Nothing else makes findings.
//! 6. `since_filter` drops findings of older commits; `redaction` removes values from the names of
//!    places.

mod finding_assembly;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod history;
pub mod place_line;
mod placement;
mod redaction;
mod row_limit;
mod scan_context;
mod scan_options;
mod scan_result;
mod search;
mod since;
mod since_filter;
mod target_scan;
mod unit_group;
mod unit_listing;
mod unit_recognition;
mod unit_scan;
mod value_index;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cancel;
use crate::coverage::{Coverage, Limit};
use crate::detect::engine::Engine;
use crate::finding::repository_identity::KnownUnits;
use crate::inventory::inventory_key::InventoryKey;
use crate::memory_budget::MemoryBudget;
use crate::progress::Progress;
use crate::source::git::pack::SizeSupplement;
use crate::source::target::Unit;
use row_limit::RowSupplement;
use scan_context::ScanContext;

pub use scan_options::{Caching, Options};
pub use scan_result::Scan;
pub use since::{Since, SinceParseError};
pub use target_scan::{TargetNeighbours, TargetPart, TargetScan};
pub use unit_scan::UnitScan;

/// Scans targets in this process, one after the other in order of location. `known` are the units
/// of the inventory: they keep their names.
///
/// The commands scan each target in a process of its own (`worker`), with the same result.
pub fn scan(
    units: Vec<Unit>,
    known: &KnownUnits,
    engine: &Engine,
    key: &InventoryKey,
    options: &Options,
    progress: &dyn Progress,
) -> Scan {
    let units: BTreeMap<PathBuf, Unit> = units
        .into_iter()
        .map(|unit| (unit.location.clone(), unit))
        .collect();
    let separate: BTreeSet<PathBuf> = units.keys().cloned().collect();
    let mut around = TargetNeighbours {
        separate,
        known: known.clone(),
    };
    let mut scanned = Scan::default();
    for (_, unit) in units {
        let mut target = TargetScan::default();
        scan_target(unit, &around, engine, key, options, progress, &mut |part| {
            target.add(part);
        });
        target.close(&around);
        around.add(&target);
        scanned.add(target);
    }
    scanned.close();
    scanned
}

/// Scans one target and the repositories within it. `receive` gets each part of the result when it
/// is done.
pub fn scan_target(
    target: Unit,
    around: &TargetNeighbours,
    engine: &Engine,
    key: &InventoryKey,
    options: &Options,
    progress: &dyn Progress,
    receive: &mut dyn FnMut(TargetPart),
) {
    let memory = MemoryBudget::new(options.memory);
    let supplement = Arc::new(SizeSupplement::of_target());
    let options = &options.around(&around.separate, &target.location);
    let scan = &ScanContext {
        engine,
        key,
        options,
        memory: &memory,
        supplement: &supplement,
        most_rows: 0,
        progress,
    };
    let mut coverage = Coverage::default();
    let mut listed = unit_listing::list_units(target, &around.separate, scan, &mut coverage);
    supplement.share_among(listed.iter().filter(|unit| unit.git.is_some()).count());
    let recognitions = unit_recognition::name_units(scan, &mut listed, around);
    let name = listed.first().map(|listed| listed.unit.name.clone());
    receive(TargetPart::Name(name.clone().unwrap_or_default()));
    coverage.close_unit(name.as_deref().unwrap_or_default());
    let send = |mut coverage: Coverage, receive: &mut dyn FnMut(TargetPart)| {
        coverage.sort();
        redaction::redact_tokens_of_coverage(scan, &mut coverage);
        receive(TargetPart::Coverage(coverage));
    };
    send(coverage, receive);
    let rows = RowSupplement::of_target();
    for group in unit_group::groups(listed, recognitions) {
        if cancel::stopped() {
            break;
        }
        supplement.begin_next();
        unit_group::scan_group(scan, &rows, group, &mut |coverage, unit| {
            receive(TargetPart::Unit(unit));
            send(coverage, receive);
        });
    }
    let mut last = Coverage {
        interrupted: cancel::interrupted(),
        ..Coverage::default()
    };
    if cancel::out_of_time() {
        last.cut(Limit::Time, name.unwrap_or_default());
    }
    send(last, receive);
}
