//! Blocks: `|` keeps the lines, `>` folds them. A number says how far they are indented; `-` drops the last line end, and
//! `+` keeps all.

use super::super::character_escapes::{blanks, line_end};
use super::super::{Collector, Stop, Unit};
use super::context::{Flow, spaces};
use super::source::Source;
use crate::finding::Doubt;

/// What the first line of a block says.
struct Header {
    is_folded: bool,
    /// What happens to the line ends behind the last line.
    chomping: Chomping,
    /// How far the lines are indented below the key, if it is said.
    indentation: Option<usize>,
    /// The start of the lines.
    end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    /// The value ends with one line end.
    Clip,
    /// It ends without one.
    Strip,
    /// It ends with all of them.
    Keep,
}

/// Reads the block at `at`, and returns the offset behind it: behind its last line end that counts.
pub(super) fn read(source: Source, at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let text = source.text;
    let header = header(text, at).ok_or(Stop::NoLiteral)?;
    let context = source.context;
    if matches!(context.flow, Flow::In(_)) {
        return Err(Stop::NoLiteral);
    }
    if !context.is_sure {
        out.doubt(Doubt::Indentation);
    }
    let least = (context.column + 1).max(1) as usize;
    let indentation = match header.indentation {
        Some(more) => {
            if context.column > 0 {
                // The bytes of the block do not tell how far its key is indented.
                out.doubt(Doubt::Indentation);
            }
            least - 1 + more
        }
        None => found_indentation(text, header.end, least, out),
    };
    out.open(at, header.end, None);
    let mut lines = Lines {
        source,
        is_folded: header.is_folded,
        before: None,
    };
    let mut here = header.end;
    let mut end = here;
    // Line ends behind the last line with content, which count if another follows.
    let mut breaks: Vec<std::ops::Range<usize>> = Vec::new();
    while here < text.len() {
        let line = &text[here..];
        let space = spaces(line).min(indentation);
        let length = line_end(&line[space..]);
        if length > 0 {
            breaks.push(here + space..here + space + length);
            here += space + length;
            continue;
        }
        if space < indentation || line.len() == space {
            break;
        }
        here = lines.add(here + space, &breaks, out)?;
        end = here;
        breaks.clear();
        let length = line_end(&text[here..]);
        if length > 0 {
            breaks.push(here..here + length);
            here += length;
        }
    }
    let kept = match header.chomping {
        Chomping::Strip => 0,
        // Without a line, the line ends are those of empty lines.
        Chomping::Clip => usize::from(lines.before.is_some()).min(breaks.len()),
        Chomping::Keep => breaks.len(),
    };
    for raw in breaks.drain(..kept) {
        end = raw.end;
        add_line_end(source, raw, out)?;
    }
    out.close(end, end);
    Ok(end)
}

/// The lines of a block as they are added.
struct Lines<'t> {
    source: Source<'t>,
    is_folded: bool,
    /// Whether the line before begins with a blank, if there is one.
    before: Option<bool>,
}

impl Lines<'_> {
    /// Adds the line ends before a line and the line, and returns its end.
    fn add(
        &mut self,
        at: usize,
        breaks: &[std::ops::Range<usize>],
        out: &mut Collector,
    ) -> Result<usize, Stop> {
        let text = self.source.text;
        let rest = &text[at..];
        let end = at + memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let is_indented = matches!(rest[0], b' ' | b'\t');
        let is_folded = self.is_folded && self.before == Some(false) && !is_indented;
        match breaks {
            [only] if is_folded => out.yields(only.clone(), b" ")?,
            [first, others @ ..] => {
                if !is_folded {
                    add_line_end(self.source, first.clone(), out)?;
                }
                for raw in others {
                    add_line_end(self.source, raw.clone(), out)?;
                }
            }
            [] => {}
        }
        self.before = Some(is_indented);
        self.source
            .add(at..end, out, |rest| Unit::Verbatim(rest.len()))?;
        Ok(end)
    }
}

/// Adds the end of a line, which is LF in the value.
fn add_line_end(
    source: Source,
    raw: std::ops::Range<usize>,
    out: &mut Collector,
) -> Result<(), Stop> {
    if source.text[raw.clone()] == *b"\n" {
        out.keep(source.text, raw)
    } else {
        out.yields(raw, b"\n")
    }
}

/// Reads the first line of a block.
fn header(text: &[u8], at: usize) -> Option<Header> {
    let mut header = Header {
        is_folded: text.get(at) == Some(&b'>'),
        chomping: Chomping::Clip,
        indentation: None,
        end: at + 1,
    };
    for _ in 0..2 {
        match text.get(header.end) {
            Some(b'-') if header.chomping == Chomping::Clip => header.chomping = Chomping::Strip,
            Some(b'+') if header.chomping == Chomping::Clip => header.chomping = Chomping::Keep,
            Some(digit @ b'1'..=b'9') if header.indentation.is_none() => {
                header.indentation = Some(usize::from(digit - b'0'));
            }
            _ => break,
        }
        header.end += 1;
    }
    let rest = &text[header.end..];
    let mut space = blanks(rest);
    if space > 0 && rest.get(space) == Some(&b'#') {
        space = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
    }
    let end = line_end(&rest[space..]);
    header.end += space + end;
    (end > 0 || rest.len() == space).then_some(header)
}

/// The indentation of the first line with content. Empty lines before it must not be indented more.
fn found_indentation(text: &[u8], start: usize, least: usize, out: &mut Collector) -> usize {
    let (mut at, mut most) = (start, 0);
    loop {
        let line = &text[at..];
        let space = spaces(line);
        let length = line_end(&line[space..]);
        if length == 0 {
            if space < least || space == line.len() {
                return most.max(least).max(space);
            }
            if most > space {
                out.doubt(Doubt::Indentation);
            }
            return space;
        }
        most = most.max(space);
        at += space + length;
    }
}
