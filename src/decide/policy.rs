//! The policy: naming, tags, metadata and decisions, as an organisation writes them down.
//!
//! One is built in (`inventory/policies/default.yaml`). A section that a file leaves out is the built-in one; a section
//! that it gives replaces the built-in one whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check;
use super::condition::{Condition, PlaceCondition};
use super::value::{Pattern, Template};
use crate::inventory::entry::Outcome;
use crate::secrets_manager::{Account, KeyArn, Region, TagKey, TagValue};
use crate::yaml;

/// Why a policy cannot be used.
pub type PolicyError = yaml::FileError;

/// Placeholders of the naming template, and fields of tags, that are no metadata fields.
pub const BUILT_IN_FIELDS: [&str; 3] = ["name", "kind", "id"];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = without_defaults)]
pub struct Policy {
    /// Version of this format: 1.
    #[serde(deserialize_with = "crate::yaml::schema_one")]
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    #[serde(default = "default_section::naming")]
    pub naming: Naming,
    /// The metadata fields and what each may hold.
    #[serde(
        default = "default_section::fields",
        deserialize_with = "crate::yaml::unique"
    )]
    pub fields: BTreeMap<String, Field>,
    #[serde(default = "default_section::tags")]
    pub tags: Tags,
    #[serde(default = "default_section::metadata")]
    pub metadata: Metadata,
    /// In order; the first that applies decides. A secret to which none applies goes to a person.
    #[serde(default = "default_section::decisions")]
    pub decisions: Vec<DecisionRule>,
    #[serde(default)]
    pub target: Target,
    #[serde(default)]
    pub price: Price,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `template`")]
pub struct Naming {
    /// Placeholders: any metadata field, `{name}`, `{kind}`, `{id}`. It holds `{name}` or `{id}`, so that names differ.
    pub template: Template,
}

/// What a metadata field may hold: one of `values`, or text that fits `pattern`, or anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a mapping with `values`, `pattern` or nothing: {}"
)]
pub struct Field {
    /// A secret cannot be imported without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub values: Vec<String>,
    /// A regular expression of the whole value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern<true>>,
    /// What it holds, in words: said when a value does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a mapping with `fields` and `constants`"
)]
pub struct Tags {
    /// Tag key → metadata field, `name`, `kind` or `id`.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub fields: BTreeMap<TagKey, String>,
    /// Tag key → the same value on every secret.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub constants: BTreeMap<TagKey, TagValue>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a mapping with `rules` and `defaults`"
)]
pub struct Metadata {
    /// In order; for each field and occurrence, the first rule that applies and sets the field does.
    pub rules: Vec<MetadataRule>,
    /// What a field is when nothing else says.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub defaults: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataRule {
    pub when: PlaceCondition,
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub set: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRule {
    /// Lower-case letters, digits and `-`; stands in the inventory.
    pub id: String,
    /// Left out, the rule applies to every secret that comes to it.
    #[serde(default)]
    pub when: Condition,
    pub then: Outcome,
    pub reason: String,
    /// What a person must answer; for `review` only, and needed there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
}

/// Where the relocated secrets go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// The import stops when its credentials belong to another account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The account's own `aws/secretsmanager` key when it is left out, which no other account can use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
}

/// List prices in US dollars, for the cost of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    /// One secret for a month.
    pub secret_month: f64,
    /// 10,000 calls of the API.
    pub calls_10000: f64,
}

impl Default for Price {
    fn default() -> Self {
        Self {
            secret_month: 0.40,
            calls_10000: 0.05,
        }
    }
}

impl Policy {
    /// The policy for those who write none.
    pub fn builtin() -> Policy {
        builtin().clone()
    }

    pub fn load(path: &Path) -> Result<Policy, PolicyError> {
        Self::parse(path, &yaml::read_text(path)?)
    }

    /// Reads the text of a policy; `path` is only for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Policy, PolicyError> {
        let policy: Policy = yaml::from_yaml(path, text)?;
        let Some(mut mistake) = check::mistake(&policy) else {
            return Ok(policy);
        };
        if !yaml::has(text, &mistake.at) {
            mistake
                .message
                .push_str(" (this is the built-in section: the file gives none of its own)");
        }
        Err(yaml::wrong(path, text, &mistake))
    }

    /// Whether `value` may be put into `field`; if not, what was expected. For `--set` and whatever else people say.
    pub fn check_field(&self, field: &str, value: &str) -> Result<(), String> {
        let Some(spec) = self.fields.get(field) else {
            let known: Vec<&str> = self.fields.keys().map(String::as_str).collect();
            return Err(format!(
                "unknown field `{field}`; known ones are {}",
                known.join(", ")
            ));
        };
        if value.trim().is_empty() || value.chars().any(char::is_control) {
            return Err(format!(
                "{field} is {value:?}: it is empty or holds a control character"
            ));
        }
        let fits = spec
            .pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(value))
            && (spec.values.is_empty() || spec.values.iter().any(|allowed| allowed == value));
        if fits {
            Ok(())
        } else {
            Err(format!(
                "{field} is `{value}`, expected {}",
                spec.expected()
            ))
        }
    }
}

impl Field {
    fn expected(&self) -> String {
        match (&self.description, &self.pattern) {
            _ if !self.values.is_empty() => format!("one of {}", self.values.join(", ")),
            (Some(description), _) => description.clone(),
            (None, Some(pattern)) => format!("text that fits {pattern}"),
            (None, None) => "text".to_owned(),
        }
    }
}

/// The built-in sections are in their own file; in the JSON Schema they would only be out of date.
fn without_defaults(schema: &mut schemars::Schema) {
    let properties = schema
        .get_mut("properties")
        .and_then(|properties| properties.as_object_mut());
    for property in properties
        .into_iter()
        .flat_map(|properties| properties.values_mut())
    {
        property
            .as_object_mut()
            .and_then(|property| property.remove("default"));
    }
}

fn builtin() -> &'static Policy {
    static BUILTIN: LazyLock<Policy> = LazyLock::new(|| {
        let path = "inventory/policies/default.yaml";
        let text = include_str!("../../inventory/policies/default.yaml");
        Policy::parse(Path::new(path), text).expect("the built-in policy is tested")
    });
    &BUILTIN
}

/// The built-in policy gives every one of these sections, so that reading it does not come back here.
mod default_section {
    use super::{BTreeMap, DecisionRule, Field, Metadata, Naming, Tags, builtin};

    pub fn naming() -> Naming {
        builtin().naming.clone()
    }

    pub fn fields() -> BTreeMap<String, Field> {
        builtin().fields.clone()
    }

    pub fn tags() -> Tags {
        builtin().tags.clone()
    }

    pub fn metadata() -> Metadata {
        builtin().metadata.clone()
    }

    pub fn decisions() -> Vec<DecisionRule> {
        builtin().decisions.clone()
    }
}

#[cfg(test)]
mod tests;
