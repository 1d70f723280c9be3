//! A table as CSV, in the encodings and with the separators that spreadsheets use.

use std::path::Path;

use super::mistake_list::MistakeList;
use super::sheet_table::{Cell, Table, TableRow};

/// Reads a text. `columns` has the place of each mistake of form.
pub(crate) fn read(text: &str, path: &Path, mistakes: &mut MistakeList) -> CsvTable {
    let (delimiter, first) = separator(text);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(&text.as_bytes()[first..]);
    let mut table = Table::default();
    let mut width = 0;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line) + u64::from(first > 0);
                mistakes.add(
                    || format!("{}:{line}:1", path.display()),
                    &error.to_string(),
                );
                break;
            }
        };
        let at = first
            + record
                .position()
                .map_or(0, |position| position.byte() as usize);
        let row = TableRow {
            at,
            cells: record.iter().map(Cell::text).collect(),
        };
        if row.cells.iter().all(|cell| cell.text.is_empty()) {
            continue;
        }
        if width == 0 {
            // Cells behind the last column may be missing.
            let last = row.cells.iter().rposition(|cell| !cell.text.is_empty());
            width = last.map_or(0, |last| last + 1);
            table.header = row;
            continue;
        }
        if row.cells.len() < width {
            let (line, column) = cell_place(text, delimiter, at, 0);
            let message = format!(
                "the row has {} columns, the header {width}",
                row.cells.len()
            );
            mistakes.add(|| format!("{}:{line}:{column}", path.display()), &message);
            continue;
        }
        table.rows.push(row);
    }
    CsvTable { table, delimiter }
}

/// A table with its separator, which the places of cells depend on.
pub(crate) struct CsvTable {
    pub table: Table,
    delimiter: u8,
}

impl CsvTable {
    /// The place of a cell.
    pub(crate) fn place(&self, text: &str, path: &Path, at: usize, nth: usize) -> String {
        let (line, column) = cell_place(text, self.delimiter, at, nth);
        format!("{}:{line}:{column}", path.display())
    }
}

/// The separator of columns, and the byte at which the header begins.
///
/// Where the comma is the decimal sign, spreadsheets separate columns by semicolons; the text that
/// they copy has tabs. They also understand and write a first line `sep=;`.
fn separator(text: &str) -> (u8, usize) {
    let head = text.split('\n').next().unwrap_or_default();
    let stated = head.strip_prefix("sep=").map(str::as_bytes);
    if let Some(&[separator @ (b',' | b';' | b'\t')]) = stated {
        return (separator, (head.len() + 1).min(text.len()));
    }
    let mut quoted = false;
    // Empty lines may be before the header.
    let mut outside = text
        .trim_start_matches('\n')
        .bytes()
        .take_while(|byte| *byte != b'\n')
        .filter(|&byte| {
            quoted ^= byte == b'"';
            !quoted
        });
    // No column has one of these in its name, so the first of them decides.
    let found = outside.find(|byte| matches!(byte, b',' | b';' | b'\t'));
    (found.unwrap_or(b','), 0)
}

/// Line and column of the `nth` cell of the record that begins at byte `start`.
fn cell_place(text: &str, delimiter: u8, start: usize, nth: usize) -> (usize, usize) {
    // The reader's position may be that of the line end before the record.
    let start = start + text[start..].len() - text[start..].trim_start_matches(['\r', '\n']).len();
    let (mut at, mut left, mut quoted) = (start, nth, false);
    for (offset, byte) in text.as_bytes()[start..].iter().enumerate() {
        if left == 0 {
            break;
        }
        match byte {
            b'"' => quoted = !quoted,
            byte if *byte == delimiter && !quoted => {
                left -= 1;
                at = start + offset + 1;
            }
            _ => {}
        }
    }
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    (
        text[..at].matches('\n').count() + 1,
        text[line_start..at].chars().count() + 1,
    )
}
