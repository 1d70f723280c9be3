//! Members of a record: `key: value, key: value` in braces, brackets or parentheses, on one line.

use std::ops::Range;

use super::line_bytes::{LOOK_BACK, is_name, skip_space};
use super::string_literal::quoted;
use crate::detect::file_kind::FileKind;
use crate::steps;

/// The most bytes of a record that are read.
const LONGEST: usize = 1024;

/// Last words of keys whose value is that of the record: `value`, `ParameterValue`, `defaultValue`.
const VALUE_WORDS: [&[u8]; 4] = [b"value", b"val", b"default", b"string"];

/// Keys of one word whose value is that of the record.
const VALUE_KEYS: [&[u8]; 5] = [
    b"content",
    b"contents",
    b"plaintext",
    b"literal",
    b"fallback",
];

/// The way in which a scan of members ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// A member has the value of the record, which begins at this offset.
    Value(usize),
    /// The record ends, without such a member.
    Closed,
    /// The line ends within the record.
    LineEnd,
    /// Something else than a member was found, or the record is too long.
    Other,
}

/// Looks for the member that has the value of the record, from `at` up to `end`. A member begins at `at`.
pub(super) fn find_value(text: &[u8], at: usize, end: usize, kind: FileKind) -> Members {
    let end = end.min(at + LONGEST).min(text.len());
    let (start, mut at) = (at, at);
    let found = loop {
        at = skip_space(text, at);
        if at >= end {
            break if at >= text.len() {
                Members::LineEnd
            } else {
                Members::Closed
            };
        }
        match text[at] {
            b'\n' | b'\r' => break Members::LineEnd,
            b'}' | b']' | b')' => break Members::Closed,
            _ => {}
        }
        if let Some((key, value)) = member(text, at) {
            if is_value_key(&text[key]) {
                break Members::Value(value);
            }
            at = value;
        }
        match after_value(text, at, end, kind) {
            Some(next) if next > at => at = next,
            _ => break Members::Other,
        }
        at = skip_space(text, at);
        if matches!(text.get(at), Some(b',' | b';')) {
            at += 1;
        }
    };
    steps::count(at.min(end) - start.min(at));
    found
}

/// The key of the member that begins at `at`, and the offset of its value.
pub(super) fn member(text: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let mut start = at;
    // `\"key\": \"value\"` within a string, `:key => value`, `$key = value`, `@key`.
    while start < at + 3
        && matches!(
            text.get(start),
            Some(b'\\' | b'"' | b'\'' | b':' | b'$' | b'@')
        )
    {
        start += 1;
    }
    let len = text[start..]
        .iter()
        .take(64)
        .take_while(|&&b| is_name(b))
        .count();
    if len == 0 {
        return None;
    }
    let end = start + len;
    let mut after = end;
    while after < end + 2 && matches!(text.get(after), Some(b'\\' | b'"' | b'\'')) {
        after += 1;
    }
    after = skip_space(text, after);
    let operator = match text.get(after..)? {
        [b'=', b'>', ..] => 2,
        [b':', b':', ..] | [b'=', b'=', ..] => return None,
        [b':' | b'=', ..] => 1,
        _ => return None,
    };
    Some((start..end, skip_space(text, after + operator)))
}

/// Whether the value of this key is that of the record.
pub(super) fn is_value_key(key: &[u8]) -> bool {
    VALUE_KEYS.iter().any(|word| key.eq_ignore_ascii_case(word))
        || VALUE_WORDS.iter().any(|word| is_last_word(key, word))
}

/// Whether a key is a word or ends in it, where a word begins.
pub(super) fn is_last_word(key: &[u8], word: &[u8]) -> bool {
    let Some(at) = key.len().checked_sub(word.len()) else {
        return false;
    };
    let begins = at == 0
        || !key[at - 1].is_ascii_alphanumeric()
        || (key[at].is_ascii_uppercase() && !key[at - 1].is_ascii_uppercase());
    begins && key[at..].eq_ignore_ascii_case(word)
}

/// The offset behind the value that begins at `at`: a literal, or anything else up to a separator.
fn after_value(text: &[u8], at: usize, end: usize, kind: FileKind) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = at;
    while at < end {
        match text[at] {
            b'\n' | b'\r' => return Some(at),
            b'"' | b'\'' | b'`' => {
                at = quoted(text, at, kind)?.end;
                continue;
            }
            b'\\' if matches!(text.get(at + 1), Some(b'"' | b'\'')) => {
                at = quoted(text, at, kind)?.end;
                continue;
            }
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' if depth == 0 => return Some(at),
            b'}' | b']' | b')' => depth -= 1,
            b',' | b';' if depth == 0 => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The offset behind the innermost bracket that is open at `end`, on the line of `end` and not far before.
pub(super) fn innermost_open(text: &[u8], end: usize) -> Option<usize> {
    let from = end.saturating_sub(LOOK_BACK);
    let from = memchr::memrchr(b'\n', &text[from..end]).map_or(from, |at| from + at + 1);
    steps::count(end - from);
    let mut open: Vec<usize> = Vec::new();
    let mut quote = None;
    let mut at = from;
    while at < end {
        match (quote, text[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\\') => at += 1,
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'{' | b'[' | b'(') => open.push(at + 1),
            (None, b'}' | b']' | b')') => {
                open.pop();
            }
            (None, _) => {}
        }
        at += 1;
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_record_is_found_behind_other_members() {
        for (text, expected) in [
            ("value: x}", Some("x}")),
            ("\"slot\": false, \"value\": \"x\"}", Some("\"x\"}")),
            ("type = String, defaultValue = 'x')", Some("'x')")),
            ("'a' => [1, 2], 'value' => 'x')", Some("'x')")),
            ("ParameterValue=x", Some("x")),
            ("a: {value: y}, b: 2}", None),
            ("valueFrom: {key: x}}", None),
            ("a: 'value: y'}", None),
        ] {
            let found = find_value(text.as_bytes(), 0, text.len(), FileKind::Config);
            let value = match found {
                Members::Value(at) => Some(&text[at..]),
                _ => None,
            };
            assert_eq!(value, expected, "{text}: {found:?}");
        }
    }

    #[test]
    fn the_innermost_bracket_counts() {
        for (text, expected) in [
            ("f(a, {b: [1], c", Some("b: [1], c")),
            ("f(a), b", None),
            ("f(\"(\", b", Some("\"(\", b")),
            ("(\nb", None),
        ] {
            let found = innermost_open(text.as_bytes(), text.len());
            assert_eq!(found.map(|at| &text[at..]), expected, "{text}");
        }
    }
}
