//! Makes matches of candidates: cross-line rules, decoded text, overlaps, and then surroundings.

use std::sync::Arc;

use super::candidate::{
    Candidate, EncodedSpan, LineCandidates, Match, RejectionCounts, TextMatches,
};
use super::compile::Rule;
use super::context_redaction::{ValueSet, redact};
use super::decode;
use super::encoded::{self, Budget, DecodedSpan};
use super::event::{Event, Trace};
use super::overlap::resolve_overlaps;
use super::proof;
use super::rule_index::RuleIndex;
use super::search::LineSearch;
use super::searched_text::{Encoding, Text};
use super::surroundings;
use crate::finding::{Confidence, Context, Decoding};
use crate::secret::SecretValue;

/// The matches of a text whose values are known and whose surroundings have not been read.
///
/// Reading the surroundings is the more expensive half of resolving, and needs all matches of the
/// text: a caller that only compares values leaves it out.
#[derive(Debug)]
pub struct ValueMatches<'t> {
    text: Text<'t>,
    matches: Vec<Match>,
    rejected: RejectionCounts,
}

impl ValueMatches<'_> {
    /// Whether the text has no match.
    pub fn is_empty(&self) -> bool {
        self.matches.is_empty()
    }

    /// The confidence and the value of each match, in order of place.
    pub fn values(&self) -> impl Iterator<Item = (Confidence, &SecretValue)> {
        self.matches
            .iter()
            .map(|found| (found.confidence, &found.value))
    }

    /// Candidates that filters rejected.
    pub fn rejected(&self) -> &RejectionCounts {
        &self.rejected
    }

    /// Reads the surroundings of the matches.
    pub(super) fn read_surroundings(mut self, rules: &[Rule]) -> TextMatches {
        add_context(rules, self.text, &mut self.matches);
        TextMatches {
            matches: self.matches,
            rejected: self.rejected,
        }
    }
}

/// Fills in the surroundings of all matches of a text: the path of the key, the user, the host. `matches`
/// are all matches of the text, so that no value becomes the context of another.
#[expect(
    clippy::disallowed_methods,
    reason = "a proof reads the account within a value"
)]
fn add_context(rules: &[Rule], text: Text, matches: &mut [Match]) {
    if matches.is_empty() {
        return;
    }
    surroundings::read_surroundings(text, matches);
    let mut values: Vec<SecretValue> = matches.iter().map(|found| found.value.clone()).collect();
    // Raw values too: the surroundings are taken from the text as it is, without decoding.
    let encoded = matches.iter().filter(|found| !found.decoding.is_empty());
    values.extend(encoded.map(|found| SecretValue::new(text.bytes[found.range.clone()].to_vec())));
    let secrets = ValueSet::of(&values);
    for found in matches {
        if *found.context != Context::default() {
            let context = Arc::make_mut(&mut found.context);
            redact(context, &secrets);
            // The account that a value contains is public, even if it equals another value.
            let proof = rules[found.rule].proof;
            if let Some(account) =
                proof.and_then(|proof| proof::account(proof, found.value.expose()))
            {
                context.account = Some(account);
            }
        }
    }
}

/// Resolves the candidates of one text and of the texts that are encoded in it.
pub(super) struct Resolver<'e> {
    index: &'e RuleIndex,
    budget: Budget,
    /// The events of candidates, if the caller wants them.
    pub(super) trace: Trace,
}

impl<'e> Resolver<'e> {
    /// A resolver for `text`, whose length bounds the decoding.
    pub(super) fn new(index: &'e RuleIndex, text: Text, trace: Trace) -> Self {
        Self {
            index,
            budget: Budget::of(text.bytes),
            trace,
        }
    }

    /// Searches all lines of a text. UTF-16 is decoded and resolved at once; its matches are the
    /// candidates.
    pub(super) fn search(&mut self, text: Text) -> LineCandidates {
        if let Encoding::Utf16(_) = text.encoding() {
            return self.search_utf16(text);
        }
        let mut search = LineSearch::new(self.index, text, self.trace.fresh());
        search.lines(0..text.bytes.len());
        self.trace.extend(search.trace.into_events());
        search.found
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
        found
    }

    /// Makes matches of the candidates of all lines of a text.
    pub(super) fn resolve<'t>(
        &mut self,
        text: Text<'t>,
        candidates: LineCandidates,
    ) -> ValueMatches<'t> {
        let LineCandidates {
            mut candidates,
            mut cross_line,
            mut encoded,
            mut rejected,
        } = candidates;
        if !cross_line.is_empty() {
            cross_line.sort_by_key(|anchor| (anchor.range.end, anchor.range.start, anchor.rule));
            let mut search = LineSearch::new(self.index, text, self.trace.fresh());
            cross_line.iter().for_each(|anchor| search.around(anchor));
            candidates.append(&mut search.found.candidates);
            rejected.absorb(&search.found.rejected);
            self.trace.extend(search.trace.into_events());
        }
        let mut matches: Vec<Match> = candidates
            .into_iter()
            .map(|candidate| candidate.matched)
            .collect();
        if !encoded.is_empty() {
            encoded.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
            self.search_spans(text, encoded, &mut matches, &mut rejected);
        }
        let matches = resolve_overlaps(&self.index.rules, matches, &mut self.trace);
        ValueMatches {
            text,
            matches,
            rejected,
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
        let mut done = 0;
        for mut span in spans {
            if span.range.end <= done {
                continue;
            }
            if span.step == Decoding::Base64 {
                span.range.end = encoded::base64_end(text.bytes, span.range.clone());
            }
            done = span.range.end;
            self.search_span(text, span, matches, rejected);
        }
    }

    /// Decodes a span, searches and resolves its text, and adds the matches with their places in
    /// `text`.
    fn search_span(
        &mut self,
        text: Text,
        span: EncodedSpan,
        matches: &mut Vec<Match>,
        rejected: &mut RejectionCounts,
    ) {
        let Some(decoded) = DecodedSpan::decode(text, span, &mut self.budget) else {
            return rejected.add("too-many-layers");
        };
        let inner_trace = self.trace.fresh();
        let outer_trace = std::mem::replace(&mut self.trace, inner_trace);
        self.budget.enter();
        let inner = decoded.text();
        let candidates = self.search(inner);
        let found = self
            .resolve(inner, candidates)
            .read_surroundings(&self.index.rules);
        self.budget.leave();
        let events = std::mem::replace(&mut self.trace, outer_trace).into_events();
        if self.trace.is_on() {
            self.trace_span(&decoded, inner, events);
        }
        rejected.absorb(&found.rejected);
        for found in found.matches {
            match in_source(text, &decoded, found) {
                Source::Found(found) => matches.push(found),
                Source::Unknown => {}
                Source::NotRepeatable => rejected.add("not-repeatable"),
            }
        }
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

/// A match of a decoded text, mapped to the source.
enum Source {
    Found(Match),
    /// The bytes that the value is made of are not known.
    Unknown,
    /// The bytes and steps of the value give another value.
    NotRepeatable,
}

/// Maps a match of a decoded text to the bytes of the source, and checks that the same value
/// can be read again from there.
#[expect(
    clippy::disallowed_methods,
    reason = "a value in an encoded text is located in the source"
)]
fn in_source(text: Text, decoded: &DecodedSpan, mut found: Match) -> Source {
    let Some((place, mut steps)) = decoded.source_of(&found.range) else {
        return Source::Unknown;
    };
    steps.append(&mut found.decoding);
    let raw = &text.bytes[place.clone()];
    if raw == found.value.expose() {
        // Here only the surroundings of the value are encoded, not the value itself.
        steps.clear();
    } else if !decoded.is_gzip()
        && decode::apply(raw, &steps).as_deref() != Some(found.value.expose())
    {
        // A gzip stream is not decompressed again for each of its values: `DecodedSpan` did that
        // once.
        return Source::NotRepeatable;
    }
    found.range = place;
    found.decoding = steps;
    Source::Found(found)
}
