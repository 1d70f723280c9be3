//! PHP.

use super::super::Unit;
use super::escape_digits::{
    braced_hex, byte, character, continues_name, dollar, hex, hole, letter, line_end, name_length,
    octal, plain, unknown,
};
use super::language::{Adjacent, Comments, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, Hole, Layout, LineEnds, Opened, Units};
use crate::finding::Escapes;

/// PHP.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::PhpDouble)
            .lines()
            .hole(Hole::BraceDollar),
        Form::new("'", Escapes::PhpSingle).lines(),
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
    comments: Comments {
        line: &["//", "#"],
        block: Some(("/*", "*/")),
        is_nested: false,
    },
    quotes: Quotes::None,
};

/// A heredoc or a nowdoc. Its name, alone on a line, closes it, and is followed by no letter.
fn special(text: &[u8], at: usize) -> Special {
    let Some(rest) = text.get(at..).filter(|rest| rest.starts_with(b"<<<")) else {
        return Special::Ordinary;
    };
    let blank = rest[3..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let quote = rest
        .get(3 + blank)
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\''));
    let start = 3 + blank + usize::from(quote.is_some());
    let name = start..start + name_length(rest, start);
    let behind = name.end + usize::from(quote.is_some());
    let is_closed = quote.is_none() || rest.get(name.end).copied() == quote;
    let Some(line) = line_end(rest, behind).filter(|_| is_closed && !name.is_empty()) else {
        return if rest.len() <= behind {
            never(at)
        } else {
            Special::NoLiteral
        };
    };
    let content = at + behind + line;
    let Some((end, indentation, behind)) = terminator(text, content, &rest[name.clone()]) else {
        return never(content);
    };
    let units = match quote {
        Some(b'\'') => Units::Raw(LineEnds::Kept),
        _ => Units::Escaped(Escapes::PhpHeredoc),
    };
    let form = Form::new("", Escapes::PhpHeredoc).units(units);
    let layout = if indentation > 0 {
        Layout::Indented(behind - name.len() - indentation, behind - name.len())
    } else {
        Layout::None
    };
    Special::Literal(Opened {
        content,
        closing: Closing::Known(content..end, behind),
        form: form.layout(layout),
    })
}

/// A literal that does not end.
fn never(content: usize) -> Special {
    Special::Literal(Opened {
        content,
        closing: Closing::Never,
        form: Form::new("", Escapes::PhpHeredoc),
    })
}

/// The end of the content, the indentation of the closing name, and the offset behind that name.
fn terminator(text: &[u8], content: usize, name: &[u8]) -> Option<(usize, usize, usize)> {
    let mut start = content;
    loop {
        let line = &text[start..];
        let blank = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let behind = blank + name.len();
        let is_longer = line.get(behind).is_some_and(|&byte| continues_name(byte));
        if line[blank..].starts_with(name) && !is_longer {
            let before = &text[content..start];
            let line_end = match before {
                [.., b'\r', b'\n'] => 2,
                [.., b'\r' | b'\n'] => 1,
                _ => 0,
            };
            return Some((start - line_end, blank, start + behind));
        }
        start += memchr::memchr(b'\n', line)? + 1;
    }
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    if escapes == Escapes::PhpSingle {
        return match rest {
            [b'\\', escaped @ (b'\\' | b'\''), ..] => Unit::byte(2, *escaped),
            _ => plain(rest, b"\\"),
        };
    }
    match rest {
        [b'\\', ..] => escape(rest, escapes == Escapes::PhpDouble),
        [b'{', b'$', ..] => hole(rest, 1, b'}'),
        [b'$', ..] => dollar(rest),
        _ => plain(rest, b"\\${"),
    }
}

fn escape(rest: &[u8], is_quoted: bool) -> Unit {
    const LETTERS: &[(u8, u8)] = &[
        (b'n', b'\n'),
        (b't', b'\t'),
        (b'r', b'\r'),
        (b'v', 11),
        (b'e', 27),
        (b'f', 12),
        (b'\\', b'\\'),
        (b'$', b'$'),
    ];
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    match rest.get(1) {
        Some(b'"') if is_quoted => Unit::byte(2, b'"'),
        Some(b'0'..=b'7') => {
            let (number, digits) = octal(rest, 1, 3);
            byte(1 + digits, number & 0xFF)
        }
        Some(b'x' | b'X') => match hex(rest, 2, 2) {
            (_, 0) => Unit::Verbatim(2),
            (number, digits) => byte(2 + digits, number),
        },
        Some(b'u') => match braced_hex(rest, 2, 8) {
            Some((number, end)) => character(end, number),
            None if rest.get(2) == Some(&b'{') => unknown(rest),
            None => Unit::Verbatim(2),
        },
        // PHP keeps the backslash of an escape that it does not know.
        _ => Unit::Verbatim(1),
    }
}
