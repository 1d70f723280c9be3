//! A rule of the policy that names the service which can take the place of secrets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule_condition::Condition;
use crate::inventory::native_replacement::{Replacement, ReplacementStatus};

/// A rule that names a native service in place of secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacementRule {
    /// The id of the rule: lower-case letters, digits and `-`. A person adopts the replacement by it.
    pub id: String,
    /// The condition on the secret. Left out, the rule applies to every secret that comes to it.
    #[serde(default)]
    pub when: Condition,
    /// The service, in words: `an IAM role`.
    pub service: String,
    /// What follows for a secret.
    pub then: ReplacementEffect,
    /// The reason, for people.
    pub reason: String,
    /// The address of the service's documentation.
    pub documentation: String,
    /// The questions that a person must answer. Required for `then: ask`, and allowed only there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
}

/// What follows from a rule about replacements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReplacementEffect {
    /// A person is asked before the secret is relocated: decision rules with the condition `replaceable` apply.
    Ask,
    /// The service is shown with the secret, and nothing else changes.
    Remark,
}

impl ReplacementRule {
    /// The replacement that the rule proposes for a secret.
    pub(super) fn replacement(&self) -> Replacement {
        Replacement {
            rule: self.id.clone(),
            service: self.service.clone(),
            documentation: Some(self.documentation.clone()),
            status: match self.then {
                ReplacementEffect::Ask => ReplacementStatus::Question,
                ReplacementEffect::Remark => ReplacementStatus::Remark,
            },
        }
    }
}
