//! Reads JSON (RFC 8259) and JSON5, of which JSON with comments is a part.
//!
//! A string ends at its quote and never at a line end. What JSON leaves undefined is doubtful: a lone surrogate, a
//! control character as it is, an escape that does not exist.

use super::character_escapes::{blanks, hex, line_end, utf16};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes, Syntax};

/// Reads the string that begins at `at`, and returns the offset behind it. In a notebook, a string that ends with a line
/// end is a line of a text, of which the next strings of the list are the next lines (`multiline_string` of nbformat).
pub(super) fn read(
    text: &[u8],
    at: usize,
    syntax: Syntax,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let escapes = match syntax {
        Syntax::JsonWithComments => Escapes::Json5,
        _ => Escapes::Json,
    };
    let mut end = string(text, at, escapes, out)?;
    while syntax == Syntax::Notebook
        && ends_line(out.value())
        && let Some(next) = next_line(text, end)
    {
        end = string(text, next, escapes, out)?;
    }
    Ok(end)
}

/// Whether a line of a notebook ends with a value. Jupyter splits texts as `str.splitlines` of Python does.
fn ends_line(value: &[u8]) -> bool {
    match value.last() {
        Some(b'\n' | b'\r' | 0x0b | 0x0c | 0x1c..=0x1e) => true,
        // U+0085, U+2028, U+2029.
        Some(0x85) => value.ends_with("\u{85}".as_bytes()),
        Some(0xa8 | 0xa9) => matches!(value, [.., 0xe2, 0x80, _]),
        _ => false,
    }
}

/// The next string of a list whose last one ends at `end`. In an object, the name of the next member follows.
fn next_line(text: &[u8], end: usize) -> Option<usize> {
    let comma = end + blanks(&text[end..]);
    let rest = text[comma..].strip_prefix(b",")?;
    let start = comma + 1 + rest.len() - rest.trim_ascii_start().len();
    let mut at = start + usize::from(text.get(start) == Some(&b'"'));
    if at == start {
        return None;
    }
    loop {
        at += memchr::memchr3(b'"', b'\\', b'\n', &text[at..])?;
        match text[at] {
            b'"' => break,
            b'\n' => return None,
            _ => at = (at + 2).min(text.len()),
        }
    }
    let behind = text[at + 1..].trim_ascii_start();
    (!behind.starts_with(b":")).then_some(start)
}

/// Reads one string.
fn string(text: &[u8], at: usize, escapes: Escapes, out: &mut Collector) -> Result<usize, Stop> {
    let quote = match text.get(at) {
        Some(b'"') => b'"',
        Some(b'\'') if escapes == Escapes::Json5 => b'\'',
        _ => return Err(Stop::NoLiteral),
    };
    out.open(at, at + 1, Some(escapes));
    let mut here = at + 1;
    let close = loop {
        let rest = &text[here..];
        match rest.first() {
            None => return Err(Stop::Unfinished),
            Some(&byte) if byte == quote => break here,
            Some(b'\n' | b'\r') => return Err(Stop::Unfinished),
            Some(b'\\') if rest.len() == 1 => return Err(Stop::Unfinished),
            Some(_) => here = out.unit(text, here, quoted_unit(rest, escapes, quote))?,
        }
    };
    out.close(close, close + 1);
    let content = &text[at + 1..close];
    if content
        .iter()
        .any(|&byte| byte < b' ' && !is_line_end(byte))
        || std::str::from_utf8(content).is_err()
    {
        out.doubt(Doubt::Characters);
    }
    if !is_followed_well(&text[close + 1..]) {
        out.doubt(Doubt::Quoting);
    }
    Ok(close + 1)
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    if rest.first() != Some(&b'\\') {
        return Unit::Verbatim(memchr::memchr(b'\\', rest).unwrap_or(rest.len()));
    }
    let Some(&letter) = rest.get(1) else {
        return Unit::Unknown(1);
    };
    match letter {
        b'"' | b'\\' | b'/' => Unit::byte(2, letter),
        b'b' => Unit::byte(2, 8),
        b'f' => Unit::byte(2, 12),
        b'n' => Unit::byte(2, b'\n'),
        b'r' => Unit::byte(2, b'\r'),
        b't' => Unit::byte(2, b'\t'),
        b'u' => match utf16(rest) {
            Some((length, character)) => Unit::character(length, character),
            None => Unit::Unknown(2),
        },
        _ if escapes == Escapes::Json5 => unit_of_json5(rest, letter),
        _ => Unit::Unknown(2),
    }
}

/// The escapes that only JSON5 has. A backslash before any other character is refused by readers of JSON with
/// comments, so it is not known.
fn unit_of_json5(rest: &[u8], letter: u8) -> Unit {
    match letter {
        b'\'' => Unit::byte(2, b'\''),
        b'v' => Unit::byte(2, 11),
        b'0' if !rest.get(2).is_some_and(u8::is_ascii_digit) => Unit::byte(2, 0),
        b'x' => match hex(&rest[2..], 2).and_then(char::from_u32) {
            Some(character) => Unit::character(4, character),
            None => Unit::Unknown(2),
        },
        b'\r' | b'\n' => Unit::nothing(1 + line_end(&rest[1..])),
        _ => Unit::Unknown(2),
    }
}

/// The unit at the beginning of `rest`, which ends before the quote and before the end of the line.
fn quoted_unit(rest: &[u8], escapes: Escapes, quote: u8) -> Unit {
    if rest[0] == b'\\' {
        return unit(rest, escapes);
    }
    let end = memchr::memchr3(b'\\', quote, b'\n', rest).unwrap_or(rest.len());
    Unit::Verbatim(memchr::memchr(b'\r', &rest[..end]).unwrap_or(end))
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Whether what follows a string on its line is what JSON lets follow. Otherwise the quote was not its end.
fn is_followed_well(rest: &[u8]) -> bool {
    let rest = &rest[blanks(rest)..];
    matches!(
        rest.first(),
        None | Some(b',' | b'}' | b']' | b':' | b'\r' | b'\n')
    ) || rest.starts_with(b"//")
        || rest.starts_with(b"/*")
}

#[cfg(test)]
mod tests;
