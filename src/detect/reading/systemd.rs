//! Reads units of systemd, by the rules of `systemd.syntax`, `systemd.unit` and `systemd.exec`.

use super::character_escapes::hex;
use super::lengths::{line_before, octal_up_to, plain};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// The setting to which a value belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// Assignments of variables: words in which a dollar is literal.
    Environment,
    /// A command: words in which variables are replaced.
    Command,
    /// Any other setting, which may have a syntax of its own.
    Other,
    /// The line of the value is not in the text.
    Unknown,
}

/// Reads the rest of the word that begins at `at`, and returns the offset behind it. In `"NAME=value"`, where `at` is
/// the beginning of `value`, the value ends at the closing quote, and so does the range.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let quote = match quote_before(text, at) {
        None if at == 0 => {
            let is_word = word(text, at, Setting::Unknown, &mut Collector::default());
            quote_at_the_end(text).filter(|_| is_word != Ok(text.len()))
        }
        quote => quote,
    };
    let setting = setting_before(text, at);
    let end = match quote {
        Some(quote) => {
            let end = piece(text, at, at, Some(quote), setting, out)?;
            if text.get(end).is_some_and(|byte| !is_space(byte)) {
                // The word goes on, which the bytes of this value alone do not show.
                return Err(Stop::NoLiteral);
            }
            end
        }
        None => word(text, at, setting, out)?,
    };
    let value = out.value();
    let is_control = |byte: &u8| byte.is_ascii_control() && !b"\t\n".contains(byte);
    if std::str::from_utf8(value).is_err() || value.iter().any(is_control) {
        // systemd ignores such an assignment.
        out.doubt(Doubt::Quoting);
    }
    if setting == Setting::Other {
        let raw = &text[at..end];
        let line = &text[end..end + plain(&text[end..], b"\n")];
        if raw.iter().any(|byte| b"\\'\"%".contains(byte)) || !line.trim_ascii().is_empty() {
            out.doubt(Doubt::Quoting);
        }
    }
    Ok(end)
}

/// Reads a word of pieces in quotes and without.
fn word(text: &[u8], at: usize, setting: Setting, out: &mut Collector) -> Result<usize, Stop> {
    let mut next = at;
    while let Some(byte) = text.get(next) {
        if is_space(byte) || is_continuation(&text[next..]) {
            break;
        }
        next = match byte {
            b'"' | b'\'' => piece(text, next, next + 1, Some(*byte), setting, out)?,
            _ => piece(text, next, next, None, setting, out)?,
        };
    }
    if next == at {
        return Err(Stop::NoLiteral);
    }
    Ok(next)
}

/// Reads one piece, whose content begins at `content`, up to its quote or to the end of the word.
fn piece(
    text: &[u8],
    at: usize,
    content: usize,
    quote: Option<u8>,
    setting: Setting,
    out: &mut Collector,
) -> Result<usize, Stop> {
    out.open(at, content, Some(Escapes::Systemd));
    let mut next = content;
    loop {
        let rest = &text[next..];
        let is_end = match (quote, rest.first()) {
            (Some(_), None) => return Err(Stop::Unfinished),
            (Some(_), Some(b'\n')) => return Err(Stop::NoLiteral),
            (Some(quote), Some(byte)) => *byte == quote,
            (None, None) => true,
            (None, Some(byte)) => {
                is_space(byte) || matches!(byte, b'"' | b'\'') || is_continuation(rest)
            }
        };
        if is_end {
            break;
        }
        if rest == b"\\" {
            return Err(Stop::Unfinished);
        }
        let unit = unit(rest);
        if quote.is_some() && is_continuation(rest) && next + unit.length() == text.len() {
            return Err(Stop::Unfinished);
        }
        let is_variable = matches!(
            rest,
            [b'$', b'$' | b'{' | b'_' | b'a'..=b'z' | b'A'..=b'Z', ..]
        );
        match setting {
            Setting::Command if is_variable && rest[1] != b'$' => out.interpolation(),
            Setting::Command | Setting::Unknown if is_variable => out.doubt(Doubt::Variable),
            _ => {}
        }
        let unit = match is_variable && rest[1] == b'$' {
            true => Unit::Verbatim(2),
            false => unit,
        };
        next = out.unit(text, next, unit)?;
    }
    let end = next + usize::from(quote.is_some());
    out.close(next, end);
    Ok(end)
}

/// Whether the byte divides words.
fn is_space(byte: &u8) -> bool {
    b" \t\r\n".contains(byte)
}

/// Whether the line goes on in the next one.
fn is_continuation(rest: &[u8]) -> bool {
    rest.starts_with(b"\\\n") || rest.starts_with(b"\\\r\n")
}

/// The quote before `at` if only a name is between.
fn quote_before(text: &[u8], at: usize) -> Option<u8> {
    let line = line_before(text, at);
    let (equals, before) = line.split_last()?;
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.".contains(*byte);
    let name = before.iter().rev().take_while(is_of_name).count();
    let (quote, before) = before[..before.len() - name].split_last()?;
    let is_word = before.last().is_none_or(|byte| b" \t=".contains(byte));
    (*equals == b'=' && name > 0 && is_word && matches!(quote, b'"' | b'\'')).then_some(*quote)
}

/// The quote at the end of a text that has no other: the rest of a word in quotes.
fn quote_at_the_end(text: &[u8]) -> Option<u8> {
    let (quote @ (b'"' | b'\''), content) = text.split_last()? else {
        return None;
    };
    let mut next = 0;
    while next < content.len() && content[next] != *quote {
        next += unit(&content[next..]).length();
    }
    (next == content.len()).then_some(*quote)
}

/// The setting of the line of `at`, or of the line that it continues.
fn setting_before(text: &[u8], at: usize) -> Setting {
    const MOST_LINES: usize = 16;
    let mut end = at;
    for _ in 0..MOST_LINES {
        let line = line_before(text, end);
        let start = end - line.len();
        let before = &text[..start];
        let is_continued = before.ends_with(b"\\\n") || before.ends_with(b"\\\r\n");
        if !is_continued {
            let line = &text[start..at];
            let name = &line[..plain(line, b"=")];
            return match name.trim_ascii() {
                _ if at == 0 || name.len() == line.len() => Setting::Unknown,
                b"Environment" | b"DefaultEnvironment" | b"ManagerEnvironment" => {
                    Setting::Environment
                }
                name if name.starts_with(b"Exec") => Setting::Command,
                _ => Setting::Other,
            };
        }
        end = start - 1;
    }
    Setting::Unknown
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8]) -> Unit {
    match rest {
        [b'\\', ..] => escape(rest),
        [b'%', b'%', ..] => Unit::byte(2, b'%'),
        [b'%', letter, ..] if SPECIFIERS.contains(letter) => Unit::Interpolation(2),
        [b'%', letter, ..] if letter.is_ascii_alphanumeric() => Unit::Unknown(2),
        // Whether a percent sign and an escape are a specifier depends on what the escape yields.
        [b'%', b'\\', ..] => Unit::Unknown(1),
        _ => Unit::Verbatim(plain(rest, b"\\%$'\" \t\r\n").max(1)),
    }
}

/// The letters that systemd replaces behind `%`.
const SPECIFIERS: &[u8] = b"aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY";

/// The unit that begins with a backslash.
fn escape(rest: &[u8]) -> Unit {
    let Some(second) = rest.get(1) else {
        return Unit::Verbatim(1);
    };
    let byte = match second {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b's' => b' ',
        b'\\' | b'"' | b'\'' => *second,
        b'x' => return number(hex(&rest[2..], 2), 4, |number| (number as u8).into()),
        b'u' => return number(hex(&rest[2..], 4), 6, Number::Character),
        b'U' => return number(hex(&rest[2..], 8), 10, Number::Character),
        b'0'..=b'7' => {
            let digits = octal_up_to(&rest[1..], 3).filter(|(length, _)| *length == 3);
            let byte = digits.and_then(|(_, number)| u8::try_from(number).ok());
            return number(byte.map(u32::from), 4, |number| (number as u8).into());
        }
        b'\n' | b'\r' if is_continuation(rest) => return continuation(rest),
        _ => return Unit::Unknown(2),
    };
    Unit::byte(2, byte)
}

/// What the number of an escape counts.
enum Number {
    Byte(u8),
    Character(u32),
}

impl From<u8> for Number {
    fn from(byte: u8) -> Self {
        Number::Byte(byte)
    }
}

/// The unit of an escape with a number. Escapes of NUL and of the percent sign are not certain: systemd replaces
/// specifiers behind escapes.
fn number(number: Option<u32>, length: usize, of: impl Fn(u32) -> Number) -> Unit {
    match number
        .filter(|number| *number != 0 && *number != u32::from(b'%'))
        .map(of)
    {
        Some(Number::Byte(byte)) => Unit::byte(length, byte),
        Some(Number::Character(number)) => match char::from_u32(number) {
            Some(character) => Unit::character(length, character),
            None => Unit::Unknown(2),
        },
        None => Unit::Unknown(2),
    }
}

/// A continued line, which is one space. Comments between the lines do not count.
fn continuation(rest: &[u8]) -> Unit {
    let mut end = 1 + plain(&rest[1..], b"\n") + 1;
    while let Some(line) = rest.get(end..).filter(|line| !line.is_empty()) {
        let is_comment = matches!(line.trim_ascii_start().first(), Some(b'#' | b';'));
        let length = plain(line, b"\n");
        let is_same_line = line.len() - line.trim_ascii_start().len() < length;
        if !is_comment || !is_same_line || length == line.len() {
            break;
        }
        end += length + 1;
    }
    Unit::byte(end, b' ')
}

#[cfg(test)]
mod tests;
