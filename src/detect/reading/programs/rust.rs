//! Rust.

use super::super::{Collector, Stop, Unit};
use super::escape_digits::{
    byte, character, exact_hex, letter, line_end, line_feed, plain, unknown,
};
use super::language::{
    Adjacent, C_COMMENTS, Comments, Joins, Language, PLUS, Quotes, Special, Where,
};
use super::literal_form::{Closing, Form, LineEnds, Opened, Units};
use super::python::raw_bytes_unit;
use crate::finding::Escapes;

/// Rust. Its `+` takes a `String` on the left, so that two literals are never joined by it.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("b\"", Escapes::RustBytes).closed("\"").lines(),
        Form::new("c\"", Escapes::Rust).closed("\"").lines(),
        Form::new("\"", Escapes::Rust).lines(),
    ],
    special,
    joins: Joins {
        adjacent: Adjacent::Never,
        leading: Where::Everywhere,
        ..PLUS
    },
    comments: Comments {
        is_nested: true,
        ..C_COMMENTS
    },
    quotes: Quotes::CharacterOrName,
};

/// A raw string.
fn special(text: &[u8], at: usize) -> Special {
    let rest = text.get(at..).unwrap_or_default();
    let prefix = match rest {
        [b'r', ..] => 1,
        [b'b' | b'c', b'r', ..] => 2,
        _ => return Special::Ordinary,
    };
    let hashes = rest[prefix..]
        .iter()
        .take_while(|&&byte| byte == b'#')
        .count();
    if rest.get(prefix + hashes) != Some(&b'"') {
        return Special::Ordinary;
    }
    let mut closing = vec![b'"'];
    closing.resize(1 + hashes, b'#');
    let form = Form::raw("", "", LineEnds::LineFeed);
    Special::Literal(Opened {
        content: at + prefix + hashes + 1,
        closing: Closing::Text(closing.into()),
        form: match rest[0] {
            b'b' => form.units(Units::Custom(raw_bytes_unit)),
            _ => form,
        },
    })
}

/// Whether `concat!(` is at `at`.
pub(super) fn begins_concat(text: &[u8], at: usize) -> bool {
    text.get(at..).unwrap_or_default().starts_with(b"concat!(")
}

/// Reads `concat!("…", "…")`.
///
/// # Errors
/// Those of [`super::join::read`].
pub(super) fn read_concat(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let skip = |at| LANGUAGE.skip_blank(text, at, true);
    let mut next = skip(at + b"concat!(".len());
    let mut last = None;
    loop {
        let Some(opened) = LANGUAGE.open(text, next) else {
            return match (last, text.get(next)) {
                (_, None) => Err(Stop::Unfinished),
                (Some(_), Some(b')')) => Ok(next + 1),
                (Some(last), _) => {
                    out.interpolation();
                    Ok(last)
                }
                (None, _) => Err(Stop::NoLiteral),
            };
        };
        let end = opened.read(text, next, out)?;
        last = Some(end);
        next = skip(end);
        match text.get(next) {
            Some(b',') => next = skip(next + 1),
            Some(b')') => return Ok(next + 1),
            None => return Err(Stop::Unfinished),
            Some(_) => {
                out.interpolation();
                return Ok(end);
            }
        }
    }
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match rest[0] {
        b'\\' => escape(rest, escapes == Escapes::RustBytes),
        b'\r' => line_feed(rest),
        0x80.. if escapes == Escapes::RustBytes => Unit::Unknown(1),
        _ if escapes == Escapes::RustBytes => {
            let marks = |byte: &u8| matches!(byte, b'\\' | b'\r' | 0x80..);
            Unit::Verbatim(rest.iter().position(marks).unwrap_or(rest.len()))
        }
        _ => plain(rest, b"\\\r"),
    }
}

fn escape(rest: &[u8], is_bytes: bool) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
        (b'\\', b'\\'),
        (b'0', 0),
        (b'\'', b'\''),
        (b'"', b'"'),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if line_end(rest, 1).is_some() {
        let blank = rest[1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        return Unit::nothing(1 + blank.count());
    }
    let known = match rest.get(1) {
        Some(b'x') => match exact_hex(rest, 2, 2) {
            Some(number) if is_bytes || number < 0x80 => Some(byte(4, number)),
            _ => None,
        },
        Some(b'u') if !is_bytes => braced(rest),
        _ => None,
    };
    known.unwrap_or_else(|| unknown(rest))
}

/// `\u{X…}` with one to six digits and underscores between them.
fn braced(rest: &[u8]) -> Option<Unit> {
    const LONGEST: usize = 32;
    let digits = rest.strip_prefix(b"\\u{")?;
    let length = digits.iter().take(LONGEST).position(|&byte| byte == b'}')?;
    let written: Vec<u8> = digits[..length]
        .iter()
        .copied()
        .filter(|&byte| byte != b'_')
        .collect();
    let is_number = digits.first() != Some(&b'_') && (1..=6).contains(&written.len());
    let number = exact_hex(&written, 0, written.len()).filter(|_| is_number)?;
    Some(character(3 + length + 1, number))
}
