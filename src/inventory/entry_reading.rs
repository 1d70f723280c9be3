//! What an entry of the inventory says about the reading of its value.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Fingerprint, SecretId};

/// What an entry says about the reading of its value, besides its places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ValueReading {
    /// The value is not text in UTF-8, so that Secrets Manager gets it as SecretBinary.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binary: bool,
    /// The reading of a doubtful value that a person chose in `decisions.yaml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ReadingChoice>,
    /// The fingerprint of the value that is moved, if a person chose the value as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Fingerprint>,
    /// The ids that the value had when an earlier version read its places differently. Statements of people about
    /// them hold for this entry.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub earlier: BTreeSet<SecretId>,
    /// The id of the value that is read at its places now. An earlier version read this one there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_now_as: Option<SecretId>,
}

/// A person's choice between two readings.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingChoice {
    /// The value as it is read, with its escapes and joins.
    AsRead,
    /// The bytes of the value as they are in the file.
    AsWritten,
}

impl ReadingChoice {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsRead => "as-read",
            Self::AsWritten => "as-written",
        }
    }
}

impl ValueReading {
    /// Whether there is nothing to say.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What two entries of one secret say. Different choices can only come from a `decisions.yaml` that was removed.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.earlier.extend(other.earlier);
        Self {
            binary: self.binary | other.binary,
            chosen: self.chosen.max(other.chosen),
            written: self.written.max(other.written),
            earlier: self.earlier,
            read_now_as: self.read_now_as.max(other.read_now_as),
        }
    }
}
