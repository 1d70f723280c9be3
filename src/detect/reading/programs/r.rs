//! R.

use super::super::{Collector, Stop, Unit};
use super::escape_digits::{
    braced_hex, character, doubtful_line_end, hex, letter, octal, plain, unknown,
};
use super::language::{Adjacent, HASH_COMMENTS, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, LineEnds, Opened};
use super::ruby::closing_bracket;
use crate::finding::Escapes;

/// R.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::R).lines(),
        Form::new("'", Escapes::R).lines(),
    ],
    special,
    joins: Joins {
        operators: &[],
        leading: Where::Nowhere,
        adjacent: Adjacent::Never,
        continuation: "",
        has_macros: false,
        has_string_operators: false,
        has_method_lines: true,
    },
    comments: HASH_COMMENTS,
    quotes: Quotes::None,
};

/// A raw string: `r"(…)"`, `R'--[…]--'`.
fn special(text: &[u8], at: usize) -> Special {
    let Some([b'r' | b'R', quote @ (b'"' | b'\''), rest @ ..]) = text.get(at..) else {
        return Special::Ordinary;
    };
    let dashes = rest.iter().take_while(|&&byte| byte == b'-').count();
    let Some(open @ (b'(' | b'[' | b'{')) = rest.get(dashes) else {
        return Special::NoLiteral;
    };
    let mut closing = vec![closing_bracket(*open)];
    closing.resize(1 + dashes, b'-');
    closing.push(*quote);
    Special::Literal(Opened {
        content: at + 2 + dashes + 1,
        closing: Closing::Text(closing.into()),
        form: Form::raw("", "", LineEnds::Doubtful),
    })
}

/// Whether `paste0(` or `paste(` is at `at`.
pub(super) fn begins_paste(text: &[u8], at: usize) -> bool {
    paste_length(text, at).is_some()
}

fn paste_length(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let mut names = [&b"paste0("[..], b"paste("].into_iter();
    names.find(|name| rest.starts_with(name)).map(<[u8]>::len)
}

/// Reads the first literal of `paste0(…)`.
///
/// # Errors
/// The call does not begin with a literal, or the literal does not end in the text.
pub(super) fn read_paste(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let length = paste_length(text, at).ok_or(Stop::NoLiteral)?;
    let first = LANGUAGE.skip_blank(text, at + length, true);
    let opened = LANGUAGE.open(text, first).ok_or(Stop::NoLiteral)?;
    let end = opened.read(text, first, out)?;
    out.interpolation();
    Ok(end)
}

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
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
        (b'b', 8),
        (b'a', 7),
        (b'f', 12),
        (b'v', 11),
        (b'\\', b'\\'),
        (b'"', b'"'),
        (b'\'', b'\''),
        (b'`', b'`'),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    // Bytes from 128 are characters of the locale.
    let ascii = |length: usize, number: u32| match number {
        1..0x80 => character(length, number),
        _ => Unit::Unknown(length),
    };
    let unicode = |most: usize| match braced_hex(rest, 2, most) {
        Some((number, end)) => character(end, number),
        None => match hex(rest, 2, most) {
            (_, 0) => unknown(rest),
            (number, digits) => character(2 + digits, number),
        },
    };
    match rest.get(1) {
        Some(b'0'..=b'7') => {
            let (number, digits) = octal(rest, 1, 3);
            ascii(1 + digits, number)
        }
        Some(b'x') => match hex(rest, 2, 2) {
            (_, 0) => unknown(rest),
            (number, digits) => ascii(2 + digits, number),
        },
        Some(b'u') => unicode(4),
        Some(b'U') => unicode(8),
        _ => unknown(rest),
    }
}
