//! An answer to a question: a part of a statement.

use std::fmt;

use super::field_names::REPLACEMENT;
use super::metadata::NAME;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::native_replacement::ReplacementStatus;
use crate::inventory::use_key::UseChoice;

/// What a question asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The outcome of the decision.
    Outcome,
    /// Whether the uses are separate.
    Uses,
    /// The reading of a doubtful value.
    Reading,
    /// The value of a field.
    Field(String),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outcome => "outcome",
            Self::Uses => "uses",
            Self::Reading => "reading",
            Self::Field(field) => field,
        })
    }
}

/// An answer: a part of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The outcome. A statement with it needs a reason.
    Outcome(Outcome),
    /// A rule of `replacements` in the policy: its service replaces the secret.
    Replacement(String),
    /// The value of a metadata field.
    Field {
        /// The field.
        field: String,
        /// Its value.
        value: String,
    },
    /// The text for `{name}` in the naming template.
    Name(String),
    /// Whether the uses are separate.
    Uses(UseChoice),
    /// The reading of a doubtful value.
    Reading(ReadingChoice),
}

impl Answer {
    /// The value of a field, or the name.
    pub fn of_field(field: &str, value: String) -> Self {
        match field {
            NAME => Self::Name(value),
            _ => Self::Field {
                field: field.to_owned(),
                value,
            },
        }
    }

    /// The topic that it answers.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Outcome(_) | Self::Replacement(_) => Topic::Outcome,
            Self::Field { field, .. } => Topic::Field(field.clone()),
            Self::Name(_) => Topic::Field(NAME.to_owned()),
            Self::Uses(_) => Topic::Uses,
            Self::Reading(_) => Topic::Reading,
        }
    }
}

/// As a statement has it: `outcome: retire`.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Outcome(outcome) => write!(f, "outcome: {}", outcome.name()),
            Self::Replacement(rule) => write!(f, "{REPLACEMENT}: {rule}"),
            Self::Field { field, value } => {
                write!(f, "metadata: {{ {field}: {} }}", quoted(value))
            }
            Self::Name(name) => write!(f, "name: {}", quoted(name)),
            Self::Uses(choice) => write!(f, "uses: {}", choice.name()),
            Self::Reading(choice) => write!(f, "reading: {}", choice.name()),
        }
    }
}

/// The possible answers to the question for an outcome.
pub(super) fn outcomes(secret: &Secret) -> Vec<Answer> {
    let outcomes = Outcome::CHOICES.into_iter();
    let outcomes = outcomes.filter(|outcome| *outcome != Outcome::Review);
    let asked = secret.replacement.as_ref();
    let asked = asked.filter(|known| known.status == ReplacementStatus::Question);
    outcomes
        .map(Answer::Outcome)
        .chain(asked.map(|known| Answer::Replacement(known.rule.clone())))
        .collect()
}
