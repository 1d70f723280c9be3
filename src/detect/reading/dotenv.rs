//! Reads `.env`, whose dialects differ: python-dotenv, dotenv of Node and of Ruby, Docker Compose, shells.
//!
//! A value is exact if python-dotenv, dotenv of Node and, where it is valid there, bash read it alike.

use super::lengths::{begins_variable, line_before, line_feed, plain};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// Reads the value that begins at `at`, and returns the offset behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let end = match text.get(at) {
        Some(quote @ (b'"' | b'\'')) => quoted(text, at, *quote, out)?,
        _ => bare(text, at, out)?,
    };
    let value = out.value();
    if std::str::from_utf8(value).is_err() || value.contains(&0) {
        out.doubt(Doubt::Quoting);
    }
    Ok(end)
}

/// Reads a value in quotes, which may have several lines.
fn quoted(text: &[u8], at: usize, quote: u8, out: &mut Collector) -> Result<usize, Stop> {
    let escapes = match quote {
        b'"' => Escapes::DotenvDouble,
        _ => Escapes::DotenvSingle,
    };
    out.open(at, at + 1, Some(escapes));
    let mut next = at + 1;
    loop {
        let rest = text.get(next..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(Stop::Unfinished)?;
        if rest[0] == quote {
            break;
        }
        doubt_variable(rest, quote == b'\'', out);
        if rest[0] == b'\\' && is_doubtful_backslash(rest, quote) {
            out.doubt(Doubt::Quoting);
            if rest.get(1) == Some(&quote) && is_behind_value(&rest[2..]) {
                // Dialects without this escape end the value here, and there is no other end in this line.
                next = out.unit(text, next, Unit::Verbatim(1))?;
                break;
            }
        }
        next = out.unit(text, next, unit(rest, escapes))?;
    }
    out.close(next, next + 1);
    let behind = &text[next + 1..];
    if behind.starts_with(b"#") {
        out.doubt(Doubt::Comment);
    } else if !is_behind_value(behind) {
        out.doubt(Doubt::Quoting);
    }
    Ok(next + 1)
}

/// Whether dialects read the backslash at the beginning of `rest` in different ways.
fn is_doubtful_backslash(rest: &[u8], quote: u8) -> bool {
    quote == b'"' || matches!(rest.get(1), None | Some(b'\\' | b'\''))
}

/// Whether a line goes on as it may behind a value: with a comment or not at all.
fn is_behind_value(rest: &[u8]) -> bool {
    let space = blank(rest);
    match rest.get(space) {
        None | Some(b'\n') => true,
        Some(b'\r') => rest.get(space + 1) == Some(&b'\n'),
        Some(byte) => *byte == b'#',
    }
}

/// Some dialects replace variables, some of them in single quotes, too.
fn doubt_variable(rest: &[u8], is_single: bool, out: &mut Collector) {
    let is_variable = match rest {
        [b'$', b'{', ..] => true,
        [b'$', b'[', ..] | [b'`', ..] => !is_single,
        [b'$', ..] => !is_single && begins_variable(rest),
        _ => false,
    };
    if is_variable {
        out.doubt(Doubt::Variable);
    }
}

/// Reads a value without quotes, which ends with the line or before a comment. Space around it is not part of it.
fn bare(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let line = &text[at..at + plain(&text[at..], b"\r\n")];
    let is_behind_space = at > 0 && matches!(text[at - 1], b' ' | b'\t');
    if line.starts_with(b"#") && is_behind_space {
        return Err(Stop::NoLiteral);
    }
    let is_comment = |hash: &usize| *hash > 0 && matches!(line[hash - 1], b' ' | b'\t');
    let comment = memchr::memchr_iter(b'#', line).find(is_comment);
    let value = line[..comment.unwrap_or(line.len())].trim_ascii_end();
    if value.is_empty() || matches!(value[0], b' ' | b'\t') {
        return Err(Stop::NoLiteral);
    }
    let end = at + value.len();
    out.open(at, at, None);
    for next in memchr::memchr2_iter(b'$', b'`', value) {
        doubt_variable(&value[next..], false, out);
    }
    if value.contains(&b'#') {
        out.doubt(Doubt::Comment);
    }
    let behind = &text[at + line.len()..];
    let is_cut_by_return = behind.starts_with(b"\r") && line_feed(behind) == 0 && behind.len() > 1;
    let is_exported = line_before(text, at)
        .trim_ascii_start()
        .starts_with(b"export");
    if is_read_by_shells(value, is_exported) || has_other_space(value) || is_cut_by_return {
        out.doubt(Doubt::Quoting);
    }
    out.keep(text, at..end)?;
    out.close(end, end);
    Ok(end)
}

/// Whether a shell reads another value than the whole line, without an error that nobody would overlook. `export` takes
/// several words.
fn is_read_by_shells(value: &[u8], is_exported: bool) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(value, part).is_some();
    let mut words = value.split(|byte| matches!(byte, b' ' | b'\t'));
    let is_variable = |word: &[u8]| {
        let name = &word[..plain(word, b"+=")];
        // Names of files may be patterns.
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_*?[]".contains(byte);
        let is_name = name.iter().all(is_of_name) && !word.starts_with(b"=");
        is_name && (is_exported || name.len() < word.len())
    };
    let has_space = words.next().is_some_and(|first| first.len() < value.len());
    value.iter().any(|byte| b"\\'\"`;<>".contains(byte))
        || matches!(value[0], b'(' | b'~')
        || has(b"&&")
        || has(b"||")
        || has(b":~")
        || has_space && words.all(is_variable)
        || is_exported && has(b"{") && (has(b",") || has(b".."))
}

/// Whether the value has white space that only some dialects know: controls, or space beyond ASCII.
fn has_other_space(value: &[u8]) -> bool {
    let is_other = |character: char| {
        let is_space = character.is_whitespace() || character == '\u{feff}';
        character != ' ' && character != '\t' && (is_space || character.is_ascii_control())
    };
    String::from_utf8_lossy(value).contains(is_other)
}

/// The length of the blanks at the beginning of `rest`.
fn blank(rest: &[u8]) -> usize {
    let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
    rest.iter().take_while(is_blank).count()
}

/// The unit at the beginning of `rest`. Where dialects differ, it is that of most of them.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match (rest, escapes) {
        ([b'\r', b'\n', ..], _) => Unit::byte(2, b'\n'),
        ([b'\r', ..], _) => Unit::Unknown(1),
        ([b'\\', b'n', ..], Escapes::DotenvDouble) => Unit::byte(2, b'\n'),
        ([b'\\', b'r', ..], Escapes::DotenvDouble) => Unit::byte(2, b'\r'),
        ([b'\\', byte @ (b'"' | b'\\' | b'$'), ..], Escapes::DotenvDouble) => Unit::byte(2, *byte),
        ([b'\\', b'\'', ..], Escapes::DotenvSingle) => Unit::byte(2, b'\''),
        ([b'\\', b'\\', ..], Escapes::DotenvSingle) => Unit::Verbatim(2),
        ([b'\\' | b'$' | b'`', ..], _) => Unit::Verbatim(1),
        _ => Unit::Verbatim(plain(rest, b"\\\r$`'\"").max(1)),
    }
}

#[cfg(test)]
mod tests;
