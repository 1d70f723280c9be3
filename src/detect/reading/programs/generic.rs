//! Reads the literals of programs and other texts whose syntax is not known.

use super::super::{Collector, Stop};
use super::escape_digits::begins_name;
use super::language::{Adjacent, C_COMMENTS, Comments, Joins, Language, Quotes, Where, ordinary};
use super::literal_form::Form;
use super::literal_units::emit;
use super::suffix::{self, Suffix};
use crate::finding::{Doubt, Escapes, Syntax};

/// The forms that most languages have.
const LANGUAGE: Language = Language {
    forms: &[
        Form::new("\"", Escapes::JavaScript),
        Form::new("'", Escapes::JavaScript),
        Form::new("`", Escapes::JavaScript),
    ],
    special: ordinary,
    joins: Joins {
        operators: &["+"],
        leading: Where::Nowhere,
        adjacent: Adjacent::Never,
        continuation: "",
        has_macros: false,
        has_string_operators: false,
        has_method_lines: false,
    },
    comments: Comments {
        line: &[],
        ..C_COMMENTS
    },
    quotes: Quotes::None,
};

/// Reads the literal that begins at `at`, and returns the offset behind it. What languages read alike is exact.
///
/// # Errors
/// No literal begins here, or its line or the text ends in it, or it is too long.
pub(super) fn read(
    text: &[u8],
    at: usize,
    syntax: Syntax,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let mut start = at;
    loop {
        let end = literal(text, start, out)?;
        if syntax != Syntax::Program && syntax != Syntax::Unknown {
            // Something directly behind the quote may belong to the value, as in shells.
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;)]}>:=/<&|".contains(byte);
            if text.get(end).is_some_and(|byte| !ends(byte)) {
                out.doubt(Doubt::Quoting);
            }
            return Ok(end);
        }
        if let Suffix::Ended = suffix::read(text, end, &LANGUAGE, out) {
            return Ok(end);
        }
        let next = LANGUAGE.skip_blank(text, end, false);
        match &text[next..] {
            [b'+', second, ..] if !matches!(second, b'+' | b'=') => {
                let operand = LANGUAGE.skip_blank(text, next + 1, true);
                if operand >= text.len() {
                    return Err(Stop::Unfinished);
                }
                if LANGUAGE.open(text, operand).is_none() {
                    out.interpolation();
                    return Ok(end);
                }
                start = operand;
            }
            // Signs that join strings in some language, or change them.
            [
                b'+' | b'.' | b'&' | b'~' | b'^' | b'|' | b'%' | b'*' | b'"' | b'\'' | b'`',
                ..,
            ]
            | [b'<', b'>', ..] => {
                out.doubt(Doubt::Surroundings);
                return Ok(end);
            }
            _ => return Ok(end),
        }
    }
}

/// Reads one literal.
fn literal(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let opened = LANGUAGE.open(text, at).ok_or(Stop::NoLiteral)?;
    let quote = text[at];
    let (content, end) = opened.extent(text)?;
    let raw = &text[content.clone()];
    out.open(at, content.start, Some(Escapes::JavaScript));
    if raw.contains(&b'\\') || std::str::from_utf8(raw).is_err() {
        out.doubt(Doubt::Quoting);
    }
    if text.get(end) == Some(&quote) {
        // The quote is doubled, or the literals are joined, or three quotes open another form.
        out.doubt(Doubt::Quoting);
    }
    if quote != b'\'' && has_variable(raw) {
        out.doubt(Doubt::Variable);
    }
    emit(text, content.clone(), opened.form.units, out)?;
    out.close(content.end, end);
    Ok(end)
}

/// Whether some language replaces a part of the content by a variable.
fn has_variable(raw: &[u8]) -> bool {
    let is_variable = |pair: &[u8]| match pair {
        [b'$', next] => *next == b'{' || *next == b'(' || begins_name(*next),
        [b'#', next] => *next == b'{',
        _ => false,
    };
    raw.windows(2).any(is_variable)
}
