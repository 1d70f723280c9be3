//! The proof after the fact: inventory and journal against the account.
//!
//! What the inventory or the journal has as imported must exist, under the token's version, as the current one, with its
//! tags and its KMS key and, unless only metadata is compared, with its value. Nothing is changed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::client::{Client, ClientError, Description, ErrorKind};
use super::compare::{differing_tags, key_difference};
use super::import::Check;
use super::journal::History;
use super::pace::{Family, Pace, Pacer, join_all};
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
pub struct Input<'a> {
    pub account: &'a Account,
    pub region: &'a Region,
    pub key: &'a InventoryKey,
    pub secrets: &'a [Secret],
    pub history: &'a History,
    pub check: Check,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    pub account: Account,
    pub region: Region,
    pub check: Check,
    /// False when it was interrupted.
    pub complete: bool,
    /// In order of name.
    pub secrets: Vec<Checked>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    pub secret: SecretId,
    pub name: String,
    pub differences: Vec<Difference>,
    /// What could not be compared, and why.
    pub not_compared: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    pub code: Code,
    pub message: String,
}

/// The stable name of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
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

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Code::Missing => "missing",
            Code::ScheduledForDeletion => "scheduled-for-deletion",
            Code::VersionMissing => "version-missing",
            Code::NotCurrent => "not-current",
            Code::TagsDiffer => "tags-differ",
            Code::KmsKeyDiffers => "kms-key-differs",
            Code::ValueDiffers => "value-differs",
            Code::NotInInventory => "not-in-inventory",
            Code::Unproved => "unproved",
        }
    }

    pub fn hint(self) -> &'static str {
        match self {
            Code::Missing | Code::VersionMissing => {
                "run `keyferry plan` and `keyferry import` again"
            }
            Code::ScheduledForDeletion => "restore it with `aws secretsmanager restore-secret`",
            Code::NotCurrent | Code::ValueDiffers => "if that was no rotation, see who changed it",
            Code::TagsDiffer => {
                "run `keyferry plan` and `keyferry import` again: they put tags right"
            }
            Code::KmsKeyDiffers => {
                "change it with `aws secretsmanager update-secret --kms-key-id`, or plan with its key"
            }
            Code::NotInInventory => {
                "it costs money and nobody looks after it: delete it, or bring the inventory back"
            }
            Code::Unproved => {
                "verify under a role with secretsmanager:DescribeSecret or GetSecretValue"
            }
        }
    }
}

impl Report {
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

fn expected<'a>(input: &Input<'a>) -> Vec<Expected<'a>> {
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
    input: &Input<'_>,
    client: &C,
    pace: &Pace,
    cancel: &Cancellation,
    progress: &dyn Progress,
) -> Result<Report, ClientError> {
    let expected = expected(input);
    progress.stage("verifying", expected.len() as u64);
    let pacer = Pacer::new(pace, cancel);
    let checked: RefCell<Vec<Option<Checked>>> = RefCell::new(vec![None; expected.len()]);
    let failed = RefCell::new(None);
    let next = Cell::new(0);
    let worker = || async {
        loop {
            let at = next.get();
            if at >= expected.len() || failed.borrow().is_some() || cancel.is_requested() {
                break;
            }
            next.set(at + 1);
            match check(input, &expected[at], client, &pacer).await {
                Ok(done) => checked.borrow_mut()[at] = Some(done),
                Err(error) => {
                    failed.borrow_mut().get_or_insert(error);
                }
            }
            progress.advance(1);
        }
    };
    join_all((0..pacer.in_flight()).map(|_| worker())).await;
    if let Some(error) = failed.into_inner() {
        return Err(error);
    }
    let checked = checked.into_inner();
    Ok(Report {
        schema: SCHEMA,
        account: input.account.clone(),
        region: input.region.clone(),
        check: input.check,
        complete: checked.iter().all(Option::is_some),
        secrets: checked.into_iter().flatten().collect(),
    })
}

async fn check<C: Client>(
    input: &Input<'_>,
    expected: &Expected<'_>,
    client: &C,
    pacer: &Pacer<'_>,
) -> Result<Checked, ClientError> {
    let mut checked = Checked {
        secret: expected.secret.clone(),
        name: expected.name.to_owned(),
        differences: Vec::new(),
        not_compared: Vec::new(),
    };
    let live = match pacer
        .call(Family::Read, |_| false, || client.describe(expected.name))
        .await
    {
        Ok(live) => Some(live),
        Err(error) => match error.kind {
            ErrorKind::NotFound => {
                checked.differ(Code::Missing, "the account has no secret of this name");
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
                Family::Read,
                |_| false,
                || client.get_value(expected.name, &expected.token),
            )
            .await
        {
            Ok(fetched) => {
                proved = true;
                if input.key.fingerprint(&fetched.value) != *expected.fingerprint {
                    checked.differ(
                        Code::ValueDiffers,
                        "the version that was imported holds another value",
                    );
                }
                if live.is_none()
                    && !fetched
                        .stages
                        .iter()
                        .any(|stage| stage == Description::CURRENT)
                {
                    checked.differ(
                        Code::NotCurrent,
                        "the imported version is no longer the current one",
                    );
                }
            }
            Err(error) => match error.kind {
                ErrorKind::NotFound => {
                    checked.differ(
                        Code::VersionMissing,
                        "the account does not have the version that was imported",
                    );
                    proved = true;
                }
                ErrorKind::ScheduledForDeletion => {
                    checked.differ(
                        Code::ScheduledForDeletion,
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
            Code::Unproved,
            "nothing that was allowed proves that it is there",
        );
    }
    Ok(checked)
}

impl Checked {
    fn differ(&mut self, code: Code, message: impl Into<String>) {
        self.differences.push(Difference {
            code,
            message: message.into(),
        });
    }

    fn compare(&mut self, expected: &Expected<'_>, live: &Description) {
        if let Some(date) = &live.deleted {
            self.differ(
                Code::ScheduledForDeletion,
                format!(
                    "the secret is scheduled for deletion (since {})",
                    escape::line(date)
                ),
            );
        }
        if !live.versions.contains_key(&expected.token) {
            self.differ(
                Code::VersionMissing,
                "the secret has no version of this import",
            );
        } else if !live.is_current(&expected.token) {
            self.differ(
                Code::NotCurrent,
                "the imported version is no longer the current one",
            );
        }
        match expected.tags {
            None => self.differ(
                Code::NotInInventory,
                "the journal has it as imported, the inventory knows no such secret of this name",
            ),
            Some(tags) => {
                let differing = differing_tags(tags, &live.tags);
                if !differing.is_empty() {
                    self.differ(
                        Code::TagsDiffer,
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
            Some(Some(message)) => self.differ(Code::KmsKeyDiffers, message),
            Some(None) => {}
        }
    }
}
