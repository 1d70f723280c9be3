//! Checks that what follows a scalar is the end of its value.

use memchr::memchr2;

use super::super::Collector;
use super::super::character_escapes::{blanks, line_end};
use super::context::{Flow, is_template, spaces};
use super::source::Source;
use crate::finding::Doubt;

/// Bytes behind a scalar that are read to see whether it has ended.
const LOOK_AHEAD: usize = 1024;

/// What follows a scalar in quotes on its line must be the end of the value: otherwise the quote was not its end.
pub(super) fn check_close(source: Source, end: usize, out: &mut Collector) {
    let rest = &source.text[end..];
    let space = blanks(rest);
    match rest.get(space) {
        None | Some(b'\r' | b'\n') => {}
        Some(b'#') if space > 0 => {}
        Some(b'#') => out.doubt(Doubt::Comment),
        _ if source.context.flow.ends_with(&rest[space..]) => {}
        _ => out.doubt(Doubt::Quoting),
    }
}

/// What follows a scalar on the next line with content must not be indented below its key: readers refuse it, or it
/// would belong to the value. In brackets, it must end the scalar.
pub(super) fn check_after(source: Source, end: usize, is_block: bool, out: &mut Collector) {
    let context = source.context;
    let is_flow = matches!(context.flow, Flow::In(_));
    if context.column < 0 && !is_flow {
        return;
    }
    let rest = &source.text[end..];
    let rest = &rest[..rest.len().min(LOOK_AHEAD)];
    // A block ends with its last line; other scalars end in a line.
    let mut at = if is_block {
        0
    } else {
        memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())
    };
    if is_flow && !matches!(rest[..at].trim_ascii().first(), None | Some(b'#')) {
        return;
    }
    at += line_end(&rest[at..]);
    while at < rest.len() {
        let line = &rest[at..];
        let length = memchr2(b'\r', b'\n', line).unwrap_or(line.len());
        let content = line[..length].trim_ascii();
        let is_skipped = content.is_empty() || content[0] == b'#' || is_template(content);
        if !is_skipped {
            let is_well = if is_flow {
                context.flow.ends_with(&line[blanks(line)..])
            } else {
                spaces(line) as isize <= context.column
                    && line[0] != b'\t'
                    && !is_old_line_end(line)
            };
            if !is_well {
                out.doubt(Doubt::Indentation);
            }
            return;
        }
        at += length;
        at += line_end(&rest[at..]);
    }
}

/// Whether a line begins with a character that YAML 1.1 takes for the end of a line, and 1.2 does not.
fn is_old_line_end(line: &[u8]) -> bool {
    ["\u{85}", "\u{2028}", "\u{2029}"]
        .iter()
        .any(|end| line.starts_with(end.as_bytes()))
}
