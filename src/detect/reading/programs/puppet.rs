//! Puppet.

use super::super::Unit;
use super::escape_digits::{
    begins_name, braced_hex, character, dollar, doubtful_line_end, exact_hex, letter, plain,
    unknown,
};
use super::language::{Adjacent, HASH_COMMENTS, Joins, Language, Quotes, Where, ordinary};
use super::literal_form::{Form, Hole, Units};
use crate::finding::Escapes;

/// Puppet.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::PuppetDouble)
            .lines()
            .hole(Hole::Dollar),
        Form::new("'", Escapes::PuppetSingle).lines(),
    ],
    special: ordinary,
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
    quotes: Quotes::Regex,
};

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    if escapes == Escapes::PuppetSingle {
        return Units::Delimited(b'\'', b'\'').unit(rest);
    }
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => doubtful_line_end(rest),
        b'$' => variable(rest),
        _ => plain(rest, b"\\\r$"),
    }
}

/// `$name`, `$::name`, `${…}` or a number; another dollar is literal.
fn variable(rest: &[u8]) -> Unit {
    match rest.get(1) {
        Some(&byte) if byte == b'{' || begins_name(byte) => dollar(rest),
        Some(byte) if *byte == b':' || byte.is_ascii_digit() => Unit::Interpolation(2),
        _ => Unit::Verbatim(1),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
        (b's', b' '),
        (b'$', b'$'),
        (b'\\', b'\\'),
        (b'"', b'"'),
        (b'\'', b'\''),
    ];
    match (letter(rest, LETTERS), rest.get(1)) {
        (Some(unit), _) => unit,
        (None, Some(b'u')) => match braced_hex(rest, 2, 6) {
            Some((number, end)) => character(end, number),
            None => exact_hex(rest, 2, 4).map_or(unknown(rest), |number| character(6, number)),
        },
        _ => unknown(rest),
    }
}
