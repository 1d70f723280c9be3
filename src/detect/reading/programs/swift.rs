//! Swift.

use super::super::Unit;
use super::escape_digits::{braced_hex, character, hole, letter, plain, unknown};
use super::language::{C_COMMENTS, Comments, Language, PLUS, Quotes, Special};
use super::literal_form::{Closing, Form, Hole, Layout, Opened, Units};
use crate::finding::Escapes;

/// Swift.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"\"\"", Escapes::Swift)
            .lines()
            .hole(Hole::Backslash)
            .layout(Layout::ClosingLine),
        Form::new("\"", Escapes::Swift).hole(Hole::Backslash),
    ],
    special,
    joins: PLUS,
    comments: Comments {
        is_nested: true,
        ..C_COMMENTS
    },
    quotes: Quotes::None,
};

/// A string between number signs, in which escapes have number signs as well.
fn special(text: &[u8], at: usize) -> Special {
    let rest = text.get(at..).unwrap_or_default();
    let signs = rest
        .iter()
        .take(64)
        .take_while(|&&byte| byte == b'#')
        .count();
    if signs == 0 || rest.get(signs) != Some(&b'"') {
        return Special::Ordinary;
    }
    let quotes = if rest[signs..].starts_with(b"\"\"\"") {
        3
    } else {
        1
    };
    let mut closing = vec![b'"'; quotes];
    closing.resize(quotes + signs, b'#');
    let form = Form::new("", Escapes::Swift)
        .units(Units::Custom(raw_unit))
        .unguarded();
    Special::Literal(Opened {
        content: at + signs + quotes,
        closing: Closing::Text(closing.into()),
        form: match quotes {
            3 => form.lines().layout(Layout::ClosingLine),
            _ => form,
        },
    })
}

/// The unit of a string between number signs.
fn raw_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'\\', b'#', ..] => {
            let signs = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
            match rest.get(1 + signs) {
                Some(b'(') => hole(rest, 2 + signs, b')'),
                _ => Unit::Unknown(1 + signs),
            }
        }
        _ => plain(rest, b"\\"),
    }
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'0', 0),
        (b'\\', b'\\'),
        (b't', b'\t'),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b'"', b'"'),
        (b'\'', b'\''),
    ];
    if rest[0] != b'\\' {
        return plain(rest, b"\\");
    }
    match (letter(rest, LETTERS), rest.get(1)) {
        (Some(unit), _) => unit,
        (None, Some(b'(')) => hole(rest, 2, b')'),
        (None, Some(b'u')) => {
            braced_hex(rest, 2, 8).map_or(unknown(rest), |(number, end)| character(end, number))
        }
        _ => unknown(rest),
    }
}
