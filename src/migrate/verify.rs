//! Verification of earlier imports: inventory and journal are compared with the account.
//!
//! Every secret that the inventory or the journal has as imported must exist in the account, its
//! imported version must be the current one, and its tags, KMS key and (unless only metadata is
//! compared) value must agree. Nothing is changed.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::bounded_tasks::run_bounded;
use super::call_pacer::{CallFamily, CallPace, CallPacer};
use super::check_extent::Check;
use super::checked_client::CheckedClient;
use super::client::{Client, SecretDescription};
use super::client_error::{ClientError, ErrorKind};
use super::journal::JournalHistory;
use super::secret_comparison::{differing_tags, key_difference};
use crate::cancel::Cancellation;
use crate::escape;
use crate::inventory::entry::{self, Secret};
use crate::inventory::inventory_key::InventoryKey;
use crate::progress::Progress;
use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{Account, KeyArn, ProposedText, Region, SecretName};

/// Version of the format of the JSON report.
pub const SCHEMA: u32 = 1;

/// The input of a verification: inventory and journal, and the account to compare them with.
#[derive(Clone, Copy)]
pub struct VerifyInput<'a> {
    /// The account of the client's credentials.
    pub account: &'a Account,
    /// The Region of the client's endpoint.
    pub region: &'a Region,
    /// The key of the inventory: makes request tokens and fingerprints.
    pub key: &'a InventoryKey,
    /// The secrets of the inventory.
    pub secrets: &'a [Secret],
    /// The content of the journal.
    pub history: &'a JournalHistory,
    /// How far secrets are compared.
    pub check: Check,
}

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
    /// The secrets that were compared, in order of name.
    pub secrets: Vec<CheckedSecret>,
}

/// A secret that was compared with the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedSecret {
    /// The secret's id in the inventory.
    pub secret: SecretId,
    /// Its name in Secrets Manager.
    pub name: ProposedText<SecretName>,
    /// The differences that were found.
    pub differences: Vec<Difference>,
    /// The properties that could not be compared, each with the reason.
    pub not_compared: Vec<String>,
}

/// A difference between inventory or journal and the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The stable name of the difference.
    pub code: DifferenceCode,
    /// The difference, for a person.
    pub message: String,
}

/// The stable name of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceCode {
    /// The account has no secret of this name.
    Missing,
    /// The secret is scheduled for deletion.
    ScheduledForDeletion,
    /// The secret exists, but not the imported version.
    VersionMissing,
    /// The imported version is no longer the current one.
    NotCurrent,
    /// A planned tag is missing or has another value.
    TagsDiffer,
    /// The secret is encrypted with another KMS key.
    KmsKeyDiffers,
    /// The imported version has another value.
    ValueDiffers,
    /// The secret is in the journal, but not in the inventory under this name and with this value.
    NotInInventory,
    /// The role may neither describe nor read the secret.
    Unproved,
}

impl DifferenceCode {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            DifferenceCode::Missing => "missing",
            DifferenceCode::ScheduledForDeletion => "scheduled-for-deletion",
            DifferenceCode::VersionMissing => "version-missing",
            DifferenceCode::NotCurrent => "not-current",
            DifferenceCode::TagsDiffer => "tags-differ",
            DifferenceCode::KmsKeyDiffers => "kms-key-differs",
            DifferenceCode::ValueDiffers => "value-differs",
            DifferenceCode::NotInInventory => "not-in-inventory",
            DifferenceCode::Unproved => "unproved",
        }
    }

    /// The hint: a remedy for the user.
    pub fn hint(self) -> &'static str {
        match self {
            DifferenceCode::Missing | DifferenceCode::VersionMissing => {
                "run `keyferry plan` and `keyferry import` again"
            }
            DifferenceCode::ScheduledForDeletion => {
                "restore it with `aws secretsmanager restore-secret`"
            }
            DifferenceCode::NotCurrent | DifferenceCode::ValueDiffers => {
                "if it was not rotated, find out who changed it"
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
}

/// A secret that is expected in the account.
struct Expected<'a> {
    secret: &'a SecretId,
    fingerprint: &'a Fingerprint,
    name: ProposedText<SecretName>,
    token: String,
    /// `None`: not in the inventory, so that the expected tags are unknown.
    tags: Option<&'a BTreeMap<String, String>>,
    /// `None`: not in the journal, so that the expected key is unknown. `Some(None)`: the default
    /// key.
    kms_key: Option<Option<&'a KeyArn>>,
}

/// The secrets that inventory or journal have as imported into this account and Region, in order of
/// name.
fn expected<'a>(input: &VerifyInput<'a>) -> Vec<Expected<'a>> {
    let mut expected = Vec::new();
    let mut seen = HashSet::new();
    for secret in input.secrets {
        let Some(name) = &secret.target else { continue };
        let token = input.key.request_token(
            input.account.as_str(),
            input.region.as_str(),
            name,
            &secret.fingerprint,
        );
        let arrived = input.history.arrived(&token);
        seen.insert(token.clone());
        if arrived.is_some() || secret.progress != entry::MigrationProgress::Found {
            expected.push(Expected {
                secret: &secret.id,
                fingerprint: &secret.fingerprint,
                name: ProposedText::new(name),
                token,
                tags: Some(&secret.tags),
                kms_key: arrived.map(|event| event.kms_key.as_ref()),
            });
        }
    }
    for event in input.history.events() {
        let here = event.account == *input.account && event.region == *input.region;
        if here && input.history.arrived(&event.token).is_some() && !seen.contains(&event.token) {
            expected.push(Expected {
                secret: &event.secret,
                fingerprint: &event.fingerprint,
                name: ProposedText::Legal(event.name.clone()),
                token: event.token.clone(),
                tags: None,
                kms_key: Some(event.kms_key.as_ref()),
            });
        }
    }
    expected.sort_by(|a, b| (&a.name, a.secret).cmp(&(&b.name, b.secret)));
    expected
}

/// Compares every imported secret with the account.
///
/// # Errors
///
/// The account cannot be asked at all. A call that is denied, or fails for one secret, is no error:
/// the report lists it.
pub async fn verify<C: Client>(
    input: &VerifyInput<'_>,
    client: &C,
    pace: &CallPace,
    cancel: &Cancellation,
    progress: &dyn Progress,
) -> Result<VerifyReport, ClientError> {
    let expected = expected(input);
    progress.stage("verifying", expected.len() as u64);
    let pacer = CallPacer::new(pace, cancel);
    let client = &CheckedClient::new(client, input.account, input.region);
    let run = run_bounded(expected, pacer.in_flight(), cancel, progress, |expected| {
        let pacer = &pacer;
        async move { check(input, &expected, client, pacer).await.into() }
    })
    .await;
    if let Some(error) = run.fatal {
        return Err(error);
    }
    Ok(VerifyReport {
        schema: SCHEMA,
        account: input.account.to_owned(),
        region: input.region.to_owned(),
        check: input.check,
        complete: run.results.iter().all(Option::is_some),
        secrets: run.results.into_iter().flatten().collect(),
    })
}

/// Compares one secret with the account. Fails if the error concerns every secret.
async fn check<C: Client>(
    input: &VerifyInput<'_>,
    expected: &Expected<'_>,
    client: &C,
    pacer: &CallPacer<'_>,
) -> Result<CheckedSecret, ClientError> {
    let mut checked = CheckedSecret {
        secret: expected.secret.clone(),
        name: expected.name.clone(),
        differences: Vec::new(),
        not_compared: Vec::new(),
    };
    let Some(name) = expected.name.legal() else {
        checked.differ(
            DifferenceCode::Missing,
            "the account cannot have a secret of this name",
        );
        return Ok(checked);
    };
    let live = match pacer
        .call(CallFamily::Read, |_| false, || client.describe(name))
        .await
    {
        Ok(live) => Some(live),
        Err(error) => match error.kind {
            ErrorKind::NotFound => {
                checked.differ(
                    DifferenceCode::Missing,
                    "the account has no secret of this name",
                );
                return Ok(checked);
            }
            ErrorKind::AccessDenied => {
                checked
                    .not_compared
                    .push("tags and KMS key: the role may not call DescribeSecret".to_owned());
                None
            }
            _ => return Err(error),
        },
    };
    if let Some(live) = &live {
        checked.compare(expected, live);
        if live.deleted.is_some() || !live.versions.contains_key(&expected.token) {
            return Ok(checked);
        }
    }
    let mut proved = live.is_some();
    if input.check == Check::Value {
        match pacer
            .call(
                CallFamily::Read,
                |_| false,
                || client.get_value(name, &expected.token),
            )
            .await
        {
            Ok(fetched) => {
                proved = true;
                if input.key.fingerprint(&fetched.value) != *expected.fingerprint {
                    checked.differ(
                        DifferenceCode::ValueDiffers,
                        "the imported version has another value",
                    );
                }
                if live.is_none()
                    && !fetched
                        .stages
                        .iter()
                        .any(|stage| stage == SecretDescription::CURRENT)
                {
                    checked.differ(
                        DifferenceCode::NotCurrent,
                        "the imported version is no longer the current one",
                    );
                }
            }
            Err(error) => match error.kind {
                ErrorKind::NotFound => {
                    checked.differ(
                        DifferenceCode::VersionMissing,
                        "the account does not have the imported version",
                    );
                    proved = true;
                }
                ErrorKind::ScheduledForDeletion => {
                    checked.differ(
                        DifferenceCode::ScheduledForDeletion,
                        "the secret is scheduled for deletion",
                    );
                    proved = true;
                }
                ErrorKind::AccessDenied => checked
                    .not_compared
                    .push("value: the role may not call GetSecretValue".to_owned()),
                kind if kind.is_systemic() || kind.is_transient() => return Err(error),
                // The error concerns this secret alone, such as a KMS key that may not be used.
                _ => checked.not_compared.push(format!("value: {error}")),
            },
        }
    }
    if !proved {
        checked.differ(
            DifferenceCode::Unproved,
            "the role may not make any call that would prove that the secret exists",
        );
    }
    Ok(checked)
}

impl CheckedSecret {
    /// Adds a difference.
    fn differ(&mut self, code: DifferenceCode, message: impl Into<String>) {
        self.differences.push(Difference {
            code,
            message: message.into(),
        });
    }

    /// Compares the answer of DescribeSecret.
    fn compare(&mut self, expected: &Expected<'_>, live: &SecretDescription) {
        if let Some(date) = &live.deleted {
            self.differ(
                DifferenceCode::ScheduledForDeletion,
                format!(
                    "the secret is scheduled for deletion (since {})",
                    escape::line(date)
                ),
            );
        }
        if !live.versions.contains_key(&expected.token) {
            self.differ(
                DifferenceCode::VersionMissing,
                "the secret does not have the imported version",
            );
        } else if !live.is_current(&expected.token) {
            self.differ(
                DifferenceCode::NotCurrent,
                "the imported version is no longer the current one",
            );
        }
        match expected.tags {
            None => self.differ(
                DifferenceCode::NotInInventory,
                "the journal has it as imported, the inventory has no such secret of this name",
            ),
            Some(tags) => {
                let differing = differing_tags(tags, &live.tags);
                if !differing.is_empty() {
                    self.differ(
                        DifferenceCode::TagsDiffer,
                        format!(
                            "tags with another value or without one: {}",
                            differing.join(", ")
                        ),
                    );
                }
            }
        }
        match expected
            .kms_key
            .map(|planned| key_difference(planned, live.kms_key.as_deref()))
        {
            None => self
                .not_compared
                .push("KMS key: the journal has no record of the import".to_owned()),
            Some(Some(message)) => self.differ(DifferenceCode::KmsKeyDiffers, message),
            Some(None) => {}
        }
    }
}
