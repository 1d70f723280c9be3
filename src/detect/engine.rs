//! Runs all rules over one text in one pass.
//!
//! An Aho-Corasick automaton finds the anchors of all rules; a rule's own search runs only in a window around one. The
//! contract: what is found is what a search of every window without anchors would find (`anchors_lose_nothing` and the tests
//! beside it in `engine_tests`).

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::Captures;

use super::assignment::{self, Assignment, Unread};
use super::compile::{Compiled, Matcher, Pattern, Rule};
use super::context::{Values, engine_of_scheme, scrub};
use super::decode;
use super::hint::FileKind;
use super::noise::{self, Candidate};
use super::proof::{self, Verdict};
use crate::finding::{Confidence, Context, Decoding, Kind};
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
    pub context: Context,
}

/// What happened to a candidate, for `explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An anchor of the rule stands here, and the rule found nothing around it.
    AnchorOnly {
        rule: usize,
        anchor: Range<usize>,
    },
    /// A word stands here that names of assignments end in, and nothing is assigned to it that a rule could judge.
    NotAssigned {
        word: Range<usize>,
        why: Unread,
    },
    /// Something is assigned to a name that ends in such a word, and no rule is for names like it.
    OtherName {
        name: Range<usize>,
    },
    Rejected {
        rule: usize,
        range: Range<usize>,
        filter: &'static str,
    },
    /// Found, and given up for the match of another rule at the same place.
    Overruled {
        rule: usize,
        range: Range<usize>,
        by: usize,
    },
}

/// Result of scanning one text.
#[derive(Debug, Default)]
pub struct Scanned {
    /// In order of place; no two overlap.
    pub matches: Vec<Match>,
    /// Rejected candidates, by the filter's name.
    pub rejected: BTreeMap<&'static str, u64>,
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
    /// Like git, calls binary what has a NUL byte among its first 8,000.
    pub fn new(bytes: &'a [u8], kind: FileKind) -> Self {
        Self { bytes, kind, binary: memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some() }
    }
}

/// All rules and the automaton over their anchors.
pub struct Engine {
    pub rules: Vec<Rule>,
    automaton: AhoCorasick,
    /// For each anchor, who wants to know.
    uses: Vec<Vec<Use>>,
    /// Names of assignments with their rule, the longest first.
    names: Vec<(String, usize)>,
    /// Seconds since 1970, for expiry.
    now: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Pattern(usize),
    /// The last word of names of assignments.
    NameEnd,
}

/// Last words of names: an anchor must stand in the text as it is, while `api_key` and `apiKey` are the same name.
const NAME_ENDS: [&str; 13] = [
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
    "key",
    "base",
    "auth",
];

/// Lines up to this length are one window; longer ones get a window around each anchor.
const LONG_LINE: usize = 8 * 1024;

impl Engine {
    /// `now` is in seconds since 1970.
    pub fn new(rules: Vec<Rule>, now: i64) -> Self {
        let mut anchors: BTreeMap<&str, Vec<Use>> = BTreeMap::new();
        let mut names = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            match &rule.matcher {
                Matcher::Pattern(pattern) => {
                    for anchor in &pattern.anchors {
                        anchors.entry(anchor).or_default().push(Use::Pattern(index));
                    }
                }
                Matcher::Names(words) => {
                    for word in words {
                        let end = NAME_ENDS.into_iter().find(|end| word.ends_with(end)).unwrap_or(word);
                        let uses = anchors.entry(end).or_default();
                        if !uses.contains(&Use::NameEnd) {
                            uses.push(Use::NameEnd);
                        }
                        names.push((word.clone(), index));
                    }
                }
            }
        }
        names.sort_by_key(|(word, index)| (std::cmp::Reverse(word.len()), *index));
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(anchors.keys())
            .expect("anchors are few and short");
        let uses = anchors.into_values().collect();
        Self { rules, automaton, uses, names, now }
    }

    pub fn scan(&self, text: Text) -> Scanned {
        self.run(text, false)
    }

    /// Like [`Engine::scan`], and tells what became of every candidate.
    pub fn explain(&self, text: Text) -> Scanned {
        self.run(text, true)
    }

    fn run(&self, text: Text, trace: bool) -> Scanned {
        let mut pass = Pass {
            engine: self,
            text,
            scanned: Scanned::default(),
            trace,
            states: Vec::new(),
            line: 0..0,
            last_name_end: 0,
        };
        for hit in self.automaton.find_overlapping_iter(text.bytes) {
            for &wanted in &self.uses[hit.pattern()] {
                match wanted {
                    Use::Pattern(rule) => pass.pattern(rule, hit.range()),
                    Use::NameEnd => pass.name(hit.range()),
                }
            }
        }
        pass.finish()
    }
}

/// How far a rule has searched the text.
#[derive(Clone, Copy, Default)]
struct State {
    /// No further match begins before this: end of the last match's value.
    from: usize,
    /// The line that ends here has been searched whole.
    line_done: usize,
}

struct Pass<'e, 't> {
    engine: &'e Engine,
    text: Text<'t>,
    scanned: Scanned,
    trace: bool,
    /// By rule; made when the first anchor is found, since most texts have none.
    states: Vec<State>,
    /// The line of the last anchor, without its end.
    line: Range<usize>,
    last_name_end: usize,
}

impl Pass<'_, '_> {
    fn pattern(&mut self, rule: usize, anchor: Range<usize>) {
        let engine = self.engine;
        let Matcher::Pattern(pattern) = &engine.rules[rule].matcher else { return };
        if self.text.binary && pattern.by_keyword {
            return;
        }
        if self.states.is_empty() {
            self.states = vec![State::default(); engine.rules.len()];
        }
        if self.states[rule].from > anchor.start {
            return;
        }
        // An expression that does not compile is refused when the rules are loaded or tested.
        let Ok(compiled) = pattern.compiled() else { return };
        let window = self.window(pattern, compiled, &anchor);
        let bytes = self.text.bytes;
        let whole_line = pattern.reach == 0 && window.len() <= LONG_LINE + 2;
        if whole_line && self.states[rule].line_done >= window.end {
            return;
        }
        let mut from = window.start.max(self.states[rule].from);
        let mut found = false;
        while from <= window.end {
            let Some(captures) = compiled.regex.captures_at(&bytes[..window.end], from) else { break };
            let whole = captures.get(0).expect("group 0 is the match").range();
            // Beyond the anchor: left to the anchor that stands there, unless this search is the line's only one.
            if !whole_line && whole.start > anchor.start {
                break;
            }
            // What ends one value may be what the next needs before it: a line end between two lines of tokens.
            let value_end = captures.name("secret").map_or(whole.end, |value| value.end());
            from = value_end.max(from + 1);
            if !whole_line && whole.end < anchor.end {
                continue;
            }
            self.states[rule].from = from;
            found = true;
            self.candidate(rule, pattern, &captures);
        }
        if whole_line {
            self.states[rule].line_done = window.end;
        }
        if !found {
            self.tell(|| Event::AnchorOnly { rule, anchor });
        }
    }

    /// Where a match around `anchor` can lie. A byte of context before and after the line lets a rule ask for what must
    /// not stand beside its match.
    fn window(&mut self, pattern: &Pattern, compiled: &Compiled, anchor: &Range<usize>) -> Range<usize> {
        let bytes = self.text.bytes;
        let around =
            anchor.end.saturating_sub(compiled.longest + 2)..(anchor.start + compiled.longest + 2).min(bytes.len());
        if pattern.reach > 0 {
            return around;
        }
        if !(self.line.start <= anchor.start && anchor.end <= self.line.end) {
            let start = memchr::memrchr(b'\n', &bytes[..anchor.start]).map_or(0, |at| at + 1);
            let end = memchr::memchr(b'\n', &bytes[anchor.start..]).map_or(bytes.len(), |at| anchor.start + at);
            self.line = start..end;
        }
        let line = self.line.start.saturating_sub(1)..(self.line.end + 1).min(bytes.len());
        if self.line.len() <= LONG_LINE { line } else { around.start.max(line.start)..around.end.min(line.end) }
    }

    fn candidate(&mut self, rule: usize, pattern: &Pattern, captures: &Captures) {
        let spec = &self.engine.rules[rule];
        let secret = captures.name("secret").or_else(|| captures.get(0)).expect("group 0 is the match");
        let range = secret.range();
        let raw = secret.as_bytes();
        let group = |name| {
            captures
                .name(name)
                .map(|part| String::from_utf8_lossy(part.as_bytes()).into_owned())
                .filter(|text| !text.is_empty())
        };
        let scheme = group("scheme").map(|scheme| scheme.to_ascii_lowercase());
        let decoding = if scheme.is_some() { decode::steps_of_uri_part(raw) } else { decode::steps_of_block(raw) };
        let value = SecretValue::new(decode::apply(raw, &decoding).unwrap_or_else(|| raw.to_vec()));
        if value.is_empty() {
            return;
        }
        if let Some(filter) = noise::of_pattern(value.expose()) {
            return self.reject(rule, range, filter);
        }
        if scheme.is_some() {
            let candidate = Candidate { value: value.expose(), key: b"", quoted: true, settings: false };
            if let Some(filter) =
                noise::of_assignment(&candidate).filter(|&filter| filter != "too-short" && filter != "path-or-url")
            {
                return self.reject(rule, range, filter);
            }
        }
        if noise::entropy(value.expose()) < spec.min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        let context = Context {
            key: None,
            user: group("user"),
            host: group("host"),
            port: group("port").and_then(|port| port.parse().ok()),
            database: group("database"),
            engine: scheme.as_deref().and_then(engine_of_scheme),
        };
        let prefix = pattern.anchors.iter().find(|anchor| {
            let head = raw.get(..anchor.len());
            !pattern.by_keyword
                && raw.len() >= anchor.len() + 12
                && head.is_some_and(|head| head.eq_ignore_ascii_case(anchor.as_bytes()))
        });
        let shown = prefix.map_or(0, String::len);
        let found = Match {
            rule,
            range,
            value,
            decoding,
            kind: spec.kind,
            confidence: spec.confidence,
            proof: None,
            expired: false,
            shown,
            context,
        };
        self.prove(found);
    }

    fn prove(&mut self, mut found: Match) {
        if let Some(proof) = self.engine.rules[found.rule].proof {
            match proof::prove(proof, found.value.expose(), self.engine.now) {
                Verdict::Refuted => return self.reject(found.rule, found.range, proof.name()),
                verdict => {
                    found.proof = Some(proof.name());
                    found.confidence = Confidence::High;
                    found.expired = verdict == Verdict::Expired;
                }
            }
        }
        self.scanned.matches.push(found);
    }

    fn name(&mut self, word: Range<usize>) {
        if self.text.binary || word.end <= self.last_name_end {
            return;
        }
        let bytes = self.text.bytes;
        let Assignment { name, value: range, quoted } = match assignment::read(bytes, &word, self.text.kind) {
            Ok(assignment) => assignment,
            // `pass` of `password`: the longer word tells.
            Err(Unread::NameGoesOn) if self.trace && longer_name_end(bytes, &word) => return,
            Err(why) => return self.tell(|| Event::NotAssigned { word, why }),
        };
        let normal = assignment::normalise(&bytes[name.clone()]);
        let Some(&(_, rule)) = self.engine.names.iter().find(|(word, _)| assignment::ends_in(&normal, word)) else {
            return self.tell(|| Event::OtherName { name });
        };
        // Two ends of one name (`…secret_key`): one assignment.
        self.last_name_end = name.end;
        let spec = &self.engine.rules[rule];
        let raw = &bytes[range.clone()];
        if raw.is_empty() {
            return;
        }
        let decoding = if quoted { decode::steps_of_quoted(raw) } else { Vec::new() };
        let value = SecretValue::new(decode::apply(raw, &decoding).unwrap_or_else(|| raw.to_vec()));
        let key = &bytes[name.clone()];
        let settings = self.text.kind == FileKind::Dotenv;
        if let Some(filter) = noise::of_assignment(&Candidate { value: value.expose(), key, quoted, settings }) {
            return self.reject(rule, range, filter);
        }
        // A rule that asks for entropy looks for values made by machines.
        if spec.min_entropy > 0.0 && noise::is_words(value.expose()) {
            return self.reject(rule, range, "words");
        }
        if noise::entropy(value.expose()) < spec.min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        // A bare value in a sentence is a guess.
        let guess = !quoted
            && matches!(self.text.kind, FileKind::Prose | FileKind::Unknown)
            && key.iter().all(u8::is_ascii_alphabetic);
        let confidence = if guess { Confidence::Low } else { spec.confidence };
        let context = Context {
            key: Some(String::from_utf8_lossy(key).trim_start_matches('-').to_owned()),
            ..Context::default()
        };
        let kind = spec.kind;
        self.prove(Match {
            rule,
            range,
            value,
            decoding,
            kind,
            confidence,
            proof: None,
            expired: false,
            shown: 0,
            context,
        });
    }

    fn reject(&mut self, rule: usize, range: Range<usize>, filter: &'static str) {
        *self.scanned.rejected.entry(filter).or_default() += 1;
        self.tell(|| Event::Rejected { rule, range, filter });
    }

    fn tell(&mut self, event: impl FnOnce() -> Event) {
        if self.trace {
            self.scanned.events.push(event());
        }
    }

    /// Of overlapping matches the surest stays: a pattern before a keyword before a name, then by confidence and length.
    fn finish(mut self) -> Scanned {
        let rules = &self.engine.rules;
        let rank = |found: &Match| {
            let class = match &rules[found.rule].matcher {
                Matcher::Pattern(pattern) if !pattern.by_keyword => 0,
                Matcher::Pattern(_) => 1,
                Matcher::Names(_) => 2,
            };
            let surest = (found.proof.is_none(), class, std::cmp::Reverse(found.confidence));
            // A longer fixed prefix is the more specific rule.
            let specific = (std::cmp::Reverse(found.range.len()), std::cmp::Reverse(found.shown));
            (surest, specific, found.range.start, found.rule)
        };
        let mut candidates = std::mem::take(&mut self.scanned.matches);
        if candidates.len() > 1 {
            candidates.sort_by_key(rank);
        }
        // Ranges that are taken, by start: they do not overlap, so only the neighbour before can reach into a new one.
        let mut taken: BTreeMap<usize, Match> = BTreeMap::new();
        for found in candidates {
            let overlapping =
                taken.range(..found.range.end).next_back().filter(|(_, other)| other.range.end > found.range.start);
            let Some((&start, by)) = overlapping else {
                taken.insert(found.range.start, found);
                continue;
            };
            if self.trace {
                let (rule, range, by) = (found.rule, found.range.clone(), by.rule);
                self.scanned.events.push(Event::Overruled { rule, range, by });
            }
            // What the weaker rule knows of the same value is kept.
            if by.range == found.range {
                taken.get_mut(&start).expect("just seen").context.fill_from(&found.context);
            }
        }
        let values: Vec<SecretValue> = taken.values().map(|found| found.value.clone()).collect();
        let secrets = Values::of(&values);
        self.scanned.matches = taken.into_values().collect();
        for found in &mut self.scanned.matches {
            scrub(&mut found.context, &secrets);
        }
        self.scanned
    }
}

/// Whether a longer one of [`NAME_ENDS`] begins where `word` does.
fn longer_name_end(text: &[u8], word: &Range<usize>) -> bool {
    NAME_ENDS.into_iter().filter(|end| end.len() > word.len()).any(|end| {
        let there = text.get(word.start..word.start + end.len());
        there.is_some_and(|there| there.eq_ignore_ascii_case(end.as_bytes()))
    })
}

#[cfg(test)]
#[path = "engine_cases.rs"]
mod tests;
