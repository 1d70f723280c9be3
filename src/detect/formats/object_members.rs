//! Objects whose member `type` names a kind of credential: Google's credential files
//! (cloud.google.com/docs/authentication, google.aip.dev/auth/4110 and the following). Such an
//! object may also be in a string of another file, with its quotes escaped.

use std::ops::Range;

use super::name::normalise;
use crate::steps;

/// Greatest length of an object before its type, and after it, in bytes.
const LONGEST: usize = 16 * 1024;
/// Greatest number of members that are kept.
const MOST: usize = 64;

/// An object around its type.
#[derive(Debug, PartialEq, Eq)]
pub struct Object {
    /// The ranges of keys and values that are strings, without their quotes.
    members: Vec<(Range<usize>, Range<usize>)>,
    /// Number of strings around the object, one within the other.
    pub depth: usize,
}

/// Whether `anchor` is the whole value of a key `type` before it on its line.
pub fn is_type(text: &[u8], anchor: &Range<usize>) -> bool {
    const BEFORE: usize = 32;
    let line = text[anchor.start.saturating_sub(BEFORE)..anchor.start]
        .rsplit(|&b| b == b'\n')
        .next()
        .unwrap_or_default();
    let Some((quote, before)) = quote_before(line) else {
        return false;
    };
    let Some(before) = before.trim_ascii_end().strip_suffix(b":") else {
        return false;
    };
    let before = before.trim_ascii_end();
    // In a program the key may have no quotes.
    let key = quote_before(before).map_or(before, |(_, key)| key);
    key.ends_with(b"type") && text[anchor.end..].starts_with(quote)
}

/// The quote at the end of `text` with the backslashes before it, and the bytes before those.
fn quote_before(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (quote, rest) = text.split_last()?;
    matches!(quote, b'"' | b'\'').then_some(())?;
    let slashes = rest.iter().rev().take_while(|&&b| b == b'\\').count();
    let (rest, _) = rest.split_at(rest.len() - slashes);
    Some((&text[rest.len()..], rest))
}

/// Reads the object whose type is at `anchor`, if it begins at `from` or later. Also returns the
/// end of the bytes that were examined.
pub fn read_object(text: &[u8], anchor: &Range<usize>, from: usize) -> (Option<Object>, usize) {
    let slashes = text[anchor.end..]
        .iter()
        .take_while(|&&b| b == b'\\')
        .count();
    // One in a string, three in a string of a string.
    let depth = (slashes + 1).ilog2() as usize;
    let Some(start) = begin(text, anchor.start, from) else {
        return (None, anchor.end);
    };
    let mut reader = Reader {
        text,
        at: start + 1,
        end: text.len().min(anchor.end + LONGEST),
        slashes,
    };
    let members = reader.members();
    steps::count(reader.at - start.min(reader.at));
    (
        members.map(|members| Object { members, depth }),
        reader.at.max(anchor.end),
    )
}

/// The brace that opens the object around `at`.
fn begin(text: &[u8], at: usize, from: usize) -> Option<usize> {
    let from = from.max(at.saturating_sub(LONGEST));
    steps::count(at - from.min(at));
    let mut closed = 0usize;
    for (place, byte) in text[..at].iter().enumerate().skip(from).rev() {
        match byte {
            b'}' => closed += 1,
            b'{' if closed == 0 => return Some(place),
            b'{' => closed -= 1,
            _ => {}
        }
    }
    None
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    /// Number of backslashes before each quote.
    slashes: usize,
}

impl Reader<'_> {
    /// The members up to the end of the object. `None` if the object has no end.
    fn members(&mut self) -> Option<Vec<(Range<usize>, Range<usize>)>> {
        let mut members = Vec::new();
        let (mut key, mut colon, mut depth) = (None, false, 0usize);
        while self.at < self.end {
            let byte = self.text[self.at];
            match byte {
                b'{' | b'[' => {
                    depth += 1;
                    (key, colon) = (None, false);
                }
                b'}' | b']' if depth == 0 => return (byte == b'}').then_some(members),
                b'}' | b']' => depth -= 1,
                b',' => (key, colon) = (None, false),
                b':' => colon = true,
                b'"' | b'\'' => {
                    let start = self.at + 1;
                    let end = self.string_end(byte)?;
                    self.at = end + self.slashes;
                    match key.take() {
                        Some(key) if colon && depth == 0 && members.len() < MOST => {
                            members.push((key, start..end))
                        }
                        _ => key = Some(start..end),
                    }
                    colon = false;
                }
                b'_' | b'a'..=b'z' | b'A'..=b'Z' if self.slashes == 0 && !colon => {
                    let start = self.at;
                    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
                    let length = self.text[start..self.end]
                        .iter()
                        .take_while(|b| word(b))
                        .count();
                    key = Some(start..start + length);
                    self.at = start + length - 1;
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }

    /// End of the string that begins here: before the backslashes of the closing quote.
    fn string_end(&mut self, quote: u8) -> Option<usize> {
        let start = self.at + 1;
        for at in memchr::memchr_iter(quote, &self.text[start..self.end]).map(|at| start + at) {
            let slashes = self.text[start..at]
                .iter()
                .rev()
                .take_while(|&&b| b == b'\\')
                .count();
            let closes = if self.slashes == 0 {
                slashes.is_multiple_of(2)
            } else {
                slashes == self.slashes
            };
            if closes {
                return Some(at - self.slashes);
            }
        }
        self.at = self.end;
        None
    }
}

impl Object {
    /// The ranges of the key and the value of a member. `name` is in lower case without separators.
    pub fn member(&self, text: &[u8], name: &str) -> Option<(Range<usize>, Range<usize>)> {
        self.members
            .iter()
            .find(|(key, _)| normalise(&text[key.clone()]).0 == name)
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members(text: &str, kind: &str) -> Option<Vec<(String, String)>> {
        let at = text.find(kind).unwrap();
        let anchor = at..at + kind.len();
        if !is_type(text.as_bytes(), &anchor) {
            return None;
        }
        let object = read_object(text.as_bytes(), &anchor, 0).0?;
        let string = |range: &Range<usize>| text[range.clone()].to_owned();
        Some(
            object
                .members
                .iter()
                .map(|(key, value)| (string(key), string(value)))
                .collect(),
        )
    }

    fn pairs(wanted: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(
            wanted
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn members_of_the_object_around_its_type() {
        let text = r#"[{"x": "{"}, {"a": "1", "type": "kind", "n": {"b": "2"}, "l": ["c", "d"], "t": true, "e": "a\"}\\"}]"#;
        assert_eq!(
            members(text, "kind"),
            pairs(&[("a", "1"), ("type", "kind"), ("e", r#"a\"}\\"#)])
        );
        let program = "f({ type: 'kind', client_email : 'a@b', n: 4, \"k\": \"v\" })";
        assert_eq!(
            members(program, "kind"),
            pairs(&[("type", "kind"), ("client_email", "a@b"), ("k", "v")])
        );
        let nested = r#"{"creds": "{\"a\": \"1\\n2\", \"type\": \"kind\"}"}"#;
        assert_eq!(
            members(nested, "kind"),
            pairs(&[("a", r"1\\n2"), ("type", "kind")])
        );
        let at = nested.find("kind").unwrap();
        assert_eq!(
            read_object(nested.as_bytes(), &(at..at + 4), 0)
                .0
                .unwrap()
                .depth,
            1
        );
    }

    #[test]
    fn what_is_no_type_or_no_object() {
        for text in [
            r#"{"type": "kind_of"}"#,
            r#"{"kind": "type"}"#,
            r#"{"typed": "kind"}"#,
            r#"type: kind"#,
            "{\"type\":\n\"kind\"}",
            r#"{"type": "kind'}"#,
        ] {
            assert_eq!(members(text, "kind"), None, "{text}");
        }
        for text in [r#"{"type": "kind", "a": "b"#, r#""type": "kind"}"#] {
            assert_eq!(members(text, "kind"), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends(parts in prop::collection::vec(prop::sample::select(vec!["{", "}", "[", "]", "\"", "\\\"", "\\\\\\\"", "'", ":", ",", "type", "\"type\": \"kind\"", "\\\"type\\\":\\\"kind\\\"", "a", "\\", "\n", "é"]), 0..40)) {
            let text = parts.concat();
            for (at, _) in text.match_indices("kind") {
                let anchor = at..at + 4;
                if is_type(text.as_bytes(), &anchor) {
                    let (object, seen) = read_object(text.as_bytes(), &anchor, 0);
                    prop_assert!(seen >= anchor.end && seen <= text.len());
                    for (key, value) in object.iter().flat_map(|object| &object.members) {
                        prop_assert!(key.end < value.start && value.end <= text.len() && value.start <= value.end);
                    }
                }
            }
        }
    }
}
