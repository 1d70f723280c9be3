//! String literals: quoted strings, and the calls that languages wrap around them.

use std::ops::Range;

use super::decoding_call::decoded_argument;
use super::line_bytes::{LONGEST_VALUE, skip_space};
use super::value_site::{Notation, ValueSite};
use crate::detect::file_kind::FileKind;
use crate::steps;

/// A quoted string.
#[derive(Clone, Debug)]
pub(super) struct Literal {
    /// The range of the content, without quotes.
    pub value: Range<usize>,
    /// Offset behind the closing quote.
    pub end: usize,
    /// The notation of the content.
    pub notation: Notation,
    /// The place of the literal in the syntax of the file.
    pub site: ValueSite,
    /// Whether nothing is joined to the literal behind it on its line.
    pub ends_value: bool,
}

/// Reads the literal that begins at `at`, if it ends on its line.
pub(super) fn quoted(text: &[u8], at: usize, kind: FileKind) -> Option<Literal> {
    let mut literal = content(text, at, kind)?;
    literal.ends_value = !is_joined(text, literal.end);
    // Quotes behind a backslash are those of a text within a string.
    if text[at] != b'\\' {
        literal.site = ValueSite::Expression(at);
    }
    Some(literal)
}

/// Whether an operator that joins strings, or another string, follows on the line.
fn is_joined(text: &[u8], end: usize) -> bool {
    let next = skip_space(text, end);
    match text.get(next..) {
        Some([b'"' | b'\'', ..]) => true,
        Some([b'+' | b'.' | b'&' | b'\\', after, ..]) => {
            matches!(
                after,
                b' ' | b'\t' | b'"' | b'\'' | b'\n' | b'\r' | b'.' | b'@'
            )
        }
        _ => false,
    }
}

/// Reads the content of the literal.
fn content(text: &[u8], at: usize, kind: FileKind) -> Option<Literal> {
    // Prefixes of string literals: b"…", r'…', @"…", L"…", N'…'.
    let at = match text.get(at)? {
        b'b' | b'r' | b'u' | b'@' | b'L' | b'N'
            if matches!(text.get(at + 1), Some(b'"' | b'\'')) =>
        {
            at + 1
        }
        _ => at,
    };
    match text.get(at..)? {
        // A JSON text within a string of another language: \"password\":\"x\".
        [b'\\', quote @ (b'"' | b'\''), ..] => {
            until(text, at + 2, &[b'\\', *quote], Notation::Backslash)
        }
        [b'"', b'"', b'"', ..] => until(text, at + 3, b"\"\"\"", Notation::Backslash),
        [b'\'', b'\'', b'\'', ..] => until(text, at + 3, b"'''", Notation::Plain),
        // In YAML and SQL `''` is an escaped quote, and a backslash is literal.
        [b'\'', ..] if kind == FileKind::Config => doubled(text, at + 1),
        // Elsewhere a backquote runs a command.
        [b'`', ..] if !matches!(kind, FileKind::Code | FileKind::Prose | FileKind::Unknown) => None,
        [quote @ (b'"' | b'\'' | b'`'), ..] => escaped(text, at + 1, *quote),
        [b'q', open @ (b'{' | b'(' | b'['), ..] if kind == FileKind::Code => {
            let close = if *open == b'(' { b')' } else { *open + 2 };
            until(text, at + 2, &[close], Notation::Plain)
        }
        _ => None,
    }
}

fn until(text: &[u8], start: usize, close: &[u8], notation: Notation) -> Option<Literal> {
    let window = &text[start..text.len().min(start + LONGEST_VALUE)];
    let window = &window[..memchr::memchr2(b'\n', b'\r', window).unwrap_or(window.len())];
    steps::count(window.len() / steps::AT_ONCE);
    let len = memchr::memmem::find(window, close)?;
    Some(Literal {
        value: start..start + len,
        end: start + len + close.len(),
        notation,
        site: ValueSite::Part,
        ends_value: true,
    })
}

fn doubled(text: &[u8], start: usize) -> Option<Literal> {
    let mut at = start;
    let mut notation = Notation::Plain;
    while at < text.len() && at - start < LONGEST_VALUE {
        steps::count(1);
        match text[at] {
            b'\n' | b'\r' => return None,
            b'\'' if text.get(at + 1) == Some(&b'\'') => {
                notation = Notation::Doubled;
                at += 1;
            }
            b'\'' => {
                return Some(Literal {
                    value: start..at,
                    end: at + 1,
                    notation,
                    site: ValueSite::Part,
                    ends_value: true,
                });
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn escaped(text: &[u8], start: usize, quote: u8) -> Option<Literal> {
    let mut at = start;
    while at < text.len() && at - start < LONGEST_VALUE {
        steps::count(1);
        match text[at] {
            b'\n' | b'\r' => return None,
            // The string goes on in the next line, but a value ends on its line.
            b'\\' if matches!(text.get(at + 1), Some(b'\n' | b'\r')) => return None,
            b'\\' => at += 1,
            b if b == quote => {
                return Some(Literal {
                    value: start..at,
                    end: at + 1,
                    notation: Notation::Backslash,
                    site: ValueSite::Part,
                    ends_value: true,
                });
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Last words of functions and types that turn a literal into the value.
const MAKERS: [&str; 25] = [
    "some",
    "just",
    "byte",
    "bytes",
    "bytearray",
    "string",
    "str",
    "from",
    "of",
    "value",
    "secretstr",
    "secretstring",
    "securestring",
    "decodehex",
    "unhexlify",
    "fromhex",
    "credential",
    "credentials",
    "password",
    "secret",
    "pwd",
    "quote",
    "u8",
    "tochararray",
    "text",
];

/// Reads a literal, or the literal argument of a function that makes the value of it: `Some("x")`,
/// `[]byte("x")`, `new String("x")`.
pub(super) fn wrapped(text: &[u8], at: usize, kind: FileKind) -> Option<Literal> {
    if let Some(literal) = quoted(text, at, kind) {
        return Some(literal);
    }
    if kind != FileKind::Code {
        return None;
    }
    if let Some(start) = decoded_argument(text, at) {
        return quoted(text, start, kind);
    }
    let rest = text.get(at..)?;
    let rest_at = if rest.starts_with(b"new ") {
        at + 4
    } else {
        at
    };
    let callee = text[rest_at..]
        .iter()
        .take(64)
        .take_while(|&&b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'[' | b']' | b'&' | b'!')
        })
        .count();
    let name = &text[rest_at..rest_at + callee];
    if callee == 0 || text.get(rest_at + callee) != Some(&b'(') || !makes(name) {
        return None;
    }
    quoted(text, skip_space(text, rest_at + callee + 1), kind)
}

fn makes(callee: &[u8]) -> bool {
    // A function that reads something by a name returns another value than the name.
    let reads = |part: &[u8]| {
        [b"get".as_slice(), b"read", b"load", b"find", b"fetch"]
            .iter()
            .any(|verb| {
                part.get(..verb.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(verb))
            })
    };
    let last = callee
        .rsplit(|&b| matches!(b, b'.' | b':'))
        .next()
        .unwrap_or(callee);
    let last: Vec<u8> = last
        .iter()
        .filter(|b| b.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    !reads(&last) && MAKERS.iter().any(|maker| last.ends_with(maker.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_many_languages() {
        for (text, kind, value) in [
            (r#""a\"b" + c"#, FileKind::Code, Some(r#"a\"b"#)),
            ("'it''s' # x", FileKind::Config, Some("it''s")),
            (r"'C:\' x", FileKind::Config, Some(r"C:\")),
            (r"'it\'s'", FileKind::Code, Some(r"it\'s")),
            ("\"\"\"a\"b\"\"\"", FileKind::Config, Some("a\"b")),
            ("q{a'b}", FileKind::Code, Some("a'b")),
            ("Some(\"x\")", FileKind::Code, Some("x")),
            ("[]byte(\"x\")", FileKind::Code, Some("x")),
            ("new StringValue( \"x\" )", FileKind::Code, Some("x")),
            ("String::from(\"x\")", FileKind::Code, Some("x")),
            ("getString(\"x\")", FileKind::Code, None),
            ("input(\"x\")", FileKind::Code, None),
            ("\"open", FileKind::Code, None),
        ] {
            let found = wrapped(text.as_bytes(), 0, kind).map(|literal| &text[literal.value]);
            assert_eq!(found, value, "{text}");
        }
    }
}
