//! Scalars in quotes. A line end in them, with the blanks around it, is folded to a space, or to the empty lines behind
//! it.

use memchr::{memchr, memchr2};

use super::super::character_escapes::{blanks, hex, line_end};
use super::super::unit::doubled;
use super::super::{Collector, Stop, Unit};
use super::source::Source;
use super::{context, scalar_end};
use crate::finding::{Doubt, Escapes};

/// The greatest number of empty lines in a fold that is read.
const MOST_LINES: usize = 8;

/// Reads the scalar in quotes at `at`, and returns the offset behind it.
pub(super) fn read(
    source: Source,
    at: usize,
    quote: u8,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let text = source.text;
    let start = at + 1;
    let (escape, escapes) = match quote {
        b'"' => (b'\\', Escapes::YamlDouble),
        _ => (b'\'', Escapes::DoubledSingle),
    };
    let close = end_of_content(text, start, quote, escape).ok_or(Stop::Unfinished)?;
    let content = &text[start..close];
    let is_folded = memchr2(b'\r', b'\n', content).is_some();
    if is_folded {
        check_lines(source, start..close, out)?;
    }
    let escapes = if source.has_dollar(start..close) {
        let has_others = is_folded || memchr(escape, content).is_some();
        (!has_others).then_some(Escapes::ComposeDollar)
    } else {
        (quote == b'"' || !is_folded).then_some(escapes)
    };
    out.open(at, start, escapes);
    source.add(
        start..close,
        out,
        if quote == b'"' { unit } else { single_unit },
    )?;
    out.close(close, close + 1);
    scalar_end::check_close(source, close + 1, out);
    Ok(close + 1)
}

/// The place of the closing quote. A quote in single quotes is its own escape.
fn end_of_content(text: &[u8], start: usize, quote: u8, escape: u8) -> Option<usize> {
    let mut at = start;
    loop {
        let found = at + memchr2(quote, escape, text.get(at..)?)?;
        let is_escape =
            text[found] == escape && (escape != quote || text.get(found + 1) == Some(&quote));
        if !is_escape {
            return Some(found);
        }
        at = found + 2;
    }
}

/// The offset behind the string in quotes that begins at `at`.
pub(in crate::detect::reading) fn end_of_string(text: &[u8], at: usize) -> Option<usize> {
    let quote = text[at];
    let escape = if quote == b'"' { b'\\' } else { quote };
    end_of_content(text, at + 1, quote, escape).map(|close| close + 1)
}

/// The lines of a scalar in quotes must be indented below their key, and have no mark of a document.
fn check_lines(
    source: Source,
    content: std::ops::Range<usize>,
    out: &mut Collector,
) -> Result<(), Stop> {
    let mut at = content.start;
    while let Some(found) = memchr2(b'\r', b'\n', &source.text[at..content.end]) {
        at += found;
        at += line_end(&source.text[at..]);
        let line = &source.text[at..];
        if context::is_document_mark(line) {
            return Err(Stop::Unfinished);
        }
        let indentation = line.iter().take_while(|&&byte| byte == b' ').count();
        let is_empty = line_end(&line[blanks(line)..]) > 0;
        // Tabs and little indentation are refused by some readers.
        if !is_empty
            && (indentation as isize <= source.context.column
                || line[indentation..].starts_with(b"\t"))
        {
            out.doubt(Doubt::Indentation);
        }
    }
    Ok(())
}

/// The unit at the beginning of `rest` in double quotes.
pub(super) fn unit(rest: &[u8]) -> Unit {
    let Some(&first) = rest.first() else {
        return Unit::Unknown(0);
    };
    match first {
        b' ' | b'\t' | b'\r' | b'\n' => fold(rest),
        b'\\' => escape(rest),
        _ => verbatim(rest, b'\\'),
    }
}

/// The unit at the beginning of `rest` in single quotes.
fn single_unit(rest: &[u8]) -> Unit {
    match rest[0] {
        b' ' | b'\t' | b'\r' | b'\n' => fold(rest),
        b'\'' => doubled(rest, b'\''),
        _ => verbatim(rest, b'\''),
    }
}

/// The bytes before the next escape, or before the blanks at the end of a line.
fn verbatim(rest: &[u8], escape: u8) -> Unit {
    let end = memchr::memchr3(escape, b'\r', b'\n', rest).unwrap_or(rest.len());
    let is_line_end = line_end(&rest[end..]) > 0;
    let kept = if is_line_end {
        rest[..end]
            .iter()
            .rposition(|byte| !matches!(byte, b' ' | b'\t'))
            .map_or(0, |last| last + 1)
    } else {
        end
    };
    Unit::Verbatim(kept)
}

/// Blanks, which are literal unless they are at the end of a line.
fn fold(rest: &[u8]) -> Unit {
    let before = blanks(rest);
    if line_end(&rest[before..]) == 0 {
        return Unit::Verbatim(before);
    }
    let (length, lines) = lines(&rest[before..]);
    let length = before + length;
    match lines {
        1 => Unit::byte(length, b' '),
        _ => empty_lines(length, lines - 1),
    }
}

/// The length of the line ends at the beginning of `rest` with the blanks behind them, and their number.
fn lines(rest: &[u8]) -> (usize, usize) {
    let (mut at, mut lines) = (0, 0);
    loop {
        let length = line_end(&rest[at..]);
        if length == 0 {
            return (at, lines);
        }
        lines += 1;
        at += length;
        at += blanks(&rest[at..]);
    }
}

/// As many line ends as there are empty lines.
fn empty_lines(length: usize, lines: usize) -> Unit {
    const LINES: &[u8] = &[b'\n'; MOST_LINES];
    match LINES.get(..lines) {
        Some(lines) => Unit::bytes(length, lines),
        None => Unit::Unknown(length),
    }
}

/// An escape in double quotes.
fn escape(rest: &[u8]) -> Unit {
    let Some(&letter) = rest.get(1) else {
        return Unit::Unknown(1);
    };
    // No reader joins surrogates, and most refuse them.
    let character = |digits: usize| match hex(&rest[2..], digits).and_then(char::from_u32) {
        Some(character) => Unit::character(2 + digits, character),
        None => Unit::Unknown(2),
    };
    match letter {
        b'"' | b'\\' | b'/' | b' ' | b'\t' => Unit::byte(2, letter),
        b'0' => Unit::byte(2, 0),
        b'a' => Unit::byte(2, 7),
        b'b' => Unit::byte(2, 8),
        b't' => Unit::byte(2, b'\t'),
        b'n' => Unit::byte(2, b'\n'),
        b'v' => Unit::byte(2, 11),
        b'f' => Unit::byte(2, 12),
        b'r' => Unit::byte(2, b'\r'),
        b'e' => Unit::byte(2, 27),
        b'N' => Unit::character(2, '\u{85}'),
        b'_' => Unit::character(2, '\u{a0}'),
        b'L' => Unit::character(2, '\u{2028}'),
        b'P' => Unit::character(2, '\u{2029}'),
        b'x' => character(2),
        b'u' => character(4),
        b'U' => character(8),
        b'\r' | b'\n' => {
            let (length, lines) = lines(&rest[1..]);
            empty_lines(1 + length, lines - 1)
        }
        _ => Unit::Unknown(2),
    }
}
