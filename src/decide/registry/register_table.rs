//! Reads the rows of a register from a table, whatever file it is from.

use super::register_row::{
    BadCell, CellError, PATH, REPOSITORY, Row, column_named, unknown_column,
};
use crate::decide::field_names::APPID;
use crate::decide::policy::Policy;
use crate::spreadsheet::mistake_list::MistakeList;
use crate::spreadsheet::sheet_table::{NoText, Table, TableRow};
use crate::yaml;

const SMART_QUOTES: &str =
    "typographic quotes are part of the value here: write straight quotes, `\"`";

/// The rows of a register, and notes on them.
#[derive(Debug, Default)]
pub(super) struct ReadRows {
    /// The rows, each with the number of its row in the table.
    pub rows: Vec<(usize, Row)>,
    /// The columns in which whole numbers were taken as text.
    pub numbers: Vec<String>,
}

/// Reads the rows of a table. `place` gives the place of a cell from [`TableRow::at`] and the number of the column.
pub(super) fn read(
    table: &Table,
    policy: &Policy,
    place: &dyn Fn(usize, usize) -> String,
    mistakes: &mut MistakeList,
) -> ReadRows {
    let columns = columns(table, policy, place, mistakes);
    let mut read = ReadRows::default();
    for (index, row) in table.rows.iter().enumerate() {
        // Spreadsheets leave empty rows at the end.
        if row.cells.iter().all(|cell| cell.text.is_empty()) {
            continue;
        }
        let here = |nth: usize| move || place(row.at, nth);
        if let Some(nth) =
            (columns.len()..row.cells.len()).find(|nth| !row.cells[*nth].text.is_empty())
        {
            let message = format!(
                "the row has {} columns, the header {}: a cell with a separator in it needs quotes",
                row.cells.len(),
                columns.len()
            );
            mistakes.add(here(nth.min(row.cells.len() - 1)), &message);
            continue;
        }
        let mut cells = Vec::new();
        let mut is_whole = true;
        for (nth, cell) in row
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.text.is_empty())
        {
            let column = columns[nth].as_deref();
            let bad = if yaml::is_in_smart_quotes(&cell.text) {
                Some(SMART_QUOTES.to_owned())
            } else if let (Some(other), Some(column)) = (cell.other, column) {
                let is_taken = other == NoText::Number && is_free(column, policy);
                if is_taken && !read.numbers.iter().any(|known| known == column) {
                    read.numbers.push(column.to_owned());
                }
                (!is_taken).then(|| other.mistake(&cell.text))
            } else {
                None
            };
            if let Some(bad) = bad {
                mistakes.add(here(nth), &bad);
                is_whole = false;
            } else if let Some(column) = column {
                cells.push((column, cell.text.as_str()));
            }
        }
        match Row::new(cells.into_iter(), policy) {
            Ok(row) => read.rows.push((index, row)),
            Err(bad) => {
                for BadCell { column, error } in bad {
                    // A cell that was refused is no empty one.
                    let is_missing = matches!(error, CellError::NoRepository);
                    if is_missing && !is_whole {
                        continue;
                    }
                    let nth = columns
                        .iter()
                        .position(|known| known.as_deref() == Some(&column));
                    mistakes.add(here(nth.unwrap_or(0)), &error.to_string());
                }
            }
        }
    }
    read
}

/// Whether any text is a value of a column, so that a number is one too.
fn is_free(column: &str, policy: &Policy) -> bool {
    let field = policy.fields.get(column);
    field.is_some_and(|field| field.values.is_empty() && field.pattern.is_none())
}

/// The name of each column; `None` for one that is empty or has a mistake.
fn columns(
    table: &Table,
    policy: &Policy,
    place: &dyn Fn(usize, usize) -> String,
    mistakes: &mut MistakeList,
) -> Vec<Option<String>> {
    let mut columns: Vec<Option<String>> = Vec::new();
    let width = table
        .header
        .cells
        .iter()
        .rposition(|cell| !cell.text.is_empty())
        .map_or(0, |last| last + 1);
    for (nth, cell) in table.header.cells[..width].iter().enumerate() {
        let mut bad = |message: String| {
            mistakes.add(|| place(table.header.at, nth), &message);
            None
        };
        let column = match column_named(&cell.text, policy) {
            _ if cell.text.is_empty() => {
                let is_used =
                    |row: &TableRow| row.cells.get(nth).is_some_and(|cell| !cell.text.is_empty());
                match table.rows.iter().any(is_used) {
                    true => bad("the column has values, but no name".to_owned()),
                    false => None,
                }
            }
            None => bad(unknown_column(&cell.text, policy)),
            Some(name) if columns.iter().flatten().any(|earlier| earlier == name) => {
                bad(format!("two columns are called `{name}`"))
            }
            Some(name) => Some(name.to_owned()),
        };
        columns.push(column);
    }
    let has = |name: &str| columns.iter().flatten().any(|column| column == name);
    if !has(REPOSITORY) && !has(APPID) {
        let message = format!(
            "no column is called `{REPOSITORY}` or `{APPID}`: the first line names the columns, and one of these says what \
             a row is about"
        );
        mistakes.add(|| place(table.header.at, 0), &message);
    } else if has(PATH) && !has(REPOSITORY) {
        mistakes.add(
            || place(table.header.at, 0),
            "a column `path` needs a column `repository`",
        );
    }
    columns
}
