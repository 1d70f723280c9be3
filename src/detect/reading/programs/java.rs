//! Java.

use super::super::Unit;
use super::escape_digits::{
    character, doubtful_line_end, java_unicode, letter, octal, plain, unknown, utf16,
};
use super::language::{C_COMMENTS, Language, PLUS, Quotes, ordinary};
use super::literal_form::{Form, Layout};
use crate::finding::Escapes;

/// Java.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"\"\"", Escapes::Java)
            .lines()
            .layout(Layout::TextBlock),
        Form::new("\"", Escapes::Java),
    ],
    special: ordinary,
    joins: PLUS,
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

/// The escapes of one letter.
pub(super) const LETTERS: &[(u8, u8)] = &[
    (b'b', 8),
    (b't', b'\t'),
    (b'n', b'\n'),
    (b'f', 12),
    (b'r', b'\r'),
    (b'"', b'"'),
    (b'\'', b'\''),
    (b'\\', b'\\'),
];

fn escape(rest: &[u8]) -> Unit {
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    match rest.get(1) {
        Some(b's') => Unit::byte(2, b' '),
        Some(b'u') => unicode(rest),
        Some(b'0'..=b'7') => java_octal(rest),
        _ => unknown(rest),
    }
}

/// An octal escape up to `\377`.
pub(super) fn java_octal(rest: &[u8]) -> Unit {
    let most = if rest[1] <= b'3' { 3 } else { 2 };
    let (number, digits) = octal(rest, 1, most);
    character(1 + digits, number)
}

/// `\uXXXX`. The compiler replaces it before it reads literals, so that the escape of a quote, a backslash or a line
/// end is read as that.
pub(super) fn unicode(rest: &[u8]) -> Unit {
    match java_unicode(rest) {
        Some((0x22 | 0x5C | 0x0A | 0x0D, length)) => Unit::Unknown(length),
        _ => utf16(rest, java_unicode),
    }
}
