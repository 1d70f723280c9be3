//! Reads literals of which indentation or line ends are removed.

use std::ops::Range;

use super::super::{Collector, Stop};
use super::escape_digits::line_end;
use super::literal_form::{Form, Layout, LineEnds, Units};
use super::literal_units::emit as emit_units;
use crate::finding::{Doubt, Escapes};

/// Adds the content of a literal to the value.
///
/// # Errors
/// The value becomes too long, or the literal is none.
pub(super) fn emit(
    text: &[u8],
    content: Range<usize>,
    form: Form,
    out: &mut Collector,
) -> Result<(), Stop> {
    let raw = &text[content.clone()];
    match form.layout {
        Layout::None => emit_units(text, content, form.units, out),
        Layout::FirstLineEnd => {
            let skipped = first_line_end(raw);
            emit_units(text, content.start + skipped..content.end, form.units, out)
        }
        Layout::FirstLine => {
            let blank = raw
                .iter()
                .take_while(|&&byte| matches!(byte, b' ' | b'\t'))
                .count();
            let skipped = line_end(raw, blank).map_or(0, |length| blank + length);
            if blank > 0 && raw[..skipped].contains(&b'\\') {
                out.doubt(Doubt::Indentation);
            }
            emit_units(text, content.start + skipped..content.end, form.units, out)
        }
        Layout::TextBlock => {
            let blank = raw
                .iter()
                .take_while(|&&byte| matches!(byte, b' ' | b'\t' | 12))
                .count();
            let skipped = blank + line_end(raw, blank).ok_or(Stop::NoLiteral)?;
            let lines = lines(text, content.start + skipped..content.end);
            text_block(text, &lines, form.units, out)
        }
        Layout::ClosingLine => {
            let blank = raw
                .iter()
                .take_while(|&&byte| matches!(byte, b' ' | b'\t'))
                .count();
            match line_end(raw, blank) {
                None => emit_units(text, content, form.units, out),
                Some(length) => {
                    let lines = lines(text, content.start + blank + length..content.end);
                    closing_line(text, &lines, form.units, out)
                }
            }
        }
        Layout::Indented(start, end) => indented(
            text,
            &lines(text, content),
            &text[start..end],
            form.units,
            out,
        ),
        Layout::Common => common(text, &lines(text, content), form.units, out),
    }
}

/// The length of a line end at the beginning, also of `\n\r`.
fn first_line_end(raw: &[u8]) -> usize {
    match raw {
        [b'\n', b'\r', ..] => 2,
        _ => line_end(raw, 0).unwrap_or(0),
    }
}

/// A line of a literal.
struct Line {
    /// The line without its end.
    text: Range<usize>,
    /// The offset at which the next line begins.
    next: usize,
}

/// The lines of a part of the text. The last has no line end, and may be empty.
fn lines(text: &[u8], part: Range<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = part.start;
    loop {
        let found = memchr::memchr2(b'\n', b'\r', &text[start..part.end]);
        let end = found.map_or(part.end, |length| start + length);
        let next = end + line_end(&text[..part.end], end).unwrap_or(0);
        lines.push(Line {
            text: start..end,
            next,
        });
        if found.is_none() {
            return lines;
        }
        start = next;
    }
}

/// The number of bytes of white space at the beginning of a line.
fn indentation_of(line: &[u8]) -> usize {
    line.iter().take_while(|&&byte| is_blank(byte)).count()
}

/// Whether the byte is white space in a line. Java has the widest definition.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0B | 0x0C | 0x1C..=0x1F)
}

/// Whether a line begins or ends with white space that is not ASCII, which some implementations remove.
fn has_wide_blanks(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|line| {
        let mut ends = [line.chars().next(), line.chars().next_back()]
            .into_iter()
            .flatten();
        ends.any(|character| !character.is_ascii() && character.is_whitespace())
    })
}

/// A text block of Java.
fn text_block(text: &[u8], lines: &[Line], units: Units, out: &mut Collector) -> Result<(), Stop> {
    let last = lines.len() - 1;
    let indentation = lines.iter().enumerate().filter_map(|(number, line)| {
        let line = &text[line.text.clone()];
        let found = indentation_of(line);
        (found < line.len() || number == last).then_some(found)
    });
    let indentation = indentation.min().unwrap_or(0);
    for (number, line) in lines.iter().enumerate() {
        let content = &text[line.text.clone()];
        let trailing = content
            .iter()
            .rev()
            .take_while(|&&byte| is_blank(byte))
            .count();
        let removed = indentation.min(content.len());
        let end = line.text.end - trailing.min(content.len() - removed);
        let part = line.text.start + removed..end;
        if has_wide_blanks(&text[part.clone()]) {
            out.doubt(Doubt::Indentation);
        }
        let is_last = number == last;
        line_units(
            text,
            part,
            (!is_last).then_some(line.text.end..line.next),
            units,
            out,
        )?;
    }
    Ok(())
}

/// A literal over lines of Swift or C#: the last line has the indentation, and only white space.
fn closing_line(
    text: &[u8],
    lines: &[Line],
    units: Units,
    out: &mut Collector,
) -> Result<(), Stop> {
    let Some((closing, lines)) = lines.split_last() else {
        return Err(Stop::NoLiteral);
    };
    let indentation = &text[closing.text.clone()];
    if !indentation.iter().all(|&byte| is_blank(byte)) {
        return Err(Stop::NoLiteral);
    }
    let last = lines.len().wrapping_sub(1);
    for (number, line) in lines.iter().enumerate() {
        let content = &text[line.text.clone()];
        let removed = match content.strip_prefix(indentation) {
            Some(_) => indentation.len(),
            None => {
                // A blank line may have less indentation; other lines may not.
                if indentation_of(content) < content.len() || !indentation.starts_with(content) {
                    out.doubt(Doubt::Indentation);
                }
                content.len().min(indentation_of(content))
            }
        };
        let part = line.text.start + removed..line.text.end;
        let end = (number != last).then_some(line.text.end..line.next);
        line_units(text, part, end, units, out)?;
    }
    Ok(())
}

/// A heredoc of which the indentation of the closing name is removed.
fn indented(
    text: &[u8],
    lines: &[Line],
    indentation: &[u8],
    units: Units,
    out: &mut Collector,
) -> Result<(), Stop> {
    let last = lines.len() - 1;
    for (number, line) in lines.iter().enumerate() {
        let content = &text[line.text.clone()];
        let is_indented = content.starts_with(indentation);
        if !is_indented && !content.is_empty() {
            out.doubt(Doubt::Indentation);
        }
        let removed = if is_indented { indentation.len() } else { 0 };
        let next = if number == last {
            line.text.end
        } else {
            line.next
        };
        emit_units(text, line.text.start + removed..next, units, out)?;
    }
    Ok(())
}

/// A heredoc of which the common indentation is removed.
fn common(text: &[u8], lines: &[Line], units: Units, out: &mut Collector) -> Result<(), Stop> {
    let indentation = lines.iter().filter_map(|line| {
        let line = &text[line.text.clone()];
        let found = indentation_of(line);
        (found < line.len()).then_some(found)
    });
    let indentation = indentation.min().unwrap_or(0);
    let mut is_continued = false;
    for (number, line) in lines.iter().enumerate() {
        let content = &text[line.text.clone()];
        let found = indentation_of(content);
        if content[..found].iter().any(|&byte| byte != b' ') || is_continued {
            out.doubt(Doubt::Indentation);
        }
        if found == content.len() && found > 0 {
            // Implementations differ in what they remove from lines of white space.
            out.doubt(Doubt::Indentation);
        }
        is_continued = content.ends_with(b"\\");
        let removed = indentation.min(found);
        let is_last = number + 1 == lines.len();
        let next = if is_last { line.text.end } else { line.next };
        emit_units(text, line.text.start + removed..next, units, out)?;
    }
    Ok(())
}

/// The units of a line, and a line feed for its end unless a backslash continues the line.
fn line_units(
    text: &[u8],
    part: Range<usize>,
    end: Option<Range<usize>>,
    units: Units,
    out: &mut Collector,
) -> Result<(), Stop> {
    let mut at = part.start;
    while at < part.end {
        let rest = &text[at..part.end];
        if units.escapes().is_some() && end.is_some() && is_continuation(rest, units) {
            return out.yields(at..end.map_or(part.end, |end| end.end), b"");
        }
        at = out.unit(text, at, units.unit(rest))?;
    }
    match (end, units) {
        (None, _) => Ok(()),
        (Some(end), Units::Raw(LineEnds::Kept)) => out.keep(text, end),
        (Some(end), _) if end.len() == 1 && text[end.start] == b'\n' => out.keep(text, end),
        (Some(end), _) => out.yields(end, b"\n"),
    }
}

/// Whether a backslash continues the line. Swift allows white space behind it.
fn is_continuation(rest: &[u8], units: Units) -> bool {
    let is_swift = matches!(units, Units::Escaped(Escapes::Swift));
    match rest {
        [b'\\'] => true,
        [b'\\', blank @ ..] => is_swift && blank.iter().all(|&byte| is_blank(byte)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_any_line_end() {
        let text = b"a\r\nb\n\rc";
        let parts: Vec<_> = lines(text, 0..text.len())
            .iter()
            .map(|line| line.text.clone())
            .collect();
        assert_eq!(parts, [0..1, 3..4, 5..5, 6..7]);
    }
}
