//! `--format jsonl`: one [`Row`] a line. It has no place for the coverage account; the caller tells it.

use std::io::{self, Write};

use super::finding_order::ordered;
use super::json;
use super::options::Options;
use super::row::Row;
use crate::finding::Finding;

pub fn write(out: &mut dyn Write, findings: &[Finding], options: &Options<'_>) -> io::Result<()> {
    for finding in ordered(findings) {
        json::write_line(out, &Row::of(finding, options.show_secrets))?;
    }
    Ok(())
}
