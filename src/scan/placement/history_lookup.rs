//! What the places of a history ask of it on demand.

use super::author_lookup::AuthorLookup;
use super::earlier_versions::EarlierVersions;
use super::path_history::PathHistory;
use crate::scan::history::history_matches::HistoryMatches;
use crate::scan::history::unit_head::UnitHead;

/// A history, with the lookups that read its objects again.
pub(crate) struct HistoryLookup<'a> {
    /// The matches of the history.
    pub history: &'a HistoryMatches,
    /// HEAD of the working tree whose places are selected.
    pub head: UnitHead,
    /// The authors of commits and tags.
    pub(super) authors: AuthorLookup<'a>,
    /// The versions of paths before a commit.
    pub(super) earlier: EarlierVersions<'a>,
    /// The history by path, for further working trees.
    pub(super) paths: Option<PathHistory<'a>>,
}

impl<'a> HistoryLookup<'a> {
    /// The lookups of one repository, for the working tree that was read with it.
    pub fn new(history: &'a HistoryMatches) -> Self {
        Self {
            history,
            head: UnitHead::new(&history.repo, history),
            authors: AuthorLookup::new(history),
            earlier: EarlierVersions::new(history),
            paths: None,
        }
    }
}
