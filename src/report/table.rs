//! Plain-text tables: columns as wide as their cells, with two spaces between columns.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// Maximum width that a cell gives its column, in terminal columns. A wider cell does not widen its
/// column, because one long path must not push all other rows off the screen. If the first cell of
/// a row is wider, the other cells of the row follow on the next line.
const WIDEST: usize = 48;

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Spaces after the text.
    Left,
    /// Spaces before the text.
    Right,
}

/// Width of every column, in terminal columns.
pub fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.width())
            .filter(|&width| width <= WIDEST)
            .max()
            .unwrap_or(0)
    };
    (0..columns).map(width).collect()
}

/// Pads a cell with spaces to `width` terminal columns.
pub fn pad(cell: &str, width: usize, align: Align) -> String {
    let spaces = " ".repeat(width.saturating_sub(cell.width()));
    match align {
        Align::Left => format!("{cell}{spaces}"),
        Align::Right => format!("{spaces}{cell}"),
    }
}

/// Writes rows, each with an indent. Columns without an entry in `align` are aligned left. No line
/// ends with a space.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    indent: &str,
    align: &[Align],
    rows: &[Vec<String>],
) -> io::Result<()> {
    let widths = widths(rows);
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let align = align.get(column).copied().unwrap_or(Align::Left);
            pad(cell, widths[column], align)
        });
        let mut cells: Vec<String> = cells.collect();
        if row.len() > 1 && row[0].width() > widths[0] {
            writeln!(out, "{indent}{}", row[0])?;
            cells[0] = " ".repeat(widths[0]);
        }
        writeln!(out, "{indent}{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns() {
        let rows = [["日本", "1"], ["abc", "2"]].map(|row| row.map(str::to_owned).to_vec());
        let mut out = Vec::new();
        write(&mut out, "", &[], &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "日本  1\nabc   2\n");
    }

    #[test]
    fn columns_line_up() {
        let long = "x".repeat(WIDEST + 1);
        let rows = [["a", "1", "é"], ["bbb", "20", ""], [&long, "3", "c"]]
            .map(|row| row.map(str::to_owned).to_vec());
        let mut out = Vec::new();
        write(&mut out, "  ", &[Align::Left, Align::Right], &rows).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("  a     1  é\n  bbb  20\n  {long}\n        3  c\n")
        );
    }
}
