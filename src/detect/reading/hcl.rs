//! Reads templates of HCL: in quotes, and in heredocs.

use super::character_escapes::hex;
use super::lengths::{balanced, line_feed, plain};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// Reads the template that begins at `at`, and returns the offset behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let end = match &text[at..] {
        [b'"', ..] => quoted(text, at, out)?,
        [b'<', b'<', ..] => return heredoc(text, at, out),
        _ => return Err(Stop::NoLiteral),
    };
    let behind = &text[end..];
    let blank = behind
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'));
    match behind[blank.count()..] {
        [b'?', ..] | [b'=' | b'!', b'=', ..] | [b'&', b'&', ..] | [b'|', b'|', ..] => {
            out.interpolation();
        }
        _ => {}
    }
    Ok(end)
}

/// Reads a template in quotes, which has one line.
fn quoted(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let content = at + 1;
    out.open(at, content, Some(Escapes::Hcl));
    let mut next = content;
    loop {
        match text.get(next..) {
            None | Some([] | [b'\\']) => return Err(Stop::Unfinished),
            Some([b'"', ..]) => break,
            Some([b'\n', ..]) => return Err(Stop::NoLiteral),
            Some(rest) => next = out.unit(text, next, whole(rest, Escapes::Hcl)?)?,
        }
    }
    doubt_not_normal(&text[content..next], out);
    out.close(next, next + 1);
    Ok(next + 1)
}

/// The unit at the beginning of `rest`.
///
/// # Errors
/// It is an interpolation without an end.
fn whole(rest: &[u8], escapes: Escapes) -> Result<Unit, Stop> {
    let unit = unit(rest, escapes);
    match unit {
        Unit::Interpolation(length) if length == rest.len() && balanced(&rest[1..]).is_none() => {
            Err(Stop::Unfinished)
        }
        _ => Ok(unit),
    }
}

/// HCL refuses text that is not UTF-8, and normalises characters that are composed of several.
fn doubt_not_normal(raw: &[u8], out: &mut Collector) {
    let is_composed = |character: char| !is_normal(character);
    match std::str::from_utf8(raw) {
        Ok(text) if !text.contains(is_composed) => {}
        _ => out.doubt(Doubt::Quoting),
    }
}

/// Whether Unicode's normal form C surely keeps the character beside any other: ASCII, Latin, Greek and Cyrillic
/// letters without marks, ideographs in use, symbols and pictures.
fn is_normal(character: char) -> bool {
    matches!(character,
        '\0'..='\u{2ff}' | '\u{370}'..='\u{373}' | '\u{375}'..='\u{37d}' | '\u{384}'..='\u{386}'
        | '\u{388}'..='\u{482}' | '\u{48a}'..='\u{52f}' | '\u{5d0}'..='\u{5ea}' | '\u{e01}'..='\u{e32}' | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20cf}' | '\u{2190}'..='\u{2328}'
        | '\u{232b}'..='\u{2adb}' | '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{1f300}'..='\u{1faff}')
}

/// Reads a heredoc, up to the end of its closing marker. Its last line end belongs to the value.
fn heredoc(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let is_indented = text.get(at + 2) == Some(&b'-');
    let name = at + 2 + usize::from(is_indented);
    let name_end = name
        + text[name..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
            .count();
    let marker = &text[name..name_end];
    if marker.is_empty() || marker[0] == b'-' || marker[0].is_ascii_digit() {
        return Err(Stop::NoLiteral);
    }
    let content = name_end + line_feed(&text[name_end..]);
    if content == name_end {
        let is_cut = text.len() == name_end;
        return Err(if is_cut {
            Stop::Unfinished
        } else {
            Stop::NoLiteral
        });
    }
    let (content_end, end) = closing_marker(text, content, marker).ok_or(Stop::Unfinished)?;
    let indentation = match is_indented {
        true => common_indentation(&text[content..content_end], out),
        false => 0,
    };
    out.open(at, content, (!is_indented).then_some(Escapes::HclHeredoc));
    let mut next = content;
    let mut is_line_start = true;
    while next < content_end {
        if is_line_start {
            let line = &text[next..content_end];
            let line = &line[..plain(line, b"\n")];
            if indentation > 0 && !line.trim_ascii().is_empty() {
                out.yields(next..next + indentation, &[])?;
                next += indentation;
            }
        }
        let unit = whole(&text[next..content_end], Escapes::HclHeredoc)?;
        next = out.unit(text, next, unit)?;
        is_line_start = text[next - 1] == b'\n';
    }
    doubt_not_normal(&text[content..content_end], out);
    out.close(content_end, end);
    Ok(end)
}

/// The offset of the line of the closing marker, and the offset behind the marker.
fn closing_marker(text: &[u8], content: usize, marker: &[u8]) -> Option<(usize, usize)> {
    let mut start = content;
    while start < text.len() {
        let length = plain(&text[start..], b"\n");
        let line = &text[start..start + length];
        if line.trim_ascii() == marker {
            let indentation = line.len() - line.trim_ascii_start().len();
            return Some((start, start + indentation + marker.len()));
        }
        start += length + 1;
    }
    None
}

/// The indentation that all lines have that are not empty, in bytes.
fn common_indentation(content: &[u8], out: &mut Collector) -> usize {
    let mut least = usize::MAX;
    for line in content.split(|byte| *byte == b'\n') {
        let trimmed = line.trim_ascii_start();
        if trimmed.is_empty() {
            continue;
        }
        let first = &trimmed[..trimmed.len().min(4)];
        if trimmed[0] == 0x0b || String::from_utf8_lossy(first).starts_with(char::is_whitespace) {
            // It may be white space of Unicode, which counts in characters.
            out.doubt(Doubt::Indentation);
        }
        least = least.min(line.len() - trimmed.len());
    }
    if least == usize::MAX { 0 } else { least }
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match rest {
        [b'$', b'$', b'{', ..] => Unit::bytes(3, b"${"),
        [b'%', b'%', b'{', ..] => Unit::bytes(3, b"%{"),
        [b'$' | b'%', b'{', ..] => {
            Unit::Interpolation(1 + balanced(&rest[1..]).unwrap_or(rest.len() - 1))
        }
        [b'\\', ..] if escapes == Escapes::Hcl => escape(rest),
        [b'\n', ..] => Unit::Verbatim(1),
        _ => Unit::Verbatim(plain(rest, b"\\$%\"\n").max(1)),
    }
}

/// The unit that begins with a backslash.
fn escape(rest: &[u8]) -> Unit {
    let digits = match rest.get(1) {
        Some(b'n') => return Unit::byte(2, b'\n'),
        Some(b'r') => return Unit::byte(2, b'\r'),
        Some(b't') => return Unit::byte(2, b'\t'),
        Some(byte @ (b'"' | b'\\')) => return Unit::byte(2, *byte),
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => return Unit::Unknown(rest.len().min(2)),
    };
    let character = hex(&rest[2..], digits).and_then(char::from_u32);
    match character.filter(|character| is_normal(*character)) {
        Some(character) => Unit::character(2 + digits, character),
        None => Unit::Unknown(2),
    }
}

#[cfg(test)]
mod tests;
