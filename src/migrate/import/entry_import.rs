//! The import of one entry: look the name up, read the value, announce, create, read back, compare.
//!
//! Nothing here deletes, replaces or forces: CreateSecret is refused when the name is taken, and
//! tags are set only on a secret that has a version of our token.

use std::collections::{BTreeSet, HashMap};

use super::entry_value::{SendableEntry, check_entry, read_value};
use super::failure_streak::FailureStreak;
use super::import_job::{ImportJob, ImportSettings};
use super::import_outcome::{EntryStatus, Failure, FailureReason, FatalError, Proof};
use super::journal_entry::journal_event;
use crate::inventory::entry::{MigrationProgress, Secret};
use crate::inventory::payload;
use crate::migrate::bounded_tasks::TaskEnd;
use crate::migrate::call_pacer::{CallFamily, CallPacer};
use crate::migrate::check_extent::Check;
use crate::migrate::checked_client::CheckedClient;
use crate::migrate::client::{Client, CreateRequest, SecretDescription};
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::migrate::journal::{EntryState, JournalError};
use crate::migrate::plan::{Class, Entry};
use crate::migrate::rotation::ImportEvidence;
use crate::migrate::secret_comparison::{differing_tags, key_difference};
use crate::secret::SecretId;

/// Imports single entries. One importer serves all entries of an import.
pub(super) struct EntryImporter<'a, C> {
    /// Plan, inventory and source.
    pub job: &'a ImportJob<'a>,
    /// Journal, check and cancellation.
    pub settings: &'a ImportSettings<'a>,
    /// Makes the calls, and checks that each reply belongs to its request.
    pub client: CheckedClient<'a, C>,
    /// Delays and repeats the calls.
    pub pacer: CallPacer<'a>,
    /// The secrets of the inventory, by id.
    pub secrets: &'a HashMap<&'a SecretId, &'a Secret>,
    /// Imported secrets whose entries are out of date.
    pub changed: &'a BTreeSet<SecretId>,
    /// Counts the failures that would affect every entry.
    pub streak: FailureStreak,
}

/// Why the attempt to import an entry ended without success.
enum Obstacle {
    /// The failure concerns this entry alone.
    Entry(Failure),
    /// A call failed. The kind of the error decides whether the whole import ends.
    Call(ClientError),
    /// The journal could not be written. No step is taken that cannot be recorded.
    Journal(JournalError),
    /// The import was cancelled before it sent anything for this entry.
    Cancelled,
}

impl From<JournalError> for Obstacle {
    fn from(error: JournalError) -> Self {
        Obstacle::Journal(error)
    }
}

/// The result of looking up an entry's name in the account.
enum NameLookup {
    /// The secret has a version of our request token, which is the current one.
    Ours(SecretDescription),
    /// The secret is ours, and its value was changed in the account after the import.
    Rotated(SecretDescription),
    /// The account has no secret of this name.
    Absent,
    /// The role may not describe secrets of this name.
    Hidden,
}

/// The result of reading a value back.
enum ReadBack {
    /// The imported version has the value that was sent.
    Same {
        /// It is the current version.
        current: bool,
    },
    /// The role may not read it.
    Denied,
}

impl<C: Client> EntryImporter<'_, C> {
    /// Imports one entry. An error that would affect every other entry ends the import.
    pub async fn import_entry(&self, entry: &Entry) -> TaskEnd<EntryStatus, FatalError> {
        let obstacle = match self.attempt(entry).await {
            Ok(status) => {
                self.streak.succeeded();
                return TaskEnd::Done(status);
            }
            Err(obstacle) => obstacle,
        };
        let fatal = |failure, error| TaskEnd::Fatal(Some(EntryStatus::Failed(failure)), error);
        let (failure, stop) = match obstacle {
            Obstacle::Cancelled => return TaskEnd::Done(EntryStatus::NotTried),
            Obstacle::Journal(error) => {
                return fatal(Failure::of_journal(&error), FatalError::Journal(error));
            }
            Obstacle::Entry(failure) => (failure, None),
            Obstacle::Call(error) => {
                let failure = Failure::of_call(&error);
                let passing = error.kind.is_transient() || error.kind.is_systemic();
                let call = error.call;
                let stop = if error.kind.is_systemic() {
                    Some(FatalError::Client(error))
                } else {
                    let row = self.streak.failed(error.kind);
                    row.map(|entries| FatalError::Repeated { entries, error })
                };
                if passing && call != Call::Create {
                    // The failure concerns the service, not this entry: its journal state stays.
                    return match stop {
                        Some(stop) => fatal(failure, stop),
                        None => TaskEnd::Done(EntryStatus::Failed(failure)),
                    };
                }
                (failure, stop)
            }
        };
        match (self.note_failure(entry, &failure), stop) {
            (_, Some(stop)) => fatal(failure, stop),
            (Err(error), None) => fatal(failure, FatalError::Journal(error)),
            (Ok(()), None) => TaskEnd::Done(EntryStatus::Failed(failure)),
        }
    }

    async fn attempt(&self, entry: &Entry) -> Result<EntryStatus, Obstacle> {
        let secret = self.secrets.get(&entry.secret).copied();
        let entry = &check_entry(entry).map_err(Obstacle::Entry)?;
        if self.changed.contains(&entry.plan_entry.secret) {
            return self.only_look(entry, secret).await;
        }
        let token = entry.token;
        let latest = self.settings.journal.latest(token).map(|event| event.state);
        let verified = latest == Some(EntryState::Verified);
        let begun = !matches!(latest, None | Some(EntryState::Planned));
        let in_account = matches!(
            entry.plan_entry.class,
            Class::Adopt | Class::InSync | Class::TagsDiffer | Class::Rotated
        );
        let recorded = secret.is_some_and(|secret| secret.progress > MigrationProgress::Found);
        if begun || in_account || recorded {
            match self.look_up(entry, secret).await? {
                NameLookup::Rotated(live) => return self.keep_rotated(entry, &live).await,
                NameLookup::Ours(live) => {
                    let agrees = difference(entry, &live).is_none()
                        && differing_tags(&entry.plan_entry.tags, &live.tags).is_empty();
                    if verified && agrees {
                        return Ok(EntryStatus::InSync);
                    }
                    if self.settings.journal.arrived(token).is_none() {
                        self.note(
                            entry.plan_entry,
                            EntryState::Created,
                            Some(&live.arn),
                            Some("found in the account under its request token"),
                        )?;
                    }
                    let proof = self.tag_and_verify(entry, secret, Some(live)).await?;
                    return Ok(proof.map_or(EntryStatus::Rotated, EntryStatus::Adopted));
                }
                // The entry was verified earlier, and the role may no longer describe it. Nothing
                // is left to do.
                NameLookup::Hidden if verified => return Ok(EntryStatus::InSync),
                // The source no longer has the value that the account had.
                NameLookup::Absent if entry.plan_entry.class == Class::Rotated => {
                    return Err(Obstacle::Entry(Failure {
                        reason: FailureReason::Stale,
                        message: "it was rotated after the import, and is no longer in the account"
                            .to_owned(),
                        hint: "run `keyferry plan` again".to_owned(),
                    }));
                }
                NameLookup::Hidden | NameLookup::Absent => {}
            }
        }
        self.create(entry, secret).await?;
        let proof = self.tag_and_verify(entry, secret, None).await?;
        Ok(proof.map_or(EntryStatus::Rotated, EntryStatus::Created))
    }

    /// Looks whether an imported secret is in the account. Its entry is out of date, so that nothing
    /// of it may be written.
    async fn only_look(
        &self,
        entry: &SendableEntry<'_>,
        secret: Option<&Secret>,
    ) -> Result<EntryStatus, Obstacle> {
        match self.look_up(entry, secret).await? {
            NameLookup::Ours(_) | NameLookup::Hidden => Ok(EntryStatus::InSync),
            NameLookup::Rotated(_) => Ok(EntryStatus::Rotated),
            NameLookup::Absent => Err(Obstacle::Entry(Failure {
                reason: FailureReason::Stale,
                message: "it was imported, is no longer in the account, and would not be planned like that now"
                    .to_owned(),
                hint: "run `keyferry plan` again".to_owned(),
            })),
        }
    }

    /// True if the value of the secret was changed in the account after the import.
    fn is_rotated(
        &self,
        entry: &SendableEntry<'_>,
        secret: Option<&Secret>,
        live: &SecretDescription,
    ) -> bool {
        let record = self.settings.journal.arrived(entry.token);
        ImportEvidence {
            id: &entry.plan_entry.secret,
            token: entry.token,
            arn: record.as_ref().and_then(|event| event.arn.as_deref()),
            recorded: secret.is_some_and(|secret| secret.progress > MigrationProgress::Found),
        }
        .shows_rotation(live)
    }

    /// Leaves a rotated secret as it is, except for its tags.
    async fn keep_rotated(
        &self,
        entry: &SendableEntry<'_>,
        live: &SecretDescription,
    ) -> Result<EntryStatus, Obstacle> {
        if self.settings.journal.arrived(entry.token).is_none() {
            let detail = "found in the account, where its value was changed after the import";
            let arn = Some(live.arn.as_str());
            self.note(entry.plan_entry, EntryState::Created, arn, Some(detail))?;
        }
        if let Some(failure) = key_failure(entry, live) {
            return Err(Obstacle::Entry(failure));
        }
        self.correct_tags(entry, live).await?;
        Ok(EntryStatus::Rotated)
    }

    /// Sets the planned tags, if those of the secret differ.
    async fn correct_tags(
        &self,
        entry: &SendableEntry<'_>,
        live: &SecretDescription,
    ) -> Result<(), Obstacle> {
        if differing_tags(&entry.plan_entry.tags, &live.tags).is_empty() {
            return Ok(());
        }
        let tagged = self
            .pacer
            .call(
                CallFamily::Tag,
                |_| false,
                || self.client.tag(&entry.name, &entry.plan_entry.tags),
            )
            .await;
        tagged.map_err(Obstacle::Call)?;
        self.note(entry.plan_entry, EntryState::Tagged, Some(&live.arn), None)?;
        Ok(())
    }

    /// Looks up the secret of an entry's name. A secret without our request token is a conflict.
    async fn look_up(
        &self,
        entry: &SendableEntry<'_>,
        secret: Option<&Secret>,
    ) -> Result<NameLookup, Obstacle> {
        match self
            .pacer
            .call(
                CallFamily::Read,
                |_| false,
                || self.client.describe(&entry.name),
            )
            .await
        {
            Ok(live) if self.is_rotated(entry, secret, &live) => Ok(NameLookup::Rotated(live)),
            Ok(live) => match conflict(entry, &live) {
                None => Ok(NameLookup::Ours(live)),
                Some(failure) => Err(Obstacle::Entry(failure)),
            },
            Err(error) => match error.kind {
                ErrorKind::NotFound => Ok(NameLookup::Absent),
                ErrorKind::AccessDenied => Ok(NameLookup::Hidden),
                _ => Err(Obstacle::Call(error)),
            },
        }
    }

    /// Reads the value and creates the secret. The value lives no longer than this call.
    async fn create(
        &self,
        entry: &SendableEntry<'_>,
        secret: Option<&Secret>,
    ) -> Result<(), Obstacle> {
        // The turn comes first, so that no value is in memory while it waits.
        self.pacer.turn(CallFamily::Create).await;
        if self.settings.cancel.is_requested() {
            return Err(Obstacle::Cancelled);
        }
        let sent = match read_value(self.job, entry.plan_entry, secret) {
            Ok(sent) => sent,
            // The source stopped early.
            Err(_) if self.settings.cancel.is_requested() => return Err(Obstacle::Cancelled),
            Err(failure) => return Err(Obstacle::Entry(failure)),
        };
        let request = CreateRequest {
            name: &entry.name,
            token: entry.token,
            value: &sent.value,
            description: &entry.plan_entry.description,
            kms_key: entry.plan_entry.kms_key.as_ref(),
            tags: &entry.plan_entry.tags,
        };
        self.note(entry.plan_entry, EntryState::Intent, None, None)?;
        let answer = self
            .pacer
            .call_now(
                CallFamily::Create,
                |_| false,
                || self.client.create(&request),
            )
            .await;
        match answer {
            Ok(created) => {
                let arn = Some(created.arn.as_str());
                self.note(entry.plan_entry, EntryState::Created, arn, None)?;
                Ok(())
            }
            Err(error) => {
                let values = std::iter::once(&sent.value).chain(&sent.parts);
                Err(Obstacle::Call(values.fold(error, ClientError::without)))
            }
        }
    }

    /// Compares the secret in the account with the entry, corrects its tags, and records it as
    /// verified. `seen` is its description if it was looked up already. `None`: it was rotated.
    async fn tag_and_verify(
        &self,
        entry: &SendableEntry<'_>,
        secret: Option<&Secret>,
        seen: Option<SecretDescription>,
    ) -> Result<Option<Proof>, Obstacle> {
        // The service is eventually consistent: a new secret may not be found at once.
        let not_yet = |kind| kind == ErrorKind::NotFound;
        let live = match seen {
            Some(live) => Some(live),
            None => match self
                .pacer
                .call(CallFamily::Read, not_yet, || {
                    self.client.describe(&entry.name)
                })
                .await
            {
                Ok(live) => Some(live),
                Err(error) if error.kind == ErrorKind::AccessDenied => None,
                Err(error) => return Err(Obstacle::Call(error)),
            },
        };
        if let Some(live) = &live {
            if self.is_rotated(entry, secret, live) {
                self.keep_rotated(entry, live).await?;
                return Ok(None);
            }
            if let Some(failure) = conflict(entry, live).or_else(|| difference(entry, live)) {
                return Err(Obstacle::Entry(failure));
            }
            self.correct_tags(entry, live).await?;
        }
        let compared = match self.settings.check {
            Check::Value => match self.read_back(entry).await? {
                // Without a description, the labels of the version tell.
                ReadBack::Same { current: false } if live.is_none() => return Ok(None),
                ReadBack::Same { .. } => true,
                ReadBack::Denied => false,
            },
            Check::Metadata => false,
        };
        let (proof, detail) = match (compared, &live) {
            (true, Some(_)) => (Proof::Value, None),
            (true, None) => (
                Proof::Value,
                Some("by its value; the role may not describe tags and KMS key"),
            ),
            (false, Some(_)) => (Proof::Metadata, Some("by its metadata; no value was read")),
            (false, None) => return Ok(Some(Proof::Answer)),
        };
        self.note(
            entry.plan_entry,
            EntryState::Verified,
            live.as_ref().map(|live| live.arn.as_str()),
            detail,
        )?;
        Ok(Some(proof))
    }

    /// Reads the value back and compares its fingerprint.
    async fn read_back(&self, entry: &SendableEntry<'_>) -> Result<ReadBack, Obstacle> {
        let token = entry.token;
        let not_yet = |kind| kind == ErrorKind::NotFound;
        match self
            .pacer
            .call(CallFamily::Read, not_yet, || {
                self.client.get_value(&entry.name, token)
            })
            .await
        {
            Ok(fetched)
                if payload::has_fingerprint(
                    self.job.key,
                    &fetched.value,
                    &entry.plan_entry.fingerprint,
                ) =>
            {
                let current = SecretDescription::CURRENT;
                Ok(ReadBack::Same {
                    current: fetched.stages.iter().any(|stage| stage == current),
                })
            }
            Ok(_) => Err(Obstacle::Entry(Failure {
                reason: FailureReason::ValueDiffers,
                message: "the value that was read back is not the value that was sent".to_owned(),
                hint:
                    "do not cut over to it; check the secret's versions and who else writes to it"
                        .to_owned(),
            })),
            Err(error) if error.kind == ErrorKind::AccessDenied => Ok(ReadBack::Denied),
            Err(error) => Err(Obstacle::Call(error)),
        }
    }

    /// Records a state of an entry in the journal.
    fn note(
        &self,
        entry: &Entry,
        state: EntryState,
        arn: Option<&str>,
        detail: Option<&str>,
    ) -> Result<(), JournalError> {
        let Some(mut event) = journal_event(self.job.plan, entry, state) else {
            return Ok(());
        };
        event.arn = arn.map(str::to_owned);
        event.detail = detail.map(str::to_owned);
        self.settings.journal.append(vec![event])
    }

    /// Records a failure in the journal, unless the entry's latest record is the same: a second run
    /// that fails alike adds nothing.
    fn note_failure(&self, entry: &Entry, failure: &Failure) -> Result<(), JournalError> {
        let Some(mut event) = journal_event(self.job.plan, entry, failure.reason.state()) else {
            return Ok(());
        };
        event.detail = Some(failure.message.clone());
        match self.settings.journal.latest(&event.token) {
            Some(latest) if latest == event => Ok(()),
            _ => self.settings.journal.append(vec![event]),
        }
    }
}

/// The failure of an entry whose name belongs to a secret that the import must not change.
fn conflict(entry: &SendableEntry<'_>, live: &SecretDescription) -> Option<Failure> {
    let conflict = |message: &str, hint: &str| {
        Some(Failure {
            reason: FailureReason::Conflict,
            message: message.to_owned(),
            hint: hint.to_owned(),
        })
    };
    if live.deleted.is_some() {
        return conflict(
            "the secret is scheduled for deletion",
            ErrorKind::ScheduledForDeletion.hint(),
        );
    }
    if !live.versions.contains_key(entry.token) {
        return conflict(
            "the name belongs to a secret without a version of this import",
            ErrorKind::Exists.hint(),
        );
    }
    None
}

/// The failure of an entry whose secret differs in a way that the import must not correct.
fn difference(entry: &SendableEntry<'_>, live: &SecretDescription) -> Option<Failure> {
    if !live.is_current(entry.token) {
        return Some(Failure {
            reason: FailureReason::Conflict,
            message: "it has no current version".to_owned(),
            hint: "find out who moved the staging label AWSCURRENT, and give it to a version"
                .to_owned(),
        });
    }
    key_failure(entry, live)
}

/// The failure of an entry whose secret is encrypted with another KMS key than the planned one.
fn key_failure(entry: &SendableEntry<'_>, live: &SecretDescription) -> Option<Failure> {
    key_difference(entry.plan_entry.kms_key.as_ref(), live.kms_key.as_deref()).map(|message| Failure {
        reason: FailureReason::KmsKeyDiffers,
        message,
        hint: "plan with its present key, or change the key with `aws secretsmanager update-secret --kms-key-id`"
            .to_owned(),
    })
}
