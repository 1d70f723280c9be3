//! Scans targets: lists their files, searches all sources of text on all cores, finds the commits
//! that introduced each match, makes findings, and writes the coverage report.
//!
//! Targets are scanned one after the other, and none changes the result of another one
//! (`target_scan`). The stages of one target, in order, each with the place of its code:
//!
//! 1. `unit_listing` lists the files of each unit and the repositories within it.
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
mod unit_listing;
mod unit_recognition;
mod unit_scan;
mod value_index;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cancel;
use crate::coverage::{Coverage, Limit, Skip};
use crate::detect::engine::Engine;
use crate::finding::repository_identity::{KnownUnits, UnitIdentity};
use crate::finding::{Finding, HistoryExtent};
use crate::inventory::inventory_key::InventoryKey;
use crate::memory_budget::MemoryBudget;
use crate::progress::Progress;
use crate::source::git::pack::SizeSupplement;
use crate::source::target::{Shape, Unit};
use row_limit::RowLimit;
use scan_context::ScanContext;
use search::file_search::{self, WorktreeMatches};
use search::git_directory_search;
use unit_listing::ListedUnit;
use unit_recognition::Recognition;

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
        progress,
    };
    let mut coverage = Coverage::default();
    let mut listed = unit_listing::list_units(target, &around.separate, scan, &mut coverage);
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
    for (listed, recognition) in listed.into_iter().zip(recognitions) {
        if cancel::stopped() {
            break;
        }
        supplement.begin_next();
        let mut coverage = Coverage::default();
        let (findings, identity) = unit_findings(scan, &listed, recognition, &mut coverage);
        coverage.close_unit(&listed.unit.name);
        let mut unit = UnitScan {
            prefix: listed.unit.prefix.clone(),
            unit: listed.unit,
            findings,
            extent: extent(&coverage),
            identity,
        };
        redaction::redact_tokens_of_unit(scan, &mut unit);
        receive(TargetPart::Unit(unit));
        send(coverage, receive);
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

/// How much of its history a unit has, by its own coverage report.
fn extent(coverage: &Coverage) -> HistoryExtent {
    match coverage.skipped {
        ref skipped if skipped.contains_key(&Skip::Partial) => HistoryExtent::Partial,
        ref skipped if skipped.contains_key(&Skip::Shallow) => HistoryExtent::Shallow,
        _ => HistoryExtent::Whole,
    }
}

/// The findings of one unit, in order of path and position, and its identity.
fn unit_findings(
    scan: &ScanContext,
    listed: &ListedUnit,
    recognition: Recognition,
    coverage: &mut Coverage,
) -> (Vec<Finding>, UnitIdentity) {
    let ListedUnit {
        unit, listing, git, ..
    } = listed;
    let is_repository = matches!(unit.shape, Shape::Worktree | Shape::Bare);
    let files = if scan.options.worktree || !(is_repository || listed.is_broken) {
        let object_format = git.as_ref().map(|git| git.format);
        file_search::search_files(scan, unit, &listing.files, object_format, coverage)
    } else {
        WorktreeMatches::default()
    };
    coverage.folders += u64::from(unit.shape == Shape::Folder);
    coverage.repositories += u64::from(is_repository);
    let history = (is_repository && scan.options.history)
        .then(|| history::read(scan, unit, &files, &listing.nested, coverage))
        .and_then(|read| {
            read.map_err(|error| {
                coverage.unreadable(unit.name.clone(), format!("history: {}", error.reason()));
            })
            .ok()
        });
    let mut places = placement::place(scan, unit, &files, history.as_ref(), coverage);
    if let (Some(history), Some(since)) = (&history, &scan.options.since) {
        since_filter::retain(&mut places, since, history, unit, coverage);
    }
    let mut rows = RowLimit::new();
    let mut findings = finding_assembly::findings(scan, unit, places, &mut rows, coverage);
    if let Some(git) = git {
        let matches = git_directory_search::search(scan, unit, git, coverage);
        let places = placement::place_files(matches);
        let of_git = finding_assembly::findings(scan, unit, places, &mut rows, coverage);
        findings.extend(of_git);
    }
    finding_assembly::sort(&mut findings);
    let identity = recognition.finish(scan, unit, history.as_ref(), coverage);
    (findings, identity)
}
