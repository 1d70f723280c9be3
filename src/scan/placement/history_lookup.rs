//! What the places of a history ask of it on demand.

use super::author_lookup::AuthorLookup;
use super::earlier_versions::EarlierVersions;
use crate::scan::history::history_matches::HistoryMatches;

/// A history, with the lookups that read its objects again.
pub(super) struct HistoryLookup<'a> {
    /// The matches of the history.
    pub history: &'a HistoryMatches,
    /// The authors of commits and tags.
    pub authors: AuthorLookup<'a>,
    /// The versions of paths before a commit.
    pub earlier: EarlierVersions<'a>,
}

impl<'a> HistoryLookup<'a> {
    /// The lookups of one repository.
    pub fn new(history: &'a HistoryMatches) -> Self {
        Self {
            history,
            authors: AuthorLookup::new(history),
            earlier: EarlierVersions::new(history),
        }
    }
}
