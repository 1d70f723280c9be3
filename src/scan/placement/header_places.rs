//! Places of matches in the headers of commits and tags.

use std::collections::{BTreeMap, HashMap};

use super::author_lookup::AuthorLookup;
use super::placed_matches::{PlaceAttribution, PlacedMatches};
use crate::finding::{Introduction, Origin};
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::scan_context::ScanContext;
use crate::scan::search::located_match::LocatedMatch;
use crate::source::git::pack::ObjectId;

/// The matches of one header, by value.
type MatchesByValue<'a> = HashMap<&'a [u8], Vec<&'a LocatedMatch>>;

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
    let mut of_headers: HashMap<(Origin, ObjectId), MatchesByValue> = HashMap::new();
    let mut places = Vec::with_capacity(first.len());
    for ((origin, value), (_, header)) in first {
        let by_value = of_headers
            .entry((origin, header.object))
            .or_insert_with(|| {
                let mut by_value = MatchesByValue::new();
                for located in header.matches.iter() {
                    if scan.reports(&located.matched) {
                        let value = located.matched.value.expose();
                        by_value.entry(value).or_default().push(located);
                    }
                }
                by_value
            });
        let matches = by_value.get(value).into_iter().flatten().copied();
        places.push(PlacedMatches {
            origin,
            path: String::new(),
            object: Some(header.object),
            matches: matches.cloned().collect(),
            attribution: PlaceAttribution {
                commit: header.commit,
                // The first commit of an author may be one that is not there.
                introduced: match origin {
                    Origin::CommitHeader if !history.commits.edge.is_empty() => {
                        Introduction::AtOrBefore
                    }
                    _ => Introduction::At,
                },
                author: Some(authors.author(header.object)),
                reachable: header.reachable,
                ..PlaceAttribution::default()
            },
        });
    }
    places
}
