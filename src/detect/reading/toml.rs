//! Reads the four strings of TOML 1.0 (<https://toml.io/en/v1.0.0#string>).

use memchr::{memchr2, memchr3, memmem};

use super::character_escapes::{blanks, hex};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// Reads the string that begins at `at`, and returns the offset behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let quote = match text.get(at) {
        Some(&quote @ (b'"' | b'\'')) => quote,
        _ => return Err(Stop::NoLiteral),
    };
    let width = if text[at..].starts_with(&[quote; 3]) {
        3
    } else {
        1
    };
    let mut start = at + width;
    if width == 3 {
        // The line end behind the opening quotes does not belong to the value.
        start += line_feed(&text[start..]);
    }
    let close = match (quote, width) {
        (b'"', 1) => end_of_line_string(text, start, b'"'),
        (b'"', _) => end_of_multi_line(text, start),
        (_, 1) => end_of_line_string(text, start, b'\''),
        _ => memmem::find(&text[start..], b"'''").map(|found| start + found),
    }
    .ok_or(Stop::Unfinished)?;
    // One or two quotes may precede the closing ones.
    let extra = if width == 3 {
        text[close + 3..]
            .iter()
            .take(2)
            .take_while(|&&byte| byte == quote)
            .count()
    } else {
        0
    };
    let close = close + extra;
    let content = &text[start..close];
    out.open(at, start, (quote == b'"').then_some(Escapes::Toml));
    let mut here = start;
    while here < close {
        let unit = match quote {
            b'"' => unit(&text[here..close]),
            _ => raw_unit(&text[here..close]),
        };
        here = out.unit(text, here, unit)?;
    }
    out.close(close, close + width);
    if !has_defined_characters(content) {
        out.doubt(Doubt::Characters);
    }
    if !is_followed_well(&text[close + width..]) {
        out.doubt(Doubt::Quoting);
    }
    Ok(close + width)
}

/// The end of the content of a string on one line.
fn end_of_line_string(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let mut at = start;
    loop {
        let found = at + memchr3(quote, b'\\', b'\n', &text[at..])?;
        match text[found] {
            b'\n' => return None,
            b'\\' if quote == b'"' && !matches!(text.get(found + 1), Some(b'\r' | b'\n')) => {
                at = (found + 2).min(text.len());
            }
            b'\\' => at = found + 1,
            _ => return Some(found),
        }
    }
}

/// The end of the content of a basic string over lines.
fn end_of_multi_line(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let found = at + memchr2(b'"', b'\\', &text[at..])?;
        at = match text[found] {
            b'\\' => (found + 2).min(text.len()),
            _ if text[found..].starts_with(b"\"\"\"") => return Some(found),
            _ => found + 1,
        };
    }
}

/// The unit at the beginning of `rest` in a basic string.
pub(super) fn unit(rest: &[u8]) -> Unit {
    if rest.first() != Some(&b'\\') {
        return raw_unit(&rest[..memchr::memchr(b'\\', rest).unwrap_or(rest.len())]);
    }
    let Some(&letter) = rest.get(1) else {
        return Unit::Unknown(1);
    };
    let character = |digits: usize| match hex(&rest[2..], digits).and_then(char::from_u32) {
        Some(character) => Unit::character(2 + digits, character),
        None => Unit::Unknown(2),
    };
    match letter {
        b'"' | b'\\' => Unit::byte(2, letter),
        b'b' => Unit::byte(2, 8),
        b't' => Unit::byte(2, b'\t'),
        b'n' => Unit::byte(2, b'\n'),
        b'f' => Unit::byte(2, 12),
        b'r' => Unit::byte(2, b'\r'),
        b'u' => character(4),
        b'U' => character(8),
        b' ' | b'\t' | b'\r' | b'\n' => continued(rest),
        // TOML 1.1 has `\e` and `\x41`, which 1.0 refuses.
        _ => Unit::Unknown(2),
    }
}

/// A backslash at the end of a line: the line end and all white space behind it do not count.
fn continued(rest: &[u8]) -> Unit {
    let end = 1 + blanks(&rest[1..]);
    if line_feed(&rest[end..]) == 0 {
        return Unit::Unknown(2);
    }
    let space = rest[end..]
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    Unit::nothing(space.map_or(rest.len(), |space| end + space))
}

/// The unit at the beginning of `rest`, which has no escapes. The line ends CR LF are read as LF.
fn raw_unit(rest: &[u8]) -> Unit {
    match rest {
        [b'\r', b'\n', ..] => Unit::byte(2, b'\n'),
        [first, others @ ..] if *first != b'\r' => {
            Unit::Verbatim(1 + memchr::memchr(b'\r', others).unwrap_or(others.len()))
        }
        _ => Unit::Verbatim(1),
    }
}

/// Whether the content has only characters that TOML allows in a string, with ends of lines that all readers read
/// alike: some keep CR LF, and others make it LF.
fn has_defined_characters(content: &[u8]) -> bool {
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 11..=31 | 127);
    !content.iter().any(is_control) && std::str::from_utf8(content).is_ok()
}

/// The length of the line end at the beginning of `rest`: LF, or CR LF.
fn line_feed(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => 0,
    }
}

/// Whether what follows a string on its line is what TOML lets follow.
fn is_followed_well(rest: &[u8]) -> bool {
    let rest = &rest[blanks(rest)..];
    matches!(rest.first(), None | Some(b',' | b'}' | b']' | b'#')) || line_feed(rest) > 0
}

#[cfg(test)]
mod tests;
