//! Places of matches in the headers of commits and tags.

use std::collections::BTreeMap;

use super::author_lookup::AuthorLookup;
use super::placed_matches::{PlaceAttribution, PlacedMatches};
use crate::finding::Origin;
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::scan_context::ScanContext;

/// The places of all values in headers. The name of an author is in thousands of commits, so a
/// value is reported once: in the oldest commit or tag that a ref leads to, or else in the oldest
/// of all.
#[expect(
    clippy::disallowed_methods,
    reason = "equal values in several headers are reported once"
)]
pub(super) fn places(
    scan: &ScanContext,
    history: &HistoryMatches,
    authors: &mut AuthorLookup,
) -> Vec<PlacedMatches> {
    let mut first: BTreeMap<(Origin, &[u8]), _> = BTreeMap::new();
    for header in &history.headers {
        for located in header.matches.iter() {
            if !scan.reports(&located.matched) {
                continue;
            }
            let time = history.commit_time(header.object);
            let rank = (!header.reachable, time, header.object);
            let value = located.matched.value.expose();
            let place = first
                .entry((header.matches.origin, value))
                .or_insert((rank, header));
            if rank < place.0 {
                *place = (rank, header);
            }
        }
    }
    let mut places = Vec::with_capacity(first.len());
    for ((origin, value), (_, header)) in first {
        let matches = header.matches.iter().filter(|located| {
            located.matched.value.expose() == value && scan.reports(&located.matched)
        });
        places.push(PlacedMatches {
            origin,
            path: String::new(),
            object: Some(header.object),
            matches: matches.cloned().collect(),
            attribution: PlaceAttribution {
                commit: header.commit,
                author: Some(authors.author(header.object)),
                reachable: header.reachable,
                ..PlaceAttribution::default()
            },
        });
    }
    places
}
