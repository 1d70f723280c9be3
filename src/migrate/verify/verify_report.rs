//! The report of a verification.

use schemars::JsonSchema;
use serde::Serialize;

use crate::migrate::check_extent::Check;
use crate::secret::SecretId;
use crate::secrets_manager::{Account, ProposedText, Region, SecretName};

/// Version of the format of the JSON report.
pub const SCHEMA: u32 = 2;

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerifyReport {
    /// Version of this format.
    pub schema: u32,
    /// The account that was compared.
    pub account: Account,
    /// The Region that was compared.
    pub region: Region,
    /// How far secrets were compared.
    pub check: Check,
    /// False if the verification was interrupted.
    pub complete: bool,
    /// Notes on the verification as a whole.
    pub notes: Vec<String>,
    /// The secrets that were compared, in order of name.
    pub secrets: Vec<CheckedSecret>,
}

/// A secret that was compared with the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedSecret {
    /// The secret's id in the inventory.
    pub secret: SecretId,
    /// Its name in Secrets Manager. Absent if no name could be made for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<ProposedText<SecretName>>,
    /// Present if its value was changed in the account after the import, which is no difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Rotation>,
    /// The differences that were found.
    pub differences: Vec<Difference>,
    /// The properties that could not be compared, each with the reason.
    pub not_compared: Vec<String>,
}

/// A change of a secret's value in the account, after the import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rotation {
    /// Time of the last change or rotation (RFC 3339), where the account gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}

/// A difference between plan, inventory or journal and the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The stable name of the difference.
    pub code: DifferenceCode,
    /// The difference, for a person.
    pub message: String,
}

/// The stable name of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceCode {
    /// The secret is planned, and was not imported yet.
    NotImported,
    /// The secret was imported, and the account has none of this name.
    Missing,
    /// The secret is scheduled for deletion.
    ScheduledForDeletion,
    /// The secret exists, but not the imported version.
    VersionMissing,
    /// The imported version is not the current one, and no other is.
    NotCurrent,
    /// A planned tag is missing or has another value.
    TagsDiffer,
    /// The secret is encrypted with another KMS key.
    KmsKeyDiffers,
    /// The imported version has another value.
    ValueDiffers,
    /// The imported version has the value that an earlier version of Keyferry read. Another one is read in the file
    /// now.
    ReadingChanged,
    /// The secret is in the journal, but not in the inventory under this name and with this value.
    NotInInventory,
    /// The account has a secret with the tag of this one under a name that nothing expects.
    ElsewhereToo,
    /// The role may neither describe nor read the secret, or the calls failed.
    Unproved,
}

impl DifferenceCode {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            DifferenceCode::NotImported => "not-imported",
            DifferenceCode::Missing => "missing",
            DifferenceCode::ScheduledForDeletion => "scheduled-for-deletion",
            DifferenceCode::VersionMissing => "version-missing",
            DifferenceCode::NotCurrent => "not-current",
            DifferenceCode::TagsDiffer => "tags-differ",
            DifferenceCode::KmsKeyDiffers => "kms-key-differs",
            DifferenceCode::ValueDiffers => "value-differs",
            DifferenceCode::ReadingChanged => "reading-changed",
            DifferenceCode::NotInInventory => "not-in-inventory",
            DifferenceCode::ElsewhereToo => "elsewhere-too",
            DifferenceCode::Unproved => "unproved",
        }
    }

    /// The hint: a remedy for the user.
    pub fn hint(self) -> &'static str {
        match self {
            DifferenceCode::NotImported => {
                "run `keyferry import`; if the plan blocks it, run `keyferry plan` and resolve the problem"
            }
            DifferenceCode::Missing | DifferenceCode::VersionMissing => {
                "run `keyferry plan` and `keyferry import` again"
            }
            DifferenceCode::ScheduledForDeletion => {
                "restore it with `aws secretsmanager restore-secret`"
            }
            DifferenceCode::NotCurrent => {
                "find out who moved the staging label AWSCURRENT, and give it to a version"
            }
            DifferenceCode::ValueDiffers => "find out who changed it, and do not cut over to it",
            DifferenceCode::ReadingChanged => {
                "do not cut over to it: plan and import the value that is read now, and delete this secret as soon as no application reads it"
            }
            DifferenceCode::TagsDiffer => {
                "run `keyferry plan` and `keyferry import` again: the import corrects tags"
            }
            DifferenceCode::KmsKeyDiffers => {
                "change the key with `aws secretsmanager update-secret --kms-key-id`, or plan with its present key"
            }
            DifferenceCode::NotInInventory => {
                "it costs money and is not managed: delete it, or restore the inventory that has it"
            }
            DifferenceCode::ElsewhereToo => {
                "delete the old secret as soon as no application reads it, or remove the tag from a copy"
            }
            DifferenceCode::Unproved => {
                "verify under a role with secretsmanager:DescribeSecret or GetSecretValue"
            }
        }
    }
}

impl VerifyReport {
    /// True if every secret was compared and none differs.
    pub fn is_clean(&self) -> bool {
        self.complete
            && self
                .secrets
                .iter()
                .all(|checked| checked.differences.is_empty())
    }

    /// Number of secrets that were imported and differ.
    pub fn differing(&self) -> u64 {
        self.count(|checked| !checked.differences.is_empty() && !checked.is_not_imported())
    }

    /// Number of planned secrets that were not imported.
    pub fn not_imported(&self) -> u64 {
        self.count(CheckedSecret::is_not_imported)
    }

    /// Number of secrets whose value was changed after the import.
    pub fn rotated(&self) -> u64 {
        self.count(|checked| checked.rotated.is_some())
    }

    fn count(&self, of: impl Fn(&CheckedSecret) -> bool) -> u64 {
        self.secrets.iter().filter(|checked| of(checked)).count() as u64
    }
}

impl CheckedSecret {
    /// Adds a difference.
    pub(super) fn differ(&mut self, code: DifferenceCode, message: impl Into<String>) {
        self.differences.push(Difference {
            code,
            message: message.into(),
        });
    }

    fn is_not_imported(&self) -> bool {
        self.differences
            .iter()
            .any(|difference| difference.code == DifferenceCode::NotImported)
    }
}
