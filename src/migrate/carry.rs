//! The way of one entry: look whether it is there, read its value, announce, create, read back, compare.
//!
//! Nothing here deletes, replaces or forces: CreateSecret is refused when the name is taken, and tags are set only on a
//! secret that has a version of our token.

use std::collections::HashMap;

use super::client::{Call, Client, ClientError, CreateRequest, Description, ErrorKind};
use super::compare::{differing_tags, key_difference};
use super::import::{
    Check, Done, Failure, How, Job, Proof, Reason, Stop, check_entry, event, failure, read,
};
use super::journal::{JournalError, State};
use super::pace::{Family, Pacer};
use super::plan::{Class, Entry};
use crate::inventory::entry::Secret;
use crate::secret::SecretId;
use crate::secrets_manager::Account;

pub(super) struct Carrier<'a, C> {
    pub job: &'a Job<'a>,
    pub how: &'a How<'a>,
    pub client: &'a C,
    pub pacer: Pacer<'a>,
    pub secrets: &'a HashMap<&'a SecretId, &'a Secret>,
}

/// Why an entry does not arrive.
enum Obstacle {
    /// This entry's own affair.
    Entry(Failure),
    /// A call failed; whether that stops everything, its kind tells.
    Call(ClientError),
    /// Nothing may be done that cannot be written down.
    Journal(JournalError),
    /// The import was cancelled before it did anything for this entry.
    Cancelled,
}

impl From<JournalError> for Obstacle {
    fn from(error: JournalError) -> Self {
        Obstacle::Journal(error)
    }
}

/// What DescribeSecret said, as far as the role may ask.
enum Seen {
    Ours(Description),
    Absent,
    Hidden,
}

impl<C: Client> Carrier<'_, C> {
    /// Brings one entry into the account. An error also ends the import.
    pub async fn carry(&self, entry: &Entry) -> Result<Done, (Done, Stop)> {
        let obstacle = match self.attempt(entry).await {
            Ok(done) => return Ok(done),
            Err(obstacle) => obstacle,
        };
        let (failure, stop) = match obstacle {
            Obstacle::Cancelled => return Ok(Done::NotTried),
            Obstacle::Entry(failure) => (failure, None),
            Obstacle::Call(error) => {
                let failure = failure(&error);
                let passing = error.kind.is_transient() || error.kind.is_systemic();
                let stop = error
                    .kind
                    .is_systemic()
                    .then_some(Stop::Client(error.clone()));
                if passing && error.call != Call::Create {
                    // It says nothing of this entry: what the journal knows of it stands.
                    let done = Done::Failed(failure);
                    return match stop {
                        Some(stop) => Err((done, stop)),
                        None => Ok(done),
                    };
                }
                (failure, stop)
            }
            Obstacle::Journal(error) => {
                let message = error.to_string();
                let failure = Failure {
                    reason: Reason::Service,
                    message,
                    hint: error.hint().to_owned(),
                };
                return Err((Done::Failed(failure), Stop::Journal(error)));
            }
        };
        let noted = self.note_failure(entry, &failure);
        let done = Done::Failed(failure);
        match (noted, stop) {
            (Err(error), None) => Err((done, Stop::Journal(error))),
            (_, Some(stop)) => Err((done, stop)),
            (Ok(()), None) => Ok(done),
        }
    }

    async fn attempt(&self, entry: &Entry) -> Result<Done, Obstacle> {
        let secret = self.secrets.get(&entry.secret).copied();
        check_entry(entry, secret).map_err(Obstacle::Entry)?;
        let token = entry.token.as_deref().unwrap_or_default();
        let latest = self.how.journal.latest(token).map(|event| event.state);
        let verified = latest == Some(State::Verified);
        let begun = !matches!(latest, None | Some(State::Planned));
        let in_account = matches!(
            entry.class,
            Class::Adopt | Class::InSync | Class::TagsDiffer
        );
        if begun || in_account {
            match self.look(entry).await? {
                Seen::Ours(live) => {
                    let agrees = difference(entry, &live).is_none()
                        && differing_tags(&entry.tags, &live.tags).is_empty();
                    if verified && agrees {
                        return Ok(Done::InSync);
                    }
                    if !self.how.journal.has_arrived(token) {
                        self.note(
                            entry,
                            State::Created,
                            Some(&live.arn),
                            Some("found in the account under our token"),
                        )?;
                    }
                    return self.settle(entry, Some(live)).await.map(Done::Adopted);
                }
                // What was verified once and may not be looked at is left alone.
                Seen::Hidden if verified => return Ok(Done::InSync),
                Seen::Hidden | Seen::Absent => {}
            }
        }
        self.create(entry, secret).await?;
        self.settle(entry, None).await.map(Done::Created)
    }

    /// Asks for the secret of an entry's name. Somebody else's is a conflict.
    async fn look(&self, entry: &Entry) -> Result<Seen, Obstacle> {
        match self
            .pacer
            .call(
                Family::Read,
                |_| false,
                || self.client.describe(name(entry)),
            )
            .await
        {
            Ok(live) => {
                self.check_account(Call::Describe, &live.arn)?;
                match conflict(entry, &live) {
                    None => Ok(Seen::Ours(live)),
                    Some(failure) => Err(Obstacle::Entry(failure)),
                }
            }
            Err(error) => match error.kind {
                ErrorKind::NotFound => Ok(Seen::Absent),
                ErrorKind::AccessDenied => Ok(Seen::Hidden),
                _ => Err(Obstacle::Call(error)),
            },
        }
    }

    /// An ARN names the account that answers. It is another one only where the account was taken at the user's word.
    fn check_account(&self, call: Call, arn: &str) -> Result<(), Obstacle> {
        let planned = &self.job.plan.account;
        let answering = arn
            .split(':')
            .nth(4)
            .and_then(|account| account.parse::<Account>().ok());
        match answering {
            Some(account) if account != *planned => {
                let message =
                    format!("the credentials are of account {account}, the plan is for {planned}");
                Err(Obstacle::Call(ClientError::new(
                    call,
                    ErrorKind::NoCredentials,
                    None,
                    &message,
                )))
            }
            _ => Ok(()),
        }
    }

    /// Reads the value and creates the secret. The value lives no longer than this call.
    async fn create(&self, entry: &Entry, secret: Option<&Secret>) -> Result<(), Obstacle> {
        // The turn first, so that no value waits in memory for it.
        self.pacer.turn(Family::Create).await;
        if self.how.cancel.is_requested() {
            return Err(Obstacle::Cancelled);
        }
        let value = read(self.job, entry, secret).map_err(Obstacle::Entry)?;
        let token = entry.token.as_deref().unwrap_or_default();
        let request = CreateRequest {
            name: name(entry),
            token,
            value: &value,
            description: &entry.description,
            kms_key: entry.kms_key.as_ref(),
            tags: &entry.tags,
        };
        self.note(entry, State::Intent, None, None)?;
        let answer = self
            .pacer
            .call_now(Family::Create, |_| false, || self.client.create(&request))
            .await;
        match answer {
            Ok(created) if created.version == token => {
                self.note(entry, State::Created, Some(&created.arn), None)?;
                self.check_account(Call::Create, &created.arn)
            }
            Ok(_) => Err(Obstacle::Entry(Failure {
                reason: Reason::ValueDiffers,
                message: "the service answered with another version id than the token that it was given".to_owned(),
                hint: "the endpoint does not keep Secrets Manager's rules: see what --endpoint-url leads to".to_owned(),
            })),
            Err(error) => Err(Obstacle::Call(error.without(&value))),
        }
    }

    /// Compares what is in the account with the plan, puts tags right, and notes that it is verified.
    async fn settle(&self, entry: &Entry, seen: Option<Description>) -> Result<Proof, Obstacle> {
        // A secret just created may not be seen everywhere at once.
        let not_yet = |kind| kind == ErrorKind::NotFound;
        let live = match seen {
            Some(live) => Some(live),
            None => match self
                .pacer
                .call(Family::Read, not_yet, || self.client.describe(name(entry)))
                .await
            {
                Ok(live) => Some(live),
                Err(error) if error.kind == ErrorKind::AccessDenied => None,
                Err(error) => return Err(Obstacle::Call(error)),
            },
        };
        if let Some(live) = &live {
            if let Some(failure) = conflict(entry, live).or_else(|| difference(entry, live)) {
                return Err(Obstacle::Entry(failure));
            }
            if !differing_tags(&entry.tags, &live.tags).is_empty() {
                let tagged = self
                    .pacer
                    .call(
                        Family::Tag,
                        |_| false,
                        || self.client.tag(name(entry), &entry.tags),
                    )
                    .await;
                tagged.map_err(Obstacle::Call)?;
                self.note(entry, State::Tagged, Some(&live.arn), None)?;
            }
        }
        let compared = match self.how.check {
            Check::Value => self.read_back(entry).await?,
            Check::Metadata => false,
        };
        let (proof, detail) = match (compared, &live) {
            (true, Some(_)) => (Proof::Value, None),
            (true, None) => (
                Proof::Value,
                Some("by its value; tags and KMS key may not be described"),
            ),
            (false, Some(_)) => (Proof::Metadata, Some("by its metadata; no value was read")),
            (false, None) => return Ok(Proof::Answer),
        };
        self.note(
            entry,
            State::Verified,
            live.as_ref().map(|live| live.arn.as_str()),
            detail,
        )?;
        Ok(proof)
    }

    /// True when the account's value is the right one, false when the role may not read it.
    async fn read_back(&self, entry: &Entry) -> Result<bool, Obstacle> {
        let token = entry.token.as_deref().unwrap_or_default();
        let not_yet = |kind| kind == ErrorKind::NotFound;
        match self.pacer.call(Family::Read, not_yet, || self.client.get_value(name(entry), token)).await {
            Ok(fetched) if self.job.key.fingerprint(&fetched.value) == entry.fingerprint => Ok(true),
            Ok(_) => Err(Obstacle::Entry(Failure {
                reason: Reason::ValueDiffers,
                message: "the value that was read back is not the one that was sent".to_owned(),
                hint: "do not cut over to it; look at the secret's versions and at who else writes to it".to_owned(),
            })),
            Err(error) if error.kind == ErrorKind::AccessDenied => Ok(false),
            Err(error) => Err(Obstacle::Call(error)),
        }
    }

    fn note(
        &self,
        entry: &Entry,
        state: State,
        arn: Option<&str>,
        detail: Option<&str>,
    ) -> Result<(), JournalError> {
        let Some(mut event) = event(self.job.plan, entry, state) else {
            return Ok(());
        };
        event.arn = arn.map(str::to_owned);
        event.detail = detail.map(str::to_owned);
        self.how.journal.append(vec![event])
    }

    /// Notes a failure once: a second run that fails the same way adds nothing.
    fn note_failure(&self, entry: &Entry, failure: &Failure) -> Result<(), JournalError> {
        let state = failure.reason.state();
        let latest = self
            .how
            .journal
            .latest(entry.token.as_deref().unwrap_or_default());
        if latest.is_some_and(|event| {
            event.state == state && event.detail.as_deref() == Some(&failure.message)
        }) {
            return Ok(());
        }
        self.note(entry, state, None, Some(&failure.message))
    }
}

fn name(entry: &Entry) -> &str {
    entry.name.as_deref().unwrap_or_default()
}

/// Why the secret of this name is not ours to touch.
fn conflict(entry: &Entry, live: &Description) -> Option<Failure> {
    let conflict = |message: &str, hint: &str| {
        Some(Failure {
            reason: Reason::Conflict,
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
    if !entry
        .token
        .as_ref()
        .is_some_and(|token| live.versions.contains_key(token))
    {
        return conflict(
            "the name belongs to a secret that has no version of this import",
            ErrorKind::Exists.hint(),
        );
    }
    None
}

/// What differs in a secret of ours and is not ours to change.
fn difference(entry: &Entry, live: &Description) -> Option<Failure> {
    if !live.is_current(entry.token.as_deref().unwrap_or_default()) {
        return Some(Failure {
            reason: Reason::Conflict,
            message:
                "its current version is another one since the import: it was rotated or changed"
                    .to_owned(),
            hint: "nothing is left to import; if that was no rotation, see who changed it"
                .to_owned(),
        });
    }
    key_difference(entry.kms_key.as_ref(), live.kms_key.as_deref()).map(|message| Failure {
        reason: Reason::KmsKeyDiffers,
        message,
        hint: "plan with the key that it has, or change it with `aws secretsmanager update-secret --kms-key-id`"
            .to_owned(),
    })
}
