//! `registry init`: a register with a row for each repository of an inventory, for a person to fill in.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::csv::guard;

/// A row: the glob of a repository, and the values that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateRow {
    /// The glob that matches the repository.
    pub repository: String,
    /// Field → value.
    pub values: BTreeMap<String, String>,
}

/// Writes the rows with a header: `repository`, `path` and the fields.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(out: &mut dyn Write, fields: &[String], rows: &[TemplateRow]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let header = ["repository", "path"]
        .into_iter()
        .chain(fields.iter().map(String::as_str));
    csv.write_record(header)?;
    for row in rows {
        let values = fields
            .iter()
            .map(|field| row.values.get(field).map_or("", String::as_str));
        // Spreadsheets execute cells that begin like a formula; the reader of the register removes the apostrophe.
        let cells = [row.repository.as_str(), ""]
            .into_iter()
            .chain(values)
            .map(guard);
        csv.write_record(cells.map(|cell| cell.into_owned()))?;
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_for_spreadsheets() {
        let row = TemplateRow {
            repository: "acme/a,b".to_owned(),
            values: BTreeMap::from([("owner".to_owned(), "@acme/ops".to_owned())]),
        };
        let mut out = Vec::new();
        write(&mut out, &["appid".to_owned(), "owner".to_owned()], &[row]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "repository,path,appid,owner\n\"acme/a,b\",,,'@acme/ops\n"
        );
    }
}
