//! Scans a repository with all of its working trees that are listed. One of them reads the history and the
//! files of the git directory. The others take the commits of their files' values from it, so that
//! thousands of working trees cost little more than one.

use super::finding_assembly;
use super::history;
use super::history::history_matches::HistoryMatches;
use super::history::unit_head::UnitHead;
use super::placement::history_lookup::HistoryLookup;
use super::placement::{self, placed_matches::PlacedMatches};
use super::redaction;
use super::row_limit::{RowLimit, RowSupplement};
use super::scan_context::ScanContext;
use super::search::file_search::{self, WorktreeMatches};
use super::search::git_directory_search;
use super::since_filter;
use super::unit_listing::ListedUnit;
use super::unit_recognition::Recognition;
use super::unit_scan::UnitScan;
use crate::cancel;
use crate::coverage::{Coverage, Skip};
use crate::finding::{Finding, HistoryExtent};
use crate::source::git::Repo;
use crate::source::target::{Shape, Unit};

/// A unit, and the working trees that have their history from it.
pub(super) struct UnitGroup {
    reader: NamedUnit,
    others: Vec<NamedUnit>,
}

struct NamedUnit {
    listed: ListedUnit,
    recognition: Recognition,
}

/// The listed units, each with those that have their history from it.
pub(super) fn groups(listed: Vec<ListedUnit>, recognitions: Vec<Recognition>) -> Vec<UnitGroup> {
    let mut groups: Vec<Option<UnitGroup>> = listed.iter().map(|_| None).collect();
    let mut others = Vec::new();
    for (at, (listed, recognition)) in listed.into_iter().zip(recognitions).enumerate() {
        let reader = listed.history_of;
        let unit = NamedUnit {
            listed,
            recognition,
        };
        match reader {
            Some(reader) => others.push((reader, unit)),
            None => {
                groups[at] = Some(UnitGroup {
                    reader: unit,
                    others: Vec::new(),
                });
            }
        }
    }
    for (reader, unit) in others {
        if let Some(group) = &mut groups[reader] {
            group.others.push(unit);
        }
    }
    groups.into_iter().flatten().collect()
}

/// Scans the units of a group. `receive` gets each one when it is done, with its coverage report.
pub(super) fn scan_group(
    scan: &ScanContext,
    supplement: &RowSupplement,
    group: UnitGroup,
    receive: &mut dyn FnMut(Coverage, UnitScan),
) {
    let UnitGroup { reader, others } = group;
    let mut coverage = Coverage::default();
    let files = search_files(scan, &reader.listed, &mut coverage);
    let history = read_history(scan, &reader.listed, &others, &files, &mut coverage);
    let bytes = bytes_of(&reader.listed, history.as_ref());
    let of_reader = &ScanContext {
        most_rows: supplement.most(bytes),
        ..*scan
    };
    let mut lookup = history.as_ref().map(HistoryLookup::new);
    let (listed, unit) = (&reader.listed, &reader.listed.unit);
    let places = placement::place(of_reader, unit, &files, lookup.as_mut(), &mut coverage);
    drop(files);
    let mut rows = RowLimit::new(of_reader.most_rows);
    let history = lookup.as_ref();
    let mut found = findings(scan, unit, places, history, &mut rows, &mut coverage);
    if let Some(git) = &listed.git {
        let matches = git_directory_search::search(scan, unit, git, &mut coverage);
        let places = placement::place_files(matches);
        let of_git = finding_assembly::findings(scan, unit, places, &mut rows, &mut coverage);
        found.extend(of_git);
    }
    supplement.draw(bytes, &rows);
    let extent = extent(&coverage);
    let done = finish(scan, reader, found, extent, history, &mut coverage);
    receive(coverage, done);
    for other in others {
        if cancel::stopped() {
            break;
        }
        let mut coverage = Coverage::default();
        let files = search_files(scan, &other.listed, &mut coverage);
        let bytes = bytes_of(&other.listed, None);
        let scan = &ScanContext {
            most_rows: supplement.most(bytes),
            ..*scan
        };
        let unit = &other.listed.unit;
        let places = match &mut lookup {
            Some(lookup) => {
                lookup.head = head(scan, unit, lookup.history);
                placement::place_tree(scan, unit, &files, lookup, &mut coverage)
            }
            None => placement::place(scan, unit, &files, None, &mut coverage),
        };
        let (mut rows, history) = (RowLimit::new(scan.most_rows), lookup.as_ref());
        let found = findings(scan, unit, places, history, &mut rows, &mut coverage);
        supplement.draw(bytes, &rows);
        let done = finish(scan, other, found, extent, history, &mut coverage);
        receive(coverage, done);
    }
}

/// The bytes of the files, of git's files and of the objects that a unit reads.
fn bytes_of(listed: &ListedUnit, history: Option<&HistoryMatches>) -> u64 {
    let of_git = listed.git.iter().flat_map(|git| &git.contents.files);
    let files = listed.listing.files.iter().chain(of_git);
    let objects = history.map_or(0, |history| history.forest.repository_bytes());
    files
        .map(|file| file.size)
        .fold(objects, u64::saturating_add)
}

/// Searches the files of a unit, and counts the unit.
fn search_files(
    scan: &ScanContext,
    listed: &ListedUnit,
    coverage: &mut Coverage,
) -> WorktreeMatches {
    let unit = &listed.unit;
    coverage.folders += u64::from(unit.shape == Shape::Folder);
    coverage.repositories += u64::from(is_repository(unit));
    if !scan.options.worktree && (is_repository(unit) || listed.is_broken) {
        return WorktreeMatches::default();
    }
    let object_format = listed.git.as_ref().map(|git| git.format);
    file_search::search_files(scan, unit, &listed.listing.files, object_format, coverage)
}

fn is_repository(unit: &Unit) -> bool {
    matches!(unit.shape, Shape::Worktree | Shape::Bare)
}

fn read_history(
    scan: &ScanContext,
    listed: &ListedUnit,
    others: &[NamedUnit],
    files: &WorktreeMatches,
    coverage: &mut Coverage,
) -> Option<HistoryMatches> {
    let unit = &listed.unit;
    if !is_repository(unit) || !scan.options.history {
        return None;
    }
    let others: Vec<&Unit> = others.iter().map(|other| &other.listed.unit).collect();
    history::read(scan, unit, files, &listed.listing.nested, &others, coverage)
        .map_err(|error| {
            coverage.unreadable(unit.name.clone(), format!("history: {}", error.reason()));
        })
        .ok()
}

/// HEAD of a further working tree.
fn head(scan: &ScanContext, unit: &Unit, history: &HistoryMatches) -> UnitHead {
    match Repo::open(&unit.location, &scan.options.boundary) {
        Ok(mut repo) => {
            repo.share_refs(&history.repo);
            UnitHead::new(&repo, history)
        }
        // It was there when it was listed.
        Err(_) => UnitHead::default(),
    }
}

/// The findings of places, without those that `--since` leaves out.
fn findings(
    scan: &ScanContext,
    unit: &Unit,
    mut places: Vec<PlacedMatches>,
    lookup: Option<&HistoryLookup>,
    rows: &mut RowLimit,
    coverage: &mut Coverage,
) -> Vec<Finding> {
    if let (Some(lookup), Some(since)) = (lookup, &scan.options.since) {
        since_filter::retain(&mut places, since, lookup.history, unit, coverage);
    }
    finding_assembly::findings(scan, unit, places, rows, coverage)
}

/// The result of a unit, with its findings in order of path and position.
fn finish(
    scan: &ScanContext,
    unit: NamedUnit,
    mut findings: Vec<Finding>,
    extent: HistoryExtent,
    lookup: Option<&HistoryLookup>,
    coverage: &mut Coverage,
) -> UnitScan {
    finding_assembly::sort(&mut findings);
    let NamedUnit {
        listed,
        recognition,
    } = unit;
    let identity = recognition.finish(scan, &listed.unit, lookup, coverage);
    coverage.close_unit(&listed.unit.name);
    let mut done = UnitScan {
        prefix: listed.unit.prefix.clone(),
        unit: listed.unit,
        findings,
        extent,
        identity,
    };
    redaction::redact_tokens_of_unit(scan, &mut done);
    done
}

/// How much of its history a repository has, by the coverage report of the unit that read it.
fn extent(coverage: &Coverage) -> HistoryExtent {
    match coverage.skipped {
        ref skipped if skipped.contains_key(&Skip::Partial) => HistoryExtent::Partial,
        ref skipped if skipped.contains_key(&Skip::Shallow) => HistoryExtent::Shallow,
        _ => HistoryExtent::Whole,
    }
}
