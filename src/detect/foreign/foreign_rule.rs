//! The rules of another scanner as its file states them, before conversion.

use crate::finding::Confidence;

/// The scanners whose rule files can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFormat {
    /// gitleaks, and betterleaks, which extends its format.
    Gitleaks,
    /// kingfisher and Nosey Parker, whose formats differ in a few fields.
    Kingfisher,
}

impl ForeignFormat {
    /// The scanners of the format, for messages.
    pub fn name(self) -> &'static str {
        match self {
            ForeignFormat::Gitleaks => "gitleaks or betterleaks",
            ForeignFormat::Kingfisher => "kingfisher or Nosey Parker",
        }
    }
}

/// A rule file of another scanner, as far as it was understood.
#[derive(Debug)]
pub struct ForeignFile {
    /// The format that the file was read as.
    pub format: ForeignFormat,
    /// The rules, in the order of the file.
    pub rules: Vec<ForeignRule>,
    /// Settings outside the rules that a Keyferry rule file cannot express.
    pub notes: Vec<Note>,
}

/// A difference between a rule of another scanner and its conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Line in the file of the other scanner, 1-based.
    pub line: usize,
    /// The field or the topic, by which the summary counts notes.
    pub about: &'static str,
    /// The difference, as a sentence without its end.
    pub text: String,
}

/// The part of a match that is the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) enum ValueGroup {
    /// The first group that took part in the match; the whole match if no group did.
    #[default]
    FirstOfAll,
    /// The group with this number.
    Number(u32),
    /// The group with this name, or else the first one; the whole match if that group took no part.
    NamedOrFirst(&'static str),
    /// The last group: rules of Nosey Parker may have groups for a user or a host before it.
    Last,
}

/// A rule of another scanner.
#[derive(Debug, Default)]
pub struct ForeignRule {
    /// First line of the rule, 1-based.
    pub(super) line: usize,
    /// The id as the file has it; empty if it has none.
    pub(super) id: String,
    /// Name for people.
    pub(super) name: Option<String>,
    /// Description of the rule.
    pub(super) description: Option<String>,
    /// Addresses of documentation.
    pub(super) references: Vec<String>,
    /// The expression, in the scanner's syntax.
    pub(super) regex: Option<String>,
    /// Whether the expression is in the syntax of Go.
    pub(super) go: bool,
    /// The group that is the value.
    pub(super) group: ValueGroup,
    /// Words, one of which a file must contain.
    pub(super) keywords: Vec<String>,
    /// Line of the keywords, 1-based.
    pub(super) keywords_line: usize,
    /// Least entropy of the value, in bits a character.
    pub(super) min_entropy: Option<f64>,
    /// The confidence, if the rule states one.
    pub(super) confidence: Option<Confidence>,
    /// Texts in which the rule finds a value.
    pub(super) examples: Vec<String>,
    /// Texts in which the rule finds nothing.
    pub(super) negatives: Vec<String>,
    /// Whether the rule only supplies a condition for another rule, so that its own matches are not
    /// reported.
    pub(super) supports_other_rule: bool,
    /// Differences that are known so far.
    pub(super) notes: Vec<Note>,
}

impl ForeignRule {
    /// Adds a note.
    pub(super) fn note(&mut self, line: usize, about: &'static str, text: impl Into<String>) {
        self.notes.push(Note {
            line,
            about,
            text: text.into(),
        });
    }

    /// Adds a note, unless the rule has it already: several converted rules may share it.
    pub(super) fn note_once(&mut self, line: usize, about: &'static str, text: String) {
        let note = Note { line, about, text };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}
