//! `--format json`: one document with everything a scan has to say. Also how this module writes JSON at all.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::finding_order::ordered;
use super::options::Options;
use super::row::Row;
use crate::coverage::Coverage;
use crate::escape::unsafe_to_print;
use crate::finding::Finding;

/// What one scan found and what it read.
// No `Debug`: a row may hold a value.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Scan")]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub tool: Tool<'a>,
    /// In order of repository, path and place.
    pub findings: Vec<Row<'a>>,
    /// The scan is complete when `unreadable` is empty and `interrupted` is false.
    pub coverage: &'a Coverage,
}

/// What wrote a document.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool<'a> {
    pub name: &'a str,
    pub version: &'a str,
}

impl Tool<'static> {
    /// This build.
    pub const THIS: Self = Self {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    };
}

pub fn write(
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> io::Result<()> {
    let findings = ordered(findings)
        .into_iter()
        .map(|finding| Row::of(finding, options.show_secrets))
        .collect();
    write_pretty(
        out,
        &Document {
            schema: 1,
            tool: Tool::THIS,
            findings,
            coverage,
        },
    )
}

/// One line of JSON and its end.
pub(super) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut *out,
        Harmless(CompactFormatter),
    ))?;
    out.write_all(b"\n")
}

/// JSON with indents, and the end of its last line.
pub(super) fn write_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut *out,
        Harmless(PrettyFormatter::new()),
    ))?;
    out.write_all(b"\n")
}

/// Writes as another formatter does, but with `\u` escapes for whatever could act on a terminal. JSON asks for that of C0
/// controls only; for the others it is the same string in another spelling.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices().filter(|&(_, c)| unsafe_to_print(c)) {
            out.write_all(&fragment.as_bytes()[written..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        out.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_strings_are_harmless_and_exact() {
        let text = "a\x1b[2J\n\"\\ \u{9b}31m \u{202e}x \u{e0041} é";
        for pretty in [false, true] {
            let mut out = Vec::new();
            if pretty {
                write_pretty(&mut out, &[text])
            } else {
                write_line(&mut out, &[text])
            }
            .unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(
                !out.replace('\n', "").chars().any(unsafe_to_print),
                "{out:?}"
            );
            assert_eq!(serde_json::from_str::<Vec<String>>(&out).unwrap(), [text]);
        }
    }
}
