//! Tests of rules on their own examples and negatives.

use super::compile::{Rule, RuleMistake};
use super::engine::{Engine, Text};
use super::example::{ExampleError, expand};
use super::file_kind::FileKind;
use super::rule::{FormatName, RuleFile, RuleSpec};

/// A text that a rule states to be tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// A text in which the rule must find exactly one value.
    Example,
    /// A text in which the rule must find nothing.
    Negative,
}

impl SampleKind {
    /// Number of values that the rule must find.
    fn wanted(self) -> usize {
        match self {
            SampleKind::Example => 1,
            SampleKind::Negative => 0,
        }
    }
}

impl std::fmt::Display for SampleKind {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str(match self {
            SampleKind::Example => "example",
            SampleKind::Negative => "negative",
        })
    }
}

/// A contradiction between a rule and one of its examples or negatives.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelftestFailure {
    /// The rule does not compile.
    #[error("{}", .0.message)]
    Rule(RuleMistake),
    /// A text has a placeholder that cannot be expanded.
    #[error("{kind} {number}: {error}")]
    Placeholder {
        /// Whether the text is an example or a negative.
        kind: SampleKind,
        /// Place among the texts of its kind, 1-based.
        number: usize,
        /// The placeholder's mistake.
        error: ExampleError,
    },
    /// The rule finds another number of values than it must.
    #[error(
        "{kind} {number}: found {found} values, not {}{}: {text}",
        .kind.wanted(),
        if .rejected.is_empty() { String::new() } else { format!(" (rejected: {})", .rejected.join(", ")) }
    )]
    Count {
        /// Whether the text is an example or a negative.
        kind: SampleKind,
        /// Place among the texts of its kind, 1-based.
        number: usize,
        /// Number of values that the rule finds.
        found: usize,
        /// Names of the filters that rejected values.
        rejected: Vec<&'static str>,
        /// The text, with its placeholders.
        text: String,
    },
}

/// The kind of file that a rule's examples are searched as. Examples are lines of configuration as
/// often as lines of code.
pub(super) fn kind_of_examples(spec: &RuleSpec) -> FileKind {
    if spec.format == Some(FormatName::Lines) {
        FileKind::Login
    } else {
        FileKind::Config
    }
}

/// Tests a rule on its examples and negatives. Returns the failures in their order; none if the rule
/// finds exactly what it states.
pub fn failures(file: &RuleFile, spec: &RuleSpec) -> Vec<SelftestFailure> {
    let rule = match Rule::compile(spec, &file.provider, true) {
        Ok(rule) => rule,
        Err(mistake) => return vec![SelftestFailure::Rule(mistake)],
    };
    let engine = Engine::new(vec![rule], 0);
    let mut failures = Vec::new();
    for (kind, texts) in [
        (SampleKind::Example, &spec.examples),
        (SampleKind::Negative, &spec.negatives),
    ] {
        for (at, template) in texts.iter().enumerate() {
            let number = at + 1;
            let text = match expand(template) {
                Ok(text) => text,
                Err(error) => {
                    failures.push(SelftestFailure::Placeholder {
                        kind,
                        number,
                        error,
                    });
                    continue;
                }
            };
            let scanned = engine.scan(Text::new(text.as_bytes(), kind_of_examples(spec)));
            if scanned.matches.len() != kind.wanted() {
                failures.push(SelftestFailure::Count {
                    kind,
                    number,
                    found: scanned.matches.len(),
                    rejected: scanned.rejected.filters().collect(),
                    text: template.clone(),
                });
            }
        }
    }
    failures
}
