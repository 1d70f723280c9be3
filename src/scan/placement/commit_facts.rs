//! The commits, branches and tags of a value: of those versions of its path that hold it.

use super::history_lookup::HistoryLookup;
use super::placed_matches::{PlaceAttribution, shown_name};
use crate::finding::{Introduction, Occurrence};
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::search::name_search::redact;
use crate::source::git::attribution::Attribution;

/// Adds the commits and refs that hold a value in any of these versions to its place.
pub(super) fn add(
    place: &mut PlaceAttribution,
    versions: &[&Attribution],
    lookup: &mut HistoryLookup,
) {
    let HistoryLookup {
        history,
        head,
        authors,
        earlier,
        ..
    } = lookup;
    place.reachable |= versions.iter().any(|version| version.reachable);
    place.at_head = versions.iter().any(|version| head.holds(version));
    let first = |version: &&&Attribution| (version.first_rank, version.first);
    if let Some(version) = versions.iter().min_by_key(first) {
        let at = version.first;
        let (commit, author) = authors.commit(at);
        (place.commit, place.author) = (Some(commit), Some(author));
        let at_edge = versions.iter().any(|version| version.at_edge);
        if at_edge || !earlier.are_there(at, &version.path) {
            place.introduced = Introduction::AtOrBefore;
        }
    }
    place.is_older = versions.iter().any(|version| version.is_older);
    let listed = versions.iter().flat_map(|version| &version.refs);
    let mut refs: Vec<u32> = listed.copied().collect();
    refs.sort_unstable();
    refs.dedup();
    // A branch or tag holds one version of a path.
    let further: usize = versions.iter().map(|version| version.more_refs).sum();
    let all = further + refs.len();
    head.sort_refs(&mut refs, place.at_head, history);
    let gone = versions.iter().filter_map(|version| version.gone).max();
    place.last = gone
        .filter(|_| refs.is_empty() && !place.at_head)
        .map(|(_, at)| authors.commit(at));
    refs.truncate(Occurrence::REFS);
    place.more_refs = all.saturating_sub(refs.len()) as u64;
    place.refs = refs.iter().map(|&at| ref_name(history, at)).collect();
}

/// The redacted name of a branch or tag.
fn ref_name(history: &HistoryMatches, at: u32) -> String {
    let name = &history.branches_and_tags[at as usize];
    shown_name(match history.ref_names.get(name) {
        Some(matches) => redact(name, matches),
        None => String::from_utf8_lossy(name).into_owned(),
    })
}
