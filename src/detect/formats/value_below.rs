//! Values on other lines than their name: `name`/`value` pairs in either order, elements. They are read
//! when the whole text is known.

use std::ops::Range;

use super::line_bytes::{LONGEST_VALUE, rest_of_line, skip_space, trimmed};
use super::markup;
use super::name::Name;
use super::name_suffix::Suffix;
use super::name_value::keyed_value;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use crate::detect::file_kind::FileKind;
use crate::steps;

/// Number of lines below or above a name that are read.
const LINES: usize = 8;

/// Reads the value of the name that ends in the word, on one of the next lines, or, for a name that is the value of
/// a key, of the lines before.
///
/// # Errors
/// None of the lines has a value for the name.
pub fn read_value_below(
    text: &[u8],
    word: &Range<usize>,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let name = Name::around(text, word)?;
    if name.suffix == Some(Suffix::Plural) {
        return Err(NoAssignment::Below);
    }
    let indent = indent_of(text, &name);
    match below(text, &name, indent, kind) {
        Err(NoAssignment::Below) => above(text, &name, indent, kind),
        found => found,
    }
}

fn below(
    text: &[u8],
    name: &Name,
    indent: usize,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let Some(mut at) = next_line(text, name.range.end) else {
        return Err(NoAssignment::Below);
    };
    // Lines that are deeper belong to a member of the record.
    let mut nested = None;
    for number in 0..LINES {
        let line = rest_of_line(text, at);
        let start = skip_space(text, at);
        let own = &text[start..at + line.len()];
        let deep = start - at;
        let is_nested = nested.is_some_and(|column| deep > column);
        if !own.is_empty() && !is_nested {
            let found = if own.starts_with(b"<") {
                // Only the next element belongs to this name.
                return markup::after_open(text, name, start);
            } else {
                keyed_value(text, name, start, kind)
            };
            match found {
                Err(NoAssignment::NoOperator) => {}
                found => return without_space(text, found),
            }
            // The next item begins, or this one ends.
            if own.starts_with(b"-")
                || own.starts_with(b"}")
                || own.starts_with(b"]")
                || (deep < indent && number > 0)
            {
                return Err(NoAssignment::Below);
            }
            let opens = matches!(own.trim_ascii_end().last(), Some(b':' | b'{' | b'['));
            nested = (opens && number > 0).then_some(deep);
        }
        let Some(next) = next_line(text, at) else {
            break;
        };
        at = next;
    }
    Err(NoAssignment::Below)
}

/// Reads the value on a line above that of its name, which is the value of a key in the same record.
fn above(
    text: &[u8],
    name: &Name,
    indent: usize,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let lead = name.lead(text);
    let own = lead.trim_ascii_start();
    // The record begins with the name, or the name is itself a key.
    let is_member = own
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || b"\"'@".contains(b))
        && own.iter().any(|b| matches!(b, b':' | b'='));
    if !is_member {
        return Err(NoAssignment::Below);
    }
    let mut end = name.range.start - lead.len();
    for _ in 0..LINES {
        let Some(before) = end.checked_sub(1) else {
            break;
        };
        let from = before.saturating_sub(LONGEST_VALUE);
        steps::count((before - from) / steps::AT_ONCE);
        let at = match memchr::memrchr(b'\n', &text[from..before]) {
            Some(length) => from + length + 1,
            None if from == 0 => 0,
            // The line is too long to be one of a record.
            None => break,
        };
        let line = &text[at..before];
        let own = line.trim_ascii();
        let deep = columns_before(line);
        if !own.is_empty() && deep <= indent {
            if deep < indent {
                break;
            }
            let start = at + deep;
            match keyed_value(text, name, start, kind) {
                Err(NoAssignment::NoOperator) => {}
                found => return without_space(text, found),
            }
            let begins = own.starts_with(b"-");
            if begins || own.starts_with(b"{") || own.starts_with(b"}") {
                break;
            }
        }
        end = at;
    }
    Err(NoAssignment::Below)
}

fn without_space(
    text: &[u8],
    found: Result<Assignment, NoAssignment>,
) -> Result<Assignment, NoAssignment> {
    let mut found = found?;
    found.value = trimmed(text, found.value);
    if found.value.is_empty() && !found.needs_text {
        Err(NoAssignment::NoValue)
    } else {
        Ok(found)
    }
}

fn next_line(text: &[u8], at: usize) -> Option<usize> {
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    memchr::memchr(b'\n', window)
        .map(|len| at + len + 1)
        .filter(|&at| at < text.len())
}

/// Indentation of the name's line in columns. The dash of an item counts as space.
fn indent_of(text: &[u8], name: &Name) -> usize {
    columns_before(name.lead(text))
}

/// The columns before the first word of a line. The dash of an item counts as space.
fn columns_before(line: &[u8]) -> usize {
    line.iter()
        .take_while(|&&b| matches!(b, b' ' | b'\t' | b'-'))
        .count()
}
