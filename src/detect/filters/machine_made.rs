//! Words that look like tokens.

use super::{entropy, is_word_shaped};

/// Whether a program, rather than a person, has made up this word: a token in the place of a user, or a key in a line of
/// a log.
pub fn is_made_by_machine(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters =
        || word.bytes().all(|b| b.is_ascii_alphanumeric()) && !is_word_shaped(word.as_bytes());
    word.len() >= 16
        && !word.contains('@')
        && (digits >= 2 || letters())
        && entropy(word.as_bytes()) > 3.3
}
