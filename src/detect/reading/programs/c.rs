//! C, C++ and Objective-C.

use super::super::Unit;
use super::escape_digits::{
    byte, character, doubtful_line_end, exact_hex, hex, letter, line_end, octal, plain, unknown,
};
use super::language::{Adjacent, C_COMMENTS, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, LineEnds, Opened, Units};
use crate::finding::Escapes;

const JOINS: Joins = Joins {
    operators: &["+"],
    leading: Where::Everywhere,
    adjacent: Adjacent::Joined(Where::Everywhere),
    continuation: "\\",
    has_macros: true,
    has_string_operators: false,
    has_method_lines: true,
};

/// C and C++.
pub(super) const LANGUAGE: Language = Language {
    forms: &[Form::new("\"", Escapes::C)],
    special,
    joins: JOINS,
    comments: C_COMMENTS,
    quotes: Quotes::Character,
};

/// Objective-C.
pub(super) const OBJECTIVE_C: Language = Language {
    forms: &[
        Form::new("@\"", Escapes::C).closed("\""),
        Form::new("\"", Escapes::C),
    ],
    special,
    joins: JOINS,
    comments: C_COMMENTS,
    quotes: Quotes::Character,
};

/// A literal with a prefix, or a raw string.
fn special(text: &[u8], at: usize) -> Special {
    let rest = text.get(at..).unwrap_or_default();
    let prefix = match rest {
        [b'u', b'8', ..] => 2,
        [b'L' | b'u' | b'U', ..] => 1,
        [b'R', ..] => 0,
        _ => return Special::Ordinary,
    };
    match &rest[prefix..] {
        [b'"', ..] => {
            let units = match &rest[..prefix] {
                b"u8" => Units::Escaped(Escapes::C),
                _ => Units::Custom(wide_unit),
            };
            Special::Literal(Opened {
                content: at + prefix + 1,
                closing: Closing::Text(b"\"".into()),
                form: Form::new("\"", Escapes::C).units(units),
            })
        }
        [b'R', b'"', delimiter @ ..] => raw(delimiter, at + prefix + 2),
        _ => Special::Ordinary,
    }
}

/// `R"delimiter(…)delimiter"`, of which the delimiter begins at `start`.
fn raw(rest: &[u8], start: usize) -> Special {
    const LONGEST_DELIMITER: usize = 16;
    let mut bytes = rest.iter().take(LONGEST_DELIMITER + 1);
    let Some(length) = bytes.position(|&byte| byte == b'(') else {
        return Special::NoLiteral;
    };
    let delimiter = &rest[..length];
    if delimiter
        .iter()
        .any(|byte| byte.is_ascii_whitespace() || matches!(byte, b')' | b'\\' | b'"'))
    {
        return Special::NoLiteral;
    }
    Special::Literal(Opened {
        content: start + length + 1,
        closing: Closing::Text([b")", delimiter, b"\""].concat().into()),
        form: Form::raw("", "", LineEnds::Doubtful),
    })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => doubtful_line_end(rest),
        // A trigraph, which newer standards do not know.
        b'?' => match rest {
            [
                _,
                b'?',
                b'=' | b'/' | b'\'' | b'(' | b')' | b'!' | b'<' | b'>' | b'-',
                ..,
            ] => Unit::Unknown(3),
            _ => Unit::Verbatim(1),
        },
        _ => plain(rest, b"\\\r?"),
    }
}

/// The unit of a string of wide characters: the numbers of its escapes are no bytes.
fn wide_unit(rest: &[u8]) -> Unit {
    match (rest, unit(rest)) {
        ([b'\\', b'x' | b'0'..=b'7', ..], Unit::Escape { length, bytes })
            if bytes.as_slice() >= [0x80].as_slice() =>
        {
            Unit::Unknown(length)
        }
        (_, unit) => unit,
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
        (b'\'', b'\''),
        (b'"', b'"'),
        (b'?', b'?'),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if let Some(length) = line_end(rest, 1) {
        return Unit::nothing(1 + length);
    }
    let unit = match rest.get(1) {
        Some(b'0'..=b'7') => {
            let (number, digits) = octal(rest, 1, 3);
            byte(1 + digits, number)
        }
        Some(b'x') => match hex(rest, 2, 8) {
            (_, 0 | 8..) => unknown(rest),
            (number, digits) => byte(2 + digits, number),
        },
        Some(b'u') => exact_hex(rest, 2, 4).map_or(unknown(rest), |number| universal(6, number)),
        Some(b'U') => exact_hex(rest, 2, 8).map_or(unknown(rest), |number| universal(10, number)),
        _ => unknown(rest),
    };
    // A continued line may continue the escape.
    let is_open = matches!(rest.get(1), Some(b'0'..=b'7' | b'x'));
    let next = unit.length();
    if is_open && rest.get(next) == Some(&b'\\') && line_end(rest, next + 1).is_some() {
        return Unit::Unknown(next);
    }
    unit
}

/// `\uXXXX`, which C allows from U+00A0 only.
fn universal(length: usize, number: u32) -> Unit {
    match number {
        0..0xA0 => Unit::Unknown(length),
        _ => character(length, number),
    }
}
