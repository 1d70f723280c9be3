//! The service that can take the place of a secret, so that nobody has to store it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A native service that replaces a secret or may do so: an IAM role, a password that RDS manages.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The id of the policy's rule that names the service.
    pub rule: String,
    /// The service, in words.
    pub service: String,
    /// The address of its documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// The state of the question whether the service replaces the secret.
    pub status: ReplacementStatus,
}

/// The state of the question whether a service replaces a secret.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ReplacementStatus {
    /// Only the kind of secret suggests it: it is shown, and nobody is asked.
    Remark,
    /// The place suggests it: a person is asked before the secret is relocated.
    Question,
    /// A person said that the service does not replace the secret.
    Declined,
    /// A person said that the service replaces the secret.
    Adopted,
}

impl ReplacementStatus {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            ReplacementStatus::Remark => "remark",
            ReplacementStatus::Question => "question",
            ReplacementStatus::Declined => "declined",
            ReplacementStatus::Adopted => "adopted",
        }
    }
}

impl Replacement {
    /// Whether a person is to be asked about it, or has adopted it.
    pub fn counts(&self) -> bool {
        use ReplacementStatus::{Adopted, Question};
        matches!(self.status, Question | Adopted)
    }

    /// Whether a person said that the service replaces the secret.
    pub fn is_adopted(&self) -> bool {
        self.status == ReplacementStatus::Adopted
    }
}
