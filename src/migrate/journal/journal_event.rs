//! The records of the journal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{Account, KeyArn, Region, SecretName};

/// Version of the format of a record.
pub const SCHEMA: u32 = 1;

/// The state of an entry's import.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// An import has begun that includes the entry.
    Planned,
    /// CreateSecret is about to be called.
    Intent,
    /// The secret is in the account, under the entry's request token.
    Created,
    /// The tags of the secret were corrected.
    Tagged,
    /// Value, tags and KMS key were compared with the plan, as far as the role may read them.
    Verified,
    /// The place in the source holds another value.
    Drift,
    /// The name belongs to another secret, or the secret was changed.
    Conflict,
    /// The role lacks a permission.
    Denied,
    /// No usable answer arrived: the secret may have been created.
    Ambiguous,
    /// The import of the entry failed for another reason.
    Failed,
}

impl EntryState {
    /// True if the last attempt to import the entry failed.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            EntryState::Drift
                | EntryState::Conflict
                | EntryState::Denied
                | EntryState::Ambiguous
                | EntryState::Failed
        )
    }

    /// True if the secret is in the account in this state.
    pub fn is_in_account(self) -> bool {
        matches!(
            self,
            EntryState::Created | EntryState::Tagged | EntryState::Verified
        )
    }
}

/// One record of the journal: one line of `journal.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalRecord {
    /// Version of this format.
    pub schema: u32,
    /// Number of the line, from 1.
    pub line: u64,
    /// SHA-256 of the line before, without its line end, in hex; 64 zeros in the first line.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub previous: String,
    /// Time of writing (RFC 3339, UTC).
    pub time: String,
    /// The recorded event.
    pub event: JournalEvent,
}

/// An event in the import of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalEvent {
    /// The state that the entry has reached.
    pub state: EntryState,
    /// The secret's id in the inventory.
    pub secret: SecretId,
    /// The fingerprint of its value.
    pub fingerprint: Fingerprint,
    /// The account of the import.
    pub account: Account,
    /// The Region of the import.
    pub region: Region,
    /// The secret's name in Secrets Manager.
    pub name: SecretName,
    /// The request token: ClientRequestToken of the call and VersionId of the version that it
    /// creates.
    pub token: String,
    /// The KMS key; absent: the account's default key for Secrets Manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
    /// ARN of the secret, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// An explanation for people: the message of a failure, or how the state is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
