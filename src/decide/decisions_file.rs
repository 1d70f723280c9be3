//! `decisions.yaml`: people's decisions on single secrets. Only people write this file; the program
//! reads it.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::Policy;
use crate::human_text;
use crate::inventory::entry::Outcome;
use crate::inventory::entry_reading::ReadingChoice;
use crate::no_follow_open::Links;
use crate::secret::SecretId;
use crate::secrets_manager::SecretName;
use crate::text_type::parse_text;
use crate::yaml::{self, FileError, Mistake, key_path};

/// The form of the file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionsFile {
    /// Version of this format: 1.
    #[serde(deserialize_with = "crate::yaml::schema_one")]
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// Secret id → the decision.
    #[serde(deserialize_with = "crate::yaml::unique")]
    #[schemars(with = "BTreeMap<SecretId, PersonDecision>")]
    pub decisions: BTreeMap<String, PersonDecision>,
}

/// A person's statement about one secret: its outcome, facts about it, the reading of its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonDecision {
    /// The outcome. Left out, the policy decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// The content of `decisions.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    by_id: BTreeMap<SecretId, PersonDecision>,
}

impl Decisions {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or has a mistake. The error has the place of the mistake.
    pub fn load(path: &Path, links: Links, policy: &Policy) -> Result<Decisions, FileError> {
        Self::parse(path, &human_text::read(path, links)?, policy)
    }

    /// Reads the text of the file; `path` is only for messages.
    ///
    /// # Errors
    ///
    /// If the text has a mistake. The error has its place.
    pub fn parse(path: &Path, text: &str, policy: &Policy) -> Result<Decisions, FileError> {
        let read: DecisionsFile = yaml::from_yaml(path, text)?;
        let mut by_id = BTreeMap::new();
        for (id, entry) in read.decisions {
            let parsed = id.parse::<SecretId>().map_err(|error| {
                Mistake::new(key_path!["decisions", id.as_str()], error.to_string())
            });
            let checked = parsed.and_then(|parsed| check(&id, &entry, policy).map(|()| parsed));
            by_id.insert(
                checked.map_err(|mistake| mistake.in_text(path, text))?,
                entry,
            );
        }
        Ok(Decisions { by_id })
    }

    /// The entry of a secret.
    pub fn get(&self, id: &SecretId) -> Option<&PersonDecision> {
        self.by_id.get(id)
    }

    /// The ids that have an entry and are not in `known`, in order. This is no error, since such a
    /// secret may come back.
    pub fn unknown_ids<'a>(&self, known: impl IntoIterator<Item = &'a SecretId>) -> Vec<SecretId> {
        let known: std::collections::BTreeSet<&SecretId> = known.into_iter().collect();
        self.by_id
            .keys()
            .filter(|id| !known.contains(id))
            .cloned()
            .collect()
    }
}

impl PersonDecision {
    /// The outcome, if it is still valid on this day.
    pub fn outcome_on(&self, today: Date) -> Option<Outcome> {
        self.outcome
            .filter(|_| self.until.is_none_or(|Day(last)| today <= last))
    }
}

fn check(id: &str, entry: &PersonDecision, policy: &Policy) -> Result<(), Mistake> {
    let err =
        |key: &str, message: &str| Err(Mistake::new(key_path!["decisions", id, key], message));
    let blank = |text: &str| text.trim().is_empty();
    if blank(&entry.by) {
        return err("by", "say who decided");
    }
    match entry.outcome {
        Some(_) if entry.reason.as_deref().is_none_or(blank) => {
            return err("reason", "an outcome needs a reason");
        }
        None if entry.until.is_some() => {
            return err(
                "until",
                "only an outcome ends; metadata, name and reading hold on",
            );
        }
        None if entry.metadata.is_empty() && entry.name.is_none() && entry.reading.is_none() => {
            return err(
                "outcome",
                "the entry says nothing: give an outcome, metadata, a name or a reading",
            );
        }
        _ => {}
    }
    for (field, value) in &entry.metadata {
        if let Err(error) = policy.check_field(field, value) {
            return Err(Mistake::new(
                key_path!["decisions", id, "metadata", field.as_str()],
                error.to_string(),
            ));
        }
    }
    match entry.name.as_deref() {
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "s-000000000000000000000001";

    fn read(text: &str) -> Result<Decisions, String> {
        Decisions::parse(Path::new("decisions.yaml"), text, &Policy::builtin())
            .map_err(|error| error.to_string())
    }

    fn entry(text: &str) -> Result<Decisions, String> {
        read(&format!("schema: 1\ndecisions:\n  {ID}: {text}\n"))
    }

    #[test]
    fn an_outcome_ends() {
        let decisions =
            entry("{ outcome: retain, reason: r, by: jane, until: 2026-03-31 }").unwrap();
        let id: SecretId = ID.parse().unwrap();
        let decision = decisions.get(&id).unwrap();
        assert_eq!(
            decision.outcome_on(jiff::civil::date(2026, 3, 31)),
            Some(Outcome::Retain)
        );
        assert_eq!(decision.outcome_on(jiff::civil::date(2026, 4, 1)), None);
        assert_eq!(decisions.unknown_ids([]), std::slice::from_ref(&id));
        assert_eq!(decisions.unknown_ids([&id]), []);
    }

    #[test]
    fn mistakes_have_their_place() {
        insta::assert_snapshot!(entry("{ outcome: keep, reason: r, by: j }").unwrap_err(), @"decisions.yaml:3:42: decisions.s-000000000000000000000001.outcome: unknown variant `keep`, expected one of `relocate`, `retain`, `retire`, `dismiss`, `review`");
        insta::assert_snapshot!(entry("{ outcome: retain, by: j }").unwrap_err(), @"decisions.yaml:3:31: decisions.s-000000000000000000000001.reason: an outcome needs a reason");
        insta::assert_snapshot!(entry("{ by: j }").unwrap_err(), @"decisions.yaml:3:31: decisions.s-000000000000000000000001.outcome: the entry says nothing: give an outcome, metadata, a name or a reading");
        insta::assert_snapshot!(entry("{ outcome: retain, reason: r, by: j, until: 31.3.2026 }").unwrap_err(), @"decisions.yaml:3:75: decisions.s-000000000000000000000001.until: `31.3.2026` is no date such as 2026-03-31");
        insta::assert_snapshot!(entry("{ by: j, metadata: { appid: A } }").unwrap_err(), @"decisions.yaml:3:59: decisions.s-000000000000000000000001.metadata.appid: appid is `A`, expected 5 to 7 lower-case letters and digits");
        insta::assert_snapshot!(entry("{ by: j, name: db-secret }").unwrap_err(), @"decisions.yaml:3:46: decisions.s-000000000000000000000001.name: the name ends in `-secret`: a hyphen and six characters look like the end of a secret's ARN");
        insta::assert_snapshot!(entry("{ by: j, why: x }").unwrap_err(), @"decisions.yaml:3:40: decisions.s-000000000000000000000001: unknown field `why`, expected one of `outcome`, `reason`, `by`, `until`, `metadata`, `name`, `reading`");
        insta::assert_snapshot!(entry("{ by: j, reading: raw }").unwrap_err(), @"decisions.yaml:3:49: decisions.s-000000000000000000000001.reading: unknown variant `raw`, expected `as-read` or `as-written`");
        insta::assert_snapshot!(read("schema: 1\ndecisions:\n  s-1: { by: j, name: x }\n").unwrap_err(), @"decisions.yaml:3:8: decisions.s-1: a secret id is `s-` and 24 lower-case hex digits");
        insta::assert_snapshot!(read("schema: 1\ndecisions: {\n").unwrap_err(), @"decisions.yaml:3:1: did not find expected node content at line 3 column 1, while parsing a flow node");
        insta::assert_snapshot!(read("").unwrap_err(), @"decisions.yaml:1:1: the file is empty");
    }

    #[test]
    fn twice_the_same_secret_is_a_mistake() {
        let line = format!("  {ID}: {{ by: j, name: x }}\n");
        let error = read(&format!("schema: 1\ndecisions:\n{line}{line}")).unwrap_err();
        assert!(error.contains("given twice"), "{error}");
    }

    #[test]
    fn the_decisions_of_the_example_inventory_are_about_its_secrets() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/example");
        let path = folder.join("decisions.yaml");
        let decisions = Decisions::load(&path, Links::Followed, &Policy::builtin()).unwrap();
        let text = std::fs::read_to_string(folder.join("ord001.yaml")).unwrap();
        let file: crate::inventory::stored_file::InventoryFile =
            serde_yaml::from_str(&text).unwrap();
        assert_eq!(
            decisions.unknown_ids(file.secrets.iter().map(|secret| &secret.id)),
            []
        );
    }
}
