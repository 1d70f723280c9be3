//! Perl.

use super::super::Unit;
use super::escape_digits::{
    begins_name, braced_hex, byte, continues_name, hex, itself, letter, name_length, octal, plain,
    unknown,
};
use super::heredoc;
use super::language::{Adjacent, HASH_COMMENTS, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, Opened, Units};
use super::ruby::closing_bracket;
use crate::finding::Escapes;

/// Perl.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::PerlDouble).lines(),
        Form::new("'", Escapes::PerlSingle).lines(),
    ],
    special,
    joins: Joins {
        operators: &["."],
        leading: Where::Everywhere,
        adjacent: Adjacent::Never,
        continuation: "",
        has_macros: false,
        has_string_operators: false,
        has_method_lines: true,
    },
    comments: HASH_COMMENTS,
    quotes: Quotes::Perl,
};

/// `q{…}`, `qq{…}` and heredocs.
fn special(text: &[u8], at: usize) -> Special {
    let (mut open_at, is_single) = match text.get(at..) {
        Some([b'q', b'q', ..]) => (at + 2, false),
        Some([b'q', ..]) => (at + 1, true),
        Some([b'<', b'<', ..]) => return heredoc::open(text, at, Escapes::PerlDouble),
        _ => return Special::Ordinary,
    };
    let rest = &text[open_at..];
    let blank = rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    open_at += blank;
    let Some(&open) = text.get(open_at) else {
        return Special::NoLiteral;
    };
    let is_comment = open == b'#' && blank > 0;
    if continues_name(open) || is_comment || matches!(open, b',' | b';' | b'=' | b')') {
        return Special::NoLiteral;
    }
    let form = Form::new("", Escapes::PerlDouble).lines();
    let close = closing_bracket(open);
    Special::Literal(Opened {
        content: open_at + 1,
        closing: match close == open {
            true => Closing::Text(vec![close].into()),
            false => Closing::Bracket(open, close),
        },
        form: match is_single {
            true => form.units(Units::Delimited(open, close)),
            false => form,
        },
    })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    if escapes == Escapes::PerlSingle {
        return Units::Delimited(b'\'', b'\'').unit(rest);
    }
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => super::escape_digits::doubtful_line_end(rest),
        b'$' => Unit::Interpolation((1 + name_length(rest, 1).max(1)).min(rest.len())),
        b'@' => array(rest),
        _ => plain(rest, b"\\\r$@"),
    }
}

/// `@name` and its relatives; another `@` is literal.
fn array(rest: &[u8]) -> Unit {
    match rest.get(1) {
        Some(&next) if begins_name(next) => Unit::Interpolation(1 + name_length(rest, 1)),
        Some(next) if next.is_ascii_digit() || b":'{$+-".contains(next) => Unit::Interpolation(2),
        _ => Unit::Verbatim(1),
    }
}

fn escape(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b't', b'\t'),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b'f', 12),
        (b'b', 8),
        (b'a', 7),
        (b'e', 27),
    ];
    // Numbers from 128 are characters, of which the encoding depends on the rest of the program.
    let ascii = |length: usize, number: u32| match number {
        0..0x80 => byte(length, number),
        _ => Unit::Unknown(length),
    };
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    match rest.get(1) {
        Some(b'0'..=b'7') => {
            let (number, digits) = octal(rest, 1, 3);
            ascii(1 + digits, number)
        }
        Some(b'x') if rest.get(2) == Some(&b'{') => {
            braced_hex(rest, 2, 6).map_or(unknown(rest), |(number, end)| ascii(end, number))
        }
        Some(b'x') => {
            let (number, digits) = hex(rest, 2, 2);
            if digits == 2 {
                ascii(4, number)
            } else {
                unknown(rest)
            }
        }
        Some(b'\r') => unknown(rest),
        Some(next) if continues_name(*next) => unknown(rest),
        Some(_) => itself(rest),
        None => Unit::Unknown(1),
    }
}
