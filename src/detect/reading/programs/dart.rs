//! Dart.

use super::super::Unit;
use super::escape_digits::{
    braced_hex, character, dollar, exact_hex, itself, letter, line_feed, plain, unknown, utf16,
};
use super::language::{
    Adjacent, C_COMMENTS, Comments, Joins, Language, PLUS, Quotes, Where, ordinary,
};
use super::literal_form::{Form, Hole, Layout, LineEnds};
use crate::finding::Escapes;

const fn lines(quotes: &'static str) -> Form {
    Form::new(quotes, Escapes::Dart)
        .lines()
        .hole(Hole::Dollar)
        .layout(Layout::FirstLine)
}

const fn raw_lines(opening: &'static str, closing: &'static str) -> Form {
    Form::raw(opening, closing, LineEnds::LineFeed).layout(Layout::FirstLine)
}

/// Dart.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        raw_lines("r'''", "'''"),
        raw_lines("r\"\"\"", "\"\"\""),
        Form::raw("r'", "'", LineEnds::Kept).one_line(),
        Form::raw("r\"", "\"", LineEnds::Kept).one_line(),
        lines("'''"),
        lines("\"\"\""),
        Form::new("'", Escapes::Dart).hole(Hole::Dollar),
        Form::new("\"", Escapes::Dart).hole(Hole::Dollar),
    ],
    special: ordinary,
    joins: Joins {
        adjacent: Adjacent::Joined(Where::Everywhere),
        ..PLUS
    },
    comments: Comments {
        is_nested: true,
        ..C_COMMENTS
    },
    quotes: Quotes::None,
};

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => line_feed(rest),
        b'$' => match dollar(rest) {
            // Dart refuses a dollar without a name.
            Unit::Verbatim(length) => Unit::Unknown(length),
            unit => unit,
        },
        _ => plain(rest, b"\\\r$"),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b'f', 12),
        (b'b', 8),
        (b't', b'\t'),
        (b'v', 11),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    match rest.get(1) {
        Some(b'x') => exact_hex(rest, 2, 2).map_or(unknown(rest), |number| character(4, number)),
        Some(b'u') => utf16(rest, code),
        Some(b'\r' | b'\n') | None => unknown(rest),
        Some(_) => itself(rest),
    }
}

/// `\uXXXX` or `\u{X…}`.
fn code(rest: &[u8]) -> Option<(u32, usize)> {
    if !rest.starts_with(b"\\u") {
        return None;
    }
    let braced = || braced_hex(rest, 2, 6);
    exact_hex(rest, 2, 4)
        .map(|number| (number, 6))
        .or_else(braced)
}
