//! Pairs of a name and a value that are members of one record: `{"name": "PASSWORD", "value": "x"}`,
//! `ParameterKey=PASSWORD,ParameterValue=x`, `- value: x` above `name: PASSWORD`; and values in an object of their own:
//! `"password": {"value": "x"}`.

use super::bare_value as bare;
use super::line_bytes::{is_name, skip_space};
use super::markup;
use super::members::{self, Members, find_value, is_last_word, is_value_key};
use super::name::Name;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use super::string_literal::wrapped;
use super::value_site::ValueSite;
use crate::detect::file_kind::FileKind;

/// Keys and attributes whose value is a name.
const NAMERS: [&[u8]; 13] = [
    b"name",
    b"names",
    b"key",
    b"id",
    b"property",
    b"parameter",
    b"param",
    b"field",
    b"variable",
    b"@name",
    b"option",
    b"header",
    b"setting",
];

/// Last words of longer keys whose value is a name: `ParameterKey`, `headerName`.
const NAMER_WORDS: [&[u8]; 2] = [b"name", b"key"];

/// Whether the value of this key is a name.
fn is_namer(key: &[u8]) -> bool {
    let word = key
        .rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'@')
        .next()
        .unwrap_or(key);
    NAMERS.iter().any(|namer| word.eq_ignore_ascii_case(namer))
        || NAMER_WORDS.iter().any(|namer| is_last_word(key, namer))
}

/// Reads the value beside a name that is itself the value of an attribute or key `name`, `key` or
/// the like. `None` if the name is in no such place.
pub(super) fn named(
    text: &[u8],
    name: &Name,
    kind: FileKind,
) -> Option<Result<Assignment, NoAssignment>> {
    if matches!(name.before, Some(b'>')) && text[name.range.end..].starts_with(b"</") {
        return Some(markup::after_element(text, name));
    }
    // A name of several words, or with a path: `name="Database Password"`, `name = "/prod/db/password"`.
    let mut open = name.range.start;
    while open > 0
        && name.range.start - open < 64
        && (is_name(text[open - 1]) || matches!(text[open - 1], b' ' | b':' | b'/'))
    {
        open -= 1;
    }
    let opened = open > 0 && matches!(text[open - 1], b'"' | b'\'');
    let bare = !opened && !name.closed;
    let mut before = if opened {
        &text[..open - 1]
    } else {
        &text[..name.range.start]
    };
    if opened && before.ends_with(b"\\") {
        before = &before[..before.len() - 1];
    }
    let before = without_space(&before[before.len().saturating_sub(40)..]);
    let (operator, before) = match before {
        [before @ .., b'=', b'>'] => (b'>', before),
        [before @ .., operator @ (b'=' | b':')] => (*operator, before),
        _ => return None,
    };
    let before = without_space(before);
    let before = before
        .strip_suffix(b"\"")
        .or_else(|| before.strip_suffix(b"'"))
        .unwrap_or(before);
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    let length = before
        .iter()
        .rev()
        .take_while(|&&b| is_name(b) || b == b'@')
        .count();
    if !is_namer(&before[before.len() - length..]) {
        return None;
    }
    let found = match operator {
        b'=' if opened => markup::attribute(text, name).or_else(|| beside(text, name, kind)),
        // `ParameterKey=NAME,ParameterValue=x`, on a command line.
        b'=' if bare && text.get(name.after) == Some(&b',') => beside(text, name, kind),
        b':' if opened || bare => beside(text, name, kind),
        b'>' if opened => beside(text, name, kind),
        _ => None,
    };
    // A name that is a value has nothing assigned to it.
    found.or_else(|| (operator != b'=').then_some(Err(NoAssignment::NoOperator)))
}

/// The bytes without the spaces and tabs at their end. A key on the line before is that of a record around the name.
fn without_space(bytes: &[u8]) -> &[u8] {
    let spaces = bytes.iter().rev().take_while(|b| matches!(b, b' ' | b'\t'));
    &bytes[..bytes.len() - spaces.count()]
}

/// Reads `"NAME", …, "value": "x"`, `NAME, value: x}` or, in the other order, `value: x, name: NAME`. `None` if the name
/// is in no record.
fn beside(text: &[u8], name: &Name, kind: FileKind) -> Option<Result<Assignment, NoAssignment>> {
    let at = skip_space(text, name.after);
    let behind = match text.get(at) {
        None | Some(b'\n' | b'\r') => Members::LineEnd,
        Some(b'}' | b')' | b']') => Members::Closed,
        Some(b',' | b';') => find_value(text, at + 1, text.len(), kind),
        Some(_) => Members::Other,
    };
    if let Members::Value(value) = behind {
        return Some(value_at(text, name, value, kind));
    }
    let start = members::innermost_open(text, name.range.start);
    if let Some(start) = start
        && let Members::Value(value) = find_value(text, start, name.range.start, kind)
    {
        return Some(value_at(text, name, value, kind));
    }
    match behind {
        // The record goes on in other lines, or began in them.
        Members::LineEnd => Some(Err(NoAssignment::Below)),
        Members::Closed if start.is_none() => Some(Err(NoAssignment::Below)),
        _ => None,
    }
}

/// Reads the value of an object that is the value of the name: `{"value": "x"}`, `{type: String, default: x}`. The
/// object is open at `at`. `None` if it has no such member on its line.
pub(super) fn in_object(
    text: &[u8],
    name: &Name,
    at: usize,
    kind: FileKind,
) -> Option<Result<Assignment, NoAssignment>> {
    match find_value(text, at, text.len(), kind) {
        Members::Value(value) => Some(value_at(text, name, value, kind)),
        _ => None,
    }
}

/// Reads the argument of a call that has the value of a name before it: `("--password", help="x", default="y")`.
/// Further arguments begin at `at`.
pub(super) fn default_argument(
    text: &[u8],
    name: &Name,
    at: usize,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    match find_value(text, at, text.len(), kind) {
        Members::Value(value) => value_at(text, name, value, kind),
        _ => Err(NoAssignment::NoLiteral),
    }
}

/// Reads `"value": "x"` or `value: x` at `at`.
pub(super) fn keyed_value(
    text: &[u8],
    name: &Name,
    at: usize,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let (key, value) = members::member(text, at).ok_or(NoAssignment::NoOperator)?;
    if !is_value_key(&text[key]) {
        return Err(NoAssignment::NoOperator);
    }
    value_at(text, name, value, kind)
}

/// Reads the value of a member.
fn value_at(
    text: &[u8],
    name: &Name,
    at: usize,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    if let Some(found) = wrapped(text, at, kind) {
        return Assignment::of_literal(name, found);
    }
    match text.get(at) {
        None | Some(b'\n' | b'\r') => Err(NoAssignment::NoValue),
        // An expression, or a record within this one.
        Some(b'{' | b'[') => Err(NoAssignment::Expression),
        _ if matches!(kind, FileKind::Code | FileKind::Markup) => Err(NoAssignment::Expression),
        // The value of a command's argument.
        Some(_) if kind == FileKind::Script => {
            let ends =
                |b: u8| b.is_ascii_whitespace() || matches!(b, b',' | b'"' | b'\'' | b'}' | b')');
            let found = bare::until(text, name, at, ends)?;
            let site = ValueSite::Word(at);
            Ok(Assignment { site, ..found })
        }
        Some(_) => bare::flow_or_line(text, name, at),
    }
}
