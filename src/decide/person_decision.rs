//! The content of a person's statement: an outcome, facts, a name, a reading.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::inventory::entry::{ChosenOutcome, Outcome};
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::use_key::UseChoice;
use crate::secrets_manager::SecretName;
use crate::text_type::parse_text;
use crate::yaml::{Mistake, Step};

/// A person's words about secrets: the outcome, facts, a name, the reading of a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonDecision {
    /// The outcome. Left out, the policy decides.
    #[serde(
        default,
        deserialize_with = "Outcome::chosen_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<ChosenOutcome>")]
    pub outcome: Option<Outcome>,
    /// The reason. Required with an outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The person who decided.
    pub by: String,
    /// The last day on which the outcome is valid; after it the policy decides again. Metadata and
    /// name have no last day: they are facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Metadata field → value.
    #[serde(
        default,
        deserialize_with = "crate::yaml::unique",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub metadata: BTreeMap<String, String>,
    /// The text for `{name}` in the naming template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The reading of a doubtful value that the application has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<ReadingChoice>,
    /// Whether the applications and environments that use the secret get one each, or share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<UseChoice>,
}

/// A date, `2026-03-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

/// The text is no date in the one form that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no date such as 2026-03-31")]
pub struct DayError {
    /// The text that was given.
    pub text: String,
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        // The crate reads other forms too; one form is enough for people.
        let date = text
            .parse::<Date>()
            .ok()
            .filter(|date| date.to_string() == text);
        date.map(Day).ok_or_else(|| DayError {
            text: text.to_owned(),
        })
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_text(deserializer)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

impl PersonDecision {
    /// The outcome, if it is still valid on this day.
    pub fn outcome_on(&self, today: Date) -> Option<Outcome> {
        self.outcome
            .filter(|_| self.until.is_none_or(|Day(last)| today <= last))
    }

    /// Whether it says facts, a name, a reading or something of the uses.
    pub fn has_facts(&self) -> bool {
        !self.metadata.is_empty()
            || self.name.is_some()
            || self.reading.is_some()
            || self.uses.is_some()
    }

    /// Checks it. `at` is the key path of the statement; `says_more` whether the statement says something besides.
    ///
    /// # Errors
    ///
    /// The first mistake.
    pub(super) fn check(
        &self,
        at: &[Step],
        policy: &Policy,
        says_more: bool,
    ) -> Result<(), Mistake> {
        let path = |keys: &[&str]| {
            let keys = keys.iter().map(|key| Step::from(*key));
            at.iter().cloned().chain(keys).collect()
        };
        let err = |key: &str, message: &str| Err(Mistake::new(path(&[key]), message));
        let blank = |text: &str| text.trim().is_empty();
        if blank(&self.by) {
            return err("by", "say who decided");
        }
        match self.outcome {
            Some(_) if self.reason.as_deref().is_none_or(blank) => {
                return err("reason", "an outcome needs a reason");
            }
            None if self.until.is_some() => {
                return err(
                    "until",
                    "only an outcome ends; metadata, name, reading and uses hold on",
                );
            }
            None if !self.has_facts() && !says_more => {
                return err(
                    "outcome",
                    "the entry says nothing: give an outcome, metadata, a name, a reading, uses, a rotation or a replacement",
                );
            }
            _ => {}
        }
        for (field, value) in &self.metadata {
            if let Err(error) = policy.check_field(field, value) {
                return Err(Mistake::new(path(&["metadata", field]), error.to_string()));
            }
        }
        match self.name.as_deref() {
            Some(name) if name.contains('/') => {
                err("name", "it is one component of the whole name, without `/`")
            }
            Some(name) => match name.parse::<SecretName>() {
                Err(error) => err("name", &error.to_string()),
                Ok(_) => Ok(()),
            },
            None => Ok(()),
        }
    }
}
