//! Values on a line below their name: `name`/`value` pairs, elements. They are read
//! when the whole text is known.

use std::ops::Range;

use super::line_bytes::{LONGEST_VALUE, rest_of_line, skip_space, trimmed};
use super::markup;
use super::name::Name;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use crate::detect::file_kind::FileKind;

/// Number of lines below a name that are read.
const LINES: usize = 8;

/// Reads the value of the name that ends in the word, on one of the next lines.
///
/// # Errors
/// None of the lines has a value for the name.
pub fn read_value_below(
    text: &[u8],
    word: &Range<usize>,
    kind: FileKind,
) -> Result<Assignment, NoAssignment> {
    let name = Name::around(text, word)?;
    let first = next_line(text, name.range.end).ok_or(NoAssignment::Below)?;
    let indent = indent_of(text, &name);
    let mut at = first;
    for number in 0..LINES {
        let line = rest_of_line(text, at);
        let start = skip_space(text, at);
        let own = &text[start..at + line.len()];
        let deep = start - at;
        if !own.is_empty() {
            let found = if own.starts_with(b"<") {
                // Only the next element belongs to this name.
                return markup::after_open(text, &name, start);
            } else {
                markup::keyed_value(text, &name, start, kind)
            };
            match found {
                Ok(mut found) => {
                    found.value = trimmed(text, found.value);
                    return if found.value.is_empty() {
                        Err(NoAssignment::NoValue)
                    } else {
                        Ok(found)
                    };
                }
                Err(NoAssignment::NoOperator) => {}
                Err(why) => return Err(why),
            }
            // The next item begins, or this one ends.
            if own.starts_with(b"-")
                || own.starts_with(b"}")
                || own.starts_with(b"]")
                || (deep < indent && number > 0)
            {
                return Err(NoAssignment::Below);
            }
        }
        let Some(next) = next_line(text, at) else {
            break;
        };
        at = next;
    }
    Err(NoAssignment::Below)
}

fn next_line(text: &[u8], at: usize) -> Option<usize> {
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    memchr::memchr(b'\n', window)
        .map(|len| at + len + 1)
        .filter(|&at| at < text.len())
}

/// Indentation of the name's line in columns. The dash of an item counts as space.
fn indent_of(text: &[u8], name: &Name) -> usize {
    name.lead(text)
        .iter()
        .take_while(|&&b| matches!(b, b' ' | b'\t' | b'-'))
        .count()
}
