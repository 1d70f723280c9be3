//! Values in the rows of `INSERT INTO table (column, …) VALUES (value, …), …`.

use std::ops::Range;

use super::line_bytes::{LONGEST_VALUE, is_name, rest_of_line};
use super::name::Name;
use super::no_assignment::NoAssignment;
use super::parsed_assignment::Assignment;
use super::value_site::{Notation, ValueSite};
use crate::steps;

/// The most bytes of the rows that are read for a column.
const LONGEST_ROWS: usize = 65_536;

/// The most rows that are read for a column.
const MOST_ROWS: usize = 256;

/// The place of a column in its statement.
struct Column {
    /// Its number, from 0.
    index: usize,
    /// The offset behind `VALUES`.
    rows: usize,
}

/// Whether a name may be a column of a statement: nothing but an item of a list is beside it on its line.
pub(super) fn is_column(text: &[u8], name: &Name) -> bool {
    let is_quote = |byte: &&u8| b"\"`[]".contains(byte);
    let before = name.lead(text).iter().rev();
    let mut before = before
        .skip_while(is_quote)
        .skip_while(|byte| byte.is_ascii_whitespace());
    let behind = rest_of_line(text, name.range.end).iter();
    let mut behind = behind
        .skip_while(is_quote)
        .skip_while(|byte| byte.is_ascii_whitespace());
    matches!(before.next(), None | Some(b'(' | b','))
        && matches!(behind.next(), None | Some(b')' | b','))
}

/// The values of the column whose name ends in the word, a value of each row that has a string there, and the offset
/// behind the rows that were read.
///
/// # Errors
/// The word is in no such name.
pub fn column_values(
    text: &[u8],
    word: &Range<usize>,
) -> Result<(Vec<Assignment>, usize), NoAssignment> {
    let name = Name::around(text, word)?;
    let column = column(text, &name).ok_or(NoAssignment::Column)?;
    let mut values = Vec::new();
    let mut rows = Scan {
        text: &text[..text.len().min(column.rows + LONGEST_ROWS)],
        at: column.rows,
    };
    for _ in 0..MOST_ROWS {
        let Some(start) = rows.row(column.index) else {
            break;
        };
        let is_string = matches!(
            text[start..],
            [b'\'', ..] | [b'N' | b'n' | b'E' | b'e', b'\'', ..]
        );
        if is_string {
            let site = ValueSite::Expression(start);
            values.push(Assignment {
                needs_text: true,
                ..Assignment::quoted(&name, start..start, Notation::Plain, site)
            });
        }
    }
    steps::count(rows.at - column.rows);
    Ok((values, rows.at))
}

/// The place of the column in the statement around it.
fn column(text: &[u8], name: &Name) -> Option<Column> {
    let is_of_list =
        |byte: &u8| is_name(*byte) || byte.is_ascii_whitespace() || b"\"`[],$".contains(byte);
    let from = name.range.start.saturating_sub(LONGEST_VALUE);
    let before = &text[from..name.range.start];
    let list = before
        .iter()
        .rev()
        .take_while(|byte| is_of_list(byte))
        .count();
    steps::count(list / steps::AT_ONCE);
    let (head, list) = before.split_at(before.len() - list);
    if !inserts_into(head.strip_suffix(b"(")?) {
        return None;
    }
    let end = name.range.end;
    let window = &text[end..text.len().min(end + LONGEST_VALUE)];
    let length = window.iter().take_while(|byte| is_of_list(byte)).count();
    let rest = window[length..].strip_prefix(b")")?.trim_ascii_start();
    let rest = match rest.split_at_checked(6) {
        Some((word, rest)) if word.eq_ignore_ascii_case(b"values") => rest,
        _ => return None,
    };
    Some(Column {
        index: list.iter().filter(|byte| **byte == b',').count(),
        rows: end + window.len() - rest.len(),
    })
}

/// Whether a text ends in `INTO table`.
fn inserts_into(head: &[u8]) -> bool {
    let head = head.trim_ascii_end();
    let is_of_table = |byte: &&u8| is_name(**byte) || b"\"`[].$".contains(byte);
    let table = head.iter().rev().take(256).take_while(is_of_table).count();
    let before = head[..head.len() - table].trim_ascii_end();
    let is_into = |word: &[u8]| word.eq_ignore_ascii_case(b"into");
    table > 0 && before.len() >= 4 && is_into(&before[before.len() - 4..])
}

/// A walk through the rows of a statement.
struct Scan<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    /// The beginning of the value number `index` of the next row. The row is passed.
    fn row(&mut self, index: usize) -> Option<usize> {
        self.space();
        if self.text.get(self.at) == Some(&b',') {
            self.at += 1;
            self.space();
        }
        if self.text.get(self.at) != Some(&b'(') {
            return None;
        }
        let mut start = None;
        for number in 0.. {
            self.at += 1;
            self.space();
            if number == index {
                start = Some(self.at);
            }
            match self.expression()? {
                b',' => {}
                _ => break,
            }
        }
        self.at += 1;
        start
    }

    /// Passes an expression, and returns the byte that ends it: a comma or the bracket of the row. `None` if a string
    /// has a backslash before a quote, which only some dialects read as an escape, or if the rows are too long.
    fn expression(&mut self) -> Option<u8> {
        let mut open = 0_usize;
        loop {
            match *self.text.get(self.at)? {
                b'\'' | b'"' => {
                    self.string()?;
                    continue;
                }
                b'(' => open += 1,
                end @ (b')' | b',') if open == 0 => return Some(end),
                b')' => open -= 1,
                b';' => return None,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Passes a string.
    fn string(&mut self) -> Option<()> {
        let quote = self.text[self.at];
        let length = memchr::memchr(quote, &self.text[self.at + 1..])?;
        let end = self.at + 1 + length;
        self.at = end + 1;
        (self.text[end - 1] != b'\\').then_some(())
    }

    fn space(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_ascii_start().len();
    }
}
