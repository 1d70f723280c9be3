//! Selects the places at which matches are reported, and attributes them to commits and refs.

mod author_lookup;
mod earlier_versions;
mod header_places;
mod history_lookup;
mod message_places;
mod name_places;
mod path_versions;
pub(crate) mod placed_matches;

use super::history::history_matches::HistoryMatches;
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
    history: Option<&HistoryMatches>,
    coverage: &mut Coverage,
) -> Vec<PlacedMatches> {
    let mut lookup = history.map(HistoryLookup::new);
    let mut places = path_versions::places(scan, unit, files, lookup.as_mut(), coverage);
    if let Some(HistoryLookup {
        history,
        authors,
        earlier,
    }) = &mut lookup
    {
        places.extend(message_places::places(history, authors));
        places.extend(header_places::places(scan, history, authors));
        places.extend(name_places::file_names(scan, history, authors, earlier));
        places.extend(name_places::ref_names(scan, history));
    }
    places
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
