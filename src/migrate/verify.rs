//! The proof after the fact: inventory and journal against the account.
//!
//! What the inventory or the journal has as imported must exist, under the token's version, as the current one, with its
//! tags and its KMS key and, unless only metadata is compared, with its value. Nothing is changed.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::bounded_tasks::run_bounded;
use super::call_pacer::{CallFamily, CallPace, CallPacer};
use super::check::Check;
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
use crate::secrets_manager::{Account, KeyArn, Region};

/// Version of the format of the JSON report.
pub const SCHEMA: u32 = 1;

/// What is compared with what.
#[derive(Clone, Copy)]
pub struct VerifyInput<'a> {
    pub account: &'a Account,
    pub region: &'a Region,
    pub key: &'a InventoryKey,
    pub secrets: &'a [Secret],
    pub history: &'a JournalHistory,
    pub check: Check,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerifyReport {
    /// Version of this format.
    pub schema: u32,
    pub account: Account,
    pub region: Region,
    pub check: Check,
    /// False when it was interrupted.
    pub complete: bool,
    /// In order of name.
    pub secrets: Vec<CheckedSecret>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedSecret {
    pub secret: SecretId,
    pub name: String,
    pub differences: Vec<Difference>,
    /// What could not be compared, and why.
    pub not_compared: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    pub code: DifferenceCode,
    pub message: String,
}

/// The stable name of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceCode {
    Missing,
    ScheduledForDeletion,
    /// The secret is there; the version that was imported is not.
    VersionMissing,
    /// The imported version is no longer the current one.
    NotCurrent,
    TagsDiffer,
    KmsKeyDiffers,
    ValueDiffers,
    /// The journal has it; the inventory does not, or wants another name or value.
    NotInInventory,
    /// The role may do nothing that would prove it.
    Unproved,
}

impl DifferenceCode {
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

    pub fn hint(self) -> &'static str {
        match self {
            DifferenceCode::Missing | DifferenceCode::VersionMissing => {
                "run `keyferry plan` and `keyferry import` again"
            }
            DifferenceCode::ScheduledForDeletion => {
                "restore it with `aws secretsmanager restore-secret`"
            }
            DifferenceCode::NotCurrent | DifferenceCode::ValueDiffers => {
                "if that was no rotation, see who changed it"
            }
            DifferenceCode::TagsDiffer => {
                "run `keyferry plan` and `keyferry import` again: they put tags right"
            }
            DifferenceCode::KmsKeyDiffers => {
                "change it with `aws secretsmanager update-secret --kms-key-id`, or plan with its key"
            }
            DifferenceCode::NotInInventory => {
                "it costs money and nobody looks after it: delete it, or bring the inventory back"
            }
            DifferenceCode::Unproved => {
                "verify under a role with secretsmanager:DescribeSecret or GetSecretValue"
            }
        }
    }
}

impl VerifyReport {
    /// Everything is as it should be.
    pub fn is_clean(&self) -> bool {
        self.complete
            && self
                .secrets
                .iter()
                .all(|checked| checked.differences.is_empty())
    }

    /// Secrets without a difference, by id: those that the inventory may call verified.
    pub fn verified(&self) -> impl Iterator<Item = &SecretId> {
        self.secrets
            .iter()
            .filter(|checked| checked.differences.is_empty())
            .map(|checked| &checked.secret)
    }
}

/// One secret that should be in the account.
struct Expected<'a> {
    secret: &'a SecretId,
    fingerprint: &'a Fingerprint,
    name: &'a str,
    token: String,
    /// `None`: nothing is known of it, so it is not compared.
    tags: Option<&'a BTreeMap<String, String>>,
    kms_key: Option<Option<&'a KeyArn>>,
}

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
        if arrived.is_some() || secret.progress != entry::Progress::Found {
            expected.push(Expected {
                secret: &secret.id,
                fingerprint: &secret.fingerprint,
                name,
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
                name: &event.name,
                token: event.token.clone(),
                tags: None,
                kms_key: Some(event.kms_key.as_ref()),
            });
        }
    }
    expected.sort_by(|a, b| (a.name, a.secret).cmp(&(b.name, b.secret)));
    expected
}

/// Compares. Fails only when the account cannot be asked at all.
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

async fn check<C: Client>(
    input: &VerifyInput<'_>,
    expected: &Expected<'_>,
    client: &C,
    pacer: &CallPacer<'_>,
) -> Result<CheckedSecret, ClientError> {
    let mut checked = CheckedSecret {
        secret: expected.secret.clone(),
        name: expected.name.to_owned(),
        differences: Vec::new(),
        not_compared: Vec::new(),
    };
    let live = match pacer
        .call(
            CallFamily::Read,
            |_| false,
            || client.describe(expected.name),
        )
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
                    .push("tags and KMS key: DescribeSecret is denied".to_owned());
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
                || client.get_value(expected.name, &expected.token),
            )
            .await
        {
            Ok(fetched) => {
                proved = true;
                if input.key.fingerprint(&fetched.value) != *expected.fingerprint {
                    checked.differ(
                        DifferenceCode::ValueDiffers,
                        "the version that was imported holds another value",
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
                        "the account does not have the version that was imported",
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
                    .push("value: GetSecretValue is denied".to_owned()),
                kind if kind.is_systemic() || kind.is_transient() => return Err(error),
                // A key that may not be used, say: this secret's affair.
                _ => checked.not_compared.push(format!("value: {error}")),
            },
        }
    }
    if !proved {
        checked.differ(
            DifferenceCode::Unproved,
            "nothing that was allowed proves that it is there",
        );
    }
    Ok(checked)
}

impl CheckedSecret {
    fn differ(&mut self, code: DifferenceCode, message: impl Into<String>) {
        self.differences.push(Difference {
            code,
            message: message.into(),
        });
    }

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
                "the secret has no version of this import",
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
                "the journal has it as imported, the inventory knows no such secret of this name",
            ),
            Some(tags) => {
                let differing = differing_tags(tags, &live.tags);
                if !differing.is_empty() {
                    self.differ(
                        DifferenceCode::TagsDiffer,
                        format!(
                            "other values, or none, of the tags {}",
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
                .push("KMS key: the journal does not know the import".to_owned()),
            Some(Some(message)) => self.differ(DifferenceCode::KmsKeyDiffers, message),
            Some(None) => {}
        }
    }
}
