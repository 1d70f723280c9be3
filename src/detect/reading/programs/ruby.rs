//! Ruby.

use super::super::Unit;
use super::escape_digits::{
    begins_name, byte, character, exact_hex, hex, hole, itself, letter, line_end, name_length,
    octal, plain, unknown,
};
use super::heredoc;
use super::language::{Adjacent, HASH_COMMENTS, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, Hole, Opened, Units};
use crate::finding::Escapes;

/// Ruby.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::RubyDouble)
            .lines()
            .hole(Hole::Hash),
        Form::new("'", Escapes::RubySingle).lines(),
    ],
    special,
    joins: Joins {
        operators: &["+", "<<"],
        leading: Where::Nowhere,
        adjacent: Adjacent::Joined(Where::Nowhere),
        continuation: "\\",
        has_macros: false,
        has_string_operators: true,
        has_method_lines: true,
    },
    comments: HASH_COMMENTS,
    quotes: Quotes::Regex,
};

/// `%q(…)` and its relatives, and heredocs.
fn special(text: &[u8], at: usize) -> Special {
    let (content, is_single) = match text.get(at..) {
        Some([b'%', b'q', ..]) => (at + 3, true),
        Some([b'%', b'Q', ..]) => (at + 3, false),
        Some([b'%', ..]) => (at + 2, false),
        Some([b'<', b'<', ..]) => return heredoc::open(text, at, Escapes::RubyDouble),
        _ => return Special::Ordinary,
    };
    let Some(&open) = text.get(content - 1) else {
        return Special::NoLiteral;
    };
    if open.is_ascii_alphanumeric() || open.is_ascii_whitespace() || open >= 0x80 || open == b'=' {
        return Special::NoLiteral;
    }
    let form = Form::new("", Escapes::RubyDouble).lines();
    let close = closing_bracket(open);
    Special::Literal(Opened {
        content,
        closing: match close == open {
            true => Closing::Text(vec![close].into()),
            false => Closing::Bracket(open, close),
        },
        form: match is_single {
            true => form.units(Units::Delimited(open, close)),
            false => form.hole(Hole::Hash),
        },
    })
}

/// What closes a literal that this byte opens.
pub(super) fn closing_bracket(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    }
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    if escapes == Escapes::RubySingle {
        return Units::Delimited(b'\'', b'\'').unit(rest);
    }
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => super::escape_digits::doubtful_line_end(rest),
        b'#' => interpolation(rest),
        _ => plain(rest, b"\\\r#"),
    }
}

/// `#{…}`, `#$name` or `#@name`; another `#` is literal.
fn interpolation(rest: &[u8]) -> Unit {
    let is_name = |at: usize| rest.get(at).is_some_and(|&byte| begins_name(byte));
    match rest.get(1) {
        Some(b'{') => hole(rest, 2, b'}'),
        Some(b'$')
            if rest
                .get(2)
                .is_some_and(|byte| !matches!(byte, b' ' | b'\n' | b'"')) =>
        {
            Unit::Interpolation(2 + name_length(rest, 2).max(1))
        }
        Some(b'@') if is_name(2) => Unit::Interpolation(2 + name_length(rest, 2)),
        Some(b'@') if rest.get(2) == Some(&b'@') && is_name(3) => {
            Unit::Interpolation(3 + name_length(rest, 3))
        }
        _ => Unit::Verbatim(1),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'a', 7),
        (b'b', 8),
        (b't', b'\t'),
        (b'n', b'\n'),
        (b'v', 11),
        (b'f', 12),
        (b'r', b'\r'),
        (b's', b' '),
        (b'e', 27),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if let Some(length) = line_end(rest, 1) {
        return match rest[1] {
            b'\n' => Unit::nothing(2),
            _ => Unit::Unknown(1 + length),
        };
    }
    match rest.get(1) {
        Some(b'0'..=b'7') => {
            let (number, digits) = octal(rest, 1, 3);
            byte(1 + digits, number & 0xFF)
        }
        Some(b'x') => match hex(rest, 2, 2) {
            (_, 0) => unknown(rest),
            (number, digits) => byte(2 + digits, number),
        },
        Some(b'u') => match super::escape_digits::braced_hex(rest, 2, 6) {
            Some((number, end)) => character(end, number),
            None => exact_hex(rest, 2, 4).map_or(unknown(rest), |number| character(6, number)),
        },
        // Control and meta characters.
        Some(b'c' | b'C' | b'M') | None => unknown(rest),
        Some(_) => itself(rest),
    }
}
