//! Tokens whose first character only looks like the rest of a word: behind an escape, an underscore, or, if a checksum
//! proves them, behind anything.

use std::ops::Range;

use super::escape_boundary::escape_end;
use super::line_search::LineSearch;
use crate::detect::compile::Pattern;
use crate::detect::expression::Expression;
use crate::detect::proof::{self, ProofName, Verdict};

/// The work of an attempt; see [`TextLimits::work`](crate::detect::text_limits::TextLimits::work).
const ATTEMPT: usize = 1;

impl LineSearch<'_, '_> {
    /// Searches for a match that begins behind an escape and includes the anchor. The expression sees the text from
    /// there on, so that its own boundary holds.
    pub(super) fn token_after_escape(
        &mut self,
        rule: usize,
        pattern: &Pattern,
        expression: &Expression,
        anchor: &Range<usize>,
    ) {
        if !expression.begins_at_boundary || self.index.rules[rule].chosen || pattern.reach > 0 {
            return;
        }
        let bytes = self.text.bytes;
        let slot = self.slot(rule);
        if let Some(start) = self.token_run.after_escape(bytes, anchor.start) {
            let state = &mut self.states[slot];
            if state.behind_escape <= start {
                state.behind_escape = start + 1;
                self.token_at(rule, pattern, expression, start..anchor.end, None);
            }
            return;
        }
        let before = anchor.start.checked_sub(1).map(|before| bytes[before]);
        let (Some(before), false) = (before, pattern.by_keyword) else {
            return;
        };
        let proof = self.index.rules[rule].proof;
        if before == b'_' && is_telling(&bytes[anchor.clone()]) {
            self.token_at(rule, pattern, expression, anchor.clone(), None);
        } else if (before.is_ascii_alphanumeric() || before == b'_')
            && let Some(proof) = proof.filter(|proof| proof.covers_whole_token())
        {
            self.token_at(rule, pattern, expression, anchor.clone(), Some(proof));
        }
    }

    /// Whether a match that begins at `start` begins within an escape, and another match begins behind the escape: the
    /// `n` of `\n` is no beginning of a token.
    pub(super) fn begins_in_escape(&self, expression: &Expression, start: usize) -> bool {
        let bytes = self.text.bytes;
        let end = start
            .checked_sub(1)
            .filter(|&at| bytes[at] != b'=')
            .and_then(|at| escape_end(bytes, at));
        expression.begins_at_boundary
            && end.is_some_and(|end| {
                let rest = &bytes[self.rest_of_line(expression, end)];
                end > start
                    && expression.may_match_at_start(rest)
                    && expression
                        .at_start()
                        .is_ok_and(|regex| regex.is_match(rest))
            })
    }

    /// Makes a candidate of the match that begins at `place.start` and goes on to `place.end` at least, if there is one,
    /// and if it is proved by `proof`.
    fn token_at(
        &mut self,
        rule: usize,
        pattern: &Pattern,
        expression: &Expression,
        place: Range<usize>,
        proof: Option<ProofName>,
    ) {
        let bytes = self.text.bytes;
        // Finds the line of the anchor.
        self.window(pattern, expression, &place);
        let rest = self.rest_of_line(expression, place.start);
        self.spend(ATTEMPT);
        if !expression.may_match_at_start(&bytes[rest.clone()]) {
            return;
        }
        // An expression that does not compile is refused when the rules are loaded or tested.
        let Ok(regex) = expression.at_start() else {
            return;
        };
        let Some(captures) = regex.captures(&bytes[rest.clone()]) else {
            return;
        };
        let whole = captures.get(0).expect("group 0 is the match");
        let value = captures.name("secret").unwrap_or(whole);
        let is_proved =
            |proof| proof::prove(proof, value.as_bytes(), self.index.now) == Verdict::Proved;
        if rest.start + whole.end() >= place.end && proof.is_none_or(is_proved) {
            self.candidate(rule, pattern, &captures, rest.start);
        }
    }

    /// The bytes from `start` on that a match may have, and one more, on the line of the anchor.
    fn rest_of_line(&self, expression: &Expression, start: usize) -> Range<usize> {
        let line = (self.line.end + 1).min(self.text.bytes.len());
        start..line.min(start + expression.longest + 2).max(start)
    }
}

/// Whether a literal says what it begins, such as `ghp_`: it has a sign of its own, and its first word is not the last
/// word of other names.
fn is_telling(anchor: &[u8]) -> bool {
    /// Names end in these words.
    const WORDS: [&[u8]; 9] = [
        b"access", b"api", b"app", b"auth", b"key", b"pat", b"sdk", b"secret", b"token",
    ];
    let length = anchor
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    let word = &anchor[..length];
    anchor.len() > 3
        && length > 0
        && length < anchor.len()
        && !WORDS.iter().any(|other| other.eq_ignore_ascii_case(word))
}
