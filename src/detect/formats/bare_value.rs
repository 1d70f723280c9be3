//! Values without quotes of their own, which end with the line, the flow mapping, or the string
//! that contains them.

use super::cookie;
use super::line_bytes::{LONGEST_VALUE, LOOK_BACK, is_name, rest_of_line};
use super::name::Name;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use super::string_literal::quoted;
use super::value_site::{Notation, ValueSite};
use crate::detect::file_kind::FileKind;

/// Reads a value up to the first byte for which `ends` is true.
pub(super) fn until(
    text: &[u8],
    name: &Name,
    start: usize,
    ends: impl Fn(u8) -> bool,
) -> Result<Assignment, NoAssignment> {
    let len = rest_of_line(text, start)
        .iter()
        .take_while(|&&b| !ends(b))
        .count();
    let mut end = start + len;
    // Separators of a flow: `{user: a, password: b}`.
    while end > start && matches!(text[end - 1], b',' | b';') {
        end -= 1;
    }
    if end == start || text[start] == b'#' {
        return Err(NoAssignment::NoValue);
    }
    Ok(Assignment::bare(name, start..end, ValueSite::Part))
}

fn is_end(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`')
}

/// Reads a value that only a comment or a further assignment may follow on its line. Other words
/// make the line a sentence.
pub(super) fn alone(text: &[u8], name: &Name, start: usize) -> Result<Assignment, NoAssignment> {
    let line = rest_of_line(text, start);
    if line.len() == LONGEST_VALUE {
        return Err(NoAssignment::Open(start));
    }
    // Escaped white space belongs to the value, as in `.properties` files.
    let mut len = 0;
    while len < line.len() && !is_end(line[len]) {
        len += if line[len] == b'\\' && line.get(len + 1) == Some(&b' ') {
            2
        } else {
            1
        };
    }
    let mut end = start + len;
    while end > start && matches!(text[end - 1], b',' | b';') {
        end -= 1;
    }
    end = start + without_escaped_line_end(&text[start..end]).len();
    if end == start || text[start] == b'#' {
        return Err(NoAssignment::NoValue);
    }
    // `<the password>`
    if text[start] == b'<' && !text[start..end].contains(&b'>') {
        return Err(NoAssignment::Sentence);
    }
    let site = ValueSite::Expression(start);
    let mut found = Assignment::bare(name, start..end, site);
    if memchr::memmem::find(&text[start..end], b"\\ ").is_some() {
        found.notation = Notation::Backslash;
    }
    let after = line[len..].trim_ascii();
    let after = &after[..after.len().min(200)];
    let comment = after.is_empty()
        || matches!(
            after[0],
            b'#' | b';' | b'}' | b'|' | b'&' | b'\\' | b'-' | b','
        )
        || after.starts_with(b"//");
    if comment || after.contains(&b'=') || after.contains(&b':') {
        Ok(found)
    } else {
        Err(NoAssignment::Sentence)
    }
}

/// Whether a line consists of words and numbers alone, which punctuation may follow.
pub(super) fn is_sentence(line: &[u8]) -> bool {
    let is_word = |word: &[u8]| {
        let is_mark = |byte: &u8| b".,:;!?\"'()<>-".contains(byte);
        let start = word.iter().take_while(|byte| is_mark(byte)).count();
        let end = word.iter().rev().take_while(|byte| is_mark(byte)).count();
        let word = word.get(start..word.len() - end).unwrap_or_default();
        let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || b"-'/".contains(byte);
        word.iter().all(is_letter) || word.iter().all(u8::is_ascii_digit)
    };
    line.split(u8::is_ascii_whitespace).all(is_word)
}

/// The bytes without `\n` and `\r\n` at their end: line ends in a log or in another text that was quoted.
fn without_escaped_line_end(bytes: &[u8]) -> &[u8] {
    let rest = bytes.strip_suffix(b"\\n").unwrap_or(bytes);
    if rest.ends_with(b"\\") {
        return bytes;
    }
    rest.strip_suffix(b"\\r").unwrap_or(rest)
}

/// Reads a value that may contain spaces: it ends with the line, or where ` #` begins a comment.
pub(super) fn line(text: &[u8], name: &Name, start: usize) -> Result<Assignment, NoAssignment> {
    let line = rest_of_line(text, start);
    if line.len() == LONGEST_VALUE {
        return Err(NoAssignment::Open(start));
    }
    let comment = line
        .windows(2)
        .position(|pair| matches!(pair, b" #" | b"\t#"))
        .unwrap_or(line.len());
    let end = start + line[..comment].trim_ascii_end().len();
    if end == start || text[start] == b'#' {
        return Err(NoAssignment::NoValue);
    }
    let site = ValueSite::Expression(start);
    Ok(Assignment::bare(name, start..end, site))
}

/// Reads the value of a key in a flow mapping such as `{name: a, value: b}`, or on a line of its
/// own.
pub(super) fn flow_or_line(
    text: &[u8],
    name: &Name,
    start: usize,
) -> Result<Assignment, NoAssignment> {
    if in_flow(name.lead(text)) {
        return in_flow_mapping(text, name, start);
    }
    line(text, name, start)
}

/// Reads a value in a flow mapping.
pub(super) fn in_flow_mapping(
    text: &[u8],
    name: &Name,
    start: usize,
) -> Result<Assignment, NoAssignment> {
    let found = until(text, name, start, |b| {
        b.is_ascii_whitespace() || matches!(b, b',' | b'}' | b']' | b'"' | b'\'')
    });
    found.map(|found| Assignment {
        site: ValueSite::Expression(start),
        ..found
    })
}

/// Reads the value of `%env NAME value`: the rest of the line, which may end within a literal of a notebook.
pub(super) fn magic(text: &[u8], name: &Name, start: usize) -> Result<Assignment, NoAssignment> {
    let line = rest_of_line(text, start);
    if line.len() == LONGEST_VALUE {
        return Err(NoAssignment::Open(start));
    }
    let quote = open_quote(name.lead(text));
    let ends = |at: usize| {
        let is_end = quote == Some(line[at]) || quote.is_some() && line[at..].starts_with(b"\\n");
        is_end
            && line[..at]
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count()
                % 2
                == 0
    };
    let length = (0..line.len()).find(|&at| ends(at)).unwrap_or(line.len());
    let value = line[..length].trim_ascii_end();
    if value.is_empty() {
        return Err(NoAssignment::NoValue);
    }
    let mut found = Assignment::bare(name, start..start + value.len(), ValueSite::Part);
    found.quoted = true;
    Ok(found)
}

/// Whether a brace or bracket is open at the end of `lead`.
pub(super) fn in_flow(lead: &[u8]) -> bool {
    let mut open = 0usize;
    for &byte in lead {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open > 0
}

/// Whether a tag is open at the end of `lead`.
pub(super) fn in_tag(lead: &[u8], kind: FileKind) -> bool {
    let opened = memchr::memrchr(b'<', lead);
    opened.map_or(kind == FileKind::Markup, |at| {
        memchr::memchr(b'>', &lead[at..]).is_none()
    })
}

/// Whether only `export`, a dash or the like precedes the name on its line.
pub(super) fn begins_line(text: &[u8], name: &Name) -> bool {
    matches!(
        name.lead(text).trim_ascii(),
        b"" | b"export" | b"-" | b"ENV" | b"\"" | b"'"
    )
}

/// Reads the value of `${NAME:-value}` or `${NAME:value}`. `None` if the name is in no such place.
pub(super) fn default(text: &[u8], name: &Name) -> Option<Result<Assignment, NoAssignment>> {
    if name.closed
        || name.before != Some(b'{')
        || !matches!(
            name.range.start.checked_sub(2).map(|at| text[at]),
            Some(b'$' | b'#')
        )
    {
        return None;
    }
    let rest = text.get(name.range.end..)?;
    let skip = match rest {
        [b':', b'-' | b'=', ..] => 2,
        [b':' | b'-' | b'=', ..] => 1,
        _ => return Some(Err(NoAssignment::NoOperator)),
    };
    if rest.starts_with(b":?") || rest.starts_with(b":+") {
        return Some(Err(NoAssignment::NoOperator));
    }
    let start = name.range.end + skip;
    let found = quoted(text, start, FileKind::Code).map(|literal| {
        let mut found = Assignment::bare(name, literal.value, ValueSite::Part);
        found.quoted = true;
        found
    });
    Some(found.map_or_else(
        || {
            until(text, name, start, |b| {
                matches!(b, b'}' | b'"' | b'\'' | b' ')
            })
        },
        Ok,
    ))
}

/// Reads a value in a connection string or a query: `…;Password=x;…`, `?user=a&password=x`.
pub(super) fn in_string(
    text: &[u8],
    name: &Name,
    start: usize,
) -> Result<Assignment, NoAssignment> {
    let query =
        matches!(name.before, Some(b'?' | b'&')) || text[..name.range.start].ends_with(b"&amp;");
    if !query && text.get(start) == Some(&b'{') {
        // ODBC's own quotes.
        let len = rest_of_line(text, start)
            .iter()
            .position(|&b| b == b'}')
            .ok_or(NoAssignment::NoLiteral)?;
        let mut found = Assignment::bare(name, start + 1..start + len, ValueSite::Part);
        found.quoted = true;
        return if len > 1 {
            Ok(found)
        } else {
            Err(NoAssignment::NoValue)
        };
    }
    let line = rest_of_line(text, start);
    let (mut len, mut entities) = (0, false);
    while len < line.len() {
        let byte = line[len];
        if byte == b'&' && !query {
            let Some(entity) = entity(&line[len..]) else {
                break;
            };
            (len, entities) = (len + entity, true);
            continue;
        }
        if byte.is_ascii_whitespace()
            || matches!(
                byte,
                b';' | b'&' | b'"' | b'\'' | b'<' | b'`' | b')' | b'\\'
            )
        {
            break;
        }
        len += 1;
    }
    if len == 0 {
        return Err(NoAssignment::NoValue);
    }
    let mut found = Assignment::bare(name, start..start + len, ValueSite::Part);
    if entities {
        found.notation = Notation::Markup;
    }
    Ok(found)
}

/// Length of the character reference that `bytes` begin with: `&amp;`, `&#33;`.
fn entity(bytes: &[u8]) -> Option<usize> {
    let len = bytes.iter().take(10).position(|&b| b == b';')?;
    let name = &bytes[1..len];
    (!name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'#'))
        .then_some(len + 1)
}

/// Reads a value in the string that begins right before the name: `"PASSWORD=x"`. The string may
/// contain further assignments.
pub(super) fn in_quotes(
    text: &[u8],
    name: &Name,
    start: usize,
    quote: u8,
) -> Result<Assignment, NoAssignment> {
    let line = rest_of_line(text, start);
    // A regular expression.
    if matches!(line, [b'(' | b'[', ..]) {
        return Err(NoAssignment::Expression);
    }
    let close = line
        .iter()
        .position(|&b| b == quote)
        .ok_or(NoAssignment::NoLiteral)?;
    let value = &line[..close];
    // `;b=c`, `&b=c`, ` b=c`: another assignment.
    let goes_on = |at: usize| {
        let word = value[at + 1..]
            .iter()
            .take(40)
            .take_while(|&&b| is_name(b) || b == b' ')
            .count();
        value.get(at + 1 + word) == Some(&b'=')
    };
    let stop = (0..close).find(|&at| {
        matches!(value[at], b';' | b'&' | b' ' | b',') && goes_on(at)
            || value[at] == b'\\'
            || cookie::are_attributes(&value[at..])
    });
    let len = stop.unwrap_or(close);
    let value = start..start + value[..len].trim_ascii_end().len();
    let mut found = Assignment::bare(name, value, ValueSite::Part);
    found.quoted = true;
    if found.value.is_empty() {
        Err(NoAssignment::NoValue)
    } else {
        Ok(found)
    }
}

/// The quote of the string that is open at the end of `lead`, if one is.
pub(super) fn open_quote(lead: &[u8]) -> Option<u8> {
    let lead = &lead[lead.len().saturating_sub(LOOK_BACK)..];
    let mut open = None;
    let mut skip = false;
    for &byte in lead {
        match byte {
            _ if skip => skip = false,
            b'\\' => skip = true,
            b'"' | b'\'' | b'`' if open == Some(byte) => open = None,
            b'"' | b'\'' | b'`' if open.is_none() => open = Some(byte),
            _ => {}
        }
    }
    open
}
