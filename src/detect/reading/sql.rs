//! Reads strings of SQL.
//!
//! The bytes of a plain string are read as the standard says, where a backslash is literal. MySQL reads escapes,
//! so that a string with a backslash is doubtful unless the text before it belongs to another dialect.

use super::character_escapes::{hex, utf16};
use super::lengths::{hex_up_to, octal_up_to, plain};
use super::unit::doubled;
use super::{Collector, Stop, Unit};
use crate::finding::{Doubt, Escapes};

/// The kind of a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `'…'`, `N'…'` or `"…"`.
    Plain,
    /// The same with the escapes of MySQL.
    MySql,
    /// `E'…'`.
    Escaped,
    /// `U&'…'`.
    Unicode,
}

/// Reads the expression that begins at `at`, and returns the offset behind it: strings that follow each other, or that
/// are joined by `||` or, in Transact-SQL, by `+`.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let mut next = one(text, at, at, out)?;
    loop {
        let behind = next + space(&text[next..]);
        let rest = &text[behind..];
        let operator = match rest {
            [b'|', b'|', ..] => 2,
            [b'+', ..] => 1,
            _ => return Ok(next),
        };
        let operand = behind + operator + space(&text[behind + operator..]);
        match one(text, operand, at, out) {
            Ok(end) => next = end,
            Err(Stop::NoLiteral) => {
                out.interpolation();
                return Ok(next);
            }
            Err(stop) => return Err(stop),
        }
    }
}

/// Reads strings that follow each other, which are one. `start` is the beginning of the expression.
fn one(text: &[u8], at: usize, start: usize, out: &mut Collector) -> Result<usize, Stop> {
    let rest = text.get(at..).unwrap_or_default();
    let (prefix, kind) = match rest {
        [b'\'' | b'"', ..] => (0, Kind::Plain),
        [b'N' | b'n', b'\'', ..] => (1, Kind::Plain),
        [b'E' | b'e', b'\'', ..] => (1, Kind::Escaped),
        [b'U' | b'u', b'&', b'\'', ..] => (2, Kind::Unicode),
        [b'Q' | b'q', b'\'', ..] => return quoted_by_oracle(text, at, out),
        [b'$', ..] => return dollars(text, at, out),
        [] => return Err(Stop::Unfinished),
        _ => return Err(Stop::NoLiteral),
    };
    let quote = text[at + prefix];
    let is_literal_backslash = prefix == 1 || reads_backslash_literally(&text[..start]);
    let kind = match kind {
        Kind::Plain if is_mysql(rest, prefix, quote) => Kind::MySql,
        kind => kind,
    };
    let mut next = string(text, at, prefix, kind, is_literal_backslash, out)?;
    loop {
        let gap = space(&text[next..]);
        let behind = next + gap;
        if gap == 0 || text.get(behind) != Some(&quote) {
            break;
        }
        if !text[next..behind].contains(&b'\n') {
            // Only MySQL joins strings in one line.
            out.doubt(Doubt::Quoting);
        }
        next = string(text, behind, 0, kind, is_literal_backslash, out)?;
    }
    let behind = &text[next + space(&text[next..])..];
    if kind == Kind::Unicode && behind.len() >= 7 && behind[..7].eq_ignore_ascii_case(b"UESCAPE") {
        out.doubt(Doubt::UnknownEscape);
    }
    Ok(next)
}

/// Reads one string.
fn string(
    text: &[u8],
    at: usize,
    prefix: usize,
    kind: Kind,
    is_literal_backslash: bool,
    out: &mut Collector,
) -> Result<usize, Stop> {
    let content = at + prefix + 1;
    let quote = text[content - 1];
    let escapes = match kind {
        Kind::Plain if quote == b'"' => Some(Escapes::DoubledDouble),
        Kind::Plain => Some(Escapes::DoubledSingle),
        Kind::MySql if quote == b'\'' => Some(Escapes::MySql),
        Kind::Escaped => Some(Escapes::PostgresEscape),
        Kind::MySql | Kind::Unicode => None,
    };
    out.open(at, content, escapes);
    let start = out.value().len();
    let mut next = content;
    loop {
        let rest = text.get(next..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(Stop::Unfinished)?;
        if rest[0] == quote && rest.get(1) != Some(&quote) {
            break;
        }
        let unit = match (kind, rest[0]) {
            (_, byte) if byte == quote => Unit::byte(2, quote),
            (Kind::Plain, _) => doubled(rest, quote),
            (Kind::MySql, _) => mysql(rest, quote),
            (Kind::Escaped, _) => unit(rest, Escapes::PostgresEscape),
            (Kind::Unicode, _) => unicode(rest),
        };
        next = out.unit(text, next, unit)?;
    }
    let raw = &text[content..next];
    let has = |part: &[u8]| memchr::memmem::find(raw, part).is_some();
    let is_transact_line = is_literal_backslash && (has(b"\\\n") || has(b"\\\r\n"));
    let has_escape = matches!(kind, Kind::Plain | Kind::MySql) && raw.contains(&b'\\');
    if has_escape && !is_literal_backslash || is_transact_line || raw.contains(&0) {
        out.doubt(Doubt::Quoting);
    }
    if has(b"${") || has(b"$(") {
        // Tools that run scripts replace variables: Flyway, `sqlcmd`.
        out.doubt(Doubt::Variable);
    }
    let is_utf8 = std::str::from_utf8(&out.value()[start..]).is_ok();
    if kind == Kind::Escaped && !is_utf8 && std::str::from_utf8(raw).is_ok() {
        out.doubt(Doubt::UnknownEscape);
    }
    out.close(next, next + 1);
    match text.get(next + 1) {
        Some(byte) if byte.is_ascii_alphanumeric() || !byte.is_ascii() => out.doubt(Doubt::Quoting),
        Some(b'_' | b'$' | b'"' | b'\'' | b'.' | b'\\') => out.doubt(Doubt::Quoting),
        _ => {}
    }
    Ok(next + 1)
}

/// Whether the string at the beginning of `rest` is one of MySQL: it has a quote behind a backslash, and as a plain
/// string it would end in the middle of a word.
fn is_mysql(rest: &[u8], prefix: usize, quote: u8) -> bool {
    let content = &rest[prefix + 1..];
    let mut at = 0;
    while at < content.len() {
        match &content[at..] {
            [first, second, ..] if *first == quote && *second == quote => at += 2,
            [first, behind @ ..] if *first == quote => {
                let is_escaped = at > 0 && content[at - 1] == b'\\';
                let is_end = behind
                    .first()
                    .is_none_or(|byte| byte.is_ascii_whitespace() || b",;)|:@+".contains(byte));
                return is_escaped && !is_end;
            }
            _ => at += 1,
        }
    }
    // The plain string has no end, and so it is one of MySQL or none.
    memchr::memchr(b'\\', content).is_some()
}

/// Whether the text before a string belongs to a dialect in which a backslash is literal.
fn reads_backslash_literally(before: &[u8]) -> bool {
    const MOST: usize = 512;
    let window = &before[before.len().saturating_sub(MOST)..];
    let statement = window.rsplit(|byte| *byte == b';').next().unwrap_or(window);
    let upper = statement.to_ascii_uppercase();
    let has = |part: &str| memchr::memmem::find(&upper, part.as_bytes()).is_some();
    let is_mysql = has("IDENTIFIED") || has("`") || has("'@'");
    let is_role =
        has("CREATE ROLE") || has("ALTER ROLE") || has("CREATE USER") || has("ALTER USER");
    let is_postgres = is_role && (has(" PASSWORD ") || has(" PASSWORD\n"));
    let is_transact = has("CREATE LOGIN") || has("ALTER LOGIN") || has("].[");
    !is_mysql && (is_postgres || is_transact)
}

/// Reads `$$…$$` or `$tag$…$tag$` of PostgreSQL, which has no escapes.
fn dollars(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let is_of_tag = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let tag = text[at + 1..].iter().take_while(is_of_tag).count();
    let content = at + tag + 2;
    if text.get(content - 1) != Some(&b'$') || text[at + 1].is_ascii_digit() {
        return Err(Stop::NoLiteral);
    }
    let quotes = &text[at..content];
    let length = memchr::memmem::find(&text[content..], quotes).ok_or(Stop::Unfinished)?;
    let end = content + length;
    out.open(at, content, None);
    out.keep(text, content..end)?;
    out.close(end, end + quotes.len());
    Ok(end + quotes.len())
}

/// Reads `q'[…]'` of Oracle, which has no escapes.
fn quoted_by_oracle(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let content = at + 3;
    let closing = match text.get(at + 2) {
        None => return Err(Stop::Unfinished),
        Some(b'[') => b']',
        Some(b'{') => b'}',
        Some(b'(') => b')',
        Some(b'<') => b'>',
        Some(byte) if byte.is_ascii_whitespace() || !byte.is_ascii() => {
            return Err(Stop::NoLiteral);
        }
        Some(byte) => *byte,
    };
    let found = memchr::memmem::find(&text[content..], &[closing, b'\'']);
    let end = content + found.ok_or(Stop::Unfinished)?;
    out.open(at, content, None);
    out.keep(text, content..end)?;
    out.close(end, end + 2);
    Ok(end + 2)
}

/// The length of the white space and of the comments to the end of their lines at the beginning of `rest`.
fn space(rest: &[u8]) -> usize {
    let mut at = 0;
    while at < rest.len() {
        match rest[at..] {
            [byte, ..] if byte.is_ascii_whitespace() => at += 1,
            [b'-', b'-', ..] => at += plain(&rest[at..], b"\n"),
            _ => break,
        }
    }
    at
}

/// The unit at the beginning of `rest`, the content of a string in single quotes.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    match (rest, escapes) {
        (_, Escapes::MySql) => mysql(rest, b'\''),
        ([b'\'', b'\'', ..], _) => Unit::byte(2, b'\''),
        ([b'\\', ..], _) => postgres(rest),
        _ => Unit::Verbatim(plain(rest, b"\\'").max(1)),
    }
}

/// The unit of a string of MySQL.
fn mysql(rest: &[u8], quote: u8) -> Unit {
    let byte = match rest {
        [first, second, ..] if *first == quote && *second == quote => quote,
        [b'\\', second, ..] => match second {
            b'0' => 0,
            b'b' => 0x08,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'Z' => 0x1a,
            // Only patterns read these.
            b'%' | b'_' => return Unit::Verbatim(2),
            byte => *byte,
        },
        _ => return Unit::Verbatim(plain(rest, &[b'\\', quote]).max(1)),
    };
    Unit::byte(2, byte)
}

/// The unit of `E'…'` that begins with a backslash.
fn postgres(rest: &[u8]) -> Unit {
    let Some(second) = rest.get(1) else {
        return Unit::Verbatim(1);
    };
    let byte = match second {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0'..=b'7' => return byte(octal_up_to(&rest[1..], 3), 1),
        b'x' => match hex_up_to(&rest[2..], 2) {
            None => b'x',
            number => return byte(number, 2),
        },
        b'u' => {
            let character = utf16(rest);
            return not_nul(
                character.map_or(Unit::Unknown(2), |(length, it)| Unit::character(length, it)),
            );
        }
        b'U' => {
            let character = hex(&rest[2..], 8).and_then(char::from_u32);
            return not_nul(character.map_or(Unit::Unknown(2), |it| Unit::character(10, it)));
        }
        _ => *second,
    };
    Unit::byte(2, byte)
}

/// The unit for a byte. PostgreSQL refuses NUL.
fn byte(number: Option<(usize, u32)>, prefix: usize) -> Unit {
    match number {
        Some((length, number)) if number & 0xff != 0 => {
            Unit::byte(prefix + length, (number & 0xff) as u8)
        }
        _ => Unit::Unknown(2),
    }
}

/// The unit, unless it yields NUL.
fn not_nul(unit: Unit) -> Unit {
    match unit {
        Unit::Escape { bytes, .. } if bytes.as_slice() == [0] => Unit::Unknown(2),
        unit => unit,
    }
}

/// The unit of `U&'…'`.
fn unicode(rest: &[u8]) -> Unit {
    let (prefix, digits) = match rest {
        [b'\\', b'\\', ..] => return Unit::byte(2, b'\\'),
        [b'\\', b'+', ..] => (2, 6),
        [b'\\', ..] => (1, 4),
        _ => return Unit::Verbatim(plain(rest, b"\\'").max(1)),
    };
    let character = hex(&rest[prefix..], digits).and_then(char::from_u32);
    match character.filter(|character| *character != '\0') {
        Some(character) => Unit::character(prefix + digits, character),
        None => Unit::Unknown(1),
    }
}

#[cfg(test)]
mod tests;
