//! Raises the confidence of weak passwords whose place can hold nothing but a password: beside a recognised login, and in
//! a block with others that are as weak. The place says what a value is; its characters only say how weak it is.

use super::candidate::{Match, RejectionCounts};
use super::compile::{Matcher, Rule};
use super::event::Trace;
use super::file_kind::FileKind;
use super::filters::is_weak_word;
use super::searched_text::Text;
use super::surroundings::{self, is_password_key};
use crate::finding::{Confidence, Kind, is_weak};

/// Greatest number of bytes between two passwords of a block.
const MOST_BETWEEN: usize = 256;

/// Rejects the unlikely matches far from the words of a login, before anything is done with them.
pub(super) fn reject_without_login(
    text: Text,
    matches: &mut Vec<Match>,
    rejected: &mut RejectionCounts,
    trace: &mut Trace,
) {
    let unlikely = (0..matches.len()).filter(|&at| matches[at].unless_login.is_some());
    let mut far: Vec<usize> = unlikely.collect();
    if far.is_empty() {
        return;
    }
    far.sort_unstable_by_key(|&at| matches[at].range.start);
    let near = surroundings::near_words_of_logins(text, matches, far.clone());
    let mut stays = vec![true; matches.len()];
    far.iter().for_each(|&at| stays[at] = false);
    near.iter().for_each(|&at| stays[at] = true);
    let mut stays = stays.into_iter();
    matches.retain(|found| stays.next().unwrap_or(true) || reject(found, rejected, trace));
}

/// Rejects the matches that are still unlikely.
pub(super) fn reject_unlikely(
    matches: &mut Vec<Match>,
    rejected: &mut RejectionCounts,
    trace: &mut Trace,
) {
    matches.retain(|found| found.unless_login.is_none() || reject(found, rejected, trace));
}

/// Counts a match as rejected, and returns that it does not stay.
fn reject(found: &Match, rejected: &mut RejectionCounts, trace: &mut Trace) -> bool {
    rejected.reject(found, found.unless_login.unwrap_or("unlikely"), trace);
    false
}

/// Raises low confidence to medium where the place of a password decides. `matches` are in order of place.
pub(super) fn raise_by_place(rules: &[Rule], text: Text, matches: &mut [Match]) {
    if !text.is_plain() || matches!(text.kind, FileKind::Prose) {
        return;
    }
    let is_password = |found: &Match| {
        matches!(rules[found.rule].matcher, Matcher::Names(_))
            && found.kind != Kind::PasswordHash
            && found.context.key.as_deref().is_some_and(is_password_key)
    };
    let is_low = |found: &Match| found.confidence == Confidence::Low && is_password(found);
    let low = (0..matches.len()).filter(|&at| is_low(&matches[at]));
    let low: Vec<usize> = low.collect();
    if low.is_empty() {
        return;
    }
    for at in surroundings::find_logins(text, matches, low) {
        raise(&mut matches[at]);
    }
    if text.kind == FileKind::Code {
        return;
    }
    let mut block: Vec<usize> = Vec::new();
    let mut end = 0;
    for at in 0..matches.len() {
        if !is_password(&matches[at]) {
            continue;
        }
        if matches[at].range.start > end + MOST_BETWEEN {
            raise_block(matches, &std::mem::take(&mut block));
        }
        end = matches[at].range.end;
        block.push(at);
    }
    raise_block(matches, &block);
}

/// Of a block of passwords that are all weak, all are reported or none. Words that may stand for a password are not raised:
/// only a login shows that they do not.
#[expect(
    clippy::disallowed_methods,
    reason = "the strength of a value is examined"
)]
fn raise_block(matches: &mut [Match], block: &[usize]) {
    let is_reported = |at: &usize| matches[*at].confidence > Confidence::Low;
    let all_weak = block.iter().all(|&at| is_weak(matches[at].value.expose()));
    if all_weak && block.iter().any(is_reported) {
        for &at in block {
            if !is_weak_word(matches[at].value.expose()) {
                raise(&mut matches[at]);
            }
        }
    }
}

/// Makes the place of a password decide.
fn raise(found: &mut Match) {
    found.confidence = found.confidence.max(Confidence::Medium);
    found.unless_login = None;
}

#[cfg(test)]
mod tests;
