//! The files of a sheet: CSV, a workbook, or JSON; written to be filled in, and read back.

use std::io::{self, Write};
use std::path::Path;

use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};

use super::answer_sheet::{ANSWER, COLUMNS, FilledRow, REASON, SECRET, SheetRow, TOPIC};
use crate::escape;
use crate::human_text;
use crate::no_follow_open::Links;
use crate::spreadsheet::mistake_list::MistakeList;
use crate::spreadsheet::sheet_table::Table;
use crate::spreadsheet::{csv_text, workbook};
use crate::yaml::FileError;

/// The name of the sheet in a workbook.
const SHEET: &str = "answers";
/// Columns that are shown wide.
const WIDE: [&str; 4] = ["answers", "question", "path", REASON];

/// Writes a sheet as CSV. No cell is executed as a formula, and no control character reaches a terminal.
///
/// # Errors
///
/// Errors of `out`.
pub fn write_csv(out: &mut dyn Write, rows: &[SheetRow]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS.map(|(name, _)| name))?;
    for row in rows {
        writer
            .write_record(COLUMNS.map(|(_, cell)| {
                crate::report::csv::guard(&escape::line(cell(row))).into_owned()
            }))?;
    }
    writer.flush()
}

/// Writes a sheet as JSON.
///
/// # Errors
///
/// Errors of `out`.
pub fn write_json(out: &mut dyn Write, rows: &[SheetRow]) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Sheet<'a> {
        schema: u32,
        rows: &'a [SheetRow],
    }
    serde_json::to_writer_pretty(&mut *out, &Sheet { schema: 1, rows })?;
    out.write_all(b"\n")
}

/// Writes a sheet as a workbook. All cells are texts, so that no spreadsheet changes an id, a number or a date.
///
/// # Errors
///
/// Errors of `out`, or a sheet with more rows than a workbook has.
pub fn write_xlsx(out: &mut dyn Write, rows: &[SheetRow]) -> io::Result<()> {
    let bytes = workbook_of(rows).map_err(io::Error::other)?;
    out.write_all(&bytes)
}

fn workbook_of(rows: &[SheetRow]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let text = Format::new()
        .set_num_format("@")
        .set_align(FormatAlign::Top);
    let wrapped = text.clone().set_text_wrap();
    let to_fill = wrapped.clone().set_background_color(0x00FF_F8DC);
    let title = Format::new().set_bold().set_num_format("@");
    let sheet = book.add_worksheet();
    sheet.set_name(SHEET)?;
    sheet.set_freeze_panes(1, 2)?;
    for (column, (name, cell)) in (0_u16..).zip(COLUMNS) {
        let is_wide = WIDE.contains(&name);
        sheet.set_column_width(column, if is_wide { 42 } else { 16 })?;
        sheet.write_string_with_format(0, column, name, &title)?;
        let format = match name {
            ANSWER | REASON => &to_fill,
            _ if is_wide => &wrapped,
            _ => &text,
        };
        sheet.set_column_format(column, format)?;
        for (row, of) in (1_u32..).zip(rows) {
            let shown = escape::line(cell(of));
            // A cell has 32,767 characters at most.
            let shown: String = shown.chars().take(LONGEST_CELL).collect();
            sheet.write_string_with_format(row, column, &shown, format)?;
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    sheet.autofilter(0, 0, last, COLUMNS.len() as u16 - 1)?;
    book.save_to_buffer()
}

/// Greatest number of characters of a cell.
const LONGEST_CELL: usize = 8_000;

/// Reads the rows of a sheet that have an answer. The ending of the path says which format it is.
///
/// # Errors
///
/// The file cannot be read, or a column is missing. The error has the places.
pub fn read(path: &Path) -> Result<Vec<FilledRow>, FileError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match extension.to_lowercase().as_str() {
        "csv" | "tsv" => {
            let (text, _) = human_text::read_of_spreadsheet(path, Links::Followed)?;
            let mut mistakes = MistakeList::default();
            let csv = csv_text::read(&text, path, &mut mistakes);
            let place = |at, nth| csv.place(&text, path, at, nth);
            of_table(path, &csv.table, &place, mistakes)
        }
        "xlsx" => {
            let bytes = human_text::read_bytes(path, Links::Followed)?;
            let table = workbook::read(&bytes, &[SHEET])
                .map_err(|error| wrong(path, &error.to_string()))?;
            let place = |row, nth| format!("{}:{}", path.display(), workbook::cell_name(row, nth));
            of_table(path, &table, &place, MistakeList::default())
        }
        "json" => of_json(path, &human_text::read(path, Links::Followed)?),
        _ => Err(wrong(
            path,
            "a sheet of answers is a .csv, .tsv, .xlsx or .json file",
        )),
    }
}

fn wrong(path: &Path, message: &str) -> FileError {
    FileError::Several {
        path: path.to_owned(),
        mistakes: vec![format!("{}: {message}", path.display())],
        more: 0,
    }
}

fn of_table(
    path: &Path,
    table: &Table,
    place: &dyn Fn(usize, usize) -> String,
    mut mistakes: MistakeList,
) -> Result<Vec<FilledRow>, FileError> {
    let named = |name: &str| {
        let cells = table.header.cells.iter().enumerate();
        let mut nth = cells.filter(|(_, cell)| cell.text.to_lowercase() == name);
        (nth.next().map(|(nth, _)| nth), nth.next().is_some())
    };
    let mut columns = Vec::new();
    for name in [SECRET, TOPIC, ANSWER, REASON] {
        match named(name) {
            (Some(nth), false) => columns.push(nth),
            (Some(nth), true) => mistakes.add(
                || place(table.header.at, nth),
                &format!("two columns are called `{name}`"),
            ),
            (None, _) => mistakes.add(
                || place(table.header.at, 0),
                &format!("no column is called `{name}`: keep the columns that were exported"),
            ),
        }
    }
    let mut filled = Vec::new();
    if let [secret, topic, answer, reason] = columns[..] {
        for row in &table.rows {
            let cell = |nth: usize| row.cells.get(nth);
            let text = |nth: usize| cell(nth).map(|cell| cell.text.clone()).unwrap_or_default();
            if text(answer).is_empty() {
                continue;
            }
            let other = cell(answer).and_then(|cell| cell.other);
            if let Some(other) = other {
                mistakes.add(|| place(row.at, answer), &other.mistake(&text(answer)));
                continue;
            }
            filled.push(FilledRow {
                place: place(row.at, answer),
                secret: text(secret),
                topic: text(topic),
                answer: text(answer),
                reason: text(reason),
            });
        }
    }
    mistakes.into_result(path)?;
    Ok(filled)
}

fn of_json(path: &Path, text: &str) -> Result<Vec<FilledRow>, FileError> {
    #[derive(serde::Deserialize)]
    struct Sheet {
        schema: u32,
        rows: Vec<Row>,
    }
    #[derive(serde::Deserialize)]
    struct Row {
        secret: String,
        topic: String,
        #[serde(default)]
        answer: String,
        #[serde(default)]
        reason: String,
    }
    let sheet: Sheet =
        serde_json::from_str(text).map_err(|error| wrong(path, &error.to_string()))?;
    if sheet.schema != 1 {
        return Err(wrong(path, "only `\"schema\": 1` is known"));
    }
    let rows = (0..).zip(sheet.rows);
    let rows = rows.filter(|(_, row): &(usize, Row)| !row.answer.trim().is_empty());
    Ok(rows
        .map(|(number, row)| FilledRow {
            place: format!("{}: rows[{number}]", path.display()),
            secret: row.secret,
            topic: row.topic,
            answer: row.answer.trim().to_owned(),
            reason: row.reason.trim().to_owned(),
        })
        .collect())
}
