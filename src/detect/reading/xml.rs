//! Reads XML 1.0 (<https://www.w3.org/TR/xml/>): the text of an element, with its CDATA sections, and the values of
//! attributes.
//!
//! White space counts in XML, but many programs remove it around the text of an element. So text with white space at an
//! end is doubtful, and so is text that is not all of its element.

use memchr::{memchr, memchr2, memmem, memrchr};

use super::character_escapes::line_end;
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// Bytes before a text in which the tag before it is looked for.
const LOOK_BACK: usize = 512;
/// The longest name of an entity that is looked for.
const LONGEST_REFERENCE: usize = 32;

const CDATA: &[u8] = b"<![CDATA[";
const COMMENT: &[u8] = b"<!--";

/// Reads the value that begins at `at`, and returns the offset behind it. A quote behind `=` begins an attribute, and
/// the bytes behind a tag are text.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let Some(&first) = text.get(at) else {
        return Err(Stop::NoLiteral);
    };
    let from = at.saturating_sub(LOOK_BACK);
    let before = text[from..at].trim_ascii_end();
    let is_quoted = matches!(first, b'"' | b'\'');
    let end = match before.last() {
        Some(b'=') if is_quoted => attribute(text, at, out),
        Some(b'>') => {
            check_tag(before, out);
            element_text(text, at, from + before.len() < at, out)
        }
        None if is_quoted && is_one_string(&text[at..]) => attribute(text, at, out),
        None if from == 0 => element_text(text, at, at > 0, out),
        _ => Err(Stop::NoLiteral),
    }?;
    check_characters(text, at..end, out);
    Ok(end)
}

/// Whether the bytes are in one pair of quotes. A text of this form cannot be told from an attribute.
fn is_one_string(bytes: &[u8]) -> bool {
    memchr(bytes[0], &bytes[1..]).is_some_and(|found| found + 2 == bytes.len())
}

/// Reads the value of an attribute, in its quotes.
fn attribute(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let start = at + 1;
    let close = start + memchr(text[at], &text[start..]).ok_or(Stop::Unfinished)?;
    let content = &text[start..close];
    // White space as it is becomes spaces, which depends on more than the units.
    let has_space = content
        .iter()
        .any(|byte| matches!(byte, b'\t' | b'\r' | b'\n'));
    out.open(at, start, (!has_space).then_some(Escapes::Xml));
    let mut here = start;
    while here < close {
        let rest = &text[here..close];
        let unit = match rest[0] {
            b'\t' => Unit::byte(1, b' '),
            b'\r' | b'\n' => Unit::byte(line_end(rest), b' '),
            b'&' => reference(rest),
            _ => Unit::Verbatim(
                rest.iter()
                    .position(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b'&'))
                    .unwrap_or(rest.len()),
            ),
        };
        here = out.unit(text, here, unit)?;
    }
    out.close(close, close + 1);
    let follows_well = matches!(
        text.get(close + 1),
        None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>' | b'?')
    );
    if !follows_well || content.contains(&b'<') {
        out.doubt(Doubt::Quoting);
    }
    Ok(close + 1)
}

/// Reads the text of an element, with its CDATA sections.
fn element_text(
    text: &[u8],
    at: usize,
    is_behind_space: bool,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let mut end = end_of_text(text, at, out)?;
    if is_behind_space {
        end = at + text[at..end].trim_ascii_end().len();
    }
    if end == at {
        return Err(Stop::NoLiteral);
    }
    let whole = &text[at..end];
    let has_space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    if is_behind_space || has_space(whole.first()) || has_space(whole.last()) {
        out.doubt(Doubt::WhiteSpace);
    }
    if matches!(whole[0], b'"' | b'\'') && is_one_string(whole) {
        out.doubt(Doubt::Quoting);
    }
    let mut here = at;
    while here < end {
        let rest = &text[here..end];
        if rest.starts_with(CDATA) {
            let start = here + CDATA.len();
            let close = start + memmem::find(&text[start..end], b"]]>").ok_or(Stop::Unfinished)?;
            out.open(here, start, None);
            here = start;
            while here < close {
                here = out.unit(text, here, line_end_unit(&text[here..close]))?;
            }
            here = close + 3;
            out.close(close, here);
        } else if rest.starts_with(COMMENT) {
            // Some readers see two texts around the comment, and others one.
            out.doubt(Doubt::Comment);
            let start = here + COMMENT.len();
            here = start + memmem::find(&text[start..end], b"-->").ok_or(Stop::Unfinished)? + 3;
        } else {
            let stop = here + memchr(b'<', rest).unwrap_or(rest.len());
            if memmem::find(&text[here..stop], b"]]>").is_some() {
                out.doubt(Doubt::Quoting);
            }
            out.open(here, here, Some(Escapes::Xml));
            while here < stop {
                here = out.unit(text, here, unit(&text[here..stop]))?;
            }
            out.close(stop, stop);
        }
    }
    Ok(end)
}

/// The end of the text that begins at `at`: the next tag. A text from the beginning may end with the bytes.
fn end_of_text(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let mut here = at;
    loop {
        let Some(found) = memchr(b'<', &text[here..]) else {
            return if at == 0 {
                Ok(text.len())
            } else {
                Err(Stop::Unfinished)
            };
        };
        let tag = here + found;
        let rest = &text[tag..];
        let (skipped, close) = if rest.starts_with(CDATA) {
            (CDATA.len(), &b"]]>"[..])
        } else if rest.starts_with(COMMENT) {
            (COMMENT.len(), &b"-->"[..])
        } else {
            if !rest.starts_with(b"</") && tag > at {
                // The element has other elements, so the text is a part of it.
                out.doubt(Doubt::Surroundings);
            }
            return Ok(tag);
        };
        let length = memmem::find(&rest[skipped..], close).ok_or(Stop::Unfinished)?;
        here = tag + skipped + length + 3;
    }
}

/// Only the start tag of its element may precede a text.
fn check_tag(before: &[u8], out: &mut Collector) {
    let inside = &before[..before.len() - 1];
    let is_start = memrchr(b'<', inside).is_some_and(|open| {
        let tag = &inside[open + 1..];
        memchr(b'>', tag).is_none()
            && tag.first().is_some_and(|first| {
                !matches!(first, b'/' | b'!' | b'?') && !first.is_ascii_whitespace()
            })
            && tag.last() != Some(&b'/')
    });
    if !is_start {
        out.doubt(Doubt::Surroundings);
    }
}

/// Characters that XML refuses, or reads in another encoding, are doubtful.
fn check_characters(text: &[u8], range: std::ops::Range<usize>, out: &mut Collector) {
    let bytes = &text[range];
    let is_refused = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=31);
    let is_doubtful = bytes.iter().any(is_refused)
        || (!bytes.is_ascii()
            && (memmem::find(bytes, "\u{fffe}".as_bytes()).is_some()
                || memmem::find(bytes, "\u{ffff}".as_bytes()).is_some()
                || std::str::from_utf8(bytes).is_err()
                || has_other_encoding(text)));
    if is_doubtful {
        out.doubt(Doubt::Characters);
    }
}

/// Whether the declaration of the text names an encoding that is not UTF-8.
fn has_other_encoding(text: &[u8]) -> bool {
    let first = &text[..text.len().min(200)];
    let declaration = &first[..memchr(b'>', first).unwrap_or(0)];
    memmem::find(declaration, b"encoding=").is_some_and(|found| {
        let name = &declaration[found + 9..];
        !name
            .get(1..6)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"utf-8"))
    })
}

/// The unit at the beginning of `rest` in the text of an element.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest.first() {
        Some(b'&') => reference(rest),
        Some(b'\r') => line_end_unit(rest),
        _ => Unit::Verbatim(memchr2(b'&', b'\r', rest).unwrap_or(rest.len())),
    }
}

/// The unit at the beginning of `rest` in a CDATA section: every end of a line is LF.
fn line_end_unit(rest: &[u8]) -> Unit {
    match rest.first() {
        Some(b'\r') => Unit::byte(line_end(rest), b'\n'),
        _ => Unit::Verbatim(memchr(b'\r', rest).unwrap_or(rest.len())),
    }
}

/// A reference to a character or to an entity that XML defines. Other entities are defined elsewhere, or nowhere.
fn reference(rest: &[u8]) -> Unit {
    let near = &rest[..rest.len().min(LONGEST_REFERENCE)];
    let Some(end) = memchr(b';', near) else {
        return Unit::Unknown(1);
    };
    let character = match &near[1..end] {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        [b'#', b'x', digits @ ..] => number(digits, 16),
        [b'#', digits @ ..] => number(digits, 10),
        _ => None,
    };
    match character {
        Some(character) => Unit::character(end + 1, character),
        None => Unit::Unknown(1),
    }
}

/// The character with a number, if XML has it.
fn number(digits: &[u8], radix: u32) -> Option<char> {
    if !digits.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()?;
    let is_refused = matches!(number, 0..=8 | 11 | 12 | 14..=31 | 0xFFFE | 0xFFFF);
    char::from_u32(number).filter(|_| !is_refused)
}

#[cfg(test)]
mod tests;
