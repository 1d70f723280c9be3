//! Runs all rules over one text in one pass.
//!
//! One pass finds the anchors of all rules; a rule's own search runs only in a window around one. The
//! contract: what is found is what a search of every window without anchors would find (`anchors_lose_nothing` in the tests).

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::anchors::Anchors;
use super::classifier::Features;
use super::compile::{Matcher, Rule};
pub use super::encoded::EncodedSpan;
use super::encoded::{self, Budget};
use super::file_kind::FileKind;
use super::formats::Unread;
use super::proof::key_store::StoreFormat;
use super::search::LineSearch;
use super::seen_runs::{SeenRuns, UnseenRun};
use crate::finding::{Confidence, Context, Decoding, Kind, Lines};
use crate::secret::SecretValue;

/// A value that a rule found in a text.
#[derive(Clone, Debug)]
pub struct Match {
    /// Index into [`Engine::rules`].
    pub rule: usize,
    /// The raw value in the text, in bytes.
    pub range: Range<usize>,
    pub value: SecretValue,
    pub decoding: Vec<Decoding>,
    pub kind: Kind,
    pub confidence: Confidence,
    pub proof: Option<&'static str>,
    pub expired: bool,
    /// Length of the value's fixed prefix, which may be shown.
    pub shown: usize,
    pub context: Arc<Context>,
    /// The proof failed: the value is none, whatever another rule makes of it.
    pub(super) refuted: bool,
}

impl Match {
    /// A value that a rule found and nothing else is known of yet.
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
            kind: spec.kind,
            confidence: spec.confidence,
            proof: None,
            expired: false,
            shown: 0,
            context: Arc::default(),
            refuted: false,
        }
    }
}

/// A candidate, and where the anchor stands by which it was found.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub anchor: usize,
    pub matched: Match,
}

/// An anchor of a rule that reaches over lines.
#[derive(Clone, Debug)]
pub struct CrossLineAnchor {
    pub rule: usize,
    pub anchor: Range<usize>,
}

/// RejectionCounts candidates, by the filter's name.
pub type RejectionCounts = BTreeMap<&'static str, u64>;

/// What lines of a text hold, each found by itself: [`Engine::resolve`] makes matches of it.
#[derive(Clone, Debug, Default)]
pub struct LineCandidates {
    pub candidates: Vec<Candidate>,
    pub cross_line: Vec<CrossLineAnchor>,
    /// What is encoded and worth a look at what is behind it.
    pub encoded: Vec<EncodedSpan>,
    pub rejected: RejectionCounts,
}

impl LineCandidates {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.candidates.len() + self.cross_line.len() + self.encoded.len()
    }
}

/// What happened to a candidate, for `explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An anchor of the rule stands here, and the rule found nothing around it.
    AnchorOnly { rule: usize, anchor: Range<usize> },
    /// A word stands here that names of assignments end in, and nothing is assigned to it that a rule could judge.
    NotAssigned { word: Range<usize>, why: Unread },
    /// Something is assigned to a name that ends in such a word, and no rule is for names like it.
    OtherName { name: Range<usize> },
    Rejected {
        rule: usize,
        range: Range<usize>,
        filter: &'static str,
    },
    /// Candidate, and less sure than its rule is, by what the value shows.
    Doubted {
        rule: usize,
        range: Range<usize>,
        why: &'static str,
    },
    /// Something encoded was decoded and searched.
    Layer {
        range: Range<usize>,
        step: Decoding,
        /// Decoded bytes.
        bytes: usize,
    },
    /// Weighed by the model; found unless an event of the same range says otherwise.
    Judged {
        rule: usize,
        range: Range<usize>,
        features: Box<Features>,
    },
    /// Candidate, and given up for the match of another rule at the same place.
    Overruled {
        rule: usize,
        range: Range<usize>,
        by: usize,
    },
}

impl Event {
    /// The same event at another place.
    pub(super) fn moved(mut self, place: impl Fn(&Range<usize>) -> Range<usize>) -> Self {
        match &mut self {
            Event::AnchorOnly { anchor: range, .. }
            | Event::NotAssigned { word: range, .. }
            | Event::OtherName { name: range }
            | Event::Rejected { range, .. }
            | Event::Doubted { range, .. }
            | Event::Layer { range, .. }
            | Event::Judged { range, .. }
            | Event::Overruled { range, .. } => *range = place(range),
        }
        self
    }
}

/// Result of scanning one text.
#[derive(Debug, Default)]
pub struct TextMatches {
    /// In order of place; no two overlap, but for values of one packed stream.
    pub matches: Vec<Match>,
    pub rejected: RejectionCounts,
    /// Empty unless asked for.
    pub events: Vec<Event>,
}

/// A text, and what its place says of it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub bytes: &'a [u8],
    pub kind: FileKind,
    /// Holds NUL bytes: only rules with a fixed prefix are run.
    pub binary: bool,
}

impl<'a> Text<'a> {
    /// A text is called binary, as git does it, if it has a NUL byte among so many first ones.
    pub const TELLING: usize = 8000;

    /// Looks whether the text is binary.
    pub fn new(bytes: &'a [u8], kind: FileKind) -> Self {
        Self {
            bytes,
            kind,
            binary: memchr::memchr(0, &bytes[..bytes.len().min(Self::TELLING)]).is_some(),
        }
    }

    /// The step that makes text of it, if it is UTF-16: then it is searched whole, as that text.
    pub fn utf16(&self) -> Option<Decoding> {
        if self.binary {
            encoded::utf16_of(self.bytes)
        } else {
            None
        }
    }

    /// Where its lines are.
    pub fn lines(&self) -> Lines {
        match self.utf16() {
            Some(step) => Lines::starting_at(encoded::line_starts(self.bytes, step)),
            None => Lines::of(self.bytes),
        }
    }
}

/// All rules and their anchors.
pub struct Engine {
    pub rules: Vec<Rule>,
    pub(super) finder: Anchors,
    /// For each anchor, who wants to know.
    pub(super) uses: Vec<Vec<AnchorUse>>,
    /// Names of assignments with their rule, the longest first.
    pub(super) names: Vec<(String, usize)>,
    /// Rules for whole lines.
    pub(super) lines: Vec<usize>,
    /// Rules for key stores.
    pub(super) stores: Vec<(StoreFormat, usize)>,
    /// Seconds since 1970, for expiry.
    pub(super) now: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnchorUse {
    Pattern(usize),
    /// A pattern or a format that covers more than a line.
    Reaching(usize),
    /// What an object may say in `type`.
    Type(usize),
    /// The last word of names of assignments.
    NameEnd,
    /// An escaped `://`.
    Escaped(Decoding),
}

/// `://` as it is written in strings of JSON and in parts of URLs.
const ESCAPED_URI: [(&str, Decoding); 2] = [
    (":\\/\\/", Decoding::Backslash),
    ("%3a%2f%2f", Decoding::Percent),
];

/// Last words of names: an anchor must stand in the text as it is, while `api_key` and `apiKey` are the same name.
pub(super) const NAME_ENDS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "contrasena",
    "pwd",
    "pass",
    "secret",
    "token",
    "credentials",
    "credential",
    "passcode",
    "key",
    "auth",
];

/// Last two words of a name, of which the last alone is everywhere.
const KEY_BASE: [&str; 4] = ["keybase", "key_base", "key-base", "key.base"];

impl Engine {
    /// `now` is in seconds since 1970.
    pub fn new(rules: Vec<Rule>, now: i64) -> Self {
        let mut anchors: BTreeMap<String, Vec<AnchorUse>> = BTreeMap::new();
        let (mut names, mut lines, mut stores) = (Vec::new(), Vec::new(), Vec::new());
        for (index, rule) in rules.iter().enumerate() {
            match &rule.matcher {
                Matcher::Pattern(pattern) => {
                    let wanted = if pattern.reach > 0 {
                        AnchorUse::Reaching(index)
                    } else {
                        AnchorUse::Pattern(index)
                    };
                    for anchor in &pattern.anchors {
                        anchors.entry(anchor.clone()).or_default().push(wanted);
                    }
                }
                Matcher::Lines(_) => lines.push(index),
                Matcher::Object { types, .. } => {
                    for kind in types {
                        anchors
                            .entry(kind.clone())
                            .or_default()
                            .push(AnchorUse::Type(index));
                    }
                }
                Matcher::Store(format) => stores.push((*format, index)),
                Matcher::Kubernetes(words) => {
                    for word in words {
                        anchors
                            .entry(word.clone())
                            .or_default()
                            .push(AnchorUse::Reaching(index));
                    }
                }
                Matcher::Names(words) => {
                    for word in words {
                        let end = NAME_ENDS
                            .into_iter()
                            .find(|end| word.ends_with(end))
                            .unwrap_or(word);
                        let ends = match end.len() {
                            _ if word.ends_with(KEY_BASE[0]) => {
                                KEY_BASE.map(str::to_owned).to_vec()
                            }
                            // An anchor has three bytes; `pw` is found where a separator stands before it.
                            0..3 => vec![format!("_{end}"), format!("-{end}")],
                            _ => vec![end.to_owned()],
                        };
                        for end in ends {
                            let uses = anchors.entry(end).or_default();
                            if !uses.contains(&AnchorUse::NameEnd) {
                                uses.push(AnchorUse::NameEnd);
                            }
                        }
                        names.push((word.clone(), index));
                    }
                }
            }
        }
        for (escaped, step) in ESCAPED_URI {
            anchors
                .entry(escaped.to_owned())
                .or_default()
                .push(AnchorUse::Escaped(step));
        }
        names.sort_by_key(|(word, index)| (std::cmp::Reverse(word.len()), *index));
        let finder = Anchors::new(anchors.keys().map(String::as_str));
        let uses = anchors.into_values().collect();
        Self {
            rules,
            finder,
            uses,
            names,
            lines,
            stores,
            now,
        }
    }

    pub fn scan(&self, text: Text) -> TextMatches {
        self.run(text, false)
    }

    /// Like [`Engine::scan`], and tells what became of every candidate.
    pub fn explain(&self, text: Text) -> TextMatches {
        self.run(text, true)
    }

    fn run(&self, text: Text, trace: bool) -> TextMatches {
        let mut budget = Budget::of(text.bytes);
        let (local, events) = self.search_at(text, trace, &mut budget);
        self.resolve_text(text, local, events, trace, &mut budget)
    }

    /// Searches some whole lines of a text, given in order. What is found there depends on nothing else of the text but
    /// for its first and last byte: what precedes the first line and follows the last one is part of them.
    pub fn search_lines(&self, text: Text, lines: &[Range<usize>]) -> LineCandidates {
        let mut pass = LineSearch::new(self, text, false);
        for range in lines {
            pass.lines(range.clone());
        }
        pass.local
    }

    /// See [`Engine::search_lines`]; leaves out those of which it is known that they hold nothing, and remembers others. `unknown` is
    /// room.
    pub fn search_unseen_lines(
        &self,
        text: Text,
        lines: impl Iterator<Item = Range<usize>>,
        clean: &SeenRuns,
        unknown: &mut Vec<UnseenRun>,
    ) -> LineCandidates {
        let mut rejected = clean.look(&text, lines, unknown);
        let mut pass = LineSearch::new(self, text, false);
        for run in unknown {
            let before = pass.local.len();
            pass.lines(run.lines.clone());
            let these = std::mem::take(&mut pass.local.rejected);
            if pass.local.len() == before {
                clean.learn(run, &these);
            }
            these
                .into_iter()
                .for_each(|(filter, count)| *rejected.entry(filter).or_default() += count);
        }
        LineCandidates {
            rejected,
            ..pass.local
        }
    }

    /// See [`Engine::search_lines`]; searches all lines. A text in UTF-16 can only be searched whole.
    pub fn search_text(&self, text: Text) -> LineCandidates {
        self.search_at(text, false, &mut Budget::of(text.bytes)).0
    }
}

#[cfg(test)]
mod tests;
