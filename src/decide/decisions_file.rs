//! The files of people's statements: `decisions.yaml` and `decisions/*.yaml`. Only people write them;
//! the program reads them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field_names::{NOT_REPLACED, REPLACEMENT, ROTATION};
use super::moment::Moment;
use super::person_decision::{Day, PersonDecision};
use super::policy::Policy;
use super::rule_check::{check_condition, is_identifier, refuse_replaceable};
use super::rule_condition::Condition;
use super::statement::{Statement, StatementPlace};
use crate::inventory::entry::{ChosenOutcome, Outcome};
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::rotation_strategy::Rotation;
use crate::inventory::use_key::UseChoice;
use crate::secret::SecretId;
use crate::yaml::{self, FileError, Mistake, SectionForm, Step, entry_lines, key_path};

/// The form of a file of version 1.
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

/// The form of a file of version 2.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementsFile {
    /// Version of this format: 2.
    #[serde(deserialize_with = "crate::yaml::schema_two")]
    #[schemars(range(min = 2, max = 2))]
    pub schema: u32,
    /// The statements.
    pub statements: Vec<StatementEntry>,
}

/// A statement about the secrets with these ids, or about all secrets that a condition matches. If it
/// has both, both must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementEntry {
    /// An id of the statement: lower-case letters, digits and `-`. The inventory records it with each
    /// decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<SecretId>")]
    pub secret: Option<String>,
    /// The ids of the secrets.
    #[serde(
        default,
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[schemars(with = "Vec<SecretId>")]
    pub secrets: Vec<String>,
    /// The condition on the secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// The outcome. Left out, other statements or the policy decide.
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
    /// When they decided, as `2026-03-31T14:05:00Z`. A session writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// The last day on which the outcome is valid. Metadata, name and reading have no last day: they
    /// are facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Metadata field → value.
    #[serde(
        default,
        deserialize_with = "crate::yaml::unique",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub metadata: BTreeMap<String, String>,
    /// The text for `{name}` in the naming template. Only with the id of one secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The reading of a doubtful value that the application has. Only with ids of secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<ReadingChoice>,
    /// Whether the applications and environments that use a secret get one each, or share one. With ids of secrets, or
    /// with a condition that is not about metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<UseChoice>,
    /// The rotation of the secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
    /// The service that replaces the secrets: the id of a rule of `replacements` in the policy, or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

/// A file in which a mistake was looked for, and its name in the inventory.
struct File<'a> {
    path: Arc<Path>,
    name: Arc<str>,
    policy: &'a Policy,
}

/// Reads the statements in a text. `path` is for messages, `name` is the file's name within the
/// inventory.
///
/// # Errors
///
/// If the text has a mistake. The error has its place.
pub(super) fn parse(
    path: &Path,
    name: &str,
    text: &str,
    policy: &Policy,
) -> Result<Vec<Statement>, FileError> {
    let file = File {
        path: path.into(),
        name: name.into(),
        policy,
    };
    let schema = yaml::top_scalar(text, "schema");
    let statements = match schema.as_deref() {
        None | Some("1") => file.decisions(text, yaml::from_yaml(path, text)?),
        Some(_) => file.statements(text, yaml::from_yaml(path, text)?),
    };
    statements.map_err(|mistake| mistake.in_text(path, text))
}

impl File<'_> {
    fn place(&self, line: Option<usize>, id: Option<String>) -> StatementPlace {
        StatementPlace {
            path: self.path.clone(),
            file: self.name.clone(),
            line: line.unwrap_or(1),
            id,
        }
    }

    /// The statements of a file of version 1: each is about one secret.
    fn decisions(&self, text: &str, read: DecisionsFile) -> Result<Vec<Statement>, Mistake> {
        let lines = entry_lines(text, "decisions", SectionForm::Mapping);
        let lines: HashMap<String, usize> = lines.into_iter().collect();
        let statement = |(id, says): (String, PersonDecision)| {
            let at = key_path!["decisions", id.as_str()];
            let secret = parse_id(&id, at.clone())?;
            says.check(&at, self.policy, false)?;
            Ok(Statement {
                secrets: vec![secret],
                when: None,
                says,
                at: None,
                place: self.place(lines.get(&id).copied(), None),
            })
        };
        read.decisions.into_iter().map(statement).collect()
    }

    /// The statements of a file of version 2.
    fn statements(&self, text: &str, read: StatementsFile) -> Result<Vec<Statement>, Mistake> {
        let lines = entry_lines(text, "statements", SectionForm::List);
        let mut ids = BTreeSet::new();
        let statement = |(index, mut entry): (usize, StatementEntry)| {
            let at = key_path!["statements", index];
            let id = entry.id.take();
            if let Some(id) = &id {
                let at = key_path!["statements", index, "id"];
                if !is_identifier(id, "-") {
                    let message =
                        format!("`{id}`: a statement's id is lower-case letters, digits and `-`");
                    return Err(Mistake::new(at, message));
                }
                if !ids.insert(id.clone()) {
                    return Err(Mistake::new(
                        at,
                        format!("two statements have the id `{id}`"),
                    ));
                }
            }
            let place = self.place(lines.get(index).map(|(_, line)| *line), id);
            self.statement(&at, entry, place)
        };
        read.statements
            .into_iter()
            .enumerate()
            .map(statement)
            .collect()
    }

    fn statement(
        &self,
        at: &[Step],
        entry: StatementEntry,
        place: StatementPlace,
    ) -> Result<Statement, Mistake> {
        let path = |key: &str| [at, &[Step::from(key)]].concat();
        let err = |key: &str, message: &str| Err(Mistake::new(path(key), message));
        if entry.secret.is_some() && !entry.secrets.is_empty() {
            return err("secret", "give `secret` or `secrets`, not both");
        }
        let mut secrets = Vec::with_capacity(entry.secrets.len() + 1);
        if let Some(id) = &entry.secret {
            secrets.push(parse_id(id, path("secret"))?);
        }
        for (index, id) in entry.secrets.iter().enumerate() {
            let at = [at, &[Step::from("secrets"), Step::from(index)]].concat();
            let parsed = parse_id(id, at)?;
            secrets.push(parsed);
        }
        let distinct: BTreeSet<&SecretId> = secrets.iter().collect();
        if distinct.len() < secrets.len() {
            return err("secrets", "an id is given twice");
        }
        if let Some(when) = &entry.when {
            if *when == Condition::default() {
                return err("when", "an empty condition would match every secret");
            }
            check_condition(when, &path("when"), self.policy)?;
            refuse_replaceable(when, &path("when"))?;
        } else if secrets.is_empty() {
            return err(
                "secrets",
                "the statement is about nothing: give `secret`, `secrets` or `when`",
            );
        }
        if entry.name.is_some() && (secrets.len() != 1 || entry.when.is_some()) {
            return err(
                "name",
                "a name belongs to one secret: give its id with `secret`, and no `when`",
            );
        }
        if entry.reading.is_some() && (secrets.is_empty() || entry.when.is_some()) {
            return err(
                "reading",
                "a reading belongs to a value: give ids with `secret` or `secrets`, and no `when`",
            );
        }
        if let (Some(_), Some(when)) = (entry.uses, &entry.when)
            && (!secrets.is_empty() || !when.metadata.is_empty() || !when.missing.is_empty())
        {
            return err(
                "uses",
                "give ids, or a condition without `metadata` and `missing`: the facts of a secret depend on its uses",
            );
        }
        let wishes = self.wishes(at, &entry)?;
        let mut says = PersonDecision {
            uses: entry.uses,
            outcome: entry.outcome,
            reason: entry.reason,
            by: entry.by,
            until: entry.until,
            metadata: entry.metadata,
            name: entry.name,
            reading: entry.reading,
        };
        says.check(at, self.policy, !wishes.is_empty())?;
        says.metadata.extend(wishes);
        Ok(Statement {
            secrets,
            when: entry.when,
            says,
            at: entry.at,
            place,
        })
    }
}

impl File<'_> {
    /// What a statement says of rotation and replacement, as facts.
    fn wishes(
        &self,
        at: &[Step],
        entry: &StatementEntry,
    ) -> Result<BTreeMap<String, String>, Mistake> {
        let path = |keys: &[&str]| {
            let keys = keys.iter().map(|key| Step::from(*key));
            at.iter().cloned().chain(keys).collect::<Vec<_>>()
        };
        let mut facts = BTreeMap::new();
        if let Some(rotation) = &entry.rotation {
            rotation.check().map_err(|error| {
                Mistake::new(path(&["rotation", error.key()]), error.to_string())
            })?;
            facts.insert(ROTATION.to_owned(), rotation.to_string());
        }
        if let Some(replacement) = &entry.replacement {
            let rules = self.policy.replacements.iter();
            let mut known: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
            known.push(NOT_REPLACED);
            if !known.contains(&replacement.as_str()) {
                let known = known.join(", ");
                let message = format!(
                    "no rule of `replacements` has the id `{replacement}`; known are {known}"
                );
                return Err(Mistake::new(path(&["replacement"]), message));
            }
            facts.insert(REPLACEMENT.to_owned(), replacement.clone());
        }
        Ok(facts)
    }
}

fn parse_id(id: &str, at: Vec<Step>) -> Result<SecretId, Mistake> {
    id.parse::<SecretId>()
        .map_err(|error| Mistake::new(at, error.to_string()))
}
