//! Kotlin.

use super::super::Unit;
use super::escape_digits::{dollar, exact_hex, hole, letter, line_feed, plain, unknown, utf16};
use super::language::{
    Adjacent, C_COMMENTS, Comments, Joins, Language, PLUS, Quotes, Special, Where,
};
use super::literal_form::{Closing, Form, Hole, Opened};
use crate::finding::Escapes;

/// Kotlin.
pub(super) const LANGUAGE: Language = Language {
    forms: &[Form::new("\"", Escapes::Kotlin).hole(Hole::Dollar)],
    special,
    joins: Joins {
        leading: Where::InBrackets,
        adjacent: Adjacent::Never,
        ..PLUS
    },
    comments: Comments {
        is_nested: true,
        ..C_COMMENTS
    },
    quotes: Quotes::Character,
};

/// A raw string, which ends with the last quotes of those in a row.
fn special(text: &[u8], at: usize) -> Special {
    if !text.get(at..).unwrap_or_default().starts_with(b"\"\"\"") {
        return Special::Ordinary;
    }
    Special::Literal(Opened {
        content: at + 3,
        closing: Closing::LastQuotes,
        form: Form::new("", Escapes::KotlinRaw)
            .lines()
            .unguarded()
            .hole(Hole::Dollar),
    })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match rest[0] {
        b'\\' if escapes == Escapes::Kotlin => escape(rest),
        b'\r' => line_feed(rest),
        b'$' if rest.get(1) == Some(&b'`') => hole(rest, 2, b'`'),
        b'$' => dollar(rest),
        _ if escapes == Escapes::Kotlin => plain(rest, b"\\\r$"),
        _ => plain(rest, b"\r$"),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b't', b'\t'),
        (b'b', 8),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b'\'', b'\''),
        (b'"', b'"'),
        (b'\\', b'\\'),
        (b'$', b'$'),
    ];
    let code = |rest: &[u8]| {
        let is_code = rest.starts_with(b"\\u");
        exact_hex(rest, 2, 4)
            .filter(|_| is_code)
            .map(|number| (number, 6))
    };
    match letter(rest, LETTERS) {
        Some(unit) => unit,
        None if rest.get(1) == Some(&b'u') => utf16(rest, code),
        None => unknown(rest),
    }
}
