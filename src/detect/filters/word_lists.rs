//! Word lists, compiled when the first value needs them. Every value is compared with all of them.

use std::collections::HashSet;

use regex::bytes::Regex;

/// A set of the words in a text, for comparison with whole values.
pub(super) fn whole(words: &'static str) -> HashSet<&'static [u8]> {
    words
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::as_bytes)
        .collect()
}

/// An expression that matches any of the words in a text, anywhere.
///
/// # Panics
/// Never: the words are escaped.
pub(super) fn anywhere(words: &str) -> Regex {
    expression(words, "")
}

/// An expression that matches any of the words in a text, at the beginning.
///
/// # Panics
/// Never: the words are escaped.
pub(super) fn beginning(words: &str) -> Regex {
    expression(words, "^")
}

/// An expression that matches any of the words after `before`.
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
