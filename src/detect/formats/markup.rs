//! Values of elements and attributes: `<password>x</password>`, `<add key="Password" value="x"/>`,
//! and pairs of name and value in JSON and YAML: `{"name": "PASSWORD", "value": "x"}`.

use std::ops::Range;

use super::bare_value::flow_or_line;
use super::line_bytes::{LONGEST_VALUE, LOOK_BACK, rest_of_line, skip_space};
use super::name::{Name, is_name};
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use super::string_literal::{Literal, quoted};
use super::value_site::{Notation, ValueSite};
use crate::detect::file_kind::FileKind;

/// Reads `<password>value</password>`, also with attributes. The name is that of the element.
pub(super) fn element(text: &[u8], name: &Name) -> Result<Assignment, NoAssignment> {
    let (inner, attributes) = after_tag(text, name.range.end).ok_or(NoAssignment::NoLiteral)?;
    if attributes
        .windows(7)
        .any(|window| window.eq_ignore_ascii_case(b"\"crypt\""))
    {
        return Err(NoAssignment::NoLiteral);
    }
    let mut found = content(text, name, inner)?;
    if attributes
        .windows(8)
        .any(|window| window.eq_ignore_ascii_case(b"\"base64\""))
    {
        found.notation = Notation::Base64;
    }
    Ok(found)
}

/// The offset behind the `>` of the tag around `from`, and the bytes of its attributes. `None` if
/// the tag closes itself, or does not end on its line.
fn after_tag(text: &[u8], from: usize) -> Option<(usize, &[u8])> {
    let mut quote = None;
    for (offset, &byte) in text.get(from..)?.iter().take(LOOK_BACK).enumerate() {
        match (quote, byte) {
            (_, b'\n') => return None,
            (Some(open), b) if b == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => {
                let attributes = &text[from..from + offset];
                return (!attributes.ends_with(b"/")).then_some((from + offset + 1, attributes));
            }
            (None, b'<') => return None,
            (None, _) => {}
        }
    }
    None
}

/// Reads the text of an element, which may be in an inner element.
fn content(text: &[u8], name: &Name, at: usize) -> Result<Assignment, NoAssignment> {
    let mut at = skip_space(text, at);
    let rest = text.get(at..).unwrap_or_default();
    if matches!(rest, [] | [b'\n' | b'\r', ..]) {
        return Err(NoAssignment::Below);
    }
    if rest.starts_with(b"<![CDATA[") {
        let start = at + 9;
        let len = memchr::memmem::find(rest_of_line(text, start), b"]]>");
        let end = start + len.ok_or(NoAssignment::Open(at))?;
        return of_content(name, start..end, at, Notation::Plain);
    }
    const INNER: [&[u8]; 3] = [b"<value>", b"<string>", b"<plaintext>"];
    let inner = |tag: &&[u8]| {
        rest.get(..tag.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(tag))
    };
    if let Some(tag) = INNER.iter().find(|tag| inner(tag)) {
        at += tag.len();
    }
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    let end = at + memchr::memchr3(b'<', b'\n', b'\r', window).ok_or(NoAssignment::NoLiteral)?;
    match text[end..] {
        [b'<', b'/', ..] => {}
        [b'<', ..] => return Err(NoAssignment::NoLiteral),
        _ => return Err(NoAssignment::Open(at)),
    }
    of_content(name, at..end, at, Notation::Markup)
}

/// A literal that is the value of an attribute.
pub(super) fn of_attribute(literal: Literal) -> Literal {
    let site = match literal.site {
        ValueSite::Expression(start) => ValueSite::Markup(start),
        site => site,
    };
    Literal {
        notation: Notation::Markup,
        site,
        ends_value: true,
        ..literal
    }
}

/// The text of an element, unless it is empty. The text begins at `at`.
fn of_content(
    name: &Name,
    value: Range<usize>,
    at: usize,
    notation: Notation,
) -> Result<Assignment, NoAssignment> {
    if value.is_empty() {
        return Err(NoAssignment::NoValue);
    }
    let site = ValueSite::Markup(at);
    Ok(Assignment::quoted(name, value, notation, site))
}

/// Keys and attributes whose value is a name.
const NAMERS: [&[u8]; 9] = [
    b"name",
    b"key",
    b"id",
    b"property",
    b"parameter",
    b"param",
    b"field",
    b"variable",
    b"@name",
];

/// Reads the value beside a name that is itself the value of an attribute or key `name`, `key` or
/// the like. `None` if the name is in no such place.
pub(super) fn named(
    text: &[u8],
    name: &Name,
    kind: FileKind,
) -> Option<Result<Assignment, NoAssignment>> {
    if matches!(name.before, Some(b'>')) && text[name.range.end..].starts_with(b"</") {
        return Some(after_element(text, name));
    }
    // A name of several words: `name="Database Password"`.
    let mut open = name.range.start;
    while open > 0
        && name.range.start - open < 64
        && (is_name(text[open - 1]) || matches!(text[open - 1], b' ' | b':'))
    {
        open -= 1;
    }
    let opened = open > 0 && matches!(text[open - 1], b'"' | b'\'');
    let bare = !opened && !name.closed;
    let before = if opened {
        &text[..open - 1]
    } else {
        &text[..name.range.start]
    };
    let before = before[before.len().saturating_sub(24)..].trim_ascii_end();
    let (&operator, before) = before.split_last()?;
    let before = before.trim_ascii_end();
    let before = before
        .strip_suffix(b"\"")
        .or_else(|| before.strip_suffix(b"'"))
        .unwrap_or(before);
    let namer = NAMERS.iter().any(|word| {
        let at = before.len().checked_sub(word.len());
        at.is_some_and(|at| {
            before[at..].eq_ignore_ascii_case(word)
                && (at == 0 || !before[at - 1].is_ascii_alphanumeric())
        })
    });
    if !namer || !(operator == b'=' && opened || operator == b':' && (opened || bare)) {
        return None;
    }
    if opened && operator == b'=' {
        return attribute(text, name);
    }
    Some(beside(text, name, kind))
}

/// Reads `<key>NAME</key><string>value</string>`.
fn after_element(text: &[u8], name: &Name) -> Result<Assignment, NoAssignment> {
    let close = text[name.range.end..]
        .iter()
        .take(64)
        .position(|&b| b == b'>')
        .ok_or(NoAssignment::NoOperator)?;
    let at = skip_space(text, name.range.end + close + 1);
    match text.get(at) {
        None => Err(NoAssignment::NoOperator),
        Some(b'\n' | b'\r') => Err(NoAssignment::Below),
        Some(_) => after_open(text, name, at),
    }
}

/// Reads an element that can contain a value, at `at`.
pub(super) fn after_open(text: &[u8], name: &Name, at: usize) -> Result<Assignment, NoAssignment> {
    const HOLDERS: [&[u8]; 3] = [b"<value>", b"<string>", b"<plaintext>"];
    let rest = &text[at..];
    let holds = |tag: &&[u8]| {
        rest.get(..tag.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(tag))
    };
    let tag = HOLDERS
        .iter()
        .find(|tag| holds(tag))
        .ok_or(NoAssignment::NoOperator)?;
    content(text, name, at + tag.len())
}

/// Reads `key="NAME" … value="x"` within one tag, in either order, or the text of that element.
fn attribute(text: &[u8], name: &Name) -> Option<Result<Assignment, NoAssignment>> {
    let lead = name.lead(text);
    let tag = memchr::memrchr(b'<', lead)?;
    let tag_at = name.range.start - lead.len() + tag;
    let value = value_attribute(text, name.after).or_else(|| {
        let found = value_attribute(text, tag_at + 1)?;
        (found.end <= name.range.start).then_some(found)
    });
    if let Some(literal) = value {
        return Some(Assignment::of_literal(name, of_attribute(literal)));
    }
    let (inner, _) = after_tag(text, name.after)?;
    let found = content(text, name, inner);
    // A label of a user interface: `<string name="password">Kennwort</string>`.
    let shown = [
        b"string".as_slice(),
        b"data",
        b"item",
        b"label",
        b"trans-unit",
    ]
    .iter()
    .any(|word| text[tag_at + 1..].starts_with(word));
    let sentence = |found: &Assignment| !text[found.value.clone()].iter().any(u8::is_ascii_digit);
    match found {
        Ok(found) if shown && sentence(&found) => Some(Err(NoAssignment::Sentence)),
        found => Some(found),
    }
}

/// The literal of `value="x"` within the tag around `from`, after `from`.
fn value_attribute(text: &[u8], from: usize) -> Option<Literal> {
    let mut at = from;
    let end = text.len().min(from + LOOK_BACK);
    while at < end {
        match text[at] {
            b'\n' | b'>' | b'<' => return None,
            b'"' | b'\'' => at = quoted(text, at, FileKind::Markup)?.end,
            b'v' | b'V'
                if text[at..]
                    .get(..6)
                    .is_some_and(|word| word.eq_ignore_ascii_case(b"value="))
                    && at > 0
                    && text[at - 1].is_ascii_whitespace() =>
            {
                return quoted(text, at + 6, FileKind::Markup);
            }
            _ => at += 1,
        }
    }
    None
}

/// Reads `"NAME", "value": "x"` or `NAME, value: x}`.
fn beside(text: &[u8], name: &Name, kind: FileKind) -> Result<Assignment, NoAssignment> {
    let at = skip_space(text, name.after);
    match text.get(at) {
        None | Some(b'\n' | b'\r') => return Err(NoAssignment::Below),
        Some(b',') => {}
        Some(_) => return Err(NoAssignment::NoOperator),
    }
    let at = skip_space(text, at + 1);
    if matches!(text.get(at), None | Some(b'\n' | b'\r')) {
        return Err(NoAssignment::Below);
    }
    keyed_value(text, name, at, kind)
}

/// Reads `"value": "x"` or `value: x` at `at`.
pub(super) fn keyed_value(
    text: &[u8],
    name: &Name,
    at: usize,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let quote = usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    let at = at + quote;
    const KEYS: [&[u8]; 2] = [b"value", b"default"];
    let is = |key: &&[u8]| {
        text.get(at..at + key.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(key))
    };
    let key = KEYS
        .iter()
        .find(|key| is(key))
        .ok_or(NoAssignment::NoOperator)?;
    let at = skip_space(text, at + key.len() + quote);
    if !matches!(text.get(at), Some(b':' | b'=')) {
        return Err(NoAssignment::NoOperator);
    }
    let at = skip_space(text, at + 1);
    match quoted(text, at, kind) {
        Some(found) => Assignment::of_literal(name, found),
        // An expression.
        None if matches!(kind, FileKind::Code | FileKind::Markup) => Err(NoAssignment::Expression),
        None => flow_or_line(text, name, at),
    }
}
