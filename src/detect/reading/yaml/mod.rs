//! Reads YAML, as 1.1 and 1.2 have it in common, and YAML of Docker Compose.
//!
//! The forms of scalars are: plain, in quotes, and blocks. Each may be folded over lines. A plain scalar is its text,
//! also where a reader makes a number or a date of it.

mod block;
mod characters;
mod context;
mod dollar;
mod plain;
mod quoted;
mod scalar_end;
mod source;

use super::character_escapes::{blanks, line_end};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes, Syntax};
use context::Context;
pub(super) use context::{is_document_mark, is_template, spaces};
pub(super) use quoted::end_of_string;
use source::Source;

/// Reads the scalar that begins at `at` or behind the tag and anchor there, and returns the offset behind it.
pub(super) fn read(
    text: &[u8],
    at: usize,
    syntax: Syntax,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let source = Source {
        text,
        context: Context::before(text, at),
        has_variables: syntax == Syntax::Compose,
    };
    let start = skip_properties(text, at, out)?;
    let (end, is_block) = match text.get(start) {
        Some(&quote @ (b'"' | b'\'')) => (quoted::read(source, start, quote, out)?, false),
        Some(b'|' | b'>') => (block::read(source, start, out)?, true),
        Some(_) => (plain::read(source, start, out)?, false),
        None => return Err(Stop::NoLiteral),
    };
    if characters::are_doubtful(&text[start..end]) {
        out.doubt(Doubt::Characters);
    }
    scalar_end::check_after(source, end, is_block, out);
    Ok(end)
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match escapes {
        Escapes::ComposeDollar => dollar::unit(rest),
        _ => quoted::unit(rest),
    }
}

/// Skips a tag and an anchor. The tag of a program's own makes the value a result of the program.
fn skip_properties(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let mut at = at;
    for _ in 0..2 {
        let rest = &text[at..];
        if !matches!(rest.first(), Some(b'!' | b'&')) {
            break;
        }
        let length = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .ok_or(Stop::NoLiteral)?;
        if rest[0] == b'!' {
            match &rest[..length] {
                b"!"
                | b"!!str"
                | b"!!int"
                | b"!!float"
                | b"!!bool"
                | b"!!null"
                | b"!!timestamp"
                | b"!<tag:yaml.org,2002:str>" => {}
                b"!!binary" => out.doubt(Doubt::Quoting),
                _ => out.interpolation(),
            }
        }
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if rest[0] == b'&' && (length == 1 || !rest[1..length].iter().all(is_name)) {
            out.doubt(Doubt::Quoting);
        }
        at += length + blanks(&rest[length..]);
    }
    let is_last = line_end(&text[at..]) > 0 || text.get(at).is_none_or(|&byte| byte == b'#');
    if is_last {
        Err(Stop::NoLiteral)
    } else {
        Ok(at)
    }
}

#[cfg(test)]
mod tests;
