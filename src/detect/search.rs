//! Finds candidates around anchors, line by line: whatever is found depends on nothing but its own line, so that a line which
//! stands in two versions of a file needs to be searched in one of them. Rules that reach over lines leave a mark where
//! their anchor stands; they are searched when the whole text is known (see [`super::settle`]).

use std::ops::Range;
use std::sync::Arc;

use regex::bytes::Captures;

use super::assignment::{self, Assignment, Unread};
use super::compile::{Compiled, Matcher, Pattern};
use super::context::engine_of_scheme;
use super::decode;
use super::engine::{Engine, Event, Found, Local, Mark, Match, NAME_ENDS, Text, Use};
use super::hint::FileKind;
use super::model::{self, Judgement, Site};
use super::noise::{self, Candidate};
use super::proof::{self, Verdict};
use crate::finding::{Confidence, Context};
use crate::secret::SecretValue;

/// Lines up to this length are one window; longer ones get a window around each anchor.
const LONG_LINE: usize = 8 * 1024;

/// How far a rule has searched the text.
#[derive(Clone, Copy, Default)]
struct State {
    /// No further match begins before this: end of the last match's value.
    from: usize,
    /// The line that ends here has been searched whole.
    line_done: usize,
}

pub(super) struct Pass<'e, 't> {
    engine: &'e Engine,
    text: Text<'t>,
    pub(super) local: Local,
    /// Empty unless asked for.
    pub(super) events: Vec<Event>,
    trace: bool,
    /// End, start and number of anchors that were found and not yet looked at.
    hits: Vec<(usize, usize, u32)>,
    /// Where the anchor stands that is being looked at.
    anchor: usize,
    /// By rule; made when the first anchor is found, since most texts have none.
    states: Vec<State>,
    /// The line of the last anchor, without its end.
    line: Range<usize>,
    last_name_end: usize,
}

impl<'e, 't> Pass<'e, 't> {
    pub(super) fn new(engine: &'e Engine, text: Text<'t>, trace: bool) -> Self {
        Self {
            engine,
            text,
            local: Local::default(),
            events: Vec::new(),
            trace,
            hits: Vec::new(),
            anchor: 0,
            states: Vec::new(),
            line: 0..0,
            last_name_end: 0,
        }
    }

    /// Searches whole lines. Ranges are to be given in order, and no line twice.
    pub(super) fn lines(&mut self, range: Range<usize>) {
        let engine = self.engine;
        let bytes = &self.text.bytes[range.clone()];
        let mut hits = std::mem::take(&mut self.hits);
        engine.finder.find(bytes, |number, place| hits.push((place.end, place.start, number)));
        // A rule looks at its anchors from left to right.
        hits.sort_unstable();
        for (end, start, number) in hits.drain(..) {
            let anchor = range.start + start..range.start + end;
            self.anchor = anchor.start;
            for &wanted in &engine.uses[number as usize] {
                match wanted {
                    Use::Pattern(rule) => self.pattern(rule, anchor.clone()),
                    Use::Reaching(rule) => self.local.marks.push(Mark { rule, anchor: anchor.clone() }),
                    Use::NameEnd => self.name(anchor.clone()),
                }
            }
        }
        self.hits = hits;
    }

    /// Searches around the anchor of a rule that reaches over lines. Marks are to be given in order.
    pub(super) fn mark(&mut self, mark: &Mark) {
        self.anchor = mark.anchor.start;
        self.pattern(mark.rule, mark.anchor.clone());
    }

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
        let whole_line = pattern.reach == 0 && self.line.len() <= LONG_LINE;
        if whole_line && self.states[rule].line_done >= window.end {
            return;
        }
        // What was found in the line before is nothing to this one, even if it took the line end.
        let before = self.states[rule].from;
        let mut from =
            if pattern.reach == 0 && before <= self.line.start { window.start } else { window.start.max(before) };
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
        // Decoded, as values are: a value that stands in such a part too must be known again.
        let part = |name| {
            let raw = captures.name(name)?.as_bytes();
            let steps = if scheme.is_some() { decode::steps_of_uri_part(raw) } else { Vec::new() };
            let plain = decode::apply(raw, &steps).unwrap_or_else(|| raw.to_vec());
            Some(String::from_utf8_lossy(&plain).into_owned()).filter(|text| !text.is_empty())
        };
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
            user: part("user"),
            host: group("host"),
            port: group("port").and_then(|port| port.parse().ok()),
            database: part("database"),
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
            context: Arc::new(context),
            refuted: false,
        };
        self.prove(found);
    }

    fn prove(&mut self, mut found: Match) {
        if let Some(proof) = self.engine.rules[found.rule].proof {
            match proof::prove(proof, found.value.expose(), self.engine.now) {
                Verdict::Refuted => {
                    self.reject(found.rule, found.range.clone(), proof.name());
                    if !proof.is_checksum() {
                        return;
                    }
                    found.refuted = true;
                }
                verdict => {
                    found.proof = Some(proof.name());
                    found.confidence = Confidence::High;
                    found.expired = verdict == Verdict::Expired;
                }
            }
        }
        self.local.found.push(Found { anchor: self.anchor, what: found });
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
        // Without what qualifies it: `password` of `password_confirmation`.
        let stem = name.start..if name.contains(&(word.end - 1)) { word.end } else { name.end };
        let normal = assignment::normalise(&bytes[stem]);
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
        if noise::entropy(value.expose()) < spec.min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        let site = Site {
            text: bytes,
            name: name.clone(),
            range: range.clone(),
            value: value.expose(),
            quoted,
            kind: self.text.kind,
        };
        let features = model::features::of(&site);
        let judged = Judgement::of(&features);
        self.tell(|| Event::Judged { rule, range: range.clone(), features: Box::new(features) });
        let Some(confidence) = judged.confidence() else {
            return self.reject(rule, range, "unlikely");
        };
        let confidence = confidence.min(spec.confidence);
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
            context: Arc::new(context),
            refuted: false,
        });
    }

    fn reject(&mut self, rule: usize, range: Range<usize>, filter: &'static str) {
        *self.local.rejected.entry(filter).or_default() += 1;
        self.tell(|| Event::Rejected { rule, range, filter });
    }

    fn tell(&mut self, event: impl FnOnce() -> Event) {
        if self.trace {
            self.events.push(event());
        }
    }
}

/// Whether a longer one of [`NAME_ENDS`] begins where `word` does.
fn longer_name_end(text: &[u8], word: &Range<usize>) -> bool {
    NAME_ENDS.into_iter().filter(|end| end.len() > word.len()).any(|end| {
        let there = text.get(word.start..word.start + end.len());
        there.is_some_and(|there| there.eq_ignore_ascii_case(end.as_bytes()))
    })
}
