//! Scala.

use super::super::Unit;
use super::escape_digits::{
    begins_name, dollar, doubtful_line_end, java_unicode, letter, name_length, plain, unknown,
    utf16,
};
use super::java::LETTERS;
use super::language::{
    Adjacent, C_COMMENTS, Comments, Joins, Language, PLUS, Quotes, Special, Where,
};
use super::literal_form::{Closing, Form, Hole, Opened, Units};
use crate::finding::Escapes;

/// Scala.
pub(super) const LANGUAGE: Language = Language {
    forms: &[Form::new("\"", Escapes::Scala)],
    special,
    joins: Joins {
        leading: Where::InBrackets,
        adjacent: Adjacent::Never,
        ..PLUS
    },
    comments: Comments {
        is_nested: true,
        ..C_COMMENTS
    },
    quotes: Quotes::CharacterOrName,
};

/// A raw string, which ends with the last quotes of those in a row; or an interpolated string, which has a name before
/// its quotes.
fn special(text: &[u8], at: usize) -> Special {
    let name = name_length(text, at);
    let rest = &text[(at + name).min(text.len())..];
    let quotes = if rest.starts_with(b"\"\"\"") { 3 } else { 1 };
    if rest.first() != Some(&b'"') || (name == 0 && quotes == 1) {
        return Special::Ordinary;
    }
    let form = match (&text[at..at + name], quotes) {
        (b"", _) => Form::new("\"", Escapes::Scala)
            .units(Units::Custom(raw_unit))
            .unguarded(),
        (b"s", 1) => Form::new("\"", Escapes::ScalaInterpolated).hole(Hole::Dollar),
        (b"s" | b"f" | b"raw", _) => Form::new("\"", Escapes::ScalaInterpolated)
            .hole(Hole::Dollar)
            .units(Units::Custom(other_unit)),
        // The result of another interpolator may be anything.
        _ => return Special::NoLiteral,
    };
    Special::Literal(Opened {
        content: at + name + quotes,
        closing: if quotes == 3 {
            Closing::LastQuotes
        } else {
            Closing::Text(b"\"".into())
        },
        form: if quotes == 3 {
            form.lines().unguarded()
        } else {
            form
        },
    })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    let is_interpolated = escapes == Escapes::ScalaInterpolated;
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => doubtful_line_end(rest),
        b'$' if is_interpolated => interpolation(rest),
        _ if is_interpolated => plain(rest, b"\\\r$"),
        _ => plain(rest, b"\\\r"),
    }
}

/// `$$`, a variable or an expression. Scala refuses another dollar.
fn interpolation(rest: &[u8]) -> Unit {
    match rest.get(1) {
        Some(b'$') => Unit::byte(2, b'$'),
        Some(&byte) if byte == b'{' || begins_name(byte) => dollar(rest),
        _ => Unit::Unknown(1),
    }
}

/// The unit of a raw string. Scala up to 2.12 reads `\u` in it.
fn raw_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'\\', b'u', ..] => unknown(rest),
        [b'\r', ..] => doubtful_line_end(rest),
        _ => plain(rest, b"\\\r"),
    }
}

/// The unit of a string with another interpolator, or over lines.
fn other_unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b'\\' | b'%' => Unit::Unknown(1),
        b'\r' => doubtful_line_end(rest),
        b'$' => interpolation(rest),
        _ => plain(rest, b"\\\r$%"),
    }
}

fn escape(rest: &[u8]) -> Unit {
    match letter(rest, LETTERS) {
        Some(unit) => unit,
        None if rest.get(1) == Some(&b'u') => match java_unicode(rest) {
            // Scala up to 2.12 replaces them before it reads literals.
            Some((0x22 | 0x5C | 0x0A | 0x0D, length)) => Unit::Unknown(length),
            _ => utf16(rest, java_unicode),
        },
        None => unknown(rest),
    }
}
