//! JavaScript and TypeScript.

use super::super::Unit;
use super::escape_digits::{
    braced_hex, character, dollar, exact_hex, itself, letter, line_end, line_feed, plain, unknown,
    utf16,
};
use super::language::{C_COMMENTS, Language, PLUS, Quotes, ordinary};
use super::literal_form::{Form, Hole, LineEnds, Units};
use crate::finding::Escapes;

/// JavaScript and TypeScript.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::JavaScript),
        Form::new("'", Escapes::JavaScript),
        Form::new("`", Escapes::JavaScriptTemplate)
            .lines()
            .hole(Hole::Dollar),
        Form::raw("String.raw`", "`", LineEnds::LineFeed)
            .guarded()
            .hole(Hole::Dollar)
            .units(Units::Custom(raw_unit)),
    ],
    special: ordinary,
    joins: PLUS,
    comments: C_COMMENTS,
    quotes: Quotes::Regex,
};

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    let is_template = escapes == Escapes::JavaScriptTemplate;
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => line_feed(rest),
        b'$' if is_template => template_dollar(rest),
        _ if is_template => plain(rest, b"\\\r$"),
        _ => plain(rest, b"\\\r"),
    }
}

/// `${…}`; another dollar is literal.
fn template_dollar(rest: &[u8]) -> Unit {
    match rest.get(1) {
        Some(b'{') => dollar(rest),
        _ => Unit::Verbatim(1),
    }
}

/// The unit of a raw template.
fn raw_unit(rest: &[u8]) -> Unit {
    match rest[0] {
        // `\${` begins no expression.
        b'\\' if rest.get(1) != Some(&b'\r') => Unit::Verbatim(rest.len().min(2)),
        b'\\' => Unit::Verbatim(1),
        b'\r' => line_feed(rest),
        b'$' => template_dollar(rest),
        _ => plain(rest, b"\\\r$"),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'b', 8),
        (b't', b'\t'),
        (b'n', b'\n'),
        (b'v', 11),
        (b'f', 12),
        (b'r', b'\r'),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if let Some(length) = line_end(rest, 1) {
        return Unit::nothing(1 + length);
    }
    match rest.get(1) {
        Some(b'0') if !rest.get(2).is_some_and(u8::is_ascii_digit) => Unit::byte(2, 0),
        // Octal escapes are refused in strict code.
        Some(b'0'..=b'9') => unknown(rest),
        Some(b'x') => exact_hex(rest, 2, 2).map_or(unknown(rest), |number| character(4, number)),
        Some(b'u') => utf16(rest, code),
        // A separator of lines or paragraphs continues the line.
        Some(0xE2) if matches!(rest.get(2..4), Some([0x80, 0xA8 | 0xA9])) => Unit::nothing(4),
        Some(_) => itself(rest),
        None => Unit::Unknown(1),
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
