//! Reads INI, whose readers differ: configparser of Python, `parse_ini_file` of PHP, git, npm, MySQL.

use super::lengths::{line_before, plain};
use super::{Collector, Stop};
use crate::finding::Doubt;

/// Reads the value that begins at `at`, and returns the offset behind it. It ends with the line. There are no escapes
/// that all readers know, so that a backslash is a doubt.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let line = &text[at..at + plain(&text[at..], b"\r\n")];
    let is_behind_space = at > 0 && matches!(text[at - 1], b' ' | b'\t');
    let is_comment = |at: &usize| match at.checked_sub(1) {
        Some(before) => matches!(line[before], b' ' | b'\t'),
        None => is_behind_space,
    };
    let end_of_quoted = quoted_end(line);
    let comment = memchr::memchr2_iter(b'#', b';', line)
        .filter(|at| *at >= end_of_quoted)
        .find(is_comment);
    let value = line[..comment.unwrap_or(line.len())].trim_ascii_end();
    if value.is_empty() || matches!(value[0], b' ' | b'\t') {
        return Err(Stop::NoLiteral);
    }
    let end = at + value.len();
    if value.len() == end_of_quoted {
        out.doubt(Doubt::Quoting);
        out.open(at, at + 1, None);
        out.keep(text, at + 1..end - 1)?;
        out.close(end - 1, end);
    } else {
        out.open(at, at, None);
        out.keep(text, at..end)?;
        out.close(end, end);
    }
    if comment.is_some() || value.iter().any(|byte| b"#;".contains(byte)) {
        out.doubt(Doubt::Comment);
    }
    let has = |part: &[u8]| memchr::memmem::find(value, part).is_some();
    if has(b"%%") || has(b"%(") || has(b"${") || has(b"$$") {
        out.doubt(Doubt::Variable);
    }
    // Unless it refuses the value, `parse_ini_file` of PHP computes a number from the parts around these operators.
    let is_operator = |byte: &u8| b"&|^".contains(byte);
    if matches!(value[0], b'!' | b'~') || value.iter().any(is_operator) {
        out.doubt(Doubt::Quoting);
    }
    let is_read_by_some = |byte: &u8| b"\\'\"`".contains(byte) || byte.is_ascii_control();
    let is_special = |byte: &u8| *byte != b'\t' && is_read_by_some(byte);
    let behind = &text[at + line.len()..];
    if value.iter().any(is_special) || ends_with_other_space(value) || is_cut_by_return(behind) {
        out.doubt(Doubt::Quoting);
    }
    if is_continued(text, at, behind) {
        out.doubt(Doubt::Indentation);
    }
    Ok(end)
}

/// The offset behind the quotes at the beginning of a line; 0 if there are none.
fn quoted_end(line: &[u8]) -> usize {
    let Some((quote @ (b'"' | b'\''), rest)) = line.split_first() else {
        return 0;
    };
    let mut at = 0;
    while at < rest.len() && rest[at] != *quote {
        at += 1 + usize::from(rest[at] == b'\\');
    }
    if at < rest.len() { at + 2 } else { 0 }
}

/// Whether only some readers remove the white space at the ends of the value.
fn ends_with_other_space(value: &[u8]) -> bool {
    let is_space = |character: char| character.is_whitespace() || character == '\u{feff}';
    let text = String::from_utf8_lossy(value);
    text.starts_with(is_space) || text.ends_with(is_space)
}

/// Whether a carriage return ends the value within its line.
fn is_cut_by_return(behind: &[u8]) -> bool {
    matches!(behind, [b'\r', byte, ..] if *byte != b'\n')
}

/// Whether configparser reads the next line as a part of the value: it is further to the right than the key. `behind`
/// is the text behind the value's line.
fn is_continued(text: &[u8], at: usize, behind: &[u8]) -> bool {
    const MOST_EMPTY_LINES: usize = 64;
    let indentation = |line: &[u8]| line.len() - line.trim_ascii_start().len();
    let of_key = indentation(line_before(text, at));
    let lines = behind.split(|byte| *byte == b'\n').skip(1);
    lines
        .take(MOST_EMPTY_LINES)
        .find(|line| !line.trim_ascii().is_empty() && !matches!(line.trim_ascii()[0], b'#' | b';'))
        .is_some_and(|next| indentation(next) > of_key)
}

#[cfg(test)]
mod tests;
