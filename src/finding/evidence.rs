//! What one place states about a secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Confidence, Context, Kind};

/// What one place states about a secret. Other places can state other things about the same value: a password that two
/// applications share is a database password in one of them.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The kind of the secret.
    pub kind: Kind,
    /// The id of the rule that found it.
    pub detector: String,
    /// The confidence that the value is a secret.
    pub confidence: Confidence,
    /// The name of the offline proof that the value passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The value itself says that it has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    /// Facts that the text around the value states.
    #[serde(default)]
    pub context: Context,
}
