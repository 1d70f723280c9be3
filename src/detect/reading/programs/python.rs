//! Python.

use std::borrow::Cow;

use super::super::Unit;
use super::escape_digits::{
    byte, character, exact_hex, hole, letter, line_end, line_feed, octal, plain, unknown,
};
use super::language::{Adjacent, HASH_COMMENTS, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, Hole, LineEnds, Opened, Units};
use crate::finding::Escapes;

/// Python.
pub(super) const LANGUAGE: Language = Language {
    forms: &[],
    special,
    joins: Joins {
        operators: &["+"],
        leading: Where::InBrackets,
        adjacent: Adjacent::Joined(Where::InBrackets),
        continuation: "\\",
        has_macros: false,
        has_string_operators: true,
        has_method_lines: true,
    },
    comments: HASH_COMMENTS,
    quotes: Quotes::None,
};

/// A literal with any prefix, in any quotes.
fn special(text: &[u8], at: usize) -> Special {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest
        .iter()
        .take(3)
        .position(|byte| matches!(byte, b'"' | b'\''));
    let Some(length) = length else {
        return Special::Ordinary;
    };
    let prefix = rest[..length].to_ascii_lowercase();
    let has = |letter: u8| prefix.contains(&letter);
    let is_known = matches!(
        prefix.as_slice(),
        b"" | b"r"
            | b"b"
            | b"u"
            | b"f"
            | b"t"
            | b"rb"
            | b"br"
            | b"ur"
            | b"fr"
            | b"rf"
            | b"rt"
            | b"tr"
    );
    if !is_known {
        return Special::Ordinary;
    }
    let quote = rest[length];
    let is_triple = rest[length..].starts_with(&[quote; 3]);
    let units = match (has(b'r'), has(b'b'), has(b'f') || has(b't')) {
        (true, _, true) => Units::Custom(raw_format_unit),
        (true, true, false) => Units::Custom(raw_bytes_unit),
        (true, false, false) => Units::Raw(LineEnds::LineFeed),
        (false, true, _) => Units::Escaped(Escapes::PythonBytes),
        (false, false, true) => Units::Escaped(Escapes::PythonFormat),
        (false, false, false) => Units::Escaped(Escapes::Python),
    };
    let form = Form::new("", Escapes::Python).units(units);
    let form = if is_triple { form.lines() } else { form };
    let form = if has(b'f') || has(b't') {
        form.hole(Hole::Brace)
    } else {
        form
    };
    let quotes = if is_triple { 3 } else { 1 };
    Special::Literal(Opened {
        content: at + length + quotes,
        closing: Closing::Text(Cow::Owned(vec![quote; quotes])),
        form,
    })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match rest[0] {
        b'\\' => escape(rest, escapes == Escapes::PythonBytes),
        b'\r' => line_feed(rest),
        b'{' | b'}' if escapes == Escapes::PythonFormat => field(rest),
        0x80.. if escapes == Escapes::PythonBytes => Unit::Unknown(1),
        _ => match escapes {
            Escapes::PythonFormat => plain(rest, b"\\\r{}"),
            Escapes::PythonBytes => {
                let marks = |byte: &u8| matches!(byte, b'\\' | b'\r' | 0x80..);
                Unit::Verbatim(rest.iter().position(marks).unwrap_or(rest.len()))
            }
            _ => plain(rest, b"\\\r"),
        },
    }
}

/// The unit of a raw formatted string.
fn raw_format_unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\r' => line_feed(rest),
        b'{' | b'}' => field(rest),
        _ => plain(rest, b"\r{}"),
    }
}

/// The unit of raw bytes, which may have ASCII only.
pub(super) fn raw_bytes_unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\r' => line_feed(rest),
        0x80.. => Unit::Unknown(1),
        _ => {
            let marks = |byte: &u8| matches!(byte, b'\r' | 0x80..);
            Unit::Verbatim(rest.iter().position(marks).unwrap_or(rest.len()))
        }
    }
}

/// A field of a formatted string, or a doubled brace.
fn field(rest: &[u8]) -> Unit {
    match rest {
        [first, second, ..] if first == second => Unit::byte(2, *first),
        [b'{', ..] => hole(rest, 1, b'}'),
        _ => Unit::Unknown(1),
    }
}

fn escape(rest: &[u8], is_bytes: bool) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'\\', b'\\'),
        (b'\'', b'\''),
        (b'"', b'"'),
        (b'a', 7),
        (b'b', 8),
        (b'f', 12),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
        (b'v', 11),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if let Some(length) = line_end(rest, 1) {
        return Unit::nothing(1 + length);
    }
    match rest.get(1) {
        Some(b'0'..=b'7') => {
            let (number, digits) = octal(rest, 1, 3);
            match number {
                256.. => Unit::Unknown(1 + digits),
                _ if is_bytes => byte(1 + digits, number),
                _ => character(1 + digits, number),
            }
        }
        Some(b'x') => match exact_hex(rest, 2, 2) {
            Some(number) if is_bytes => byte(4, number),
            Some(number) => character(4, number),
            None => unknown(rest),
        },
        Some(b'u') if !is_bytes => {
            exact_hex(rest, 2, 4).map_or(unknown(rest), |number| character(6, number))
        }
        Some(b'U') if !is_bytes => {
            exact_hex(rest, 2, 8).map_or(unknown(rest), |number| character(10, number))
        }
        Some(b'N') if !is_bytes => unknown(rest),
        // Python keeps the backslash of an escape that it does not know.
        Some(_) => Unit::Verbatim(1),
        None => Unit::Unknown(1),
    }
}
