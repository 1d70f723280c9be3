//! `--format json`: one document with all findings and the coverage report. Also the JSON writer
//! that all JSON formats use.

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

/// Findings and coverage report of one scan.
// No `Debug`: a row can contain a value.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Scan")]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = 2))]
    pub schema: u32,
    /// The program that wrote the document.
    pub tool: Tool<'a>,
    /// True if the findings have the ids of their objects and the ends of their values. Whoever has
    /// such a report, and knows the text around a weak value, can test guesses of the value.
    pub object_ids: bool,
    /// Number of secrets that were left out because the inventory of `--inventory` dismisses them.
    /// Absent without this option.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<u64>,
    /// Findings in order of repository, path and position.
    pub findings: Vec<Row<'a>>,
    /// Coverage report. The scan is complete if `unreadable` and `cut_off` are empty and
    /// `interrupted` is false.
    pub coverage: &'a Coverage,
}

/// The program that wrote a document.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool<'a> {
    /// Name of the program.
    pub name: &'a str,
    /// Version of the program.
    pub version: &'a str,
}

impl Tool<'static> {
    /// Keyferry in the version of this build.
    pub const THIS: Self = Self {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// Writes `findings` and the coverage report as one JSON document.
///
/// # Errors
///
/// Errors of `out`.
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
            schema: 2,
            tool: Tool::THIS,
            object_ids: options.object_ids,
            dismissed: options.dismissed,
            findings,
            coverage,
        },
    )
}

/// Writes a value as one line of JSON with a line end.
pub(super) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut *out,
        TerminalSafe(CompactFormatter),
    ))?;
    out.write_all(b"\n")
}

/// Writes a value as indented JSON with a final line end.
pub(crate) fn write_pretty(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(
        &mut *out,
        TerminalSafe(PrettyFormatter::new()),
    ))?;
    out.write_all(b"\n")
}

/// Wraps a formatter and writes `\u` escapes for every character that could act on a terminal. JSON
/// requires this for C0 controls only. For the other characters the escape is another spelling of
/// the same string.
struct TerminalSafe<F>(F);

impl<F: Formatter> Formatter for TerminalSafe<F> {
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
    fn hostile_strings_are_escaped_and_exact() {
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
