//! The vocabulary between searching and resolving: matches, candidates, and the other things that a
//! line can contribute.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::compile::Rule;
use super::event::{Event, Trace};
use super::formats::ValueSite;
use crate::coverage::Limit;
use crate::finding::{Certainty, Confidence, Context, Decoding, Kind};
use crate::secret::SecretValue;

/// A value that a rule found in a text.
#[derive(Clone, Debug)]
pub struct Match {
    /// Index of the rule, for [`Engine::rule`](super::engine::Engine::rule).
    pub rule: usize,
    /// The raw value in the text, in bytes.
    pub range: Range<usize>,
    /// The value after decoding.
    pub value: SecretValue,
    /// The steps that make the value from the bytes of `range`, in order.
    pub decoding: Vec<Decoding>,
    /// Whether the value is the one that the reader of the file reads.
    pub certainty: Certainty,
    /// The kind of secret that the rule finds.
    pub kind: Kind,
    /// The confidence that the value is a secret: the rule's own, changed by proofs, filters and
    /// the model.
    pub confidence: Confidence,
    /// The name of the proof that the value passed.
    pub proof: Option<&'static str>,
    /// The value itself says that it has expired.
    pub expired: bool,
    /// Length in bytes of the value's fixed prefix, which may be shown.
    pub shown: usize,
    /// The surroundings of the value. Empty but for facts from the match's own line until
    /// [`Engine::read_surroundings`](super::engine::Engine::read_surroundings) fills them in.
    pub context: Arc<Context>,
    /// The values that belong to the same credential. Known with the surroundings.
    pub paired: Option<Paired>,
    /// The place of the value in the syntax of the file, of a value that is assigned to a name and that was read
    /// by its line alone.
    pub(super) site: Option<ValueSite>,
    /// The proof failed: the value is no secret, whatever another rule says of it.
    pub(super) refuted: bool,
    /// The filter that rejects the value, or `unlikely` if the model does. It stays only if its place can hold nothing but
    /// a password.
    pub(super) unless_login: Option<&'static str>,
}

impl Match {
    /// A match with the rule's own kind and confidence, and no other facts.
    pub(super) fn new(
        rule: usize,
        spec: &Rule,
        range: Range<usize>,
        value: SecretValue,
        decoding: Vec<Decoding>,
    ) -> Self {
        Self {
            rule,
            range,
            value,
            decoding,
            certainty: Certainty::Exact,
            kind: spec.kind,
            confidence: spec.confidence,
            proof: None,
            expired: false,
            shown: 0,
            context: Arc::default(),
            paired: None,
            site: None,
            refuted: false,
            unless_login: None,
        }
    }

    /// The match as that of a password's hash, under whatever name it is.
    pub(super) fn into_password_hash(self) -> Self {
        Match {
            kind: Kind::PasswordHash,
            confidence: Confidence::Low,
            ..self
        }
    }
}

/// The other values of the credential of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paired {
    /// The match is the secret of the credential. All parts by name, the match included.
    Secret(BTreeMap<String, SecretValue>),
    /// The match is another part. The secret of the credential.
    Part(SecretValue),
}

/// A match that competes with others for its place, and the start of the anchor that led to it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Start of the anchor. It decides to which line the candidate belongs.
    pub anchor: usize,
    /// The match.
    pub matched: Match,
}

/// An anchor whose rule needs more of the text than the anchor's line. Its search waits until the
/// whole text is known.
#[derive(Clone, Debug)]
pub(super) struct CrossLineAnchor {
    /// Index of the rule.
    pub rule: usize,
    /// The anchor, in bytes of the text.
    pub range: Range<usize>,
}

/// A range of a text that is encoded, and the first step that decodes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedSpan {
    /// The encoded bytes of the text.
    pub range: Range<usize>,
    /// The first step of decoding.
    pub step: Decoding,
}

impl EncodedSpan {
    /// Whether this is a token with escapes, rather than a run of base64 or hex digits. A run has
    /// so many bytes that there cannot be many.
    pub(super) fn is_token(&self) -> bool {
        !matches!(self.step, Decoding::Base64 | Decoding::Hex)
    }
}

/// The place in a text from which on nothing is known of its lines, and the limit that was reached
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CutOff {
    /// Anchors before this are complete.
    pub at: usize,
    /// The limit.
    pub limit: Limit,
}

/// The limits that a text reached.
pub type ReachedLimits = BTreeSet<Limit>;

/// The work at a place of a large text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineCost {
    /// The start of an anchor.
    pub at: usize,
    /// See [`TextLimits::work`](super::text_limits::TextLimits::work).
    pub work: u32,
}

/// How many candidates each filter rejected, by the filter's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectionCounts(BTreeMap<&'static str, u64>);

impl RejectionCounts {
    /// Counts one rejection by `filter`.
    pub(super) fn add(&mut self, filter: &'static str) {
        *self.0.entry(filter).or_default() += 1;
    }

    /// Counts a match that a filter rejects, and records it.
    pub(super) fn reject(&mut self, found: &Match, filter: &'static str, trace: &mut Trace) {
        self.add(filter);
        trace.record(|| Event::Rejected {
            rule: found.rule,
            range: found.range.clone(),
            filter,
        });
    }

    /// Adds the counts of `other`.
    pub fn absorb(&mut self, other: &RejectionCounts) {
        for (&filter, &count) in &other.0 {
            *self.0.entry(filter).or_default() += count;
        }
    }

    /// Whether nothing was rejected.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Filters and their counts, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(&filter, &count)| (filter, count))
    }

    /// The filters that rejected something, in order of name.
    pub fn filters(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.keys().copied()
    }

    /// The number of candidates that `filter` rejected.
    pub fn of(&self, filter: &str) -> u64 {
        self.0.get(filter).copied().unwrap_or_default()
    }
}

/// Candidates found line by line, before cross-line rules and overlap resolution.
///
/// The candidates of a line depend on that line and the kind of file alone, so a version of a file
/// can inherit the candidates of the lines that it shares with another version.
/// [`Engine::resolve`](super::engine::Engine::resolve) makes matches of the candidates of all
/// lines.
#[derive(Clone, Debug, Default)]
pub struct LineCandidates {
    /// Matches that compete for their places.
    pub(super) candidates: Vec<Candidate>,
    /// Anchors whose search waits for the whole text.
    pub(super) cross_line: Vec<CrossLineAnchor>,
    /// Spans whose decoding waits for the whole text.
    pub(super) encoded: Vec<EncodedSpan>,
    /// The work on the lines of a large text.
    pub(super) costs: Vec<LineCost>,
    /// Places in lines with more values within values than are examined.
    pub(super) crowded: Vec<usize>,
    /// The place from which on nothing is known, if a limit was reached.
    pub(super) cut: Option<CutOff>,
    /// The limits that the decoded text reached, if the text is UTF-16.
    pub(super) reached: ReachedLimits,
    /// Candidates that filters rejected.
    pub(super) rejected: RejectionCounts,
}

impl LineCandidates {
    /// Whether there is nothing to resolve or to report. Candidates that were rejected do not count.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.cut.is_none() && self.reached.is_empty()
    }

    /// Number of things that other versions of the text inherit.
    pub(super) fn len(&self) -> usize {
        self.candidates.len()
            + self.cross_line.len()
            + self.encoded.len()
            + self.costs.len()
            + self.crowded.len()
    }

    /// The place from which on nothing is known of the lines, if a limit was reached.
    pub fn known_to(&self) -> Option<usize> {
        self.cut.map(|cut| cut.at)
    }

    /// The work of resolving the candidates, as a number of bytes whose search costs as much.
    pub fn resolution_bytes(&self) -> u64 {
        /// Decoding, filters, proofs, the classifier and the context of one value: about 5 microseconds.
        const CANDIDATE: u64 = 512;
        /// The text around an anchor that a rule reaches over.
        const REACH: u64 = 4096;
        let encoded: u64 = self
            .encoded
            .iter()
            .map(|span| span.range.len() as u64)
            .sum();
        CANDIDATE * self.candidates.len() as u64 + REACH * self.cross_line.len() as u64 + encoded
    }

    /// Candidates that filters rejected line by line.
    pub fn rejected(&self) -> &RejectionCounts {
        &self.rejected
    }

    /// Adds the candidates of other lines of the same text.
    pub fn absorb(&mut self, other: LineCandidates) {
        self.candidates.extend(other.candidates);
        self.cross_line.extend(other.cross_line);
        self.encoded.extend(other.encoded);
        self.costs.extend(other.costs);
        self.crowded.extend(other.crowded);
        self.cut = self.cut.into_iter().chain(other.cut).min();
        self.reached.extend(other.reached);
        self.rejected.absorb(&other.rejected);
    }
}

impl LineCandidates {
    /// Drops the candidates at the place of the cut-off, where a limit is exceeded.
    pub(super) fn drop_cut(&mut self) {
        let Some(cut) = self.cut else { return };
        self.candidates
            .retain(|candidate| candidate.anchor < cut.at);
        self.cross_line.retain(|anchor| anchor.range.start < cut.at);
        self.encoded.retain(|span| span.range.start < cut.at);
        self.crowded.retain(|&at| at < cut.at);
    }
}

/// The candidates of a text that other versions of it inherit: in order of their anchors, and
/// without rejection counts, which belong to the version whose lines were searched.
#[derive(Clone, Debug)]
pub struct InheritableCandidates(LineCandidates);

impl InheritableCandidates {
    /// The inheritable part of `candidates`.
    pub fn of(candidates: &LineCandidates) -> Self {
        let mut inheritable = LineCandidates {
            rejected: RejectionCounts::default(),
            ..candidates.clone()
        };
        inheritable
            .candidates
            .sort_by_key(|candidate| candidate.anchor);
        inheritable
            .cross_line
            .sort_by_key(|anchor| anchor.range.start);
        inheritable.encoded.sort_by_key(|span| span.range.start);
        inheritable.costs.sort_by_key(|cost| cost.at);
        inheritable.crowded.sort_unstable();
        Self(inheritable)
    }

    /// About the bytes of memory that this takes, without the values, which are shared.
    pub fn size(&self) -> usize {
        self.0.candidates.capacity() * size_of::<Candidate>()
            + self.0.cross_line.capacity() * size_of::<CrossLineAnchor>()
            + self.0.encoded.capacity() * size_of::<EncodedSpan>()
            + self.0.costs.capacity() * size_of::<LineCost>()
    }

    /// Adds the candidates of `lines`, which begin at `to` in another text, to those of that text.
    pub fn copy_lines(&self, lines: Range<usize>, to: usize, out: &mut LineCandidates) {
        let from = lines.start;
        let moved = |range: &Range<usize>| range.start + to - from..range.end + to - from;
        out.candidates.extend(
            within(&self.0.candidates, &lines, |candidate| candidate.anchor).map(|candidate| {
                let mut candidate = candidate.clone();
                candidate.anchor = candidate.anchor + to - from;
                // A value may begin with the line end before its line: its start may be before
                // `from`.
                candidate.matched.range = moved(&candidate.matched.range);
                let site = candidate.matched.site;
                candidate.matched.site = site.map(|site| site.moved(from, to));
                candidate
            }),
        );
        out.cross_line.extend(
            within(&self.0.cross_line, &lines, |anchor| anchor.range.start).map(|anchor| {
                CrossLineAnchor {
                    rule: anchor.rule,
                    range: moved(&anchor.range),
                }
            }),
        );
        out.encoded.extend(
            within(&self.0.encoded, &lines, |span| span.range.start).map(|span| EncodedSpan {
                range: moved(&span.range),
                step: span.step,
            }),
        );
        let place = |at: usize| at + to - from;
        out.costs.extend(
            within(&self.0.costs, &lines, |cost| cost.at).map(|cost| LineCost {
                at: place(cost.at),
                work: cost.work,
            }),
        );
        let crowded = within(&self.0.crowded, &lines, |&at| at);
        out.crowded.extend(crowded.map(|&at| place(at)));
    }
}

/// The items whose place is within `lines`, of items in order of place.
fn within<'a, T>(
    items: &'a [T],
    lines: &Range<usize>,
    place: impl Fn(&T) -> usize,
) -> impl Iterator<Item = &'a T> {
    let first = items.partition_point(|item| place(item) < lines.start);
    let end = lines.end;
    items[first..]
        .iter()
        .take_while(move |item| place(item) < end)
}

/// The matches of a text, with their surroundings.
#[derive(Debug, Default)]
pub struct TextMatches {
    /// In order of place. Matches do not overlap, except values of one compressed stream.
    pub matches: Vec<Match>,
    /// Candidates that filters rejected.
    pub rejected: RejectionCounts,
    /// The limits that the text reached: it may have more matches.
    pub limits: ReachedLimits,
}
