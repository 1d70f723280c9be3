//! The open questions of a settled secret, each with the answers that people can give.

use std::fmt;

use super::decision;
use super::field_names::REPLACEMENT;
use super::inputs::Inputs;
use super::metadata::{self, Gathered, NAME};
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::native_replacement::ReplacementStatus;
use crate::inventory::use_key::UseChoice;

/// An open question, or several that one answer settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked for.
    pub topic: Topic,
    /// The question in words. Several that the same answers settle are together.
    pub texts: Vec<String>,
    /// Possible answers. Of a field, other values are possible, too.
    pub answers: Vec<Answer>,
}

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

/// The open questions of a settled secret, in a fixed order. A field that the policy requires and that is not known is a
/// question of a secret that is to be relocated or in review.
pub fn questions(secret: &Secret, inputs: &Inputs) -> Vec<Question> {
    let needs_fields = matches!(secret.decision.outcome, Outcome::Relocate | Outcome::Review);
    let missing = match needs_fields {
        true => metadata::missing_fields(secret, inputs.policy),
        false => Vec::new(),
    };
    if secret.decision.questions.is_empty()
        && missing.is_empty()
        && secret.decision.outcome != Outcome::Review
    {
        return Vec::new();
    }
    let gathered = metadata::gather(secret, inputs);
    let mut questions = asked(secret, &gathered, inputs);
    for field in missing {
        let topic = Topic::Field(field.clone());
        if !questions.iter().any(|known| known.topic == topic) {
            questions.push(Question {
                topic,
                texts: vec![format!("Which {field} is it? Nothing states it.")],
                answers: Vec::new(),
            });
        }
    }
    // A secret in review waits for an outcome, also if its rule asks nothing.
    if questions.is_empty() && secret.decision.outcome == Outcome::Review {
        questions.push(Question {
            topic: Topic::Outcome,
            texts: vec!["What happens to it?".to_owned()],
            answers: outcomes(secret),
        });
    }
    questions
}

/// The questions that its decision asks.
pub(super) fn asked(secret: &Secret, gathered: &Gathered, inputs: &Inputs) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for (text, answers) in decision::answers(secret, gathered, inputs) {
        let same = |known: &&mut Question| known.answers == answers;
        match questions.iter_mut().find(same) {
            Some(known) => known.texts.push(text),
            None => questions.push(Question {
                topic: answers[0].topic(),
                texts: vec![text],
                answers,
            }),
        }
    }
    questions
}

/// The possible answers to the question for an outcome.
pub(super) fn outcomes(secret: &Secret) -> Vec<Answer> {
    let outcomes = Outcome::ALL.into_iter();
    let outcomes = outcomes.filter(|outcome| *outcome != Outcome::Review);
    let asked = secret.replacement.as_ref();
    let asked = asked.filter(|known| known.status == ReplacementStatus::Question);
    outcomes
        .map(Answer::Outcome)
        .chain(asked.map(|known| Answer::Replacement(known.rule.clone())))
        .collect()
}
