//! Statements that contradict each other about a secret.

use std::collections::BTreeMap;
use std::fmt;

use super::decisions::Decisions;
use super::rule_ids::CONFLICT;
use super::statement::Statement;
use crate::inventory::entry::{Decision, Outcome, Secret};
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::use_key::UseChoice;
use crate::secret::SecretId;

/// The largest number of secrets that an error names for one contradiction.
const SECRETS_SHOWN: usize = 5;
/// The largest number of contradictions that an error names.
const CONTRADICTIONS_SHOWN: usize = 10;

/// The thing on which statements contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    Outcome,
    Field(String),
    Name,
    Reading,
    Uses,
}

/// Two statements, by their numbers, that say different things of one secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clash {
    /// The first of both.
    pub first: usize,
    /// The second of both.
    pub second: usize,
    /// The thing that they say something about.
    pub topic: Topic,
}

impl Clash {
    /// The metadata field on which the statements contradict each other.
    pub fn field(&self) -> Option<&str> {
        match &self.topic {
            Topic::Field(field) => Some(field),
            _ => None,
        }
    }
}

impl Topic {
    /// The words of a statement about it.
    fn said_by(&self, statement: &Statement) -> String {
        let says = &statement.says;
        match self {
            Topic::Outcome => says.outcome.map_or("no outcome", Outcome::name).to_owned(),
            Topic::Field(field) => {
                let value = says.metadata.get(field).map_or("", String::as_str);
                format!("{field} `{value}`")
            }
            Topic::Name => format!("name `{}`", says.name.as_deref().unwrap_or_default()),
            Topic::Reading => {
                let reading = match says.reading {
                    Some(ReadingChoice::AsRead) => "as-read",
                    Some(ReadingChoice::AsWritten) => "as-written",
                    None => "none",
                };
                format!("reading `{reading}`")
            }
            Topic::Uses => {
                let uses = match says.uses {
                    Some(UseChoice::Separate) => "separate",
                    Some(UseChoice::Together) => "together",
                    None => "none",
                };
                format!("uses `{uses}`")
            }
        }
    }
}

/// Sends a secret to review if statements about it contradict each other, and asks which of them is right.
pub(super) fn ask(secret: &mut Secret, clashes: &[Clash], decisions: &Decisions) {
    if clashes.is_empty() {
        return;
    }
    let question = |clash: &Clash| {
        let side = |number: usize| {
            let statement = &decisions.all()[number];
            let said = clash.topic.said_by(statement);
            format!("{said} ({})", statement.place.recorded())
        };
        let (first, second) = (side(clash.first), side(clash.second));
        format!("Which statement is right: {first} or {second}?")
    };
    let reason = "Statements of people contradict each other.";
    secret.decision = Decision {
        questions: clashes.iter().map(question).collect(),
        ..Decision::by_rule(Outcome::Review, CONFLICT, reason)
    };
}

/// Two statements that contradict each other, and the secrets of which they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The place of each, and what it says.
    pub sides: [(String, String); 2],
    /// The first of the secrets, in order.
    pub secrets: Vec<SecretId>,
    /// The number of the others.
    pub more: usize,
}

/// All contradictions between the statements of people. Nothing may be planned or imported until they are resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Contradictions(pub Vec<Contradiction>);

impl Contradictions {
    /// The contradictions of all secrets, by statements and topic.
    pub(super) fn of(
        clashes: BTreeMap<Clash, Vec<SecretId>>,
        decisions: Option<&Decisions>,
    ) -> Self {
        let Some(decisions) = decisions else {
            return Self::default();
        };
        let contradiction = |(clash, mut secrets): (Clash, Vec<SecretId>)| {
            let side = |number: usize| {
                let statement = &decisions.all()[number];
                let said = clash.topic.said_by(statement);
                (statement.place.to_string(), said)
            };
            secrets.sort();
            let more = secrets.len().saturating_sub(SECRETS_SHOWN);
            secrets.truncate(SECRETS_SHOWN);
            Contradiction {
                sides: [side(clash.first), side(clash.second)],
                secrets,
                more,
            }
        };
        Self(clashes.into_iter().map(contradiction).collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Contradictions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("statements contradict each other:")?;
        for contradiction in self.0.iter().take(CONTRADICTIONS_SHOWN) {
            let [(first, one), (second, other)] = &contradiction.sides;
            let ids: Vec<&str> = contradiction.secrets.iter().map(SecretId::as_str).collect();
            let count = ids.len() + contradiction.more;
            let secrets = if count == 1 { "secret" } else { "secrets" };
            write!(
                f,
                "\n{first} says {one}\n{second} says {other}\n  of {count} {secrets}: {}",
                ids.join(", ")
            )?;
            if contradiction.more > 0 {
                write!(f, " and {} more", contradiction.more)?;
            }
        }
        if let Some(more @ 1..) = self.0.len().checked_sub(CONTRADICTIONS_SHOWN) {
            write!(f, "\nand {more} more contradictions")?;
        }
        Ok(())
    }
}
