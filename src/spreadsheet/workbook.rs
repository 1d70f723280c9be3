//! A table as a workbook of a spreadsheet (XLSX, ECMA-376 part 1, chapter 18).
//!
//! A sheet is read into a table of texts. A cell that has a number or a date in place of a text is marked, because the
//! text that somebody typed may have been another one. Everything is bounded: the sizes of the members of the archive,
//! the number of cells, and the length of all texts, since many cells can refer to one long text.

use std::collections::BTreeMap;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::sheet_table::{Cell, NoText, Table, TableRow};
use super::zip_archive::{ZipArchive, ZipError};

/// Greatest number of cells. A table of 100,000 rows with ten columns has half of them.
const MOST_CELLS: usize = 2_000_000;
/// Greatest number of columns.
const MOST_COLUMNS: usize = 512;
/// Greatest length of the texts of all cells, in bytes.
const LONGEST_TEXTS: usize = 64 << 20;

/// A workbook that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkbookError {
    #[error(transparent)]
    Zip(#[from] ZipError),
    #[error("the file is no workbook: it has no {0}")]
    NoMember(&'static str),
    #[error("{member} is damaged: {error}")]
    Xml {
        member: String,
        error: quick_xml::Error,
    },
    #[error("{0} is not in UTF-8")]
    Encoding(String),
    #[error("{0} has an unknown reference `&{1};`")]
    Reference(String, String),
    #[error("{0} has a document type, which no spreadsheet writes")]
    DocumentType(String),
    #[error("the sheet has more than {MOST_CELLS} cells or {MOST_COLUMNS} columns")]
    TooManyCells,
    #[error("the texts of the sheet have more than {} MiB", LONGEST_TEXTS >> 20)]
    TooLong,
    #[error("the workbook has no visible sheet with a cell")]
    Empty,
    #[error("several sheets have cells ({0}): keep one of them, or call the right one `{1}`")]
    SeveralSheets(String, &'static str),
}

/// Reads the sheet of a workbook that has the table: the only visible one with cells, or the only one with one of these
/// names.
///
/// # Errors
///
/// The file is no workbook, is damaged, or exceeds a limit; or no sheet has the table for sure.
pub(crate) fn read(bytes: &[u8], names: &[&'static str]) -> Result<Table, WorkbookError> {
    let mut archive = ZipArchive::open(bytes)?;
    let sheets = sheets(&mut archive)?;
    let texts = match archive.read("xl/sharedStrings.xml")? {
        Some(xml) => shared_texts(&xml)?,
        None => Vec::new(),
    };
    let formats = match archive.read("xl/styles.xml")? {
        Some(xml) => cell_formats(&xml)?,
        None => Vec::new(),
    };
    let is_named = |name: &str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let only = sheets.iter().filter(|(name, _)| is_named(name)).count() == 1;
    let mut found: Vec<(String, Table)> = Vec::new();
    for (name, member) in sheets
        .into_iter()
        .filter(|(name, _)| !only || is_named(name))
    {
        let Some(xml) = archive.read(&member)? else {
            continue;
        };
        let table = sheet(&xml, &member, &texts, &formats)?;
        if !table.header.cells.is_empty() {
            found.push((name, table));
        }
    }
    match found.len() {
        0 => Err(WorkbookError::Empty),
        1 => Ok(found.remove(0).1),
        _ => {
            let shown: Vec<&str> = found
                .iter()
                .map(|(name, _)| name.as_str())
                .take(5)
                .collect();
            Err(WorkbookError::SeveralSheets(shown.join(", "), names[0]))
        }
    }
}

/// The name of a cell, as spreadsheets show it: `B7`.
pub(crate) fn cell_name(row: usize, column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + (left % 26) as u8));
        left /= 26;
    }
    letters.reverse();
    format!("{}{row}", letters.into_iter().collect::<String>())
}

/// Calls a function with each event of a text.
fn each(
    xml: &[u8],
    member: &str,
    mut take: impl FnMut(Event) -> Result<(), WorkbookError>,
) -> Result<(), WorkbookError> {
    let text = std::str::from_utf8(xml).map_err(|_| WorkbookError::Encoding(member.to_owned()))?;
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(()),
            Ok(Event::DocType(_)) => return Err(WorkbookError::DocumentType(member.to_owned())),
            Ok(event) => take(event)?,
            Err(error) => return Err(damaged(member, error)),
        }
    }
}

fn damaged(member: &str, error: impl Into<quick_xml::Error>) -> WorkbookError {
    WorkbookError::Xml {
        member: member.to_owned(),
        error: error.into(),
    }
}

/// The value of an attribute, without regard to its namespace.
fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let mut named = attributes
        .with_checks(false)
        .flatten()
        .filter(|attribute| attribute.key.local_name().as_ref() == name);
    Some(
        named
            .next()?
            .normalized_value(XmlVersion::Implicit1_0)
            .ok()?
            .into_owned(),
    )
}

/// The visible sheets: name and member.
fn sheets(archive: &mut ZipArchive) -> Result<Vec<(String, String)>, WorkbookError> {
    const WORKBOOK: &str = "xl/workbook.xml";
    const RELATIONS: &str = "xl/_rels/workbook.xml.rels";
    let workbook = archive
        .read(WORKBOOK)?
        .ok_or(WorkbookError::NoMember(WORKBOOK))?;
    let relations = archive
        .read(RELATIONS)?
        .ok_or(WorkbookError::NoMember(RELATIONS))?;
    let mut targets = BTreeMap::new();
    each(&relations, RELATIONS, |event| {
        if let Event::Start(element) | Event::Empty(element) = event
            && element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(target)) =
                (attribute(&element, "Id"), attribute(&element, "Target"))
        {
            let member = match target.strip_prefix('/') {
                Some(member) => member.to_owned(),
                None => format!("xl/{target}"),
            };
            targets.insert(id, member);
        }
        Ok(())
    })?;
    let mut sheets = Vec::new();
    each(&workbook, WORKBOOK, |event| {
        if let Event::Start(element) | Event::Empty(element) = event
            && element.local_name().as_ref() == "sheet"
            && attribute(&element, "state").is_none_or(|state| state == "visible")
            && let (Some(name), Some(id)) = (attribute(&element, "name"), attribute(&element, "id"))
            && let Some(member) = targets.get(&id)
        {
            sheets.push((name, member.clone()));
        }
        Ok(())
    })?;
    Ok(sheets)
}

/// The texts that cells refer to by number.
fn shared_texts(xml: &[u8]) -> Result<Vec<String>, WorkbookError> {
    const MEMBER: &str = "xl/sharedStrings.xml";
    let mut texts = Vec::new();
    let mut text = TextReader::default();
    each(xml, MEMBER, |event| {
        if text.take(&event, "si", MEMBER)? {
            texts.push(text.finish());
            if texts.len() > MOST_CELLS {
                return Err(WorkbookError::TooManyCells);
            }
        }
        Ok(())
    })?;
    Ok(texts)
}

/// Adds the text of an event. A reference is a character or one of the five that XML defines: there is no document type.
fn add_text(text: &mut String, event: &Event, member: &str) -> Result<(), WorkbookError> {
    match event {
        Event::Text(part) => *text += &part.xml10_content(),
        Event::CData(part) => *text += &part.xml10_content(),
        Event::GeneralRef(reference) => match reference
            .resolve_char_ref()
            .map_err(|error| damaged(member, error))?
        {
            Some(character) => text.push(character),
            None => {
                let name = reference.xml10_content();
                let unknown =
                    || WorkbookError::Reference(member.to_owned(), name.clone().into_owned());
                *text += resolve_predefined_entity(&name).ok_or_else(unknown)?;
            }
        },
        _ => {}
    }
    Ok(())
}

/// Reads the text of an item: its `t` elements, without those of phonetic hints.
#[derive(Default)]
struct TextReader {
    text: String,
    is_text: bool,
    is_phonetic: bool,
}

impl TextReader {
    /// Takes an event, and returns whether it ends an element with the name.
    fn take(&mut self, event: &Event, item: &str, member: &str) -> Result<bool, WorkbookError> {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => self.is_text = !self.is_phonetic,
                "rPh" => self.is_phonetic = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "t" => self.is_text = false,
                "rPh" => self.is_phonetic = false,
                name => return Ok(name == item),
            },
            Event::Empty(element) => return Ok(element.local_name().as_ref() == item),
            _ if self.is_text => add_text(&mut self.text, event, member)?,
            _ => {}
        }
        Ok(false)
    }

    fn finish(&mut self) -> String {
        unescaped(&std::mem::take(&mut self.text))
    }
}

/// A text with the characters that XML cannot have: `_x000D_` (section 22.4.2.4, `ST_Xstring`).
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let character = rest.get(at + 2..at + 7).and_then(|code| {
            let digits = code.strip_suffix('_')?;
            char::from_u32(u32::from_str_radix(digits, 16).ok()?)
        });
        let end = at + if character.is_some() { 7 } else { 2 };
        out.push_str(&rest[..at]);
        match character {
            Some(character) => out.push(character),
            None => out.push_str("_x"),
        }
        rest = &rest[end..];
    }
    out + rest
}

/// What the format of a cell makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberFormat {
    Plain,
    Date,
    /// Zeros before the number, up to this length: `0000`.
    Zeros(usize),
}

/// The formats of cells, by number.
fn cell_formats(xml: &[u8]) -> Result<Vec<NumberFormat>, WorkbookError> {
    let mut codes: BTreeMap<String, NumberFormat> = BTreeMap::new();
    let mut formats = Vec::new();
    let mut is_of_cells = false;
    each(xml, "xl/styles.xml", |event| {
        match event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "numFmt" => {
                    if let (Some(id), Some(code)) = (
                        attribute(&element, "numFmtId"),
                        attribute(&element, "formatCode"),
                    ) {
                        codes.insert(id, number_format(&code));
                    }
                }
                "cellXfs" => is_of_cells = true,
                "xf" if is_of_cells && formats.len() < MOST_CELLS => {
                    let id = attribute(&element, "numFmtId").unwrap_or_default();
                    let built_in = match id.parse() {
                        Ok(14..=22 | 45..=47) => NumberFormat::Date,
                        _ => NumberFormat::Plain,
                    };
                    formats.push(codes.get(&id).copied().unwrap_or(built_in));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => {
                is_of_cells = false
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(formats)
}

fn number_format(code: &str) -> NumberFormat {
    if !code.is_empty() && code.bytes().all(|byte| byte == b'0') {
        return NumberFormat::Zeros(code.len().min(64));
    }
    // Colours and conditions are in brackets, other texts in quotes.
    let mut hidden = None;
    let shown = code.chars().filter(|&c| match hidden {
        Some(end) => {
            hidden = Some(end).filter(|end| *end != c);
            false
        }
        None => {
            hidden = match c {
                '[' => Some(']'),
                '"' => Some('"'),
                _ => None,
            };
            hidden.is_none()
        }
    });
    match shown
        .into_iter()
        .any(|c| matches!(c.to_ascii_lowercase(), 'd' | 'm' | 'y' | 'h'))
    {
        true => NumberFormat::Date,
        false => NumberFormat::Plain,
    }
}

/// Reads a sheet.
fn sheet(
    xml: &[u8],
    member: &str,
    texts: &[String],
    formats: &[NumberFormat],
) -> Result<Table, WorkbookError> {
    let mut table = Table::default();
    let mut row = TableRow::default();
    let mut number = 0;
    let (mut cells, mut length) = (0, 0);
    let mut open: Option<OpenCell> = None;
    let mut inline = TextReader::default();
    let mut is_value = false;
    each(xml, member, |event| {
        inline.take(&event, "is", member)?;
        match &event {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == "row" =>
            {
                let stated = attribute(element, "r").and_then(|text| text.parse().ok());
                number = stated.unwrap_or(number + 1);
                row = TableRow {
                    at: number,
                    cells: Vec::new(),
                };
            }
            Event::Start(element) if element.local_name().as_ref() == "c" => {
                let column = match attribute(element, "r") {
                    Some(name) => column_of(&name),
                    None => row.cells.len(),
                };
                if column >= MOST_COLUMNS {
                    return Err(WorkbookError::TooManyCells);
                }
                inline = TextReader::default();
                open = Some(OpenCell {
                    column,
                    kind: attribute(element, "t").unwrap_or_default(),
                    format: attribute(element, "s")
                        .and_then(|style| formats.get(style.parse::<usize>().ok()?).copied())
                        .unwrap_or(NumberFormat::Plain),
                    value: String::new(),
                });
            }
            Event::Start(element) if element.local_name().as_ref() == "v" => is_value = true,
            Event::End(element) if element.local_name().as_ref() == "v" => is_value = false,
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if is_value => {
                if let Some(open) = &mut open {
                    add_text(&mut open.value, &event, member)?;
                }
            }
            Event::End(element) if element.local_name().as_ref() == "c" => {
                if let Some(open) = open.take() {
                    let column = open.column;
                    let cell = open.cell(texts, inline.finish());
                    if !cell.text.is_empty() {
                        cells += 1;
                        length += cell.text.len();
                        if cells > MOST_CELLS {
                            return Err(WorkbookError::TooManyCells);
                        }
                        if length > LONGEST_TEXTS {
                            return Err(WorkbookError::TooLong);
                        }
                        if row.cells.len() <= column {
                            // Empty cells cost memory, too.
                            cells += column - row.cells.len();
                            row.cells.resize(column + 1, Cell::default());
                        }
                        row.cells[column] = cell;
                    }
                }
            }
            Event::End(element) if element.local_name().as_ref() == "row" => {
                let row = std::mem::take(&mut row);
                match () {
                    () if row.cells.is_empty() => {}
                    () if table.header.cells.is_empty() => table.header = row,
                    () => table.rows.push(row),
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(table)
}

/// A cell that is being read.
struct OpenCell {
    column: usize,
    kind: String,
    format: NumberFormat,
    value: String,
}

impl OpenCell {
    /// The cell, with the text of an inline string.
    fn cell(self, texts: &[String], inline: String) -> Cell {
        let of = |text: String, other| Cell {
            other,
            ..Cell::text(&text)
        };
        match self.kind.as_str() {
            "s" => {
                let text = self
                    .value
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|at: usize| texts.get(at));
                of(text.cloned().unwrap_or_default(), None)
            }
            "inlineStr" => of(inline, None),
            "str" => of(unescaped(&self.value), None),
            "b" => {
                let text = if self.value.trim() == "1" {
                    "TRUE"
                } else {
                    "FALSE"
                };
                of(text.to_owned(), Some(NoText::Truth))
            }
            "e" => of(self.value, Some(NoText::Error)),
            "d" => of(self.value, Some(NoText::Date)),
            _ => {
                let value = self.value.trim().to_owned();
                let is_whole = value.len() <= 15 && value.bytes().all(|byte| byte.is_ascii_digit());
                match self.format {
                    NumberFormat::Date => of(value, Some(NoText::Date)),
                    _ if !is_whole => of(value, Some(NoText::Fraction)),
                    // A person sees the zeros.
                    NumberFormat::Zeros(width) => of(format!("{value:0>width$}"), None),
                    NumberFormat::Plain => of(value, Some(NoText::Number)),
                }
            }
        }
    }
}

/// The number of the column of a cell, from 0: that of `B7` is 1.
fn column_of(name: &str) -> usize {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number = letters.fold(0, |number, letter| {
        number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    number.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_names() {
        for (column, name) in [(0, "A7"), (25, "Z7"), (26, "AA7"), (511, "SR7")] {
            assert_eq!(cell_name(7, column), name);
            assert_eq!(column_of(name), column);
        }
    }

    #[test]
    fn characters_and_formats() {
        assert_eq!(unescaped("a_x000D_b_x_xZZZZ__x00e9_"), "a\rb_x_xZZZZ_é");
        for (code, format) in [
            ("0000", NumberFormat::Zeros(4)),
            ("yyyy-mm-dd", NumberFormat::Date),
            ("[Red]0.00", NumberFormat::Plain),
            ("\"day\" 0", NumberFormat::Plain),
            ("General", NumberFormat::Plain),
        ] {
            assert_eq!(number_format(code), format, "{code}");
        }
    }
}
