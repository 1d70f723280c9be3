//! The engine: all rules, run over one text in one pass.
//!
//! One pass finds the anchors of all rules, and a rule's own search runs only in a window around
//! one of its anchors. The contract: anchors lose nothing. The engine finds everything that a
//! search without anchors would find (`anchors_lose_nothing` in the tests).
//!
//! Detection goes through four states, each a type of its own:
//!
//! ```text
//! lines ──search_*──▶ LineCandidates ──resolve──▶ ValueMatches ──read_surroundings──▶ TextMatches
//! ```

use std::ops::Range;

pub use super::candidate::{
    InheritableCandidates, LineCandidates, Match, Paired, ReachedLimits, RejectionCounts,
    TextMatches,
};
use super::compile::Rule;
pub use super::event::Event;
use super::event::Trace;
use super::resolve::Resolver;
use super::rule_index::RuleIndex;
use super::search::LineSearch;
pub use super::searched_text::{Encoding, Text};
use super::seen_runs::{SeenRuns, UnseenRun};
pub use super::text_limits::TextLimits;
pub use super::value_matches::ValueMatches;
use crate::cancel;

/// All rules and their anchors. One engine serves all threads.
pub struct Engine {
    index: RuleIndex,
}

/// The matches of a text, and the fate of everything that is not a match.
#[derive(Debug)]
pub struct Explanation {
    /// In order of place. Matches do not overlap, except values of one compressed stream.
    pub matches: Vec<Match>,
    /// Candidates that filters rejected.
    pub rejected: RejectionCounts,
    /// The limits that the text reached.
    pub limits: ReachedLimits,
    /// In chronological order.
    pub events: Vec<Event>,
}

impl Engine {
    /// An engine for these rules. `now` is the time against which expiry is checked, in seconds
    /// since 1970.
    pub fn new(rules: Vec<Rule>, now: i64) -> Self {
        Self {
            index: RuleIndex::new(rules, now),
        }
    }

    /// The same engine with other limits.
    pub fn with_limits(mut self, limits: TextLimits) -> Self {
        self.index.limits = limits;
        self
    }

    /// The limits of every text.
    pub fn limits(&self) -> &TextLimits {
        &self.index.limits
    }

    /// All rules, by the index that matches have.
    pub fn rules(&self) -> &[Rule] {
        &self.index.rules
    }

    /// The rule of a match.
    pub fn rule(&self, index: usize) -> &Rule {
        &self.index.rules[index]
    }

    /// The matches of a text, from search to surroundings.
    pub fn scan(&self, text: Text) -> TextMatches {
        let mut resolver = Resolver::new(&self.index, text, Trace::OFF);
        let candidates = resolver.search(text);
        resolver
            .resolve(text, candidates)
            .read_surroundings(&self.index.rules)
    }

    /// The same matches as [`Engine::scan`], and the fate of every anchor and candidate.
    pub fn explain(&self, text: Text) -> Explanation {
        let mut resolver = Resolver::new(&self.index, text, Trace::on());
        let candidates = resolver.search(text);
        let found = resolver
            .resolve(text, candidates)
            .read_surroundings(&self.index.rules);
        let events = resolver.trace.into_events();
        Explanation {
            matches: found.matches,
            rejected: found.rejected,
            limits: found.limits,
            events,
        }
    }

    /// Searches some whole lines of a text, given in order; not for UTF-16, which has no lines of
    /// bytes. Apart from these lines, the candidates depend only on the byte before the line end
    /// that precedes each range, and on whether a line end follows the range.
    pub fn search_lines(&self, text: Text, lines: &[Range<usize>]) -> LineCandidates {
        let mut search = LineSearch::new(&self.index, text, Trace::OFF);
        for range in lines {
            search.lines(range.clone());
        }
        search.into_found()
    }

    /// Like [`Engine::search_lines`], but leaves out runs of lines that `seen` knows to hold no
    /// candidates, and remembers more of them. `unseen` is a buffer that the caller keeps.
    pub fn search_unseen_lines(
        &self,
        text: Text,
        lines: impl Iterator<Item = Range<usize>>,
        seen: &SeenRuns,
        unseen: &mut Vec<UnseenRun>,
    ) -> LineCandidates {
        let mut search = LineSearch::new(&self.index, text, Trace::OFF);
        // The work on a large text is added up line by line, known or not.
        if self.index.limits.is_large(text.bytes.len()) {
            lines.for_each(|lines| search.lines(lines));
            return search.into_found();
        }
        let mut rejected = seen.select_unseen(&text, lines, unseen);
        for run in unseen {
            if cancel::stopped() || !search.is_complete() {
                break;
            }
            let before = search.found.len();
            search.lines(run.lines.clone());
            let of_run = std::mem::take(&mut search.found.rejected);
            if search.found.len() == before && search.is_complete() {
                seen.remember(run, &of_run);
            }
            rejected.absorb(&of_run);
        }
        LineCandidates {
            rejected,
            ..search.into_found()
        }
    }

    /// Cuts the candidates of all lines of a text off where they exceed a limit. Call it after
    /// candidates were added to those that a search found.
    pub fn limit(&self, candidates: &mut LineCandidates) {
        self.index.limits.cut(candidates);
    }

    /// Searches all lines of a text. A text in UTF-16 can be searched in no other way.
    pub fn search_text(&self, text: Text) -> LineCandidates {
        Resolver::new(&self.index, text, Trace::OFF).search(text)
    }

    /// Makes matches of the candidates of all lines of a text: searches for cross-line rules and
    /// behind encodings, and resolves overlaps.
    pub fn resolve<'t>(&self, text: Text<'t>, candidates: LineCandidates) -> ValueMatches<'t> {
        Resolver::new(&self.index, text, Trace::OFF).resolve(text, candidates)
    }

    /// Reads the surroundings of matches: the path of the key, the user, the host.
    ///
    /// Of a text that was cut off only names are kept: the values behind the end are not known, and
    /// might be taken for a user or a host.
    pub fn read_surroundings(&self, matches: ValueMatches) -> TextMatches {
        matches.read_surroundings(&self.index.rules)
    }

    /// Those of the first `most` matches that are wanted, with their surroundings.
    pub fn read_surroundings_of(
        &self,
        matches: ValueMatches,
        most: usize,
        wants: impl Fn(&Match) -> bool,
    ) -> Vec<Match> {
        matches.read_surroundings_of(&self.index.rules, most, wants)
    }
}

#[cfg(test)]
mod tests;
