//! Go.

use super::super::Unit;
use super::escape_digits::{
    byte, character, doubtful_line_end, exact_hex, letter, octal, plain, unknown,
};
use super::language::{Adjacent, C_COMMENTS, Joins, Language, PLUS, Quotes, Where, ordinary};
use super::literal_form::{Form, LineEnds};
use crate::finding::Escapes;

/// Go.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::Go),
        Form::raw("`", "`", LineEnds::Removed),
    ],
    special: ordinary,
    joins: Joins {
        leading: Where::Nowhere,
        adjacent: Adjacent::Never,
        ..PLUS
    },
    comments: C_COMMENTS,
    quotes: Quotes::Character,
};

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => doubtful_line_end(rest),
        _ => plain(rest, b"\\\r"),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'a', 7),
        (b'b', 8),
        (b'f', 12),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
        (b'v', 11),
        (b'\\', b'\\'),
        (b'"', b'"'),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    let known = match rest.get(1) {
        Some(b'0'..=b'7') => match octal(rest, 1, 3) {
            (number, 3) => Some(byte(4, number)),
            _ => None,
        },
        Some(b'x') => exact_hex(rest, 2, 2).map(|number| byte(4, number)),
        Some(b'u') => exact_hex(rest, 2, 4).map(|number| character(6, number)),
        Some(b'U') => exact_hex(rest, 2, 8).map(|number| character(10, number)),
        _ => None,
    };
    known.unwrap_or_else(|| unknown(rest))
}
