//! Values of elements and attributes: `<password>x</password>`, `<add key="Password" value="x"/>`.

use std::ops::Range;

use super::line_bytes::{LONGEST_VALUE, LOOK_BACK, rest_of_line, skip_space};
use super::name::Name;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use super::string_literal::{Literal, quoted};
use super::value_site::{Notation, ValueSite};
use crate::detect::file_kind::FileKind;

/// Reads `<password>value</password>`, also with attributes. The name is that of the element.
pub(super) fn element(
    text: &[u8],
    name: &Name,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let (inner, attributes) = after_tag(text, name.range.end).ok_or(NoAssignment::NoLiteral)?;
    if attributes
        .windows(7)
        .any(|window| window.eq_ignore_ascii_case(b"\"crypt\""))
    {
        return Err(NoAssignment::NoLiteral);
    }
    let mut found = match content(text, name, inner) {
        // `mysql -p<password> shop`: a placeholder, of which no tag is the end.
        Err(NoAssignment::Open(_)) if kind != FileKind::Markup => {
            return Err(NoAssignment::NoLiteral);
        }
        content => content?,
    };
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

/// Reads `<key>NAME</key><string>value</string>`.
pub(super) fn after_element(text: &[u8], name: &Name) -> Result<Assignment, NoAssignment> {
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
pub(super) fn attribute(text: &[u8], name: &Name) -> Option<Result<Assignment, NoAssignment>> {
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
