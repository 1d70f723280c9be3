//! A rule of the policy that chooses the rotation of secrets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule_condition::Condition;
use crate::inventory::rotation_strategy::{Rotation, RotationStrategy};

/// A rule that chooses the rotation of secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationRule {
    /// The id of the rule: lower-case letters, digits and `-`. The inventory records it.
    pub id: String,
    /// The condition on the secret. Left out, the rule applies to every secret that comes to it.
    #[serde(default)]
    pub when: Condition,
    /// The strategy.
    pub strategy: RotationStrategy,
    /// The interval in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub days: Option<u16>,
    /// The type of a managed external secret, as CreateSecret names it: `DatadogApiKey`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub secret_type: Option<String>,
    /// The reason, for people.
    pub reason: String,
}

impl RotationRule {
    /// The rotation that the rule chooses.
    pub(super) fn rotation(&self) -> Rotation {
        Rotation {
            strategy: self.strategy,
            days: self.days,
            secret_type: self.secret_type.clone(),
        }
    }
}
