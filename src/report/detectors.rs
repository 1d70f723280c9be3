//! The list of detection rules: as a table, as JSON, and as the page `docs/detectors.md`.

use std::borrow::Cow;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::provider_table;
use super::table::{self, Align};
use crate::detect::library::Library;
use crate::detect::rule::{RuleFile, RuleSpec};
use crate::escape;
use crate::finding::{Confidence, Kind};

/// Formats of `detectors list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One line per rule
    Text,
    /// One JSON document, with the access that the secrets give and the documentation of their
    /// format
    Json,
    /// A page with one table per provider, like docs/detectors.md
    Markdown,
}

/// The document of `detectors list --format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Listing<'a> {
    /// Version of this format: 1.
    schema: u32,
    /// Rules in order of id.
    rules: Vec<Line<'a>>,
}

/// One detection rule.
#[derive(Debug, Serialize, JsonSchema)]
struct Line<'a> {
    /// Id of the rule.
    id: &'a str,
    /// Name of the secrets that it finds.
    name: &'a str,
    /// Provider that issues the secrets.
    provider: &'a str,
    /// Actions that the holder of such a secret can perform.
    opens: &'a str,
    /// Kind of the secrets.
    kind: Kind,
    /// Confidence of a match.
    confidence: Confidence,
    /// Offline proof that a value is tested with.
    proof: Option<&'static str>,
    /// Public documentation of the format or of the service.
    reference: Option<&'a str>,
}

/// Writes the rules of `library`, in order of id.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(format: Format, out: &mut dyn Write, library: &Library) -> io::Result<()> {
    let mut rules: Vec<_> = library.specs().collect();
    rules.sort_by_key(|(_, rule)| &rule.id);
    match format {
        Format::Text => text(out, &rules),
        Format::Json => {
            let rules = rules
                .iter()
                .map(|&(file, rule)| Line::of(file, rule))
                .collect();
            serde_json::to_writer_pretty(&mut *out, &Listing { schema: 1, rules })?;
            writeln!(out)
        }
        Format::Markdown => markdown(out, library),
    }
}

impl<'a> Line<'a> {
    fn of(file: &'a RuleFile, rule: &'a RuleSpec) -> Self {
        Self {
            id: &rule.id,
            name: &rule.name,
            provider: &file.provider,
            opens: rule.opens.as_ref().unwrap_or(&file.opens),
            kind: rule.kind,
            confidence: rule.confidence,
            proof: rule.proof.map(|proof| proof.name()),
            reference: file.reference.as_deref(),
        }
    }
}

fn text(out: &mut dyn Write, rules: &[(&RuleFile, &RuleSpec)]) -> io::Result<()> {
    // The name begins with the provider, so the table has no column for it.
    let mut rows = vec![
        ["ID", "KIND", "CONFIDENCE", "FINDS"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(rules.iter().map(|(_, rule)| {
        let cells = [
            rule.id.as_str(),
            rule.kind.name(),
            rule.confidence.name(),
            rule.name.as_str(),
        ];
        cells.map(|cell| escape::line(cell).into_owned()).to_vec()
    }));
    table::write(out, "", &[Align::Left; 4], &rows)
}

fn markdown(out: &mut dyn Write, library: &Library) -> io::Result<()> {
    let mut files: Vec<_> = library
        .files
        .iter()
        .map(|(_, file)| file)
        .filter(|file| !file.rules.is_empty())
        .collect();
    files.sort_by_cached_key(|file| (file.provider.to_lowercase(), file.rules[0].id.clone()));
    let rules: usize = files.iter().map(|file| file.rules.len()).sum();
    writeln!(out, "# Detectors\n")?;
    writeln!(
        out,
        "{rules} rules in {} families, and [a table of providers](#providers-that-other-scanners-know). This page is generated from the rule files. To generate it again:\n",
        files.len()
    )?;
    writeln!(
        out,
        "```sh\ncargo run -- detectors list --format markdown > docs/detectors.md\n```\n"
    )?;
    writeln!(
        out,
        "`keyferry detectors show ID` prints the patterns and examples of a rule. A proof is a checksum or a"
    )?;
    writeln!(
        out,
        "structure of the value that is checked without a network.\n"
    )?;
    writeln!(
        out,
        "Share of real secrets at each confidence, on lines that people labelled ([method](detection.md)):\n"
    )?;
    write!(out, "{}", precision())?;
    for file in files {
        writeln!(out, "\n## {}\n", cell(&file.provider))?;
        let reference = file
            .reference
            .as_deref()
            .map_or(String::new(), |url| format!(" <{}>", escape::line(url)));
        writeln!(out, "{}{reference}\n", cell(&file.opens))?;
        writeln!(
            out,
            "| rule | finds | kind | confidence | proof |\n|---|---|---|---|---|"
        )?;
        for rule in &file.rules {
            let proof = rule.proof.map_or("", |proof| proof.name());
            let (kind, confidence) = (rule.kind.name(), rule.confidence.name());
            let opens = rule
                .opens
                .as_ref()
                .map_or(String::new(), |opens| format!(": {}", cell(opens)));
            writeln!(
                out,
                "| `{}` | {}{opens} | {kind} | {confidence} | {proof} |",
                rule.id,
                cell(&rule.name)
            )?;
        }
    }
    provider_table::write(out, library)
}

/// The precision that `scripts/train-classifier` measured, as a Markdown table.
fn precision() -> String {
    let row = |line: &str| format!("| {} |\n", line.replace(',', " | "));
    let mut lines = include_str!("../detect/classifier/precision.csv").lines();
    let head = lines.next().map(row).unwrap_or_default();
    format!(
        "{head}|---|---:|---:|\n{}",
        lines.map(row).collect::<String>()
    )
}

/// Escapes text of a rule file for a Markdown cell, so that it is one line of plain text.
fn cell(text: &str) -> Cow<'_, str> {
    let text = escape::line(text.trim());
    if !text.contains(['|', '<', '>', '*', '_', '`', '\\', '[', ']']) {
        return text;
    }
    let escaped = text.chars().flat_map(|c| {
        let mark =
            matches!(c, '|' | '<' | '>' | '*' | '_' | '`' | '\\' | '[' | ']').then_some('\\');
        mark.into_iter().chain([c])
    });
    Cow::Owned(escaped.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        write(format, &mut out, &Library::builtin()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_page_is_up_to_date() {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/detectors.md"));
        assert!(
            page.ok().as_deref() == Some(&written(Format::Markdown)),
            "docs/detectors.md is out of date; run: cargo run -- detectors list --format markdown > docs/detectors.md"
        );
    }

    #[test]
    fn both_pages_have_the_same_precision() {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/detection.md"))
                .unwrap();
        assert!(
            precision().lines().count() == 5 && page.contains(&precision()),
            "docs/detection.md lacks:\n{}",
            precision()
        );
    }

    #[test]
    fn every_rule_is_on_the_page_and_in_the_document() {
        let (page, json) = (written(Format::Markdown), written(Format::Json));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let listed = json["rules"].as_array().unwrap();
        let library = Library::builtin();
        assert_eq!(listed.len(), library.specs().count());
        let schemas = super::super::schema::all();
        let schema = &schemas
            .iter()
            .find(|(name, _)| *name == "rules.schema.json")
            .unwrap()
            .1;
        let violations = super::super::tests::schema_check::violations(
            &serde_json::from_str(schema).unwrap(),
            &json,
        );
        assert_eq!(violations, Vec::<String>::new());
        for (_, rule) in library.specs() {
            assert!(
                page.contains(&format!("\n| `{}` | ", rule.id)),
                "{}",
                rule.id
            );
            assert!(
                listed.iter().any(|line| line["id"] == rule.id.as_str()),
                "{}",
                rule.id
            );
        }
    }

    #[test]
    fn cells_hold_no_markup() {
        assert_eq!(cell("a|b <c> d_e\nf"), "a\\|b \\<c\\> d\\_e\\\\nf");
        assert_eq!(cell("Tokens of Acme."), "Tokens of Acme.");
    }
}
