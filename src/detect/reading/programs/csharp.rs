//! C#.

use super::super::Unit;
use super::escape_digits::{character, exact_hex, hex, hole, letter, plain, unknown, utf16};
use super::language::{C_COMMENTS, Language, PLUS, Quotes, Special};
use super::literal_form::{Closing, Form, Hole, Layout, LineEnds, Opened, Units};
use crate::finding::Escapes;

/// C#.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("$\"", Escapes::CSharpInterpolated)
            .closed("\"")
            .hole(Hole::Brace),
        Form::new("\"", Escapes::CSharp),
    ],
    special,
    joins: PLUS,
    comments: C_COMMENTS,
    quotes: Quotes::Character,
};

/// How many signs may be before a string.
const MOST_SIGNS: usize = 16;

/// A verbatim or a raw string, each also with interpolations.
fn special(text: &[u8], at: usize) -> Special {
    let rest = text.get(at..).unwrap_or_default();
    let signs = rest
        .iter()
        .take(MOST_SIGNS)
        .take_while(|&&byte| matches!(byte, b'@' | b'$'))
        .count();
    let dollars = rest[..signs].iter().filter(|&&byte| byte == b'$').count();
    let quotes = rest[signs..]
        .iter()
        .take_while(|&&byte| byte == b'"')
        .count();
    if quotes == 0 {
        return Special::NoLiteral;
    }
    let is_verbatim = signs > dollars;
    if is_verbatim && signs <= 2 && dollars <= 1 {
        let form = Form::new("\"", Escapes::DoubledDouble).lines().unguarded();
        return Special::Literal(Opened {
            content: at + signs + 1,
            closing: Closing::Undoubled(b'"'),
            form: match dollars {
                0 => form,
                _ => form
                    .units(Units::Custom(verbatim_interpolated_unit))
                    .hole(Hole::Brace),
            },
        });
    }
    if is_verbatim || quotes < 3 {
        return Special::Ordinary;
    }
    let form = Form::raw("", "", LineEnds::Kept).layout(Layout::ClosingLine);
    Special::Literal(Opened {
        content: at + signs + quotes,
        closing: Closing::Text(vec![b'"'; quotes].into()),
        form: match dollars {
            0 => form,
            1 => form.units(Units::Custom(raw_interpolated_unit)),
            _ => form.units(Units::Custom(|rest| Unit::Interpolation(rest.len()))),
        },
    })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    let is_interpolated = escapes == Escapes::CSharpInterpolated;
    match rest[0] {
        b'\\' => escape(rest),
        b'{' | b'}' if is_interpolated => interpolation(rest),
        _ if is_interpolated => plain(rest, b"\\{}"),
        _ => plain(rest, b"\\"),
    }
}

/// An expression in braces, or a doubled brace.
fn interpolation(rest: &[u8]) -> Unit {
    match rest {
        [first, second, ..] if first == second => Unit::byte(2, *first),
        [b'{', ..] => hole(rest, 1, b'}'),
        _ => Unit::Unknown(1),
    }
}

fn verbatim_interpolated_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'"', b'"', ..] => Unit::byte(2, b'"'),
        [b'{' | b'}', ..] => interpolation(rest),
        _ => plain(rest, b"\"{}"),
    }
}

fn raw_interpolated_unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'{' => hole(rest, 1, b'}'),
        b'}' => Unit::Unknown(1),
        _ => plain(rest, b"{}"),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'\'', b'\''),
        (b'"', b'"'),
        (b'\\', b'\\'),
        (b'0', 0),
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
    match rest.get(1) {
        Some(b'x' | b'u') => utf16(rest, code),
        Some(b'U') => exact_hex(rest, 2, 8).map_or(unknown(rest), |number| character(10, number)),
        // `\e` is known to C# 13 only.
        _ => unknown(rest),
    }
}

/// `\xX` with one to four digits, or `\uXXXX`.
fn code(rest: &[u8]) -> Option<(u32, usize)> {
    match rest {
        [b'\\', b'u', ..] => exact_hex(rest, 2, 4).map(|number| (number, 6)),
        [b'\\', b'x', ..] => {
            let (number, digits) = hex(rest, 2, 4);
            (digits > 0).then_some((number, 2 + digits))
        }
        _ => None,
    }
}
