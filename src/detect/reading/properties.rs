//! Reads `.properties` of Java.

use super::character_escapes::utf16;
use super::lengths::{line_feed, plain};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// The bytes that end a run of literal bytes.
const SPECIAL: &[u8] = b"\\\r\n";

/// Reads the value that begins at `at`, and returns the offset behind it. White space before the value is not part of
/// it. Quotes are, and so is white space behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let content = at + plain_space(&text[at..]);
    out.open(at, content, Some(Escapes::Properties));
    let mut end = content;
    let mut next = content;
    while let Some(rest) = text.get(next..).filter(|rest| !rest.is_empty()) {
        match rest {
            [b'\n' | b'\r', ..] => break,
            [b'\\'] => return Err(Stop::Unfinished),
            _ => {}
        }
        let unit = unit(rest);
        if unit == Unit::nothing(unit.length()) {
            // A continued line counts only if there is something in the next one. If not, the value ends before
            // the backslash, so that its bytes have the same value alone.
            next += unit.length();
            if next == text.len() {
                return Err(Stop::Unfinished);
            }
            continue;
        }
        if end < next {
            out.yields(end..next, &[])?;
        }
        next = out.unit(text, next, unit)?;
        end = next;
    }
    if end == content {
        return Err(Stop::NoLiteral);
    }
    let raw = &text[content..end];
    if memchr::memmem::find(raw, b"${").is_some() || memchr::memmem::find(raw, b"#{").is_some() {
        // `Properties` does not replace variables; Spring and Maven do.
        out.doubt(Doubt::Variable);
    }
    out.close(end, end);
    Ok(end)
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    let [b'\\', second, ..] = rest else {
        return Unit::Verbatim(plain(rest, SPECIAL).max(1));
    };
    match second {
        b't' => Unit::byte(2, b'\t'),
        b'n' => Unit::byte(2, b'\n'),
        b'f' => Unit::byte(2, b'\x0c'),
        b'r' => Unit::byte(2, b'\r'),
        b'u' => utf16(rest).map_or(Unit::Unknown(2), |(length, it)| Unit::character(length, it)),
        b'\n' | b'\r' => {
            let line = 1 + line_feed(&rest[1..]).max(1);
            Unit::nothing(line + plain_space(&rest[line..]))
        }
        _ => Unit::byte(2, *second),
    }
}

/// The length of the white space at the beginning of `rest`.
fn plain_space(rest: &[u8]) -> usize {
    rest.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'))
        .count()
}

#[cfg(test)]
mod tests;
