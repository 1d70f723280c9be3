//! Finds candidates around anchors, line by line: whatever is found depends on nothing but its own line, so that a line which
//! stands in two versions of a file needs to be searched in one of them. Rules that reach over lines leave a mark where
//! their anchor stands; they are searched when the whole text is known (see [`super::settle`]).

use std::ops::Range;
use std::sync::Arc;

use regex::bytes::Captures;

use super::compile::{Matcher, Pattern};
use super::database_engine::engine_of_scheme;
use super::decode;
use super::encoded;
use super::engine::{
    AnchorUse, Candidate, CrossLineAnchor, EncodedSpan, Engine, Event, LineCandidates, Match, Text,
};
use super::expression::Expression;
use super::file_kind::FileKind;
use super::filters::{self, AssignedValue};
use super::formats::{below, credentials};
use super::proof::{self, Verdict};
use crate::finding::{Confidence, Context, Decoding};
use crate::secret::SecretValue;

mod assignment;
mod key_store;
mod typed_object;

/// Lines up to this length are one window; longer ones get a window around each anchor.
const LONG_LINE: usize = 8 * 1024;

/// Up to so many rules with an anchor in a text are gone through for their states; of more there is a table.
const FEW: usize = 8;

/// How far a rule has searched the text.
#[derive(Clone, Copy, Default)]
struct State {
    rule: usize,
    /// No further match begins before this: end of the last match's value, or of the last document that was read.
    from: usize,
    /// The line that ends here has been searched whole.
    line_done: usize,
    /// What is searched around anchors: where a row of windows that overlap began, where the last of them ends, and before
    /// what place matches that begin there are known.
    row: usize,
    row_end: usize,
    known: usize,
}

pub(super) struct LineSearch<'e, 't> {
    engine: &'e Engine,
    text: Text<'t>,
    pub(super) local: LineCandidates,
    /// Empty unless asked for.
    pub(super) events: Vec<Event>,
    trace: bool,
    /// End, start and number of anchors that were found and not yet looked at.
    hits: Vec<(usize, usize, u32)>,
    /// Where the anchor stands that is being looked at.
    anchor: usize,
    /// By rule, one more than the place of its state, or zero; empty as long as there are few.
    slots: Vec<u32>,
    states: Vec<State>,
    /// The line of the last anchor, without its end.
    line: Range<usize>,
    last_name_end: usize,
    /// End of the last token that is escaped.
    escaped_to: usize,
    /// Bytes that expressions were run over.
    #[cfg(test)]
    pub(super) work: usize,
}

impl<'e, 't> LineSearch<'e, 't> {
    pub(super) fn new(engine: &'e Engine, text: Text<'t>, trace: bool) -> Self {
        Self {
            engine,
            text,
            local: LineCandidates::default(),
            events: Vec::new(),
            trace,
            hits: Vec::new(),
            anchor: 0,
            slots: Vec::new(),
            states: Vec::new(),
            line: 0..0,
            last_name_end: 0,
            escaped_to: 0,
            #[cfg(test)]
            work: 0,
        }
    }

    /// Searches whole lines. Ranges are to be given in order, and no line twice.
    pub(super) fn lines(&mut self, range: Range<usize>) {
        let engine = self.engine;
        let mut hits = std::mem::take(&mut self.hits);
        engine
            .finder
            .find(self.text.bytes, range.clone(), |number, place| {
                hits.push((place.end, place.start, number))
            });
        // A rule looks at its anchors from left to right.
        hits.sort_unstable();
        for (end, start, number) in hits.drain(..) {
            let anchor = start..end;
            self.anchor = anchor.start;
            for &wanted in &engine.uses[number as usize] {
                match wanted {
                    AnchorUse::Pattern(rule) => self.pattern(rule, anchor.clone()),
                    AnchorUse::Reaching(rule) => self.local.cross_line.push(CrossLineAnchor {
                        rule,
                        anchor: anchor.clone(),
                    }),
                    AnchorUse::Type(rule)
                        if !self.text.binary && credentials::is_type(self.text.bytes, &anchor) =>
                    {
                        self.local.cross_line.push(CrossLineAnchor {
                            rule,
                            anchor: anchor.clone(),
                        });
                    }
                    AnchorUse::Type(_) => {}
                    AnchorUse::NameEnd => self.name(anchor.clone()),
                    AnchorUse::Escaped(step)
                        if encoded::is_uri_behind(self.text.bytes, anchor.end) =>
                    {
                        self.escaped(step, &anchor);
                    }
                    AnchorUse::Escaped(_) => {}
                }
            }
            if let Some(step) = encoded::escape_after(self.text.bytes, anchor.end) {
                self.escaped(step, &anchor);
            }
        }
        self.hits = hits;
        if range.start == 0 {
            self.store_begins();
        }
        if !self.text.binary {
            encoded::runs(self.text.bytes, range.clone(), |run| {
                self.local.encoded.push(run)
            });
        }
        if self.text.kind == FileKind::Login && !self.text.binary {
            self.whole_lines(range);
        }
    }

    /// Rules for whole lines, of files that hold little else than credentials.
    fn whole_lines(&mut self, range: Range<usize>) {
        const LONGEST: usize = 1024;
        let engine = self.engine;
        let bytes = self.text.bytes;
        let mut start = range.start;
        while start < range.end {
            let end = memchr::memchr(b'\n', &bytes[start..range.end])
                .map_or(range.end, |len| start + len);
            let line = bytes[start..end]
                .strip_suffix(b"\r")
                .unwrap_or(&bytes[start..end]);
            for &rule in &engine.lines {
                let Matcher::Lines(pattern) = &engine.rules[rule].matcher else {
                    continue;
                };
                let Ok(exact) = pattern.compiled().and_then(Expression::exact) else {
                    continue;
                };
                let captures = if line.len() <= LONGEST {
                    exact.captures_at(&bytes[..start + line.len()], start)
                } else {
                    None
                };
                if let Some(captures) = captures
                    && captures
                        .get(0)
                        .is_some_and(|whole| whole.range() == (start..start + line.len()))
                {
                    self.anchor = start;
                    self.candidate(rule, pattern, &captures);
                }
            }
            start = end + 1;
        }
    }

    /// Notes that what stands around an anchor is escaped.
    fn escaped(&mut self, step: Decoding, anchor: &Range<usize>) {
        if self.text.binary || anchor.start < self.escaped_to {
            return;
        }
        let at = encoded::token(self.text.bytes, anchor);
        self.escaped_to = at.end;
        self.local.encoded.push(EncodedSpan { at, step });
    }

    /// Searches around the anchor of a rule that reaches over lines. Marks are to be given in order.
    pub(super) fn mark(&mut self, mark: &CrossLineAnchor) {
        self.anchor = mark.anchor.start;
        match &self.engine.rules[mark.rule].matcher {
            Matcher::Pattern(_) => self.pattern(mark.rule, mark.anchor.clone()),
            Matcher::Kubernetes(_) => self.kubernetes(mark.rule, mark.anchor.start),
            Matcher::Names(_) => match below::read(self.text.bytes, &mark.anchor, self.text.kind) {
                Ok(found) => self.assigned(mark.rule, found),
                Err(why) => self.tell(|| Event::NotAssigned {
                    word: mark.anchor.clone(),
                    why,
                }),
            },
            Matcher::Object { members, .. } => self.granted(mark.rule, members, &mark.anchor),
            Matcher::Store(format) => self.store(mark.rule, *format),
            Matcher::Lines(_) => {}
        }
    }

    fn pattern(&mut self, rule: usize, anchor: Range<usize>) {
        let engine = self.engine;
        let Matcher::Pattern(pattern) = &engine.rules[rule].matcher else {
            return;
        };
        if self.text.binary && pattern.by_keyword {
            return;
        }
        let slot = self.slot(rule);
        if self.states[slot].from > anchor.start {
            return;
        }
        // An expression that cannot be read is refused when the rules are loaded or tested.
        let Ok(expression) = pattern.compiled() else {
            return;
        };
        let mut window = self.window(pattern, expression, &anchor);
        let bytes = self.text.bytes;
        let whole_line = pattern.reach == 0 && self.line.len() <= LONG_LINE;
        // Matches that begin beyond this are left to the anchors that they hold.
        let mut last = anchor.start;
        if whole_line {
            if self.states[slot].line_done >= window.end {
                return;
            }
            last = window.end;
        } else {
            let state = &mut self.states[slot];
            if state.known > anchor.start {
                return;
            }
            // Where an anchor follows the other, windows would be searched over and over: each one in a row is as long as
            // those before it together.
            if state.row_end > window.start {
                let more = state.row_end - state.row;
                let end = if pattern.reach > 0 {
                    bytes.len()
                } else {
                    (self.line.end + 1).min(bytes.len())
                };
                window.end = (window.end + more).min(end).max(window.end);
                last += more;
            } else {
                state.row = window.start;
            }
            state.row_end = window.end;
            state.known = last + 1;
        }
        // What was found in the line before is nothing to this one, even if it took the line end.
        let before = self.states[slot].from;
        let mut from = if pattern.reach == 0 && before <= self.line.start {
            window.start
        } else {
            window.start.max(before)
        };
        #[cfg(test)]
        {
            self.work += window.end.saturating_sub(from);
        }
        let mut found = false;
        // Nor does one get here that does not compile.
        let exact = expression
            .may_match(bytes, from..window.end)
            .then(|| expression.exact().ok())
            .flatten();
        while from <= window.end
            && let Some(regex) = exact
        {
            let captures = regex.captures_at(&bytes[..window.end], from);
            #[cfg(test)]
            count(
                captures
                    .as_ref()
                    .and_then(|captures| captures.get(0))
                    .map_or(window.end, |whole| whole.end())
                    - from,
            );
            let Some(captures) = captures else { break };
            let whole = captures.get(0).expect("group 0 is the match").range();
            if whole.start > last {
                break;
            }
            // What ends one value may be what the next needs before it: a line end between two lines of tokens.
            let value_end = captures
                .name("secret")
                .map_or(whole.end, |value| value.end());
            from = value_end.max(from + 1);
            if !whole_line && whole.end < anchor.end {
                continue;
            }
            self.states[slot].from = from;
            found = true;
            self.candidate(rule, pattern, &captures);
        }
        if whole_line {
            self.states[slot].line_done = window.end;
        }
        if !found {
            self.tell(|| Event::AnchorOnly { rule, anchor });
        }
    }

    /// The place of a rule's state.
    fn slot(&mut self, rule: usize) -> usize {
        if self.slots.is_empty() {
            if let Some(at) = self.states.iter().position(|state| state.rule == rule) {
                return at;
            }
            if self.states.len() == FEW {
                self.slots = vec![0; self.engine.rules.len()];
                (1..)
                    .zip(&self.states)
                    .for_each(|(slot, state)| self.slots[state.rule] = slot);
            }
        }
        match self.slots.get(rule) {
            Some(&slot) if slot != 0 => return slot as usize - 1,
            _ => {}
        }
        self.states.push(State {
            rule,
            ..State::default()
        });
        if let Some(slot) = self.slots.get_mut(rule) {
            *slot = self.states.len() as u32;
        }
        self.states.len() - 1
    }

    /// Where a match around `anchor` can lie. A byte of context before and after the line lets a rule ask for what must
    /// not stand beside its match.
    fn window(
        &mut self,
        pattern: &Pattern,
        expression: &Expression,
        anchor: &Range<usize>,
    ) -> Range<usize> {
        let bytes = self.text.bytes;
        let around = anchor.end.saturating_sub(expression.longest + 2)
            ..(anchor.start + expression.longest + 2).min(bytes.len());
        if pattern.reach > 0 {
            return around;
        }
        if !(self.line.start <= anchor.start && anchor.end <= self.line.end) {
            let start = memchr::memrchr(b'\n', &bytes[..anchor.start]).map_or(0, |at| at + 1);
            let end = memchr::memchr(b'\n', &bytes[anchor.start..])
                .map_or(bytes.len(), |at| anchor.start + at);
            self.line = start..end;
        }
        let line = self.line.start.saturating_sub(1)..(self.line.end + 1).min(bytes.len());
        if self.line.len() <= LONG_LINE {
            line
        } else {
            around.start.max(line.start)..around.end.min(line.end)
        }
    }

    fn candidate(&mut self, rule: usize, pattern: &Pattern, captures: &Captures) {
        let spec = &self.engine.rules[rule];
        let secret = captures
            .name("secret")
            .or_else(|| captures.get(0))
            .expect("group 0 is the match");
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
            let steps = if scheme.is_some() {
                decode::steps_of_uri_part(raw)
            } else {
                Vec::new()
            };
            let plain = decode::apply(raw, &steps).unwrap_or_else(|| raw.to_vec());
            Some(String::from_utf8_lossy(&plain).into_owned()).filter(|text| !text.is_empty())
        };
        let decoding = match () {
            () if spec.base64 => decode::steps_of_base64(raw),
            () if scheme.is_some() => decode::steps_of_uri_part(raw),
            () if matches!(spec.matcher, Matcher::Lines(_)) => decode::steps_of_quoted(raw),
            () => decode::steps_of_block(raw),
        };
        let value = SecretValue::new(decode::apply(raw, &decoding).unwrap_or_else(|| raw.to_vec()));
        if value.is_empty() {
            return;
        }
        if let Some(filter) = filters::reject_pattern(value.expose()) {
            return self.reject(rule, range, filter);
        }
        if scheme.is_some() || spec.chosen {
            let candidate = AssignedValue {
                value: value.expose(),
                key: b"",
                quoted: true,
                settings: spec.chosen,
            };
            let passed =
                |filter: &&str| scheme.is_some() && matches!(*filter, "too-short" | "path-or-url");
            if let Some(filter) =
                filters::reject_assignment(&candidate).filter(|filter| !passed(filter))
            {
                return self.reject(rule, range, filter);
            }
        }
        // Such a rule knows the name beside the value and the value's length, which words may have by chance.
        if pattern.by_keyword && spec.min_entropy > 0.0 && filters::is_word_shaped(value.expose()) {
            return self.reject(rule, range, "words");
        }
        if filters::entropy(value.expose()) < spec.min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        let context = Context {
            key: None,
            user: part("user"),
            host: group("host"),
            port: group("port").and_then(|port| port.parse().ok()),
            database: part("database"),
            engine: scheme.as_deref().and_then(engine_of_scheme),
            ..Context::default()
        };
        let prefix = pattern.anchors.iter().find(|anchor| {
            let head = raw.get(..anchor.len());
            !pattern.by_keyword
                && raw.len() >= anchor.len() + 12
                && head.is_some_and(|head| head.eq_ignore_ascii_case(anchor.as_bytes()))
        });
        let shown = prefix.map_or(0, String::len);
        let (user, host) = (
            context.user.as_deref().unwrap_or(""),
            context.host.as_deref().unwrap_or(""),
        );
        let doubt = scheme
            .as_ref()
            .and_then(|_| filters::unusable_login(user, value.expose(), host));
        let mut found = Match::new(rule, spec, range, value, decoding);
        if let Some(why) = doubt {
            found.confidence = Confidence::Low;
            self.tell(|| Event::Doubted {
                rule,
                range: found.range.clone(),
                why,
            });
        }
        self.prove(Match {
            shown,
            context: Arc::new(context),
            ..found
        });
    }

    fn prove(&mut self, mut found: Match) {
        if let Some(proof) = self.engine.rules[found.rule].proof {
            let value = found.value.expose();
            if let Some(account) = proof::account(proof, value) {
                Arc::make_mut(&mut found.context).account = Some(account);
            }
            match proof::prove(proof, value, self.engine.now) {
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
                    self.tell(|| Event::Doubted {
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
        self.local.candidates.push(Candidate {
            anchor: self.anchor,
            matched: found,
        });
    }

    fn reject(&mut self, rule: usize, range: Range<usize>, filter: &'static str) {
        *self.local.rejected.entry(filter).or_default() += 1;
        self.tell(|| Event::Rejected {
            rule,
            range,
            filter,
        });
    }

    fn tell(&mut self, event: impl FnOnce() -> Event) {
        if self.trace {
            self.events.push(event());
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Bytes that expressions have searched on this thread.
    pub(super) static SEARCHED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn count(bytes: usize) {
    SEARCHED.set(SEARCHED.get() + bytes as u64);
}
