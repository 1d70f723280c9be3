//! Reads the words of a Dockerfile, by the rules of BuildKit.

use super::lengths::{line_before, plain, shell_variable};
use super::{Collector, Stop, Unit, shell};
use crate::finding::{Doubt, Escapes};

/// How far a value reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// A word of `NAME=value`.
    Word,
    /// The rest of the line: `ENV NAME value`, or bytes that are a value.
    Line,
}

/// Reads the value that begins at `at`, and returns the offset behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let statement = statement_before(text, at);
    let instruction = statement.trim_ascii_start();
    let instruction = &instruction[..plain(instruction, b" \t")];
    let is = |name: &str| instruction.eq_ignore_ascii_case(name.as_bytes());
    let end = if is("RUN") || is("CMD") || is("ENTRYPOINT") || is("HEALTHCHECK") {
        command(text, at, out)?
    } else {
        let is_assigned = statement.last() == Some(&b'=');
        let extent = if at > 0 && is_assigned {
            Extent::Word
        } else {
            Extent::Line
        };
        if extent == Extent::Line && at > 0 && !is("ENV") && !is("LABEL") && !is("ARG") {
            out.doubt(Doubt::Surroundings);
        }
        value(text, at, extent, out)?
    };
    let has_escape = text[at..end].iter().any(|byte| b"\\`".contains(byte));
    if at > 0 && has_escape && escapes_with_backtick(text) {
        out.doubt(Doubt::Quoting);
    }
    Ok(end)
}

/// Reads a word of a command, which a shell reads. The bytes of the value alone are read as a value, so that the
/// reading is doubtful if this makes a difference.
fn command(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let end = shell::read(text, at, out)?;
    let raw = &text[at..end];
    let mut alone = Collector::default();
    let is_alike = value(raw, 0, Extent::Line, &mut alone) == Ok(raw.len());
    let has_lines = raw.contains(&b'\n');
    if !is_alike || alone.value() != out.value() || has_lines {
        out.doubt(Doubt::Quoting);
    }
    Ok(end)
}

/// Reads a value of pieces in quotes and without.
fn value(text: &[u8], at: usize, extent: Extent, out: &mut Collector) -> Result<usize, Stop> {
    let mut next = at;
    // Where the value ends if only white space and continued lines follow.
    let mut end = at;
    while let Some(byte) = text.get(next) {
        let rest = &text[next..];
        let continued = continuation(rest);
        if continued > 0 || matches!(byte, b' ' | b'\t') {
            if continued == 0 && extent == Extent::Word {
                break;
            }
            next += continued.max(1);
            if next == text.len() && continued > 0 {
                return Err(Stop::Unfinished);
            }
            continue;
        }
        if is_line_end(rest) {
            break;
        }
        if end < next {
            between(text, end, next, out)?;
        }
        next = match byte {
            b'\'' => single_quoted(text, next, out)?,
            b'"' => double_quoted(text, next, out)?,
            _ => bare(text, next, out)?,
        };
        end = next;
    }
    if end == at {
        return Err(Stop::NoLiteral);
    }
    let raw = &text[at..end];
    if at > 0 && end == text.len() && raw.trim_ascii_end().ends_with(b"\\") {
        // The last line of a file may be continued, too.
        return Err(Stop::Unfinished);
    }
    if has_other_space(out.value()) || has_doubled_continuation(raw) {
        out.doubt(Doubt::Quoting);
    }
    Ok(end)
}

/// Whether a line ends with several backslashes. BuildKit does not continue it.
fn has_doubled_continuation(raw: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', raw).any(|end| ends_with_two(&raw[..end]))
}

/// Whether a line ends with two backslashes, before white space.
fn ends_with_two(line: &[u8]) -> bool {
    let is_space = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\r');
    let space = line.iter().rev().take_while(is_space).count();
    line[..line.len() - space].ends_with(b"\\\\")
}

/// Whether the value has white space that divides words, although it is none of a line.
fn has_other_space(value: &[u8]) -> bool {
    let is_other = |character: char| character.is_whitespace() && !matches!(character, ' ' | '\t');
    String::from_utf8_lossy(value).contains(is_other)
}

/// Keeps the white space between two pieces, and drops the continued lines.
fn between(text: &[u8], start: usize, end: usize, out: &mut Collector) -> Result<(), Stop> {
    out.open(start, start, Some(Escapes::DockerBare));
    let mut next = start;
    while next < end {
        next = out.unit(text, next, unit(&text[next..end], Escapes::DockerBare))?;
    }
    out.close(end, end);
    Ok(())
}

/// Reads a piece without quotes.
fn bare(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    out.open(at, at, Some(Escapes::DockerBare));
    let mut next = at;
    while let Some(byte) = text.get(next) {
        let rest = &text[next..];
        let is_end = matches!(byte, b' ' | b'\t' | b'\'' | b'"') || is_line_end(rest);
        if is_end || continuation(rest) > 0 {
            break;
        }
        if rest == b"\\" {
            return Err(Stop::Unfinished);
        }
        next = out.unit(text, next, unit(rest, Escapes::DockerBare))?;
    }
    out.close(next, next);
    Ok(next)
}

/// Reads a piece in single quotes, which has no escapes. Continued lines are joined before quotes are read.
fn single_quoted(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let content = at + 1;
    out.open(at, content, None);
    let mut next = content;
    loop {
        let rest = text.get(next..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(Stop::Unfinished)?;
        let continued = continuation(rest);
        match rest[0] {
            b'\'' => break,
            _ if continued > 0 => {
                out.yields(next..next + continued, &[])?;
                next += continued;
            }
            b'\n' => return Err(Stop::NoLiteral),
            _ => {
                let length = plain(rest, b"\\'\n").max(1);
                out.keep(text, next..next + length)?;
                next += length;
            }
        }
    }
    out.close(next, next + 1);
    Ok(next + 1)
}

/// Reads a piece in double quotes.
fn double_quoted(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    out.open(at, at + 1, Some(Escapes::DockerDouble));
    let mut next = at + 1;
    loop {
        match text.get(next..) {
            None | Some([] | [b'\\']) => return Err(Stop::Unfinished),
            Some([b'"', ..]) => break,
            Some(rest) if is_line_end(rest) => return Err(Stop::NoLiteral),
            Some(rest) => next = out.unit(text, next, unit(rest, Escapes::DockerDouble))?,
        }
    }
    out.close(next, next + 1);
    Ok(next + 1)
}

/// Whether the line ends here.
fn is_line_end(rest: &[u8]) -> bool {
    matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..])
}

/// The length of a continued line at the beginning of `rest`, with the comments and empty lines behind it; 0 if there
/// is none.
fn continuation(rest: &[u8]) -> usize {
    let [b'\\', behind @ ..] = rest else { return 0 };
    let space = behind
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let mut end = match &behind[space..] {
        [b'\n', ..] => space + 2,
        [b'\r', b'\n', ..] => space + 3,
        _ => return 0,
    };
    loop {
        let length = plain(&rest[end..], b"\n");
        let line = rest[end..end + length].trim_ascii();
        let is_skipped = line.is_empty() || line[0] == b'#';
        if !is_skipped || end + length == rest.len() {
            return end;
        }
        end += length + 1;
    }
}

/// The bytes between the beginning of the statement and `at`, over continued lines. The bytes of one line, if there
/// are more than 512.
fn statement_before(text: &[u8], at: usize) -> &[u8] {
    const MOST: usize = 512;
    let mut start = at - line_before(text, at).len();
    while start > 0 && at - start < MOST {
        let before = &text[..start];
        let line = line_before(text, start - 1);
        let is_comment = line.trim_ascii_start().starts_with(b"#");
        let is_continued = before[..start - 1].trim_ascii_end().ends_with(b"\\");
        if !(is_continued || is_comment) {
            break;
        }
        start = start - 1 - line.len();
    }
    &text[start..at]
}

/// Whether the directive at the top says that a backtick is the escape.
fn escapes_with_backtick(text: &[u8]) -> bool {
    const MOST_LINES: usize = 8;
    let lines = text.split(|byte| *byte == b'\n').take(MOST_LINES);
    lines
        .map(|line| line.trim_ascii())
        .take_while(|line| line.starts_with(b"#"))
        .any(|line| {
            let words = line[1..].split(|byte| byte.is_ascii_whitespace());
            words.flatten().copied().eq(*b"escape=`")
        })
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match (rest, escapes) {
        ([b'\\', ..], _) if continuation(rest) > 0 => Unit::nothing(continuation(rest)),
        ([b'\\', byte @ (b'"' | b'$' | b'\\'), ..], Escapes::DockerDouble) => Unit::byte(2, *byte),
        ([b'\\', byte, ..], Escapes::DockerBare) => Unit::byte(2, *byte),
        ([b'$', next, ..], _) if !next.is_ascii() => Unit::Unknown(1),
        ([b'$', b'(', ..], _) => Unit::Verbatim(1),
        ([b'$', ..], _) => match shell_variable(rest) {
            Some(length) => Unit::Interpolation(length),
            None => Unit::Verbatim(1),
        },
        (_, Escapes::DockerDouble) => Unit::Verbatim(plain(rest, b"\\$\"\r\n").max(1)),
        _ => Unit::Verbatim(plain(rest, b"\\$'\" \t\r\n").max(1)),
    }
}

#[cfg(test)]
mod tests;
