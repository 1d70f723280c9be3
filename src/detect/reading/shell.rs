//! Reads words of POSIX shells and bash.

mod here_document;

use here_document::HereDocument;

use super::lengths::{balanced, hex_up_to, line_before, octal_up_to, plain, shell_variable};
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// The bytes that end a word.
const ENDS: &[u8] = b" \t\r\n;&|)(<>";

/// Reads the word that begins at `at`, and returns the offset behind it: pieces in quotes and without. In
/// `"NAME=value"`, where `at` is the beginning of `value`, the value ends at the closing quote, and so does the range.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    match quote_before(text, at) {
        Around::Assignment(quote) => return rest_of_quoted(text, at, quote, out),
        Around::Nothing if at == 0 => {
            let is_word = word(text, at, &mut Collector::default()) == Ok(text.len());
            if let Some(quote) = quote_at_the_end(text).filter(|_| !is_word) {
                return rest_of_quoted(text, at, quote, out);
            }
        }
        Around::Nothing => {}
        Around::Quote(quote) => return bare_in_quotes(text, at, quote, out),
    }
    word(text, at, out)
}

/// Reads a word of pieces in quotes and without.
fn word(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let is_behind_space = at > 0 && text[at - 1].is_ascii_whitespace();
    if text.get(at) == Some(&b'#') && is_behind_space {
        return Err(Stop::NoLiteral);
    }
    let mut next = at;
    let mut end = at;
    while let Some(&byte) = text.get(next) {
        if text[next..].starts_with(b"\\\n") {
            // A word may go on in the next line. If not, it ends before the backslash, so that its bytes have the
            // same value alone.
            next += 2;
            if next == text.len() {
                return Err(Stop::Unfinished);
            }
            continue;
        }
        if ENDS.contains(&byte) {
            if byte == b'(' {
                out.doubt(Doubt::Quoting);
            }
            break;
        }
        if end < next {
            out.open(end, end, None);
            out.yields(end..next, &[])?;
            out.close(next, next);
        }
        next = piece(text, next, out)?;
        end = next;
    }
    if end == at {
        return Err(Stop::NoLiteral);
    }
    Ok(end)
}

/// Reads one piece of a word.
fn piece(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    match &text[at..] {
        [b'\'', ..] => single_quoted(text, at, out),
        [b'"', b'$', b'(', ..] | [b'$', b'(', ..]
            if let Some(document) = HereDocument::at(text, at)? =>
        {
            document.read(text, out)
        }
        [b'"', ..] => quoted(text, at, 1, Escapes::ShellDouble, out),
        [b'$', b'\'', ..] => quoted(text, at, 2, Escapes::ShellAnsi, out),
        [b'$', b'"', ..] => {
            // bash translates the text, and other shells keep the dollar.
            out.doubt(Doubt::Quoting);
            quoted(text, at, 2, Escapes::ShellDouble, out)
        }
        _ => bare(text, at, out),
    }
}

/// Reads bytes without quotes.
fn bare(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    out.open(at, at, Some(Escapes::ShellBare));
    let mut next = at;
    let mut has_brace = false;
    while let Some(&byte) = text.get(next) {
        let rest = &text[next..];
        let is_end = ENDS.contains(&byte)
            || matches!(
                rest,
                [b'\'' | b'"', ..] | [b'$', b'\'' | b'"', ..] | [b'\\', b'\n', ..]
            );
        if is_end {
            break;
        }
        let unit = unit(rest, Escapes::ShellBare);
        if rest == b"\\" || !is_whole(rest, unit) {
            return Err(Stop::Unfinished);
        }
        let is_first_brace = byte == b'{' && !std::mem::replace(&mut has_brace, true);
        if is_tilde(text, at, next) || is_first_brace && is_brace(rest) || byte == 0 {
            out.doubt(Doubt::Quoting);
        }
        next = out.unit(text, next, unit)?;
    }
    out.close(next, next);
    Ok(next)
}

/// Whether a shell may replace the tilde at `at`, in the piece that begins at `start`.
fn is_tilde(text: &[u8], start: usize, at: usize) -> bool {
    text[at] == b'~' && (at == start || text[at - 1] == b':')
}

/// Whether a shell may expand `rest`, which begins with a brace, to several arguments: `{a,b}` or `{1..3}`.
fn is_brace(rest: &[u8]) -> bool {
    const MOST: usize = 256;
    let window = &rest[..rest.len().min(MOST)];
    let word = &window[..plain(window, b" \t\r\n")];
    word.len() == MOST || word.contains(&b',') || memchr::memmem::find(word, b"..").is_some()
}

/// Reads a piece in single quotes.
fn single_quoted(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let content = at + 1;
    let length = memchr::memchr(b'\'', &text[content..]).ok_or(Stop::Unfinished)?;
    let end = content + length;
    out.open(at, content, None);
    doubt_nul(&text[content..end], out);
    out.keep(text, content..end)?;
    out.close(end, end + 1);
    Ok(end + 1)
}

/// Reads a piece whose opening quote has `length` bytes, and whose closing quote is the last of them.
fn quoted(
    text: &[u8],
    at: usize,
    length: usize,
    escapes: Escapes,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let content = at + length;
    out.open(at, content, Some(escapes));
    let end = units_until(text, content, text[content - 1], escapes, out)?;
    out.close(end, end + 1);
    Ok(end + 1)
}

/// Reads units until the quote, and returns the offset of it.
fn units_until(
    text: &[u8],
    content: usize,
    quote: u8,
    escapes: Escapes,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let mut next = content;
    loop {
        let rest = text.get(next..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(Stop::Unfinished)?;
        if rest[0] == quote {
            doubt_nul(&text[content..next], out);
            return Ok(next);
        }
        let unit = unit(rest, escapes);
        if !is_whole(rest, unit) {
            return Err(Stop::Unfinished);
        }
        next = out.unit(text, next, unit)?;
    }
}

/// bash drops NUL, and other shells end the value there.
fn doubt_nul(raw: &[u8], out: &mut Collector) {
    if memchr::memchr(0, raw).is_some() {
        out.doubt(Doubt::Quoting);
    }
}

/// Whether a unit that reaches to the end of the text has an end there.
fn is_whole(rest: &[u8], unit: Unit) -> bool {
    match unit {
        Unit::Interpolation(length) if length == rest.len() => match rest {
            [b'$', b'{' | b'(', ..] => balanced(&rest[1..]).is_some(),
            [b'`', ..] => rest.len() > 1 && rest.ends_with(b"`"),
            _ => true,
        },
        _ => true,
    }
}

/// The quotes around a value that began before it.
enum Around {
    /// None.
    Nothing,
    /// The word is in these quotes, and the value is all that follows a name in it.
    Assignment(u8),
    /// Other text is in these quotes, too.
    Quote(u8),
}

/// The quotes around `at` that began in the same line.
fn quote_before(text: &[u8], at: usize) -> Around {
    let line = line_before(text, at);
    let mut open = None;
    let mut next = 0;
    while let Some(&byte) = line.get(next) {
        match (open, byte) {
            (None | Some((b'"', _)), b'\\') => next += 1,
            (None, b'\'' | b'"') => open = Some((byte, next)),
            (None, b'#') if next == 0 || line[next - 1].is_ascii_whitespace() => break,
            (Some((quote, _)), _) if quote == byte => open = None,
            _ => {}
        }
        next += 1;
    }
    let Some((quote, start)) = open else {
        return Around::Nothing;
    };
    let is_word = start == 0 || b" \t(".contains(&line[start - 1]);
    match line[start + 1..].split_last() {
        Some((b'=', name)) if is_word && !name.is_empty() && name.iter().all(is_of_option) => {
            Around::Assignment(quote)
        }
        _ => Around::Quote(quote),
    }
}

/// Whether the byte may be in the name of a variable or an option.
fn is_of_option(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(byte)
}

/// The quote at the end of a text that has no other: what [`rest_of_quoted`] reads.
fn quote_at_the_end(text: &[u8]) -> Option<u8> {
    let (quote, content) = text.split_last()?;
    let is_first = match quote {
        b'\'' => memchr::memchr(b'\'', content).is_none(),
        b'"' => {
            let mut next = 0;
            while next < content.len() && content[next] != b'"' {
                next += unit(&content[next..], Escapes::ShellDouble).length();
            }
            next == content.len()
        }
        _ => false,
    };
    is_first.then_some(*quote)
}

/// Reads a value up to the closing quote of its word, which belongs to the range.
fn rest_of_quoted(text: &[u8], at: usize, quote: u8, out: &mut Collector) -> Result<usize, Stop> {
    let end = if quote == b'"' {
        out.open(at, at, Some(Escapes::ShellDouble));
        units_until(text, at, quote, Escapes::ShellDouble, out)?
    } else {
        out.open(at, at, None);
        let length = memchr::memchr(quote, &text[at..]).ok_or(Stop::Unfinished)?;
        if text[at..at + length].ends_with(b"\\") {
            // Without the opening quote, the closing one would be escaped.
            return Err(Stop::NoLiteral);
        }
        doubt_nul(&text[at..at + length], out);
        out.keep(text, at..at + length)?;
        at + length
    };
    out.close(end, end + 1);
    match text.get(end + 1) {
        Some(byte) if !ENDS.contains(byte) => out.doubt(Doubt::Quoting),
        _ => {}
    }
    Ok(end + 1)
}

/// Reads a word within quotes that began before it, which may be a command of its own, or a sentence.
fn bare_in_quotes(text: &[u8], at: usize, quote: u8, out: &mut Collector) -> Result<usize, Stop> {
    let length = plain(&text[at..], ENDS).min(plain(&text[at..], &[quote, b'\\', b'$', b'`']));
    if length == 0 {
        return Err(Stop::NoLiteral);
    }
    out.open(at, at, None);
    out.doubt(Doubt::Surroundings);
    out.keep(text, at..at + length)?;
    out.close(at + length, at + length);
    Ok(at + length)
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match (rest, escapes) {
        ([b'\\', ..], Escapes::ShellAnsi) => ansi(rest),
        (_, Escapes::ShellAnsi) => Unit::Verbatim(plain(rest, b"\\'").max(1)),
        ([b'\\', b'\n', ..], _) => Unit::nothing(2),
        ([b'\\', b'$' | b'`' | b'"' | b'\\', ..], Escapes::ShellDouble) => Unit::byte(2, rest[1]),
        ([b'\\', byte, ..], Escapes::ShellBare) => Unit::byte(2, *byte),
        ([b'$', ..], _) => match shell_variable(rest) {
            Some(length) => Unit::Interpolation(length),
            None => Unit::Verbatim(1),
        },
        ([b'`', ..], _) => {
            let mut end = 1;
            while end < rest.len() && rest[end] != b'`' {
                end += 1 + usize::from(rest[end] == b'\\');
            }
            Unit::Interpolation((end + 1).min(rest.len()))
        }
        (_, Escapes::ShellDouble) => Unit::Verbatim(plain(rest, b"\\$`\"").max(1)),
        _ => Unit::Verbatim(plain(rest, b"\\$`'\"~{\0 \t\r\n;&|)(<>").max(1)),
    }
}

/// The unit of `$'…'` that begins with a backslash.
fn ansi(rest: &[u8]) -> Unit {
    let Some(second) = rest.get(1) else {
        return Unit::Verbatim(1);
    };
    let byte = match second {
        b'a' => 0x07,
        b'b' => 0x08,
        b'e' | b'E' => 0x1b,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'\'' | b'"' | b'?' => *second,
        b'0'..=b'7' => return number(octal_up_to(&rest[1..], 3), 1, rest, byte_of),
        b'x' => return number(hex_up_to(&rest[2..], 2), 2, rest, byte_of),
        b'u' => return number(hex_up_to(&rest[2..], 4), 2, rest, character_of),
        b'U' => return number(hex_up_to(&rest[2..], 8), 2, rest, character_of),
        b'c' => {
            return match rest.get(2) {
                Some(letter) if letter.is_ascii_alphabetic() => Unit::byte(3, letter & 0x1f),
                _ => Unit::Unknown(2),
            };
        }
        _ => return Unit::Verbatim(2),
    };
    Unit::byte(2, byte)
}

/// The unit of an escape that has a number behind `prefix` bytes. Shells end the value at NUL, or drop it.
fn number(
    digits: Option<(usize, u32)>,
    prefix: usize,
    rest: &[u8],
    unit: impl Fn(usize, u32) -> Unit,
) -> Unit {
    match digits {
        Some((length, number)) => unit(prefix + length, number),
        None => Unit::Unknown(rest.len().min(2)),
    }
}

/// The unit for a byte. In bash, larger numbers lose their upper bits.
fn byte_of(length: usize, number: u32) -> Unit {
    match (number & 0xff) as u8 {
        0 => Unit::Unknown(length),
        byte => Unit::byte(length, byte),
    }
}

/// The unit for a character.
fn character_of(length: usize, number: u32) -> Unit {
    match char::from_u32(number) {
        None | Some('\0') => Unit::Unknown(length),
        Some(character) => Unit::character(length, character),
    }
}

#[cfg(test)]
mod tests;
