//! Reads strings of PowerShell, by the rules of `about_Quoting_Rules` and `about_Special_Characters`.

use super::lengths::{balanced, hex_up_to, line_before, line_feed, plain};
use super::unit::doubled;
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// Reads the expression that begins at `at`, and returns the offset behind it: strings that are joined by `+`, or a
/// word without quotes that is an argument.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let is_argument = is_argument(text, at);
    let is_quoted = |rest: &[u8]| {
        matches!(
            rest,
            [b'"' | b'\'', ..] | [b'@', b'"' | b'\'', ..] | [b'(', ..]
        )
    };
    if !is_quoted(&text[at..]) {
        let is_assigned = line_before(text, at).trim_ascii_end().ends_with(b"=") && !is_argument;
        return match is_assigned && text[at - 1] != b'=' {
            true => Err(Stop::NoLiteral),
            false => word(text, at, out),
        };
    }
    let mut next = at;
    let mut open = 0_usize;
    loop {
        while text.get(next) == Some(&b'(') {
            open += 1;
            next += 1 + space(&text[next + 1..], true);
        }
        next = match text.get(next..) {
            None | Some([]) => return Err(Stop::Unfinished),
            Some([b'"' | b'\'', ..]) => string(text, next, out)?,
            Some([b'@', b'"' | b'\'', ..]) => here_string(text, next, out)?,
            Some(_) if next == at || out.value().is_empty() => return Err(Stop::NoLiteral),
            Some(_) => {
                out.interpolation();
                return Ok(next);
            }
        };
        loop {
            let behind = next + space(&text[next..], open > 0);
            match text.get(behind) {
                Some(b')') if open > 0 => {
                    open -= 1;
                    next = behind + 1;
                }
                None if open > 0 => return Err(Stop::Unfinished),
                Some(b'+') if !is_argument || open > 0 => {
                    next = behind + 1;
                    next += space(&text[next..], true);
                    break;
                }
                _ => {
                    if open > 0 || is_computed(text, next, behind) {
                        out.interpolation();
                    }
                    return Ok(next);
                }
            }
        }
    }
}

/// Whether the text behind a string makes another value of it: an operator, a method, an index.
fn is_computed(text: &[u8], end: usize, behind: usize) -> bool {
    const OPERATORS: [&[u8]; 16] = [
        b"f",
        b"replace",
        b"creplace",
        b"ireplace",
        b"join",
        b"split",
        b"csplit",
        b"isplit",
        b"as",
        b"eq",
        b"ne",
        b"match",
        b"notmatch",
        b"like",
        b"is",
        b"isnot",
    ];
    match text.get(end..) {
        Some([b'.', letter, ..]) if letter.is_ascii_alphabetic() => return true,
        Some([b'[', ..] | [b':', b':', ..]) => return true,
        _ => {}
    }
    match text.get(behind..) {
        Some([b'*', ..]) => true,
        Some([b'-', rest @ ..]) => {
            let letters = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count();
            let name = &rest[..letters];
            OPERATORS
                .iter()
                .any(|operator| operator.eq_ignore_ascii_case(name))
        }
        _ => false,
    }
}

/// Whether `at` is an argument of a command, where `+` is an argument of its own.
fn is_argument(text: &[u8], at: usize) -> bool {
    let line = line_before(text, at);
    let before = line.trim_ascii_end();
    let is_behind_space = before.len() < line.len();
    match before.last() {
        None => false,
        Some(b'=') => !is_behind_space && before.contains(&b' ') && is_option(before),
        Some(byte) if b"(,{+;|&[]:".contains(byte) => false,
        Some(_) => !before.to_ascii_lowercase().ends_with(b"return"),
    }
}

/// Whether the line ends with an option and `=`: `--password=`.
fn is_option(before: &[u8]) -> bool {
    let start = memchr::memrchr2(b' ', b'\t', before).map_or(0, |space| space + 1);
    matches!(before[start..].first(), Some(b'-' | b'/'))
}

/// The length of the white space at the beginning of `rest`.
fn space(rest: &[u8], over_lines: bool) -> usize {
    let is_space = |byte: &&u8| match byte {
        b' ' | b'\t' => true,
        b'\r' | b'\n' => over_lines,
        _ => false,
    };
    rest.iter().take_while(is_space).count()
}

/// Reads a string in quotes, which may have several lines.
fn string(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let quote = text[at];
    let escapes = match quote {
        b'"' => Escapes::PowerShellDouble,
        _ => Escapes::DoubledSingle,
    };
    out.open(at, at + 1, Some(escapes));
    let mut next = at + 1;
    loop {
        let rest = text.get(next..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(Stop::Unfinished)?;
        if rest[0] == quote && rest.get(1) != Some(&quote) {
            break;
        }
        let unit = match quote {
            b'"' => unit(rest),
            _ => doubled(rest, quote),
        };
        next = add(text, next, unit, out)?;
    }
    doubt_quotes(&text[at + 1..next], quote, out);
    out.close(next, next + 1);
    match text.get(next + 1) {
        Some(byte) if byte.is_ascii_alphanumeric() || b"$'\"_".contains(byte) => {
            out.doubt(Doubt::Quoting);
        }
        _ => {}
    }
    Ok(next + 1)
}

/// Adds a unit of a string in double quotes.
fn add(text: &[u8], at: usize, unit: Unit, out: &mut Collector) -> Result<usize, Stop> {
    let rest = &text[at..];
    match unit {
        Unit::Escape { .. } if matches!(rest, [b'`', b'e' | b'u', ..]) => {
            // Windows PowerShell does not know these.
            out.doubt(Doubt::Quoting);
        }
        Unit::Interpolation(length) if length == rest.len() && !is_closed(rest) => {
            return Err(Stop::Unfinished);
        }
        Unit::Verbatim(1) if rest == b"`" => return Err(Stop::Unfinished),
        _ => {}
    }
    out.unit(text, at, unit)
}

/// Whether the bracket of a variable has an end.
fn is_closed(variable: &[u8]) -> bool {
    match variable {
        [b'$', b'{', ..] => variable.ends_with(b"}"),
        [b'$', b'(', ..] => balanced(&variable[1..]).is_some(),
        _ => true,
    }
}

/// PowerShell reads typographic quotes as it reads those of ASCII.
fn doubt_quotes(raw: &[u8], quote: u8, out: &mut Collector) {
    let quotes: &[&str] = match quote {
        b'"' => &["\u{201c}", "\u{201d}", "\u{201e}"],
        _ => &["\u{2018}", "\u{2019}", "\u{201a}", "\u{201b}"],
    };
    let has = |quote: &&str| memchr::memmem::find(raw, quote.as_bytes()).is_some();
    if quotes.iter().any(has) {
        out.doubt(Doubt::Quoting);
    }
}

/// Reads `@"…"@` or `@'…'@`: the lines between the line of the opening quote and that of the closing one.
fn here_string(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let quote = text[at + 1];
    let blank = at + 2 + space(&text[at + 2..], false);
    let content = blank + line_feed(&text[blank..]);
    if content == blank {
        let is_cut = blank == text.len();
        return Err(if is_cut {
            Stop::Unfinished
        } else {
            Stop::NoLiteral
        });
    }
    let closing = [b'\n', quote, b'@'];
    // The line end before the content may be the one before the closing quote, too.
    let newline = content - 1;
    let found = memchr::memmem::find(&text[newline..], &closing).ok_or(Stop::Unfinished)?;
    let newline = newline + found;
    let is_crlf = newline > content && text[newline - 1] == b'\r';
    let content_end = (newline - usize::from(is_crlf)).max(content);
    let end = newline + closing.len();
    out.open(at, content, None);
    if quote == b'\'' {
        out.keep(text, content..content_end)?;
    } else {
        let mut next = content;
        while next < content_end {
            let rest = &text[next..content_end];
            let unit = match rest[0] {
                b'"' => Unit::Verbatim(1),
                _ => unit(rest),
            };
            next = add(&text[..content_end], next, unit, out)?;
        }
    }
    out.close(content_end, end);
    Ok(end)
}

/// Reads a word without quotes.
fn word(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    const ENDS: &[u8] = b" \t\r\n;|&(){},";
    if matches!(
        text.get(at),
        None | Some(b'$' | b'@' | b'[' | b'#' | b'<' | b'>')
    ) {
        return Err(Stop::NoLiteral);
    }
    out.open(at, at, None);
    let mut next = at;
    while let Some(byte) = text.get(next).filter(|byte| !ENDS.contains(byte)) {
        let rest = &text[next..];
        if b"\"'<>".contains(byte) || !byte.is_ascii() {
            out.doubt(Doubt::Quoting);
        }
        let unit = match byte {
            b'`' | b'$' => unit(rest),
            _ => Unit::Verbatim(1),
        };
        next = add(text, next, unit, out)?;
    }
    if matches!(text.get(next), Some(b'(' | b'{' | b',')) {
        out.doubt(Doubt::Quoting);
    }
    if next == at {
        return Err(Stop::NoLiteral);
    }
    out.close(next, next);
    Ok(next)
}

/// The unit at the beginning of `rest`, the content of a string in double quotes.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest {
        [b'`', ..] => escape(rest),
        [b'"', b'"', ..] => Unit::byte(2, b'"'),
        [b'$', ..] => match variable(rest) {
            Some(length) => Unit::Interpolation(length),
            None => Unit::Verbatim(1),
        },
        _ => Unit::Verbatim(plain(rest, b"`\"$").max(1)),
    }
}

/// The length of the variable at the beginning of `rest`, which is a dollar; `None` if the dollar is literal.
fn variable(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'{' => Some(memchr::memchr(b'}', rest).map_or(rest.len(), |end| end + 1)),
        b'(' => Some(1 + balanced(&rest[1..]).unwrap_or(rest.len() - 1)),
        b'$' | b'?' | b'^' => Some(2),
        byte if byte.is_ascii_alphanumeric() || b"_:".contains(byte) || !byte.is_ascii() => {
            let is_of_name =
                |byte: &&u8| byte.is_ascii_alphanumeric() || b"_:?".contains(byte) || **byte > 127;
            // The end of the text is not the end of a variable's name within quotes.
            Some(1 + rest[1..].iter().take_while(is_of_name).count())
        }
        _ => None,
    }
}

/// The unit that begins with a backtick.
fn escape(rest: &[u8]) -> Unit {
    let Some(second) = rest.get(1) else {
        return Unit::Verbatim(1);
    };
    let byte = match second {
        b'0' => 0,
        b'a' => 0x07,
        b'b' => 0x08,
        b'e' => 0x1b,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'u' => return code_point(rest),
        _ => *second,
    };
    Unit::byte(2, byte)
}

/// The unit `` `u{…} ``.
fn code_point(rest: &[u8]) -> Unit {
    let digits = match rest {
        [_, _, b'{', digits @ ..] => hex_up_to(digits, 6),
        _ => None,
    };
    let character = digits.and_then(|(length, number)| {
        let is_closed = rest.get(3 + length) == Some(&b'}');
        let character = char::from_u32(number).filter(|_| is_closed)?;
        Some(Unit::character(4 + length, character))
    });
    character.unwrap_or(Unit::Unknown(2))
}

#[cfg(test)]
mod tests;
