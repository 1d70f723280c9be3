//! What an entry of the inventory says about the reading of its value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an entry says about the reading of its value, besides its places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ValueReading {
    /// The value is not text in UTF-8, so that Secrets Manager gets it as SecretBinary.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binary: bool,
}

impl ValueReading {
    /// Whether there is nothing to say.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What two entries of one secret say.
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            binary: self.binary | other.binary,
        }
    }
}
