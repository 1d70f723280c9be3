//! Plain text tables: columns as wide as their cells, two spaces between them.

use std::io::{self, Write};

/// A cell wider than this does not widen its column: one long path must not push every other row off the screen. A row that
/// begins with such a cell goes on, in its columns, on the line below.
const WIDEST: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Width of every column, in characters.
pub fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .filter(|&width| width <= WIDEST)
            .max()
            .unwrap_or(0)
    };
    (0..columns).map(width).collect()
}

/// The cell with spaces up to `width` characters.
pub fn pad(cell: &str, width: usize, align: Align) -> String {
    match align {
        Align::Left => format!("{cell:<width$}"),
        Align::Right => format!("{cell:>width$}"),
    }
}

/// Writes rows with an indent before each. Columns beyond `align` are on the left; no line ends in spaces.
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
        if row.len() > 1 && row[0].chars().count() > widths[0] {
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
