//! Makes matches of candidates: cross-line rules, decoded text, overlaps, and then surroundings.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::candidate::{
    Candidate, EncodedSpan, LineCandidates, Match, ReachedLimits, RejectionCounts, TextMatches,
};
use super::compile::{Matcher, Rule};
use super::context_redaction::{ValueSet, redact};
use super::decode;
use super::encoded::{self, Budget, DecodedSpan, SpanError};
use super::event::{Event, Trace};
use super::login_slots::raise_by_place;
use super::neighbours::reject_by_neighbours;
use super::overlap::resolve_overlaps;
use super::proof;
use super::rule_index::RuleIndex;
use super::search::LineSearch;
use super::searched_text::{Encoding, Text};
use super::surroundings;
use super::text_places::TextPlaces;
use super::value_reading::ValueReader;
use crate::cancel;
use crate::coverage::Limit;
use crate::finding::{Certainty, Confidence, Context, Decoding, Doubt};
use crate::secret::SecretValue;
use crate::steps;

/// The matches of a text whose values are known and whose surroundings have not been read.
///
/// Reading the surroundings is the more expensive half of resolving, and needs all matches of the
/// text: a caller that only compares values leaves it out.
#[derive(Debug)]
pub struct ValueMatches<'t> {
    text: Text<'t>,
    matches: Vec<Match>,
    rejected: RejectionCounts,
    limits: ReachedLimits,
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

    /// The limits that the text reached: it may have more matches.
    pub fn limits(&self) -> &ReachedLimits {
        &self.limits
    }

    /// Reads the surroundings of the matches.
    pub(super) fn read_surroundings(mut self, rules: &[Rule]) -> TextMatches {
        let rejected = std::mem::take(&mut self.rejected);
        let limits = self.limits.clone();
        TextMatches {
            matches: self.read_surroundings_of(rules, usize::MAX, |_| true),
            rejected,
            limits,
        }
    }

    /// Those of the first `most` matches that are wanted, with their surroundings.
    pub(super) fn read_surroundings_of(
        self,
        rules: &[Rule],
        most: usize,
        wants: impl Fn(&Match) -> bool,
    ) -> Vec<Match> {
        let values = context_values(self.text, &self.matches);
        let kept = self.matches.into_iter().take(most);
        let mut matches: Vec<Match> = kept.filter(|found| wants(found)).collect();
        let is_whole = self.limits.is_empty();
        add_context(rules, self.text, &mut matches, &values, is_whole);
        matches
    }
}

/// The values that must not become the context of a match: those of all matches of a text.
fn context_values(text: Text, matches: &[Match]) -> Vec<SecretValue> {
    let mut values: Vec<SecretValue> = matches.iter().map(|found| found.value.clone()).collect();
    // Raw values too: the surroundings are taken from the text as it is, without decoding. All values
    // of a compressed stream have its range.
    let encoded = matches.iter().filter(|found| !found.decoding.is_empty());
    let mut raw: Vec<_> = encoded.map(|found| found.range.clone()).collect();
    raw.dedup();
    values.extend(
        raw.into_iter()
            .map(|range| SecretValue::new(text.bytes[range].to_vec())),
    );
    values
}

/// Fills in the surroundings of some matches of a text: the path of the key, the user, the host. `values`
/// are those of all matches of the text. If these are not all that the text has, because a limit was
/// reached, only names are context.
#[expect(
    clippy::disallowed_methods,
    reason = "a proof reads the account within a value"
)]
fn add_context(
    rules: &[Rule],
    text: Text,
    matches: &mut [Match],
    values: &[SecretValue],
    is_whole: bool,
) {
    if matches.is_empty() {
        return;
    }
    if is_whole {
        surroundings::read_surroundings(text, matches);
    } else {
        for found in matches.iter_mut() {
            let key = found.context.key.clone();
            found.context = Arc::new(Context {
                key,
                ..Context::default()
            });
        }
    }
    let secrets = OnceCell::new();
    for found in matches {
        if *found.context != Context::default() {
            let context = Arc::make_mut(&mut found.context);
            redact(context, secrets.get_or_init(|| ValueSet::of(values)));
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
        candidates: LineCandidates,
    ) -> ValueMatches<'t> {
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
        if !encoded.is_empty() {
            encoded.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
            self.search_spans(text, encoded, &mut matches, &mut rejected);
        }
        limits.append(&mut self.limits);
        if self.read_values(text, &mut matches, &mut rejected) {
            limits.insert(Limit::Work);
        }
        reject_by_neighbours(
            &self.index.rules,
            text,
            &mut matches,
            &mut rejected,
            &mut self.trace,
        );
        let mut matches = resolve_overlaps(&self.index.rules, matches, &mut self.trace);
        raise_by_place(&self.index.rules, text, &mut matches);
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

/// A match of a decoded text, mapped to the source.
enum Source {
    Found(Match),
    /// The bytes that the value is made of are not known.
    Unknown,
    /// The bytes and steps of the value give another value.
    NotRepeatable,
}

/// Maps matches of one decoded text to the source.
#[derive(Default)]
struct SourceReader {
    /// The compressed stream of the last value that came from one: its other values come next.
    stream: Option<UnpackedStream>,
}

/// A compressed stream that was decompressed.
struct UnpackedStream {
    /// Its bytes in the source.
    place: Range<usize>,
    /// The steps up to its decompression.
    steps: Vec<Decoding>,
    /// `None` if the steps do not fit the bytes.
    content: Option<Zeroizing<Vec<u8>>>,
}

impl SourceReader {
    /// Maps a match of a decoded text to the bytes of the source, and checks that the same value
    /// can be read again from there.
    #[expect(
        clippy::disallowed_methods,
        reason = "a value in an encoded text is located in the source"
    )]
    fn in_source(&mut self, text: Text, decoded: &DecodedSpan, mut found: Match) -> Source {
        let Some((place, mut steps)) = decoded.source_of(&found.range) else {
            return Source::Unknown;
        };
        steps.append(&mut found.decoding);
        found.certainty = found.certainty.max(decoded.certainty_of(&found.range));
        if text.bytes[place.clone()] == *found.value.expose() {
            // Here only the surroundings of the value are encoded, not the value itself.
            steps.clear();
        } else if !decoded.is_gzip() && !self.repeats(text, &place, &steps, found.value.expose()) {
            // A gzip stream is not decompressed again for its values: `DecodedSpan` did that.
            return Source::NotRepeatable;
        }
        found.range = place;
        found.decoding = steps;
        Source::Found(found)
    }

    /// Whether the bytes at a place give a value. A compressed stream is decompressed once for all
    /// of its values.
    fn repeats(
        &mut self,
        text: Text,
        place: &Range<usize>,
        steps: &[Decoding],
        value: &[u8],
    ) -> bool {
        let raw = &text.bytes[place.clone()];
        let Some(last) = steps.iter().rposition(|step| *step == Decoding::Gzip) else {
            steps::count(raw.len());
            return decode::apply(raw, steps).as_deref() == Some(value);
        };
        let (unpacking, rest) = steps.split_at(last + 1);
        let is_same = self
            .stream
            .as_ref()
            .is_some_and(|stream| stream.place == *place && stream.steps == unpacking);
        if !is_same {
            steps::count(raw.len());
            let content = decode::apply(raw, unpacking).map(Zeroizing::new);
            self.stream = Some(UnpackedStream {
                place: place.clone(),
                steps: unpacking.to_vec(),
                content,
            });
        }
        let content = self
            .stream
            .as_ref()
            .and_then(|stream| stream.content.as_ref());
        // The first step takes the value out of the content.
        let part = content.and_then(|content| match rest {
            [Decoding::Part { start, end }, rest @ ..] => {
                let part = content.get(*start as usize..*end as usize)?;
                decode::apply(part, rest)
            }
            _ => decode::apply(content, rest),
        });
        part.as_deref() == Some(value)
    }
}
