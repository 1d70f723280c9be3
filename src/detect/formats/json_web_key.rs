//! Private members of JSON Web Keys (RFC 7517; RFC 7518, section 6; RFC 8037): objects of JSON and of programs, arguments,
//! and mappings in blocks, with a member `kty`.

use std::ops::Range;

use super::line_bytes::skip_space;
use crate::steps;

/// Greatest distance of a member from `kty`, in bytes. Keys of 8,192 bits are shorter.
const LONGEST: usize = 16 * 1024;

/// Least length of a value, in characters.
const LEAST: usize = 16;

/// A private member of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateMember {
    /// The name.
    pub name: Range<usize>,
    /// The value, without quotes.
    pub value: Range<usize>,
}

/// The private members by the kind of key, and the least length of their values in characters.
fn private_members(kind: &[u8]) -> &'static [&'static [u8]] {
    match kind {
        b"oct" => &[b"k"],
        b"EC" | b"OKP" => &[b"d"],
        b"RSA" => &[b"d", b"p", b"q", b"dp", b"dq", b"qi"],
        b"AKP" => &[b"priv"],
        _ => &[],
    }
}

/// Whether a kind of key follows the word `kty` at `anchor`, which is a whole name.
pub fn is_kind(text: &[u8], anchor: &Range<usize>) -> bool {
    kind(text, anchor).is_some_and(|(kind, _)| !private_members(&text[kind]).is_empty())
}

/// The kind of key that the name at `anchor` is assigned, and the backslashes before the quotes.
fn kind(text: &[u8], anchor: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let before = anchor.start.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$')) {
        return None;
    }
    let member = member_at(text, anchor.start, text.len().min(anchor.end + 64))?;
    (member.name == *anchor).then_some((member.value, member.slashes))
}

/// A name with a value.
struct Member {
    name: Range<usize>,
    value: Range<usize>,
    slashes: usize,
}

/// The member whose name begins at `at`: `"name": "value"`, `name: 'value'`, `name => "value"`, `name = "value"`,
/// `name: value`.
fn member_at(text: &[u8], at: usize, end: usize) -> Option<Member> {
    let text = &text[..end];
    let length = text[at..]
        .iter()
        .take(8)
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    let name = at..at + length;
    let (slashes, mut next) = quote_at(text, name.end);
    if matches!(text.get(next), Some(b']')) {
        next += 1;
    }
    next = skip_space(text, next);
    next += match text.get(next..)? {
        [b'=', b'>', ..] | [b':', b'=', ..] => 2,
        [b':' | b'=', ..] => 1,
        _ => return None,
    };
    next = skip_space(text, next);
    let (opening, start) = quote_at(text, next);
    let length = text[start..].iter().take_while(|b| is_value(**b)).count();
    let value = start..start + length;
    let (_, closed) = quote_at(text, value.end);
    let is_quoted = start > next;
    // A value without quotes ends with its line.
    let rest = text[value.end..].first();
    let is_closed = match is_quoted {
        true => closed > value.end,
        false => {
            rest.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b',' | b'}' | b')' | b']'))
        }
    };
    (length > 0 && is_closed).then_some(Member {
        name,
        value,
        slashes: slashes.max(opening),
    })
}

fn is_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=' | b'+' | b'/')
}

/// The number of backslashes before the quote at `at`, and the offset behind it; `at` itself if there is none.
fn quote_at(text: &[u8], at: usize) -> (usize, usize) {
    let slashes = text[at.min(text.len())..]
        .iter()
        .take(8)
        .take_while(|&&b| b == b'\\')
        .count();
    match text.get(at + slashes) {
        Some(b'"' | b'\'') => (slashes, at + slashes + 1),
        _ => (0, at),
    }
}

/// Reads the private members of the key whose `kty` is at `anchor`, from `from` on. Also returns the end of the bytes
/// that were examined.
pub fn read(text: &[u8], anchor: &Range<usize>, from: usize) -> (Vec<PrivateMember>, usize) {
    let Some((kind, slashes)) = kind(text, anchor) else {
        return (Vec::new(), anchor.end);
    };
    let names = private_members(&text[kind.clone()]);
    let from = from
        .max(anchor.start.saturating_sub(LONGEST))
        .min(anchor.start);
    let to = text.len().min(anchor.end + LONGEST);
    let (place, seen) = match in_brackets(text, anchor, from, to) {
        Brackets::Around(place) => (place.clone(), place.end),
        // All bytes up to the limit were examined.
        Brackets::Open => (in_block(text, anchor, from, to), to),
        Brackets::None => {
            let place = in_block(text, anchor, from, to);
            (place.clone(), place.end)
        }
    };
    steps::count(anchor.start - from + seen.saturating_sub(anchor.start));
    let mut found: Vec<PrivateMember> = Vec::new();
    let mut depth = 0usize;
    let mut at = place.start;
    while at < place.end {
        match text[at] {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b if b.is_ascii_alphanumeric() => {
                let length = text[at..place.end]
                    .iter()
                    .take_while(|b| is_word(**b))
                    .count();
                let word = &text[at..at + length];
                if depth == 0
                    && names.contains(&word)
                    && let Some(member) = member_at(text, at, place.end)
                    && member.name.len() == length
                    && member.value.len() >= LEAST
                    && member.slashes == slashes
                {
                    at = member.value.end;
                    found.push(PrivateMember {
                        name: member.name,
                        value: member.value,
                    });
                    continue;
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    (found, seen.max(anchor.end))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// The brackets around a place.
enum Brackets {
    /// The range of their content.
    Around(Range<usize>),
    /// They do not close within the limit.
    Open,
    /// There are none.
    None,
}

/// The brackets around the anchor.
fn in_brackets(text: &[u8], anchor: &Range<usize>, from: usize, to: usize) -> Brackets {
    let mut closed = 0usize;
    let opening = (from..anchor.start).rev().find(|&at| match text[at] {
        b'}' | b']' | b')' => {
            closed += 1;
            false
        }
        // `jwk["kty"] = "EC"`: the brackets around a name are no object.
        b'{' | b'[' | b'(' if closed == 0 => !is_subscript(text, at, anchor),
        b'{' | b'[' | b'(' => {
            closed -= 1;
            false
        }
        _ => false,
    });
    let Some(start) = opening else {
        return Brackets::None;
    };
    let mut open = 0usize;
    let closing = (anchor.end..to).find(|&at| match text[at] {
        b'{' | b'[' | b'(' => {
            open += 1;
            false
        }
        b'}' | b']' | b')' if open == 0 => {
            !is_subscript(text, start, anchor) && at > anchor.end + 2
        }
        b'}' | b']' | b')' => {
            open -= 1;
            false
        }
        _ => false,
    });
    match closing {
        Some(end) => Brackets::Around(start + 1..end),
        None => Brackets::Open,
    }
}

fn is_subscript(text: &[u8], bracket: usize, anchor: &Range<usize>) -> bool {
    let after = quote_at(text, anchor.end).1;
    text[bracket] == b'[' && anchor.start - bracket <= 2 && text.get(after) == Some(&b']')
}

/// The lines of the block around the anchor: those that begin in the same column, and the deeper ones between them.
fn in_block(text: &[u8], anchor: &Range<usize>, from: usize, to: usize) -> Range<usize> {
    let line_start =
        |at: usize| memchr::memrchr(b'\n', &text[from..at]).map_or(from, |end| from + end + 1);
    let first = line_start(anchor.start);
    let indent = column(&text[first..anchor.end]);
    let (mut start, mut at) = (first, first);
    // The first line of an item of a list begins with a dash.
    while !is_item(&text[start..]) && at > from {
        let previous = line_start(at - 1);
        let line = &text[previous..at - 1];
        if line.trim_ascii().is_empty() || column(line) < indent {
            break;
        }
        (start, at) = (previous, previous);
    }
    let mut end =
        memchr::memchr(b'\n', &text[anchor.end..to]).map_or(to, |length| anchor.end + length);
    while end < to {
        let next = memchr::memchr(b'\n', &text[end + 1..to]).map_or(to, |length| end + 1 + length);
        let line = &text[end + 1..next];
        if line.trim_ascii().is_empty()
            || column(line) < indent
            || (is_item(line) && column(line) <= indent)
        {
            break;
        }
        end = next;
    }
    start..end
}

/// The column of a line's first word, behind the dash of an item.
fn column(line: &[u8]) -> usize {
    line.iter()
        .take_while(|b| matches!(b, b' ' | b'\t' | b'-'))
        .count()
}

fn is_item(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"- ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-cIND9HR3pMiOCVNRIj0T8cIbR7YnSOY7nqiC9crnz8";

    fn members(text: &str) -> Vec<(&str, &str)> {
        let at = text.find("kty").unwrap();
        let anchor = at..at + 3;
        if !is_kind(text.as_bytes(), &anchor) {
            return Vec::new();
        }
        let found = read(text.as_bytes(), &anchor, 0).0;
        found
            .into_iter()
            .map(|member| (&text[member.name], &text[member.value]))
            .collect()
    }

    #[test]
    fn private_members_in_many_notations() {
        for text in [
            format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{KEY}", "d": "{KEY}"}}"#),
            format!(r#"{{"d":"{KEY}","key_ops":["sign"],"kty":"OKP"}}"#),
            format!("const jwk = {{\n  kty: 'EC',\n  d: '{KEY}',\n}};"),
            format!("{{:kty => \"EC\", :d => \"{KEY}\"}}"),
            format!("['kty' => 'EC', 'd' => '{KEY}']"),
            format!("jwk.JWK(kty=\"EC\", d=\"{KEY}\")"),
            format!("jwk = {{\n  kty = \"EC\"\n  d = \"{KEY}\"\n}}"),
            format!("s = \"{{\\\"kty\\\":\\\"EC\\\",\\\"d\\\":\\\"{KEY}\\\"}}\""),
            format!("keys:\n  - kty: EC\n    crv: P-256\n    d: {KEY}\n  - kty: EC\n    x: abc\n"),
            format!("jwk:\n  crv: P-256\n  kty: EC\n  d: \"{KEY}\"\nother: 1\n"),
            format!("[key]\nkty = \"EC\"\nd = \"{KEY}\"\n"),
        ] {
            assert_eq!(members(&text), [("d", KEY)], "{text}");
        }
        let rsa = format!(
            r#"{{"kty":"RSA","n":"{KEY}","e":"AQAB","d":"{KEY}","p":"{KEY}","dp":"{KEY}"}}"#
        );
        assert_eq!(
            members(&rsa)
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>(),
            ["d", "p", "dp"]
        );
        assert_eq!(
            members(&format!(r#"{{"kty":"oct","k":"{KEY}"}}"#)),
            [("k", KEY)]
        );
    }

    #[test]
    fn public_keys_and_other_objects_have_none() {
        for text in [
            format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{KEY}", "y": "{KEY}"}}"#),
            format!(r#"{{"kty": "EC", "k": "{KEY}"}}"#),
            r#"{"kty": "EC", "d": "short"}"#.to_owned(),
            format!(r#"{{"kty": "EC"}}, {{"d": "{KEY}"}}"#),
            format!(r#"{{"kty": "EC", "more": {{"d": "{KEY}"}}}}"#),
            format!(r#"{{"rocktype": "EC", "d": "{KEY}"}}"#),
            format!("kty: EC\n\nd: {KEY}\n"),
        ] {
            assert_eq!(members(&text), [], "{text}");
        }
    }
}
