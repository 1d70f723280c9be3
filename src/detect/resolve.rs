//! Makes matches of candidates: cross-line rules, decoded text, values, neighbours and overlaps.

use std::ops::Range;

use super::candidate::{
    Candidate, EncodedSpan, LineCandidates, Match, ReachedLimits, RejectionCounts,
};
use super::compile::{Matcher, Rule};
use super::encoded::{self, Budget, DecodedSpan, SpanError};
use super::event::{Event, Trace};
use super::login_slots::{raise_by_place, reject_unlikely, reject_without_login};
use super::neighbours::reject_by_neighbours;
use super::overlap::resolve_overlaps;
use super::rule_index::RuleIndex;
use super::search::LineSearch;
use super::searched_text::{Encoding, Text};
use super::source_match::{Source, SourceReader};
use super::text_places::TextPlaces;
use super::value_matches::ValueMatches;
use super::value_reading::ValueReader;
use crate::cancel;
use crate::coverage::Limit;
use crate::finding::{Certainty, Decoding, Doubt};

/// Resolves the candidates of one text and of the texts that are encoded in it.
pub(super) struct Resolver<'e> {
    index: &'e RuleIndex,
    budget: Budget,
    /// The work on everything but the lines of the text itself, which other versions of it share.
    work: u64,
    /// The limits that the text, or one that is encoded in it, reached.
    limits: ReachedLimits,
    /// The events of candidates, if the caller wants them.
    pub(super) trace: Trace,
}

/// The work of decoding a span and searching its text, without the matches in it; see
/// [`TextLimits::work`](super::text_limits::TextLimits::work).
const DECODING: u64 = 2;

impl<'e> Resolver<'e> {
    /// A resolver for `text`, whose length bounds the decoding.
    pub(super) fn new(index: &'e RuleIndex, text: Text, trace: Trace) -> Self {
        Self {
            index,
            budget: Budget::of(text.bytes),
            work: 0,
            limits: ReachedLimits::new(),
            trace,
        }
    }

    /// Searches all lines of a text. UTF-16 is decoded and resolved at once; its matches are the
    /// candidates.
    pub(super) fn search(&mut self, text: Text) -> LineCandidates {
        self.search_lines(text).0
    }

    /// The candidates of all lines of a text, and the work on them.
    fn search_lines(&mut self, text: Text) -> (LineCandidates, u64) {
        if let Encoding::Utf16(_) = text.encoding() {
            return (self.search_utf16(text), 0);
        }
        let mut search = LineSearch::new(self.index, text, self.trace.fresh());
        search.lines(0..text.bytes.len());
        let events = std::mem::replace(&mut search.trace, Trace::OFF).into_events();
        self.trace.extend(events);
        let work = search.work;
        (search.into_found(), work)
    }

    fn search_utf16(&mut self, text: Text) -> LineCandidates {
        let mut found = LineCandidates::default();
        let Some(step) = text.encoding().decoding() else {
            return found;
        };
        // A byte order mark is no part of the text.
        let marked = matches!(text.bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let start = if marked { 2 } else { 0 };
        let range = start..text.bytes.len() & !1;
        let mut matches = Vec::new();
        self.search_span(
            text,
            EncodedSpan { range, step },
            &mut matches,
            &mut found.rejected,
        );
        found
            .candidates
            .extend(matches.into_iter().map(|matched| Candidate {
                anchor: matched.range.start,
                matched,
            }));
        found.reached = std::mem::take(&mut self.limits);
        found
    }

    /// Makes matches of the candidates of all lines of a text.
    pub(super) fn resolve<'t>(
        &mut self,
        text: Text<'t>,
        mut candidates: LineCandidates,
    ) -> ValueMatches<'t> {
        candidates.drop_cut();
        let LineCandidates {
            mut candidates,
            mut cross_line,
            mut encoded,
            costs: _,
            crowded,
            cut,
            reached,
            mut rejected,
        } = candidates;
        let mut limits = reached;
        limits.extend(cut.map(|cut| cut.limit));
        limits.extend((!crowded.is_empty()).then_some(Limit::Work));
        if !cross_line.is_empty() {
            cross_line.sort_by_key(|anchor| (anchor.range.end, anchor.range.start, anchor.rule));
            let mut search = LineSearch::new(self.index, text, self.trace.fresh());
            for anchor in &cross_line {
                search.around(anchor);
                if let Some(limit) = self.reached(search.work, search.found.candidates.len()) {
                    limits.insert(limit);
                    break;
                }
            }
            let is_crowded = !search.found.crowded.is_empty();
            limits.extend(is_crowded.then_some(Limit::Work));
            self.work += search.work;
            candidates.append(&mut search.found.candidates);
            // Literals that begin on an earlier line than the assignments in their texts.
            encoded.append(&mut search.found.encoded);
            rejected.absorb(&search.found.rejected);
            self.trace.extend(search.trace.into_events());
        }
        let mut matches: Vec<Match> = candidates
            .into_iter()
            .map(|candidate| candidate.matched)
            .collect();
        reject_without_words(
            &self.index.rules,
            text,
            &mut matches,
            &mut rejected,
            &mut self.trace,
        );
        if !encoded.is_empty() {
            encoded.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
            self.search_spans(text, encoded, &mut matches, &mut rejected);
        }
        limits.append(&mut self.limits);
        if self.read_values(text, &mut matches, &mut rejected) {
            limits.insert(Limit::Work);
        }
        reject_without_login(text, &mut matches, &mut rejected, &mut self.trace);
        reject_by_neighbours(
            &self.index.rules,
            text,
            &mut matches,
            &mut rejected,
            &mut self.trace,
        );
        let mut matches = resolve_overlaps(&self.index.rules, matches, &mut self.trace);
        raise_by_place(&self.index.rules, text, &mut matches);
        reject_unlikely(&mut matches, &mut rejected, &mut self.trace);
        ValueMatches {
            text,
            matches,
            rejected,
            limits,
        }
    }

    /// Reads the values of matches that were read by their lines alone. True if too much would have to be read.
    fn read_values(
        &self,
        text: Text,
        matches: &mut Vec<Match>,
        rejected: &mut RejectionCounts,
    ) -> bool {
        let places = TextPlaces::of(text);
        let mut reader = ValueReader {
            text,
            places: &places,
            read: 0,
        };
        // Values of honest texts lie beside each other. In others, each may go on to the end of the text.
        let most = text.bytes.len().saturating_mul(4).saturating_add(64 * 1024);
        matches.retain_mut(|found| {
            if reader.read > most {
                found.site = None;
                found.certainty = Certainty::Doubtful(Doubt::Unfinished);
                return true;
            }
            let is_kept = reader.read_match(found);
            if !is_kept {
                rejected.add("too-long");
            }
            is_kept
        });
        reader.read > most
    }

    /// The limit that is reached with so much more work and so many candidates beside those of
    /// lines.
    fn reached(&self, work: u64, candidates: usize) -> Option<Limit> {
        let limits = &self.index.limits;
        if candidates > limits.candidates {
            Some(Limit::Matches)
        } else if self.work + work > limits.work {
            Some(Limit::Work)
        } else {
            None
        }
    }

    /// Searches the texts behind encoded spans, which are in order. A span within another span is
    /// skipped here; the search of the outer span's text finds it.
    fn search_spans(
        &mut self,
        text: Text,
        spans: Vec<EncodedSpan>,
        matches: &mut Vec<Match>,
        rejected: &mut RejectionCounts,
    ) {
        let (mut done, known) = (0, matches.len());
        for mut span in spans {
            if span.range.end <= done {
                continue;
            }
            if let Some(limit) = self.reached(0, matches.len().saturating_sub(known)) {
                self.limits.insert(limit);
                return;
            }
            if cancel::stopped() {
                return;
            }
            if span.step == Decoding::Base64 {
                span.range.end = encoded::base64_end(text.bytes, span.range.clone());
            }
            done = span.range.end;
            let Some(end) = self.search_span(text, span, matches, rejected) else {
                return;
            };
            // An expression may have more literals, which other anchors are in.
            done = done.max(end);
        }
    }

    /// Decodes a span, searches and resolves its text, and adds the matches with their places in
    /// `text`. Returns the end of what was decoded, or `None` if no more may be decoded.
    fn search_span(
        &mut self,
        text: Text,
        span: EncodedSpan,
        matches: &mut Vec<Match>,
        rejected: &mut RejectionCounts,
    ) -> Option<usize> {
        self.work += DECODING;
        let end = span.range.end;
        let decoded = match DecodedSpan::decode(text, span, &mut self.budget) {
            Ok(decoded) => decoded,
            Err(SpanError::TooDeep) => {
                rejected.add("too-many-layers");
                return Some(end);
            }
            Err(SpanError::NoText) => return Some(end),
            Err(SpanError::TooMuch) => {
                self.limits.insert(Limit::Work);
                return None;
            }
        };
        let inner_trace = self.trace.fresh();
        let outer_trace = std::mem::replace(&mut self.trace, inner_trace);
        self.budget.enter();
        let inner = decoded.text();
        let (candidates, work) = self.search_lines(inner);
        self.work += work;
        let found = self
            .resolve(inner, candidates)
            .read_surroundings(&self.index.rules);
        self.budget.leave();
        let events = std::mem::replace(&mut self.trace, outer_trace).into_events();
        if self.trace.is_on() {
            self.trace_span(&decoded, inner, events);
        }
        rejected.absorb(&found.rejected);
        self.limits.extend(found.limits);
        let mut reader = SourceReader::default();
        let mut inner_matches = Vec::new();
        for found in found.matches {
            match reader.in_source(text, &decoded, found) {
                Source::Found(found) => inner_matches.push(found),
                Source::Unknown => {}
                Source::NotRepeatable => rejected.add("not-repeatable"),
            }
        }
        let is_in_inner = |range: &Range<usize>| {
            let at = inner_matches.partition_point(|found| found.range.end <= range.start);
            inner_matches
                .get(at)
                .is_some_and(|found: &Match| found.range.start < range.end)
        };
        let rules = &self.index.rules;
        matches.retain_mut(|known| match rules[known.rule].matcher {
            // A member of an object is read by the object's own rules.
            Matcher::Object { .. } | Matcher::WebKey(_) => true,
            // The end of a value that is assigned to a name depends on the text around it.
            Matcher::Names(_) => !decoded.contains(&known.range),
            // The decoded text may lack what shows the beginning of a token, such as the escape before it.
            Matcher::Pattern(_)
                if !rules[known.rule].chosen && decoded.ends_apart(&known.range) =>
            {
                !is_in_inner(&known.range)
            }
            _ if !decoded.supersedes(&known.range) => true,
            // The escape may mean something else to the reader of the file, if no value is left with it.
            Matcher::Pattern(_) if !is_in_inner(&known.range) => {
                known.certainty = known
                    .certainty
                    .max(Certainty::Doubtful(Doubt::Surroundings));
                true
            }
            _ => false,
        });
        matches.append(&mut inner_matches);
        Some(decoded.range().end)
    }

    /// Records the decoded span and the events of its text, at their places in the source.
    fn trace_span(&mut self, decoded: &DecodedSpan, inner: Text, events: Vec<Event>) {
        self.trace.record(|| Event::Layer {
            range: decoded.range(),
            step: decoded.last_step(),
            bytes: inner.bytes.len(),
        });
        // These events quote the text, and decoded text can have thousands of such words.
        let quotes_text =
            |event: &Event| matches!(event, Event::NotAssigned { .. } | Event::OtherName { .. });
        self.trace.extend(
            events
                .into_iter()
                .filter(|event| !quotes_text(event))
                .map(|event| {
                    event.moved(|range| {
                        decoded
                            .source_of(range)
                            .map_or_else(|| decoded.range(), |(place, _)| place)
                    })
                }),
        );
    }
}

/// Rejects the matches whose rules need words that are not near. `matches` are of this text itself, not of texts that are
/// encoded in it.
fn reject_without_words(
    rules: &[Rule],
    text: Text,
    matches: &mut Vec<Match>,
    rejected: &mut RejectionCounts,
    trace: &mut Trace,
) {
    // The matches of a text in UTF-16 were compared with the decoded text.
    if !text.is_plain() {
        return;
    }
    matches.retain(|found| {
        let Some(words) = &rules[found.rule].near else {
            return true;
        };
        let are_near = words.are_beside(text.bytes, &found.range);
        if !are_near {
            rejected.reject(found, "no-context", trace);
        }
        are_near
    });
}
