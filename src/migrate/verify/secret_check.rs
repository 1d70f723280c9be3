//! The comparison of one expected secret with the account.

use super::expected_secrets::Expected;
use super::verify_input::VerifyInput;
use super::verify_report::{CheckedSecret, Difference, DifferenceCode, Rotation};
use crate::escape;
use crate::inventory::payload;
use crate::migrate::call_pacer::{CallFamily, CallPacer};
use crate::migrate::check_extent::Check;
use crate::migrate::client::{Client, FetchedValue, SecretDescription};
use crate::migrate::client_error::{ClientError, ErrorKind};
use crate::migrate::rotation::ImportEvidence;
use crate::migrate::secret_comparison::{differing_tags, key_difference};
use crate::secrets_manager::SecretName;

/// A checked secret, and whether the account has a version of its request token.
pub(super) struct CheckResult {
    pub checked: CheckedSecret,
    pub has_version: bool,
}

/// Compares one secret with the account. Fails if the error concerns every secret.
pub(super) async fn check_secret<C: Client>(
    input: &VerifyInput<'_>,
    expected: &Expected<'_>,
    client: &C,
    pacer: &CallPacer<'_>,
) -> Result<CheckResult, ClientError> {
    let mut check = SecretCheck {
        expected,
        checked: CheckedSecret {
            secret: expected.secret.clone(),
            name: expected.name.clone(),
            rotated: None,
            differences: Vec::new(),
            not_compared: Vec::new(),
        },
        has_version: false,
    };
    check.run(input, client, pacer).await?;
    Ok(CheckResult {
        checked: check.checked,
        has_version: check.has_version,
    })
}

struct SecretCheck<'a> {
    expected: &'a Expected<'a>,
    checked: CheckedSecret,
    has_version: bool,
}

impl SecretCheck<'_> {
    async fn run<C: Client>(
        &mut self,
        input: &VerifyInput<'_>,
        client: &C,
        pacer: &CallPacer<'_>,
    ) -> Result<(), ClientError> {
        let expected = self.expected;
        let name = match expected.name.as_ref().map(|name| name.legal()) {
            Some(Some(name)) => name,
            Some(None) => {
                self.absent("the account cannot have a secret of this name");
                return Ok(());
            }
            None => {
                self.absent("no name could be made for it");
                return Ok(());
            }
        };
        let Some(live) = self.describe(name, client, pacer).await? else {
            return Ok(());
        };
        let mut proved = false;
        if let Live::Described(live) = &live {
            self.has_version = live.versions.contains_key(&expected.token);
            if !self.is_imported() && !self.has_version {
                self.absent("another secret has its name");
                return Ok(());
            }
            self.compare(live);
            proved = true;
            if live.deleted.is_some() || !self.has_version || self.checked.rotated.is_some() {
                return Ok(());
            }
        }
        if input.check == Check::Value {
            let fetched = pacer
                .call(
                    CallFamily::Read,
                    |_| false,
                    || client.get_value(name, &expected.token),
                )
                .await;
            proved |= self.compare_value(input, fetched, matches!(live, Live::Hidden))?;
        }
        self.compare_reading();
        if !proved {
            self.checked.differ(
                DifferenceCode::Unproved,
                "the role may not make any call that would prove that the secret exists",
            );
        }
        Ok(())
    }

    /// Compares the reading of the imported value with the present one.
    fn compare_reading(&mut self) {
        let Some(now) = self.expected.read_now_as else {
            return;
        };
        let differs = |difference: &Difference| difference.code == DifferenceCode::ValueDiffers;
        if self.has_version
            && self.checked.rotated.is_none()
            && !self.checked.differences.iter().any(differs)
        {
            self.checked.differ(
                DifferenceCode::ReadingChanged,
                format!("it was imported as an earlier version read it; {now} is the value that its file has"),
            );
        }
    }

    /// True if inventory or journal have the secret as imported.
    fn is_imported(&self) -> bool {
        self.expected.recorded || self.expected.arrived
    }

    /// Records that the secret is not in the account. `why` applies to one that was not imported.
    fn absent(&mut self, why: &str) {
        if self.is_imported() {
            let message = "the account has no secret of this name";
            self.checked.differ(DifferenceCode::Missing, message);
        } else {
            let message = match self.expected.blocked {
                Some(class) => {
                    format!("the plan blocks it ({}): {}", class.name(), class.meaning())
                }
                None => format!("it is planned and was not imported: {why}"),
            };
            self.checked.differ(DifferenceCode::NotImported, message);
        }
    }

    /// The answer of DescribeSecret; `None` if the check ends with it.
    async fn describe<C: Client>(
        &mut self,
        name: &SecretName,
        client: &C,
        pacer: &CallPacer<'_>,
    ) -> Result<Option<Live>, ClientError> {
        let answer = pacer
            .call(CallFamily::Read, |_| false, || client.describe(name))
            .await;
        let error = match answer {
            Ok(live) => return Ok(Some(Live::Described(live))),
            Err(error) => error,
        };
        match error.kind {
            ErrorKind::NotFound => {
                self.absent("the account has no secret of this name");
                Ok(None)
            }
            ErrorKind::AccessDenied => {
                let what = "tags and KMS key: the role may not call DescribeSecret";
                self.checked.not_compared.push(what.to_owned());
                Ok(Some(Live::Hidden))
            }
            kind if kind.is_systemic() || kind.is_transient() => Err(error),
            // The error concerns this secret alone.
            _ => {
                let message = error.to_string();
                self.checked.differ(DifferenceCode::Unproved, message);
                Ok(None)
            }
        }
    }

    /// Compares the answer of DescribeSecret.
    fn compare(&mut self, live: &SecretDescription) {
        let expected = self.expected;
        let evidence = ImportEvidence {
            id: expected.secret,
            token: &expected.token,
            arn: expected.arn,
            recorded: expected.recorded,
        };
        if let Some(date) = &live.deleted {
            self.checked.differ(
                DifferenceCode::ScheduledForDeletion,
                format!(
                    "the secret is scheduled for deletion (since {})",
                    escape::line(date)
                ),
            );
        }
        if evidence.shows_rotation(live) {
            self.checked.rotated = Some(Rotation {
                changed: live
                    .changed
                    .as_ref()
                    .map(|date| escape::line(date).into_owned()),
            });
        } else if !self.has_version {
            self.checked.differ(
                DifferenceCode::VersionMissing,
                "the secret does not have the imported version",
            );
        } else if !live.is_current(&expected.token) {
            self.checked.differ(
                DifferenceCode::NotCurrent,
                "the imported version is not the current one, and no other is",
            );
        }
        match expected.tags {
            None => self.checked.differ(
                DifferenceCode::NotInInventory,
                "the journal has it as imported, the inventory has no such secret of this name",
            ),
            Some(tags) => {
                let differing = differing_tags(tags, &live.tags);
                if !differing.is_empty() {
                    self.checked.differ(
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
            None => self.checked.not_compared.push(
                "KMS key: neither the journal nor the plan has a record of the import".to_owned(),
            ),
            Some(Some(message)) => self.checked.differ(DifferenceCode::KmsKeyDiffers, message),
            Some(None) => {}
        }
    }

    /// Compares the answer of GetSecretValue. Returns whether it proves that the secret exists, or
    /// that it does not. `alone`: the role may not describe the secret.
    fn compare_value(
        &mut self,
        input: &VerifyInput<'_>,
        answer: Result<FetchedValue, ClientError>,
        alone: bool,
    ) -> Result<bool, ClientError> {
        let error = match answer {
            Ok(fetched) => {
                self.has_version = true;
                if !payload::has_fingerprint(input.key, &fetched.value, self.expected.fingerprint) {
                    self.checked.differ(
                        DifferenceCode::ValueDiffers,
                        "the imported version has another value",
                    );
                }
                let current = SecretDescription::CURRENT;
                if alone && !fetched.stages.iter().any(|stage| stage == current) {
                    self.checked.rotated = Some(Rotation { changed: None });
                }
                return Ok(true);
            }
            Err(error) => error,
        };
        match error.kind {
            ErrorKind::NotFound if !self.is_imported() => {
                self.absent("the account does not have its version");
                Ok(true)
            }
            ErrorKind::NotFound => {
                self.checked.differ(
                    DifferenceCode::VersionMissing,
                    "the account does not have the imported version",
                );
                Ok(true)
            }
            ErrorKind::ScheduledForDeletion => {
                self.checked.differ(
                    DifferenceCode::ScheduledForDeletion,
                    "the secret is scheduled for deletion",
                );
                Ok(true)
            }
            ErrorKind::AccessDenied => {
                let what = "value: the role may not call GetSecretValue";
                self.checked.not_compared.push(what.to_owned());
                Ok(false)
            }
            kind if kind.is_systemic() || kind.is_transient() => Err(error),
            // The error concerns this secret alone, such as a KMS key that may not be used.
            _ => {
                self.checked.not_compared.push(format!("value: {error}"));
                Ok(false)
            }
        }
    }
}

/// What DescribeSecret says of a secret.
enum Live {
    Described(SecretDescription),
    /// The role may not describe it.
    Hidden,
}
