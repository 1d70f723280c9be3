//! Searches for the expressions of rules: in a window around an anchor, or on whole lines.

use std::ops::Range;
use std::sync::Arc;

use regex::bytes::Captures;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::compile::{Matcher, Pattern};
use crate::detect::database_engine::engine_of_scheme;
use crate::detect::decode;
use crate::detect::event::Event;
use crate::detect::expression::Expression;
use crate::detect::file_kind::FileKind;
use crate::detect::filters::{self, AssignedValue};
use crate::detect::formats::ValueSite;
use crate::finding::{Confidence, Context};
use crate::secret::SecretValue;
use crate::steps;

/// Lines up to this length are one window; longer ones get a window around each anchor.
const LONG_LINE: usize = 8 * 1024;

/// The work of a match that is examined, and the bytes of its value that cost one unit more; see
/// [`TextLimits::work`](crate::detect::text_limits::TextLimits::work).
const MATCHING: usize = 3;
const MATCHED: usize = 128;

impl LineSearch<'_, '_> {
    /// Runs the rules for whole lines, in files that have little else than credentials.
    pub(super) fn whole_lines(&mut self, range: Range<usize>) {
        const LONGEST: usize = 1024;
        let index = self.index;
        let bytes = self.text.bytes;
        let mut start = range.start;
        while start < range.end {
            let end = memchr::memchr(b'\n', &bytes[start..range.end])
                .map_or(range.end, |len| start + len);
            let line = bytes[start..end]
                .strip_suffix(b"\r")
                .unwrap_or(&bytes[start..end]);
            for &rule in &index.lines {
                let Matcher::Lines(pattern) = &index.rules[rule].matcher else {
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
                    self.candidate(rule, pattern, &captures, 0);
                }
            }
            start = end + 1;
        }
    }

    /// Searches for the expression of a rule around one of its anchors.
    pub(super) fn pattern(&mut self, rule: usize, anchor: Range<usize>) {
        let index = self.index;
        let Matcher::Pattern(pattern) = &index.rules[rule].matcher else {
            return;
        };
        if !self.text.is_plain() && pattern.by_keyword {
            return;
        }
        if !pattern.may_have_anchor(self.text.bytes, anchor.end) {
            return self.trace.record(|| Event::AnchorOnly { rule, anchor });
        }
        // An expression that does not parse is refused when the rules are loaded or tested.
        let Ok(expression) = pattern.compiled() else {
            return;
        };
        if pattern.reach == 0 && !expression.may_begin_at(self.text.bytes, anchor.start) {
            return self.trace.record(|| Event::AnchorOnly { rule, anchor });
        }
        self.token_after_escape(rule, pattern, expression, &anchor);
        let slot = self.slot(rule);
        if self.states[slot].from > anchor.start {
            return;
        }
        let mut window = self.window(pattern, expression, &anchor);
        let bytes = self.text.bytes;
        let whole_line = pattern.reach == 0 && self.line.len() <= LONG_LINE;
        // Matches that begin behind this are left to their own anchors.
        let last = if whole_line {
            if self.states[slot].searched_line_end >= window.end {
                return;
            }
            window.end
        } else {
            let state = &mut self.states[slot];
            if state.known > anchor.start {
                return;
            }
            let limit = if pattern.reach > 0 {
                bytes.len()
            } else {
                (self.line.end + 1).min(bytes.len())
            };
            state.extend_row(&mut window, anchor.start, limit)
        };
        // A match in the line before does not affect this line, even if it includes the line end.
        let before = self.states[slot].from;
        let mut from = if pattern.reach == 0 && before <= self.line.start {
            window.start
        } else {
            window.start.max(before)
        };
        steps::count(window.end.saturating_sub(from));
        let mut found = false;
        // Nor does an expression get here that does not compile.
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
            // The byte behind one value may be required before the next one: a line end between two
            // lines of tokens.
            let value_end = captures
                .name("secret")
                .map_or(whole.end, |value| value.end());
            let value_start = captures
                .name("secret")
                .map_or(whole.start, |value| value.start());
            if pattern.reach == 0 && self.begins_in_escape(expression, value_start) {
                from = whole.start + 1;
                continue;
            }
            from = value_end.max(from + 1);
            if !whole_line && whole.end < anchor.end {
                continue;
            }
            self.states[slot].from = from;
            found = true;
            self.candidate(rule, pattern, &captures, 0);
        }
        if whole_line {
            self.states[slot].searched_line_end = window.end;
        }
        if !found {
            self.trace.record(|| Event::AnchorOnly { rule, anchor });
        }
    }

    /// The range in which a match around `anchor` can lie. It includes a byte of context before and
    /// after the line, so that an expression can exclude neighbours of its match.
    pub(super) fn window(
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

    /// Makes a candidate of a match of the expression, unless a filter rejects it. The searched text began at `offset`.
    #[expect(
        clippy::disallowed_methods,
        reason = "filters and proofs examine the value"
    )]
    pub(super) fn candidate(
        &mut self,
        rule: usize,
        pattern: &Pattern,
        captures: &Captures,
        offset: usize,
    ) {
        let spec = &self.index.rules[rule];
        let secret = captures
            .name("secret")
            .or_else(|| captures.get(0))
            .expect("group 0 is the match");
        let range = offset + secret.start()..offset + secret.end();
        self.spend(MATCHING + range.len() / MATCHED);
        steps::count(range.len());
        let raw = secret.as_bytes();
        let scheme = group(captures, "scheme").map(|scheme| scheme.to_ascii_lowercase());
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
        let context = uri_context(captures, scheme.as_deref());
        let (user, host) = (
            context.user.as_deref().unwrap_or(""),
            context.host.as_deref().unwrap_or(""),
        );
        let mut is_weak_word = false;
        if scheme.is_some() || spec.chosen {
            let candidate = AssignedValue {
                value: value.expose(),
                key: b"",
                quoted: true,
                settings: spec.chosen,
            };
            let passed =
                |filter: &&str| scheme.is_some() && matches!(*filter, "too-short" | "path-or-url");
            let filter = filters::reject_assignment(&candidate).filter(|filter| !passed(filter));
            // Beside a user and a host, such a word is a password.
            is_weak_word = filter.is_some()
                && !matches!(self.text.kind, FileKind::Code | FileKind::Prose)
                && filters::is_weak_word(value.expose())
                && filters::is_stated_login(user, host);
            if let Some(filter) = filter.filter(|_| !is_weak_word) {
                return self.reject(rule, range, filter);
            }
        }
        // Words have the letters of base64. A login in base64 is a text with a colon.
        if spec.base64 && spec.chosen && !is_opaque(raw) && !value.expose().contains(&b':') {
            return self.reject(rule, range, "words");
        }
        // A rule by keyword knows the name beside the value and the value's length, which words may
        // have by chance.
        if pattern.by_keyword && spec.min_entropy > 0.0 && filters::is_word_shaped(value.expose()) {
            return self.reject(rule, range, "words");
        }
        if filters::entropy(value.expose()) < spec.min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        let prefix = pattern.anchors.iter().find(|anchor| {
            let head = raw.get(..anchor.len());
            !pattern.by_keyword
                && raw.len() >= anchor.len() + 12
                && head.is_some_and(|head| head.eq_ignore_ascii_case(anchor.as_bytes()))
        });
        let shown = prefix.map_or(0, String::len);
        let doubt = scheme
            .as_ref()
            .and_then(|_| filters::unusable_login(user, value.expose(), host));
        let mut found = Match::new(rule, spec, range, value, decoding);
        if is_weak_word {
            found.confidence = found.confidence.min(Confidence::Medium);
        }
        if let Some(why) = doubt {
            found.confidence = Confidence::Low;
            self.trace.record(|| Event::Doubted {
                rule,
                range: found.range.clone(),
                why,
            });
        }
        // A password that people choose may have any byte, and its quotes the escapes of the file.
        let quoted = spec
            .chosen
            .then(|| quote_before(self.text.bytes, found.range.start));
        let site = quoted.flatten().map(ValueSite::Expression);
        self.prove(Match {
            shown,
            context: Arc::new(context),
            site: site.or_else(|| scheme.is_some().then_some(ValueSite::Part)),
            ..found
        });
    }
}

/// Whether a digit is among the letters, and more of them follow it or the padding of base64. Words seldom have that.
fn is_opaque(raw: &[u8]) -> bool {
    /// Bytes that may follow the digits of a name.
    const BEHIND: usize = 8;
    let begins = match raw.ends_with(b"=") {
        true => raw,
        false => &raw[..raw.len().saturating_sub(BEHIND)],
    };
    begins.iter().any(u8::is_ascii_digit)
}

/// The offset of the quote right before `at`.
fn quote_before(text: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1)?;
    matches!(text[before], b'"' | b'\'').then_some(before)
}

/// The text of a named group, unless it is missing or empty.
fn group(captures: &Captures, name: &str) -> Option<String> {
    captures
        .name(name)
        .map(|part| String::from_utf8_lossy(part.as_bytes()).into_owned())
        .filter(|text| !text.is_empty())
}

/// The login that a URI, or the rule's expression, has around the value.
fn uri_context(captures: &Captures, scheme: Option<&str>) -> Context {
    // Decoded as values are, so that a value that is also in such a part is recognised.
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
    Context {
        key: None,
        user: part("user"),
        host: group(captures, "host"),
        port: group(captures, "port").and_then(|port| port.parse().ok()),
        database: part("database"),
        engine: scheme.and_then(engine_of_scheme),
        ..Context::default()
    }
}

#[cfg(test)]
thread_local! {
    /// Bytes that expressions have searched on this thread.
    pub(in crate::detect) static SEARCHED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn count(bytes: usize) {
    SEARCHED.set(SEARCHED.get() + bytes as u64);
}
