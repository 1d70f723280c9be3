//! A table: a header and rows of cells, whatever file it is from.

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The first row that has a cell.
    pub header: TableRow,
    /// The other rows.
    pub rows: Vec<TableRow>,
}

/// A row of a table.
#[derive(Debug, Default)]
pub(crate) struct TableRow {
    /// Where the row is: an offset in a text, the number of a row of a sheet.
    pub at: usize,
    /// The cells. Those at the end may be missing.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The text that a person sees, without space around it.
    pub text: String,
    /// A cell of a spreadsheet that is no text.
    pub other: Option<NoText>,
}

/// A value of a spreadsheet that is no text. The text that was typed may have been another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoText {
    /// A whole number: `007` becomes 7.
    Number,
    /// A number with a fraction or an exponent: a long number loses digits.
    Fraction,
    /// A date: `3-4` becomes the 3rd of April.
    Date,
    /// `TRUE` or `FALSE`.
    Truth,
    /// `#N/A`.
    Error,
}

impl Cell {
    /// A cell with a text.
    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: unguarded(text.trim()).to_owned(),
            other: None,
        }
    }
}

/// A text without the apostrophe that keeps spreadsheets from reading it as a formula: `'@acme/orders`.
fn unguarded(text: &str) -> &str {
    let signs = ['=', '+', '-', '@', '\'', '＝', '＋', '－', '＠'];
    text.strip_prefix('\'')
        .filter(|rest| rest.starts_with(signs))
        .unwrap_or(text)
}

impl NoText {
    /// Why the value cannot be used.
    pub(crate) fn mistake(self, text: &str) -> String {
        match self {
            NoText::Number | NoText::Fraction => format!(
                "the cell has the number {text}, which may have been another text (`007` becomes 7): give the column the \
                 format Text and type the value again"
            ),
            NoText::Date => format!(
                "the cell has a date (as the number {text}), which may have been another text: give the column the format \
                 Text and type the value again"
            ),
            NoText::Truth => {
                format!("the cell has the truth value {text}: give the column the format Text")
            }
            NoText::Error => format!("the cell has the error {text}"),
        }
    }
}
