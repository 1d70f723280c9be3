//! Places of the matches in a working tree that has its history from another working tree of its
//! repository. The matches that only the history has are reported there.

use std::collections::BTreeMap;

use super::commit_facts;
use super::history_lookup::HistoryLookup;
use super::path_history::PathHistory;
use super::placed_matches::{PlaceAttribution, PlacedMatches};
use crate::coverage::Coverage;
use crate::scan::row_limit::RowLimit;
use crate::scan::scan_context::ScanContext;
use crate::scan::search::file_search::WorktreeMatches;
use crate::scan::search::located_match::LocatedMatch;
use crate::secret::SecretValue;
use crate::source::target::Unit;

/// The places of all values in the files of the working tree, in order of path, as many as a unit may
/// have.
pub(super) fn places(
    scan: &ScanContext,
    unit: &Unit,
    files: &WorktreeMatches,
    lookup: &mut HistoryLookup,
    coverage: &mut Coverage,
) -> Vec<PlacedMatches> {
    let history = lookup.history;
    let mut paths = lookup
        .paths
        .take()
        .unwrap_or_else(|| PathHistory::new(history));
    let mut rows = RowLimit::new(scan.most_rows);
    let mut places = Vec::new();
    'files: for file in &files.files {
        let mut by_value: BTreeMap<&SecretValue, Vec<LocatedMatch>> = BTreeMap::new();
        for located in file.matches.iter() {
            let value = &located.matched.value;
            by_value.entry(value).or_default().push(located.clone());
        }
        for (value, matches) in by_value {
            let name = || format!("{} {}", unit.name, file.path);
            if !rows.admits(value, file.path.len(), name, coverage) {
                match rows.is_full() {
                    true => break 'files,
                    false => continue,
                }
            }
            let mut attribution = PlaceAttribution::default();
            if let Some(commits) = paths.of_value(&file.path, value) {
                commit_facts::add(&mut attribution, &[commits], lookup);
            }
            places.push(PlacedMatches {
                origin: file.matches.origin,
                path: file.path.clone(),
                object: file.object.filter(|&object| paths.stores(object)),
                matches,
                attribution,
            });
        }
    }
    lookup.paths = Some(paths);
    places
}
