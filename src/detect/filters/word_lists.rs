//! Lists of words, made ready when the first candidate needs them: every candidate is compared with all of them.

use std::collections::HashSet;

use regex::bytes::Regex;

/// Words between spaces, each as a whole.
pub(super) fn whole(words: &'static str) -> HashSet<&'static [u8]> {
    words
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::as_bytes)
        .collect()
}

/// Words between spaces, any of them anywhere in a text.
///
/// # Panics
/// Never: they are escaped.
pub(super) fn anywhere(words: &str) -> Regex {
    expression(words, "")
}

/// Words between spaces, any of them at the beginning of a text.
///
/// # Panics
/// Never: they are escaped.
pub(super) fn beginning(words: &str) -> Regex {
    expression(words, "^")
}

fn expression(words: &str, before: &str) -> Regex {
    let words: Vec<String> = words
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(regex::escape)
        .collect();
    Regex::new(&format!("{before}(?:{})", words.join("|"))).expect("literals")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_as_they_are() {
        assert!(whole("a  b.c").contains(&b"b.c"[..]) && !whole("a  b").contains(&b""[..]));
        assert!(anywhere("xx **").is_match(b"a**b") && !anywhere("xx **").is_match(b"a*b"));
        assert!(beginning("a. b").is_match(b"a.x") && !beginning("a. b").is_match(b"ax b"));
    }
}
