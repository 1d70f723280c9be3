//! Places of matches in the messages of commits and tags: each object is one.

use super::author_lookup::AuthorLookup;
use super::placed_matches::{PlaceAttribution, PlacedMatches};
use crate::scan::history::history_matches::HistoryMatches;

/// The places of all messages with matches.
pub(super) fn places(
    history: &HistoryMatches,
    authors: &mut AuthorLookup,
) -> impl Iterator<Item = PlacedMatches> {
    history.messages.iter().map(|message| PlacedMatches {
        origin: message.matches.origin,
        path: String::new(),
        object: Some(message.object),
        matches: message.matches.to_vec(),
        attribution: PlaceAttribution {
            commit: message.commit,
            // The tagger wrote the message of a tag, not the author of the commit.
            author: Some(authors.author(message.object)),
            reachable: message.reachable,
            ..PlaceAttribution::default()
        },
    })
}
