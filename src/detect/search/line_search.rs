//! The state of a search, and the last steps of every candidate: proof, rejection, and its place
//! among the candidates.

use std::ops::Range;
use std::sync::Arc;

use super::escape_boundary::TokenRun;
use crate::detect::candidate::{Candidate, CrossLineAnchor, LineCandidates, LineCost, Match};
use crate::detect::event::{Event, Trace};
use crate::detect::line_quotes::LineQuotes;
use crate::detect::proof::{self, Verdict};
use crate::detect::rule_index::RuleIndex;
use crate::detect::searched_text::Text;
use crate::detect::text_places::TextPlaces;
use crate::finding::Confidence;

/// The states of up to so many rules are searched one by one; for more there is a table.
const LISTED_RULES: usize = 8;

/// The progress of one rule through the text.
#[derive(Clone, Copy, Default)]
pub(super) struct RuleState {
    rule: usize,
    /// No further match begins before this: the end of the last match's value, or of the last
    /// document that was read.
    pub from: usize,
    /// The line that ends here has been searched whole.
    pub searched_line_end: usize,
    /// Start of the current row of overlapping windows.
    pub row_start: usize,
    /// End of the last window in the row.
    pub row_end: usize,
    /// All matches that begin before this have been found.
    pub known: usize,
    /// Matches that begin behind an escape before this have been looked for.
    pub behind_escape: usize,
}

impl RuleState {
    /// Adds the window around an anchor to the row of overlapping windows, or begins another row.
    /// Returns the last offset at which a match in the window may begin.
    ///
    /// Anchors close together have windows that overlap, and would be searched over and over. So
    /// each window in a row is as long as all windows before it together, but ends at `limit`.
    #[inline]
    pub fn extend_row(&mut self, window: &mut Range<usize>, anchor: usize, limit: usize) -> usize {
        let mut last = anchor;
        if self.row_end > window.start {
            let more = self.row_end - self.row_start;
            window.end = (window.end + more).min(limit).max(window.end);
            last += more;
        } else {
            self.row_start = window.start;
        }
        self.row_end = window.end;
        self.known = last + 1;
        last
    }
}

/// A search of the lines of one text, for all rules.
pub(in crate::detect) struct LineSearch<'e, 't> {
    /// All rules, and their anchors.
    pub(super) index: &'e RuleIndex,
    /// The searched text.
    pub(super) text: Text<'t>,
    /// Everything found so far.
    pub(in crate::detect) found: LineCandidates,
    /// The fate of candidates, if it is wanted.
    pub(in crate::detect) trace: Trace,
    /// End, start and number of anchors that were found and not yet searched around: a buffer.
    pub(super) hits: Vec<(usize, usize, u32)>,
    /// Start of the anchor that is being searched around.
    pub(super) anchor: usize,
    /// By rule, the position of its state in `states` plus one, or zero. Empty while there are few
    /// states.
    slots: Vec<u32>,
    /// The progress of the rules that had an anchor so far.
    pub(super) states: Vec<RuleState>,
    /// The line of the last anchor, without its line end.
    pub(super) line: Range<usize>,
    /// End of the last name that a value is assigned to.
    pub(super) last_name_end: usize,
    /// End of the last escaped token.
    pub(super) escaped_end: usize,
    /// The bytes before the last anchor that may belong to its token.
    pub(super) token_run: TokenRun,
    /// The ends of the last values that were examined, as far as names may still be in them.
    pub(super) open_values: Vec<usize>,
    /// The end of the last line that has a name within too many values.
    pub(super) crowded_end: usize,
    /// The places of the text that are within another text.
    pub(super) places: TextPlaces<'t>,
    /// The quotes of the line of the last anchor.
    pub(super) quotes: LineQuotes,
    /// The end of the last literal that was looked at.
    pub(super) literal_end: usize,
    /// The number of escaped tokens and literals.
    pub(super) tokens: usize,
    /// The work so far; see [`TextLimits::work`](crate::detect::text_limits::TextLimits::work).
    pub(in crate::detect) work: u64,
    /// Whether costs are recorded by their place.
    is_large: bool,
    /// A limit is exceeded.
    pub(super) is_full: bool,
    /// Anchors that end behind this are not searched around.
    pub(super) last_end: usize,
    /// Nothing is known of the lines from here on, because the scan must stop.
    stopped: bool,
}

impl<'e, 't> LineSearch<'e, 't> {
    /// A search that has found nothing yet.
    pub(in crate::detect) fn new(index: &'e RuleIndex, text: Text<'t>, trace: Trace) -> Self {
        Self {
            index,
            text,
            found: LineCandidates::default(),
            trace,
            hits: Vec::new(),
            anchor: 0,
            slots: Vec::new(),
            states: Vec::new(),
            line: 0..0,
            last_name_end: 0,
            escaped_end: 0,
            token_run: TokenRun::default(),
            open_values: Vec::new(),
            crowded_end: 0,
            places: TextPlaces::of(text),
            quotes: LineQuotes::default(),
            literal_end: 0,
            tokens: 0,
            work: 0,
            is_large: index.limits.is_large(text.bytes.len()),
            is_full: false,
            last_end: usize::MAX,
            stopped: false,
        }
    }

    /// Whether no limit was reached and the scan goes on.
    pub(in crate::detect) fn is_complete(&self) -> bool {
        self.last_end == usize::MAX && !self.stopped
    }

    /// The search ends here because the scan must stop.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// A limit was exceeded at an anchor that ends at `end`. Anchors are searched around in the
    /// order of their ends, but a cut-off is a start: those that may begin before it are left.
    #[cold]
    pub(super) fn close(&mut self, end: usize) {
        if self.last_end == usize::MAX {
            self.last_end = end + self.index.longest_anchor;
        }
    }

    /// Everything that was found, cut off where it exceeds a limit.
    pub(in crate::detect) fn into_found(mut self) -> LineCandidates {
        self.index.limits.cut(&mut self.found);
        self.found
    }

    /// Adds to the work at the current anchor.
    #[inline]
    pub(super) fn spend(&mut self, work: usize) {
        self.work += work as u64;
        if self.is_large {
            self.found.costs.push(LineCost {
                at: self.anchor,
                work: work as u32,
            });
            self.is_full |= self.is_out_of_work();
        }
    }

    /// Whether the work on the lines of a large text exceeds the limit.
    pub(super) fn is_out_of_work(&self) -> bool {
        self.is_large && self.work > self.index.limits.work
    }

    /// The position of a rule's state in `states`.
    pub(super) fn slot(&mut self, rule: usize) -> usize {
        if self.slots.is_empty() {
            if let Some(at) = self.states.iter().position(|state| state.rule == rule) {
                return at;
            }
            if self.states.len() == LISTED_RULES {
                self.slots = vec![0; self.index.rules.len()];
                (1..)
                    .zip(&self.states)
                    .for_each(|(slot, state)| self.slots[state.rule] = slot);
            }
        }
        match self.slots.get(rule) {
            Some(&slot) if slot != 0 => return slot as usize - 1,
            _ => {}
        }
        self.states.push(RuleState {
            rule,
            ..RuleState::default()
        });
        if let Some(slot) = self.slots.get_mut(rule) {
            *slot = self.states.len() as u32;
        }
        self.states.len() - 1
    }

    /// Leaves the search around an anchor until the whole text is known.
    pub(super) fn defer(&mut self, rule: usize, anchor: Range<usize>) {
        self.found.cross_line.push(CrossLineAnchor {
            rule,
            range: anchor,
        });
        self.is_full |= self.found.cross_line.len() > self.index.limits.marks;
    }

    /// Runs the proof of the match's rule, if it has one, and adds the match to the candidates.
    #[expect(
        clippy::disallowed_methods,
        reason = "filters and proofs examine the value"
    )]
    pub(super) fn prove(&mut self, mut found: Match) {
        if let Some(proof) = self.index.rules[found.rule].proof {
            let value = found.value.expose();
            if let Some(account) = proof::account(proof, value) {
                Arc::make_mut(&mut found.context).account = Some(account);
            }
            match proof::prove(proof, value, self.index.now) {
                Verdict::Refuted => {
                    self.reject(found.rule, found.range.clone(), proof.name());
                    if !proof.is_checksum() {
                        return;
                    }
                    found.refuted = true;
                }
                Verdict::Silent => {}
                Verdict::Doubtful(most, why) => {
                    found.confidence = found.confidence.min(most);
                    self.trace.record(|| Event::Doubted {
                        rule: found.rule,
                        range: found.range.clone(),
                        why,
                    });
                }
                verdict @ (Verdict::Proved | Verdict::Expired) => {
                    found.proof = Some(proof.name());
                    found.confidence = Confidence::High;
                    found.expired = verdict == Verdict::Expired;
                }
            }
        }
        self.add(found);
    }

    /// Adds a match to the candidates.
    pub(super) fn add(&mut self, matched: Match) {
        self.found.candidates.push(Candidate {
            anchor: self.anchor,
            matched,
        });
        self.is_full |= self.found.candidates.len() > self.index.limits.candidates;
    }

    /// Counts a candidate that a filter or a proof rejected.
    pub(super) fn reject(&mut self, rule: usize, range: Range<usize>, filter: &'static str) {
        self.found.rejected.add(filter);
        self.trace.record(|| Event::Rejected {
            rule,
            range,
            filter,
        });
    }
}
