//! Rules that a user has for another scanner, read into ours: gitleaks and betterleaks (TOML), kingfisher and Nosey Parker
//! (YAML). What a rule of ours cannot say is told, rule by rule: nothing is lost in silence.
//!
//! The formats are those of gitleaks' `config/config.go`, betterleaks' `config/config.go`, kingfisher's `docs/RULES.md` and
//! Nosey Parker's `docs/RULES.md`. What a rule there means differs from ours in three ways that matter here: their keywords
//! may stand anywhere in a file, ours are anchors, which are in every match; their expressions search whole files and need
//! no greatest length; and what they ask of a match afterwards (allow-lists, filters, calls to the provider) has no place
//! in a rule of ours.

mod example_text;
mod gitleaks;
mod kingfisher;
mod match_extent;
mod pattern_conversion;
mod regex_dialect;
mod required_literals;
mod rule_conversion;
mod rule_naming;
#[cfg(test)]
mod tests;
mod value_groups;

use std::path::Path;

pub use rule_conversion::{Conversion, RuleOutcome, convert};

use crate::finding::Confidence;
use crate::yaml::FileError;

/// Whose rules a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// gitleaks, and betterleaks, which goes on from it.
    Gitleaks,
    /// kingfisher and Nosey Parker, whose rules differ in a few fields.
    Kingfisher,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Format::Gitleaks => "gitleaks or betterleaks",
            Format::Kingfisher => "kingfisher or Nosey Parker",
        }
    }
}

/// A file of another scanner, as far as it was understood.
#[derive(Debug)]
pub struct Foreign {
    pub format: Format,
    pub rules: Vec<ForeignRule>,
    /// What the file says beside its rules and ours cannot.
    pub notes: Vec<Note>,
}

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In the file of the other scanner, 1-based.
    pub line: usize,
    /// The field or the matter, the same word for the same loss.
    pub about: &'static str,
    pub text: String,
}

/// Which part of a match is the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) enum Group {
    /// The first group that took part in the match; the whole match if none did.
    #[default]
    FirstOfAll,
    /// This group.
    Number(u32),
    /// The group of this name or else the first one; the whole match if that took no part.
    NamedOrFirst(&'static str),
    /// The last group: Nosey Parker's rules may have groups for a user or a host before it.
    Last,
}

/// A rule of another scanner.
#[derive(Debug, Default)]
pub struct ForeignRule {
    /// 1-based.
    line: usize,
    /// As it stands; may be missing.
    id: String,
    name: Option<String>,
    description: Option<String>,
    references: Vec<String>,
    regex: Option<String>,
    /// The expression is in the syntax of Go.
    go: bool,
    group: Group,
    keywords: Vec<String>,
    keywords_line: usize,
    min_entropy: Option<f64>,
    confidence: Option<Confidence>,
    examples: Vec<String>,
    negatives: Vec<String>,
    /// Why the rule is not to be carried over, whatever its expression is.
    unwanted: Option<&'static str>,
    notes: Vec<Note>,
}

impl ForeignRule {
    fn note(&mut self, line: usize, about: &'static str, text: impl Into<String>) {
        self.notes.push(Note {
            line,
            about,
            text: text.into(),
        });
    }

    /// For what several rules of ours that are made of one have in common.
    fn note_once(&mut self, line: usize, about: &'static str, text: String) {
        let note = Note { line, about, text };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Reads a file of one of the formats. `path` is for messages, and its ending tells TOML from YAML.
pub fn read(path: &Path, text: &str) -> Result<Foreign, FileError> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or("");
    let is_toml = match ending.to_ascii_lowercase().as_str() {
        "toml" => true,
        "yaml" | "yml" | "json" => false,
        _ => text.lines().any(|line| line.trim_end() == "[[rules]]"),
    };
    if is_toml {
        gitleaks::read(path, text)
    } else {
        kingfisher::read(path, text)
    }
}

/// A file without rules, or with something else in their place.
fn wrong(path: &Path, (line, column): (usize, usize), message: impl Into<String>) -> FileError {
    FileError::Wrong {
        path: path.to_owned(),
        line,
        column,
        message: message.into(),
    }
}
