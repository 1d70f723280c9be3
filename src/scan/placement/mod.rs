//! Selects the places at which matches are reported, and attributes them to commits and refs.

mod author_lookup;
mod commit_facts;
mod earlier_versions;
mod header_places;
pub(crate) mod history_lookup;
mod message_places;
mod name_places;
mod path_history;
mod path_versions;
pub(crate) mod placed_matches;
mod tree_places;

use super::scan_context::ScanContext;
use super::search::file_search::WorktreeMatches;
use super::search::located_match::FileMatches;
use crate::coverage::Coverage;
use crate::source::target::Unit;
use history_lookup::HistoryLookup;
use placed_matches::{PlaceAttribution, PlacedMatches};

/// The places of the matches in a unit's files and history.
pub(crate) fn place(
    scan: &ScanContext,
    unit: &Unit,
    files: &WorktreeMatches,
    mut lookup: Option<&mut HistoryLookup>,
    coverage: &mut Coverage,
) -> Vec<PlacedMatches> {
    let mut places = path_versions::places(scan, unit, files, lookup.as_deref_mut(), coverage);
    if let Some(HistoryLookup {
        history,
        head,
        authors,
        earlier,
        ..
    }) = lookup
    {
        places.extend(message_places::places(history, authors));
        places.extend(header_places::places(scan, history, authors));
        places.extend(name_places::file_names(
            scan, history, *head, authors, earlier,
        ));
        places.extend(name_places::ref_names(scan, history));
    }
    places
}

/// The places of the matches in a further working tree of a repository. Those that only the history has
/// are places of the working tree that was read with it.
pub(crate) fn place_tree(
    scan: &ScanContext,
    unit: &Unit,
    files: &WorktreeMatches,
    lookup: &mut HistoryLookup,
    coverage: &mut Coverage,
) -> Vec<PlacedMatches> {
    tree_places::places(scan, unit, files, lookup, coverage)
}

/// The places of files that have no history: each file is one.
pub(crate) fn place_files(files: Vec<FileMatches>) -> impl Iterator<Item = PlacedMatches> {
    files.into_iter().map(|file| PlacedMatches {
        origin: file.matches.origin,
        path: file.path,
        object: file.object,
        matches: file.matches.to_vec(),
        attribution: PlaceAttribution::default(),
    })
}
