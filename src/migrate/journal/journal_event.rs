//! The records of the journal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{Account, KeyArn, Region};

/// Version of the format of a line.
pub const SCHEMA: u32 = 1;

/// How far an entry has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// An import took it up.
    Planned,
    /// CreateSecret is about to be called.
    Intent,
    /// The account has it, under our token.
    Created,
    /// Its tags were put right.
    Tagged,
    /// Read back: value, tags and key are those of the plan, as far as the role may look.
    Verified,
    /// The value is no longer where the inventory says, or is another one.
    Drift,
    /// The name holds something else.
    Conflict,
    Denied,
    /// No answer came: it may have been created.
    Ambiguous,
    Failed,
}

impl EntryState {
    /// The account holds it, as far as the journal knows.
    pub fn is_in_account(self) -> bool {
        matches!(
            self,
            EntryState::Created | EntryState::Tagged | EntryState::Verified
        )
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalRecord {
    /// Version of this format.
    pub schema: u32,
    /// Number of the line, from 1.
    pub line: u64,
    /// SHA-256 of the line before, without its line end; 64 zeros in the first.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub previous: String,
    /// RFC 3339, UTC.
    pub time: String,
    pub event: JournalEvent,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalEvent {
    pub state: EntryState,
    pub secret: SecretId,
    pub fingerprint: Fingerprint,
    pub account: Account,
    pub region: Region,
    pub name: String,
    /// ClientRequestToken and VersionId.
    pub token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// In words: why, or how it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
