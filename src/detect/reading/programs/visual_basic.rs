//! Visual Basic.

use super::super::Unit;
use super::language::{Adjacent, Comments, Joins, Language, Quotes, Special, Where};
use super::literal_form::{Closing, Form, Hole, Opened, Units};
use crate::finding::Escapes;

/// Visual Basic.
pub(super) const LANGUAGE: Language = Language {
    forms: &[],
    special,
    joins: Joins {
        operators: &["&", "+"],
        leading: Where::InBrackets,
        adjacent: Adjacent::Never,
        continuation: " _",
        has_macros: false,
        has_string_operators: false,
        has_method_lines: false,
    },
    comments: Comments {
        line: &["'"],
        block: None,
        is_nested: false,
    },
    quotes: Quotes::None,
};

/// A string, of which a quote is doubled; `$"…"` is interpolated. Strings over lines are those of Visual Basic 14.
fn special(text: &[u8], at: usize) -> Special {
    let form = Form::new("\"", Escapes::DoubledDouble).unguarded();
    let (content, form) = match text.get(at..) {
        Some([b'"', ..]) => (at + 1, form),
        Some([b'$', b'"', ..]) => (
            at + 2,
            form.units(Units::Custom(interpolated_unit))
                .hole(Hole::Brace),
        ),
        _ => return Special::NoLiteral,
    };
    Special::Literal(Opened {
        content,
        closing: Closing::Undoubled(b'"'),
        form,
    })
}

fn interpolated_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'"', b'"', ..] => Unit::byte(2, b'"'),
        [b'{' | b'}', ..] => Unit::Interpolation(1),
        _ => super::escape_digits::plain(rest, b"\"{}"),
    }
}
