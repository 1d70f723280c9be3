//! Plain scalars: text without quotes, which may go on over indented lines.

use std::ops::Range;

use super::super::character_escapes::{blanks, line_end};
use super::super::{Collector, Stop, Unit};
use super::context::{self, Flow, spaces};
use super::source::Source;
use crate::finding::{Doubt, Escapes};

/// Reads the plain scalar at `at`, and returns the offset behind it.
pub(super) fn read(source: Source, at: usize, out: &mut Collector) -> Result<usize, Stop> {
    if !is_start(source, at) {
        return Err(Stop::NoLiteral);
    }
    let mut line = at..end_of_line(source, at, out);
    // Alone they would be marks of another kind.
    if matches!(
        &source.text[line.clone()],
        b"-" | b"?" | b":" | b"---" | b"..."
    ) {
        return Err(Stop::NoLiteral);
    }
    let mut next = next_line(source, line.end, out);
    let is_by_unit = next.is_none() && source.has_dollar(line.clone());
    out.open(at, at, is_by_unit.then_some(Escapes::ComposeDollar));
    loop {
        source.add(line.clone(), out, |rest| Unit::Verbatim(rest.len()))?;
        let Some(Next {
            line: following,
            empty_lines,
        }) = next
        else {
            break;
        };
        let fold = line.end..following.start;
        if empty_lines == 0 {
            out.yields(fold, b" ")?;
        } else {
            out.yields(fold, &vec![b'\n'; empty_lines])?;
        }
        line = following;
        next = next_line(source, line.end, out);
    }
    out.close(line.end, line.end);
    Ok(line.end)
}

/// Whether a plain scalar may begin at `at`.
fn is_start(source: Source, at: usize) -> bool {
    let rest = &source.text[at..];
    let is_before_space = rest.get(1).is_none_or(u8::is_ascii_whitespace);
    match rest[0] {
        b'-' if context::is_document_mark(rest) => false,
        b'-' => !is_before_space,
        b'?' | b':' => !is_before_space && !source.is_flow(),
        b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' => false,
        first => !first.is_ascii_whitespace(),
    }
}

/// The end of the scalar on its line, without blanks behind it.
fn end_of_line(source: Source, start: usize, out: &mut Collector) -> usize {
    let is_flow = source.is_flow();
    let rest = &source.text[start..];
    let mut end = 0;
    for (at, &byte) in rest.iter().enumerate() {
        let next = rest.get(at + 1).copied().unwrap_or(b'\n');
        match byte {
            b'\r' | b'\n' => break,
            // Some readers refuse tabs.
            b'\t' => out.doubt(Doubt::Characters),
            b' ' => {}
            b'#' if at > 0 && matches!(rest[at - 1], b' ' | b'\t') => break,
            b':' if next.is_ascii_whitespace() || (is_flow && is_bracket(next)) => {
                // A key within a value: readers refuse it.
                out.doubt(Doubt::Quoting);
                end = rest[..end]
                    .iter()
                    .rposition(|&byte| byte != b':')
                    .map_or(0, |last| last + 1);
                break;
            }
            _ if is_flow && is_bracket(byte) => {
                if !source.context.flow.ends_with(&rest[at..]) {
                    out.doubt(Doubt::Quoting);
                }
                break;
            }
            _ => {
                if (is_bracket(byte) && source.context.flow == Flow::Unsure)
                    || (byte == b'?' && is_flow)
                {
                    out.doubt(Doubt::Quoting);
                }
                end = at + 1;
            }
        }
    }
    start + end
}

fn is_bracket(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

/// The next line of a scalar.
struct Next {
    /// What belongs to the scalar, without the indentation.
    line: Range<usize>,
    /// The number of empty lines before it.
    empty_lines: usize,
}

/// The line on which the scalar that ends at `end` on its line goes on.
fn next_line(source: Source, end: usize, out: &mut Collector) -> Option<Next> {
    let text = source.text;
    let (mut at, mut lines) = (end, 0);
    let mut line = end;
    loop {
        at += blanks(&text[at..]);
        let length = line_end(&text[at..]);
        if length == 0 {
            break;
        }
        lines += 1;
        at += length;
        line = at;
    }
    let content = &text[at..];
    if lines == 0 || content.is_empty() || content[0] == b'#' {
        return None;
    }
    let context = source.context;
    let is_flow = source.is_flow();
    if context::is_document_mark(&text[line..]) || (is_flow && is_bracket(content[0])) {
        return None;
    }
    if !is_flow && spaces(&text[line..]) as isize <= context.column {
        return None;
    }
    if context::is_template(content)
        || (at == line && matches!(content, [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..]))
    {
        // A template replaces the line, or it is nearly the mark of a document.
        out.doubt(Doubt::Surroundings);
        return None;
    }
    if !context.is_sure || text[end..at].contains(&b'\t') {
        out.doubt(Doubt::Indentation);
    }
    let end = end_of_line(source, at, out);
    (end > at).then_some(Next {
        line: at..end,
        empty_lines: lines - 1,
    })
}
