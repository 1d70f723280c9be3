//! Lua.

use super::super::Unit;
use super::escape_digits::{
    braced_hex, byte, character, exact_hex, letter, line_end, line_feed, number, plain, unknown,
};
use super::language::{Adjacent, Comments, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, Layout, LineEnds, Opened, Units};
use crate::finding::Escapes;

/// Lua.
pub(super) const LANGUAGE: Language = Language {
    forms: &[],
    special,
    joins: Joins {
        operators: &[".."],
        leading: Where::Everywhere,
        adjacent: Adjacent::Never,
        continuation: "",
        has_macros: false,
        has_string_operators: false,
        has_method_lines: true,
    },
    comments: Comments {
        line: &["--"],
        block: Some(("--[[", "]]")),
        is_nested: false,
    },
    quotes: Quotes::None,
};

/// A string in quotes, or a long string: `[[…]]`, `[==[…]==]`.
fn special(text: &[u8], at: usize) -> Special {
    if let Some(quote @ (b'"' | b'\'')) = text.get(at) {
        return quoted(text, at, *quote);
    }
    let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(b"[")) else {
        return Special::Ordinary;
    };
    let signs = rest.iter().take_while(|&&byte| byte == b'=').count();
    if rest.get(signs) != Some(&b'[') {
        return Special::NoLiteral;
    }
    let mut closing = vec![b'='; signs + 2];
    (closing[0], closing[signs + 1]) = (b']', b']');
    let form = Form::raw("", "", LineEnds::LineFeed).units(Units::Custom(long_unit));
    Special::Literal(Opened {
        content: at + signs + 2,
        closing: Closing::Text(closing.into()),
        form: form.layout(Layout::FirstLineEnd),
    })
}

/// A string in quotes. It has one line, unless `\z` skips the end of the line.
fn quoted(text: &[u8], at: usize, quote: u8) -> Special {
    let line = &text[at..];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let form = match quote {
        b'"' => Form::new("\"", Escapes::Lua),
        _ => Form::new("'", Escapes::Lua),
    };
    match line.trim_ascii_end().ends_with(b"\\z") {
        true => Special::Literal(form.lines().opened(at)),
        false => Special::Literal(form.opened(at)),
    }
}

/// The unit of a long string. Lua reads `\n\r` as one line end as well.
fn long_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'\n', b'\r', ..] => Unit::byte(2, b'\n'),
        [b'\r', ..] => line_feed(rest),
        _ => plain(rest, b"\n\r"),
    }
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\\' => escape(rest),
        b'\n' | b'\r' => Unit::Unknown(1),
        _ => plain(rest, b"\\\n\r"),
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
        (b'"', b'"'),
        (b'\'', b'\''),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if let Some(length) = line_end(rest, 1) {
        return match rest.get(1..3) {
            Some(b"\n\r") => Unit::byte(3, b'\n'),
            _ => Unit::byte(1 + length, b'\n'),
        };
    }
    match rest.get(1) {
        Some(b'0'..=b'9') => {
            let (number, digits) = number(rest, 1, 3, 10);
            byte(1 + digits, number)
        }
        Some(b'x') => exact_hex(rest, 2, 2).map_or(unknown(rest), |number| byte(4, number)),
        Some(b'u') => {
            braced_hex(rest, 2, 8).map_or(unknown(rest), |(number, end)| character(end, number))
        }
        Some(b'z') => {
            let blank = rest[2..]
                .iter()
                .take_while(|byte| matches!(byte, b' ' | 9..=13));
            Unit::nothing(2 + blank.count())
        }
        _ => unknown(rest),
    }
}
