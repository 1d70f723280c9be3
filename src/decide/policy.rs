//! The policy of an organisation: naming, tags, metadata and decision rules, the target account.
//!
//! One policy is built in (`inventory/policies/default.yaml`). A section that a policy file leaves
//! out is the built-in one; a section that it gives replaces the whole built-in section. Rules can also be added to the
//! built-in ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name_template::NameTemplate;
use super::policy_rules::{PolicyRule, PolicyRules};
use super::replacement_rule::ReplacementRule;
use super::rotation_rule::RotationRule;
use super::rule_condition::{Condition, PlaceCondition};
use super::text_pattern::Pattern;
use crate::inventory::entry::{ChosenOutcome, Outcome};
use crate::secrets_manager::{Account, KeyArn, Region, TagKey, TagValue};
use crate::yaml;

/// Placeholders of the naming template, and sources of tags, that are not metadata fields.
pub const BUILT_IN_FIELDS: [&str; 3] = ["name", "kind", "id"];
/// Further sources of tags that are not metadata fields.
pub const LIFECYCLE_TAGS: [&str; 3] = ["rotation", "rotationdays", "replacement"];

/// A policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = without_defaults)]
pub struct Policy {
    /// Version of this format: 1.
    #[serde(deserialize_with = "crate::yaml::schema_one")]
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// How secrets are named.
    #[serde(default = "default_section::naming")]
    pub naming: Naming,
    /// The metadata fields, and the values that each may have.
    #[serde(
        default = "default_section::fields",
        deserialize_with = "crate::yaml::unique"
    )]
    pub fields: BTreeMap<String, Field>,
    /// The tags of each secret.
    #[serde(default = "default_section::tags")]
    pub tags: Tags,
    /// Rules and defaults for the metadata of secrets.
    #[serde(default = "default_section::metadata")]
    pub metadata: Metadata,
    /// The decision rules, in order: the first one that applies decides. A secret to which none
    /// applies goes to review.
    #[serde(default = "default_section::decisions")]
    pub decisions: PolicyRules<DecisionRule>,
    /// The services that can take the place of secrets: the first rule that applies names one.
    #[serde(default = "default_section::replacements")]
    pub replacements: PolicyRules<ReplacementRule>,
    /// The rotation of secrets: the first rule that applies chooses it.
    #[serde(default = "default_section::rotations")]
    pub rotations: PolicyRules<RotationRule>,
    /// Where relocated secrets are created.
    #[serde(default)]
    pub target: Target,
    /// List prices for the cost estimate of a plan.
    #[serde(default)]
    pub price: Price,
}

/// How secrets are named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with `template`")]
pub struct Naming {
    /// The template of a name. Its placeholders are the metadata fields, `{name}`, `{kind}` and
    /// `{id}`. It contains `{name}` or `{id}`, so that names differ.
    pub template: NameTemplate,
}

/// A metadata field. Its value is one of `values`, or text that matches `pattern`, or any text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a mapping with `values`, `pattern` or nothing: {}"
)]
pub struct Field {
    /// Whether a secret can only be imported with a value for this field.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The possible values. Empty: there is no list.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub values: Vec<String>,
    /// A regular expression that matches the whole value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern<true>>,
    /// The possible values in words, for the message about a value that does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The other field of which a value of this one has only one value: an `appid` has one `appname`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifies: Option<String>,
    /// Whether the author of the commit that introduced a secret gives a value, where no other source has one.
    #[serde(skip_serializing_if = "AuthorUse::is_ignore")]
    pub authors: AuthorUse,
    /// How the register gives values to the field.
    #[serde(skip_serializing_if = "RegisterUse::is_fills")]
    pub register: RegisterUse,
}

/// Whether the author of a commit gives values to a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorUse {
    /// The author says nothing: who wrote a line need not own it.
    #[default]
    Ignore,
    /// The author's mail address is the value where no other source has one.
    Fill,
}

impl AuthorUse {
    fn is_ignore(&self) -> bool {
        *self == Self::Ignore
    }
}

/// How the register gives values to a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegisterUse {
    /// It gives a value where the repository states none: no rule of the policy, no CODEOWNERS.
    #[default]
    Fills,
    /// Its value replaces what the repository states.
    Overrides,
}

impl RegisterUse {
    fn is_fills(&self) -> bool {
        *self == Self::Fills
    }
}

/// The tags of each secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a mapping with `fields` and `constants`"
)]
pub struct Tags {
    /// Tag key → metadata field, `name`, `kind`, `id`, `rotation`, `rotationdays` or `replacement`.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub fields: BTreeMap<TagKey, String>,
    /// Tag key → the same value on every secret.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub constants: BTreeMap<TagKey, TagValue>,
}

/// Rules and defaults for the metadata of secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "a mapping with `rules` and `defaults`"
)]
pub struct Metadata {
    /// The rules, in order. For each field and occurrence, the first rule that applies and sets the
    /// field is used.
    pub rules: PolicyRules<MetadataRule>,
    /// Fields whose rules are compared: rules by words of the key, the path, the host and the text that give different
    /// values for one occurrence are a conflict, and the field stays unset.
    #[serde(
        deserialize_with = "crate::yaml::some",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub compared: Vec<String>,
    /// Field → the value that it has if no source gives one.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub defaults: BTreeMap<String, String>,
}

/// A rule that sets metadata fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataRule {
    /// The condition on the occurrence.
    pub when: PlaceCondition,
    /// Field → value.
    #[serde(deserialize_with = "crate::yaml::unique")]
    pub set: BTreeMap<String, String>,
}

/// A rule that decides on secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRule {
    /// The id of the rule: lower-case letters, digits and `-`. The inventory records it with each
    /// decision.
    pub id: String,
    /// The condition on the secret. Left out, the rule applies to every secret that comes to it.
    #[serde(default)]
    pub when: Condition,
    /// The outcome.
    #[serde(deserialize_with = "Outcome::chosen")]
    #[schemars(with = "ChosenOutcome")]
    pub then: Outcome,
    /// The reason of the decision, for people.
    pub reason: String,
    /// The questions that a person must answer. Required for `then: review`, and allowed only
    /// there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
}

/// Where the relocated secrets go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// The account. The import stops if its credentials belong to another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// The key that encrypts the secrets. Left out, it is the account's own `aws/secretsmanager`
    /// key, which no other account can use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
}

/// List prices in US dollars, for the cost of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    /// One secret for a month, in US dollars.
    pub secret_month: f64,
    /// 10,000 calls of the API, in US dollars.
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
    /// The built-in policy.
    pub fn builtin() -> Policy {
        builtin().clone()
    }

    /// Checks a value for a metadata field: one of `--set`, of the registry, of `decisions.yaml` or
    /// of the policy itself.
    ///
    /// # Errors
    ///
    /// If the policy has no such field, or the field must not have this value.
    pub fn check_field(&self, field: &str, value: &str) -> Result<(), FieldError> {
        self.check_field_name(field)?;
        let spec = &self.fields[field];
        if value.trim().is_empty() || value.chars().any(char::is_control) {
            return Err(FieldError::Blank {
                field: field.to_owned(),
                value: value.to_owned(),
            });
        }
        let fits = spec
            .pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(value))
            && (spec.values.is_empty() || spec.values.iter().any(|allowed| allowed == value));
        if fits {
            Ok(())
        } else {
            Err(FieldError::Illegal {
                field: field.to_owned(),
                value: value.to_owned(),
                expected: spec.expected(),
            })
        }
    }

    /// Whether the policy has a field.
    ///
    /// # Errors
    ///
    /// If the policy has no such field.
    pub fn check_field_name(&self, field: &str) -> Result<(), FieldError> {
        match self.fields.contains_key(field) {
            true => Ok(()),
            false => Err(self.unknown_field(field)),
        }
    }

    /// The error for a field that the policy does not have.
    pub(super) fn unknown_field(&self, field: &str) -> FieldError {
        let known: Vec<&str> = self.fields.keys().map(String::as_str).collect();
        FieldError::Unknown {
            field: field.to_owned(),
            known: known.join(", "),
        }
    }
}

/// A field that the policy does not have, or a value that a field must not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The policy has no such field.
    #[error("unknown field `{field}`; known ones are {known}")]
    Unknown {
        /// The name that was given.
        field: String,
        /// The names of all fields, for the message.
        known: String,
    },
    /// The value is empty, or contains a control character.
    #[error("{field} is {value:?}: it is empty or contains a control character")]
    Blank {
        /// The field.
        field: String,
        /// The value that was given.
        value: String,
    },
    /// The value is none of the field's values, or does not match its pattern.
    #[error("{field} is `{value}`, expected {expected}")]
    Illegal {
        /// The field.
        field: String,
        /// The value that was given.
        value: String,
        /// The values that the field may hold, in words.
        expected: String,
    },
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
        let mut policy: Policy =
            yaml::from_yaml(Path::new(path), text).expect("the built-in policy is tested");
        policy.decisions.mark_builtin();
        policy.metadata.rules.mark_builtin();
        policy.replacements.mark_builtin();
        policy.rotations.mark_builtin();
        policy
    });
    &BUILTIN
}

impl PolicyRule for DecisionRule {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn builtin() -> Vec<Self> {
        builtin().decisions.to_vec()
    }
}

impl PolicyRule for ReplacementRule {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn builtin() -> Vec<Self> {
        builtin().replacements.to_vec()
    }
}

impl PolicyRule for RotationRule {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn builtin() -> Vec<Self> {
        builtin().rotations.to_vec()
    }
}

impl PolicyRule for MetadataRule {
    fn id(&self) -> Option<&str> {
        None
    }

    fn builtin() -> Vec<Self> {
        builtin().metadata.rules.to_vec()
    }
}

/// The built-in policy gives every one of these sections, so that reading it does not come back
/// here.
mod default_section {
    use super::{
        BTreeMap, DecisionRule, Field, Metadata, Naming, PolicyRules, ReplacementRule,
        RotationRule, Tags, builtin,
    };

    /// The built-in section `naming`.
    pub fn naming() -> Naming {
        builtin().naming.clone()
    }

    /// The built-in section `fields`.
    pub fn fields() -> BTreeMap<String, Field> {
        builtin().fields.clone()
    }

    /// The built-in section `tags`.
    pub fn tags() -> Tags {
        builtin().tags.clone()
    }

    /// The built-in section `metadata`.
    pub fn metadata() -> Metadata {
        builtin().metadata.clone()
    }

    /// The built-in section `decisions`.
    pub fn decisions() -> PolicyRules<DecisionRule> {
        builtin().decisions.clone()
    }

    /// The built-in section `replacements`.
    pub fn replacements() -> PolicyRules<ReplacementRule> {
        builtin().replacements.clone()
    }

    /// The built-in section `rotations`.
    pub fn rotations() -> PolicyRules<RotationRule> {
        builtin().rotations.clone()
    }
}

#[cfg(test)]
mod tests;
