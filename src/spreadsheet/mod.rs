//! Tables from the files that people keep in spreadsheets: CSV in all usual encodings, and workbooks (XLSX).

pub(crate) mod csv_text;
pub(crate) mod mistake_list;
pub(crate) mod sheet_table;
pub(crate) mod workbook;
mod zip_archive;
