//! Groovy.

use super::super::Unit;
use super::escape_digits::{dollar, letter, line_end, line_feed, plain, unknown};
use super::java::{LETTERS, java_octal, unicode};
use super::language::{Adjacent, C_COMMENTS, Joins, Language, PLUS, Quotes, Special, Where};
use super::literal_form::{Form, Hole, LineEnds, Units};
use crate::finding::Escapes;

/// Groovy.
pub(super) const LANGUAGE: Language = Language {
    forms: &[
        Form::new("'''", Escapes::Groovy).lines(),
        Form::new("\"\"\"", Escapes::GroovyDouble)
            .lines()
            .hole(Hole::Dollar),
        Form::new("'", Escapes::Groovy),
        Form::new("\"", Escapes::GroovyDouble).hole(Hole::Dollar),
        Form::raw("/", "/", LineEnds::LineFeed)
            .guarded()
            .hole(Hole::Dollar)
            .units(Units::Custom(slashy_unit)),
    ],
    special,
    joins: Joins {
        leading: Where::InBrackets,
        adjacent: Adjacent::Never,
        ..PLUS
    },
    comments: C_COMMENTS,
    quotes: Quotes::Regex,
};

/// A dollar-slashy string: a dollar escapes dollars and slashes in it. And a comment is no slashy string.
fn special(text: &[u8], at: usize) -> Special {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with(b"//") || rest.starts_with(b"/*") || rest.starts_with(b"/=") {
        return Special::NoLiteral;
    }
    if !rest.starts_with(b"$/") {
        return Special::Ordinary;
    }
    let form = Form::raw("$/", "/$", LineEnds::LineFeed).units(Units::Custom(dollar_slashy_unit));
    let mut opened = form.opened(at);
    opened.closing = super::literal_form::Closing::DollarSlash;
    Special::Literal(opened)
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    let is_double = escapes == Escapes::GroovyDouble;
    match rest[0] {
        b'\\' => escape(rest),
        b'\r' => line_feed(rest),
        b'$' if is_double => strict_dollar(rest),
        _ if is_double => plain(rest, b"\\\r$"),
        _ => plain(rest, b"\\\r"),
    }
}

/// A variable or an expression. Groovy refuses another dollar.
fn strict_dollar(rest: &[u8]) -> Unit {
    match dollar(rest) {
        Unit::Verbatim(length) => Unit::Unknown(length),
        unit => unit,
    }
}

fn escape(rest: &[u8]) -> Unit {
    if let Some(unit) = letter(rest, LETTERS) {
        return unit;
    }
    if let Some(length) = line_end(rest, 1) {
        return Unit::nothing(1 + length);
    }
    match rest.get(1) {
        Some(b'$') => Unit::byte(2, b'$'),
        Some(b'u') => unicode(rest),
        Some(b'0'..=b'7') => java_octal(rest),
        _ => unknown(rest),
    }
}

/// The unit of a slashy string.
fn slashy_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'\\', b'/', ..] => Unit::byte(2, b'/'),
        [b'\\', b'u', ..] => unknown(rest),
        [b'\\', b'\r' | b'\n', ..] => Unit::Unknown(1),
        [b'\r', ..] => line_feed(rest),
        [b'$', ..] => dollar(rest),
        _ => plain(rest, b"\\\r$"),
    }
}

/// The unit of a dollar-slashy string.
fn dollar_slashy_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'$', escaped @ (b'$' | b'/'), ..] => Unit::byte(2, *escaped),
        [b'\\', b'u', ..] => unknown(rest),
        [b'\r', ..] => line_feed(rest),
        [b'$', ..] => dollar(rest),
        _ => plain(rest, b"\\\r$"),
    }
}
