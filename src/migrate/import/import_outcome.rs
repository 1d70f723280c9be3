//! Outcomes of an import: of each entry, and of the import as a whole.

use crate::inventory::entry::MigrationProgress;
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::migrate::journal::{EntryState, JournalError};
use crate::migrate::plan::{Class, Entry};
use crate::secret::SecretId;
use crate::secrets_manager::{ProposedText, SecretName};

/// The outcome of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOutcome {
    /// The secret of the entry.
    pub secret: SecretId,
    /// Its planned name; `None` if no name could be made.
    pub name: Option<ProposedText<SecretName>>,
    /// How the entry ended.
    pub status: EntryStatus,
}

/// How one entry ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    /// This import created the secret.
    Created(Proof),
    /// The secret was in the account already, under our request token. The journal has it now.
    Adopted(Proof),
    /// The secret is in the account as planned, and the journal has it: nothing was written.
    InSync,
    /// The secret was imported earlier, and its value was changed in the account since. At most its
    /// tags were written.
    Rotated,
    /// Dry run only: the value can be read at its place and may be sent.
    Ready,
    /// The entry could not be imported.
    Failed(Failure),
    /// The plan blocks the entry.
    Blocked(Class),
    /// The import ended before the entry was begun.
    NotTried,
}

/// How far an imported secret was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The value was read back, and its fingerprint is the one in the inventory.
    Value,
    /// Version, tags and KMS key were compared. The version's id is our request token, which the
    /// service ties to one value.
    Metadata,
    /// Nothing was compared, because the role may neither describe nor read the secret. Only the
    /// answer of CreateSecret says that it exists.
    Answer,
}

/// Why an entry could not be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The stable name of the failure.
    pub reason: FailureReason,
    /// The description of the failure, for a person.
    pub message: String,
    /// The hint: a remedy for the user.
    pub hint: String,
}

impl EntryOutcome {
    /// The outcome of an entry of the plan.
    pub(super) fn new(entry: &Entry, status: EntryStatus) -> Self {
        Self {
            secret: entry.secret.clone(),
            name: entry.name.clone(),
            status,
        }
    }
}

impl Failure {
    /// The failure of an entry whose call failed.
    pub(super) fn of_call(error: &ClientError) -> Self {
        let reason = match error.kind {
            ErrorKind::Exists | ErrorKind::ScheduledForDeletion => FailureReason::Conflict,
            ErrorKind::AccessDenied => FailureReason::Denied,
            ErrorKind::Ambiguous | ErrorKind::Unreachable | ErrorKind::WrongAnswer
                if error.call == Call::Create =>
            {
                FailureReason::Ambiguous
            }
            _ => FailureReason::Service,
        };
        Self {
            reason,
            message: error.to_string(),
            hint: error.kind.hint().to_owned(),
        }
    }

    /// The failure of an entry whose step could not be written to the journal.
    pub(super) fn of_journal(error: &JournalError) -> Self {
        Self {
            reason: FailureReason::Service,
            message: error.to_string(),
            hint: error.hint().to_owned(),
        }
    }
}

/// The stable name of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureReason {
    /// The inventory has changed since the plan.
    Stale,
    /// Name, tags, description or value break a limit of Secrets Manager.
    Invalid,
    /// The place in the source holds another value now.
    Drift,
    /// No place of the value could be read.
    Unreadable,
    /// The name belongs to another secret, or the secret was changed since its import.
    Conflict,
    /// The role lacks a permission.
    Denied,
    /// CreateSecret gave no usable answer: the secret may have been created.
    Ambiguous,
    /// The secret in the account is encrypted with another KMS key.
    KmsKeyDiffers,
    /// The value that was read back is not the value that was sent.
    ValueDiffers,
    /// Any other error of the service or of the journal.
    Service,
}

impl FailureReason {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            FailureReason::Stale => "stale",
            FailureReason::Invalid => "invalid",
            FailureReason::Drift => "drift",
            FailureReason::Unreadable => "unreadable",
            FailureReason::Conflict => "conflict",
            FailureReason::Denied => "denied",
            FailureReason::Ambiguous => "ambiguous",
            FailureReason::KmsKeyDiffers => "kms-key-differs",
            FailureReason::ValueDiffers => "value-differs",
            FailureReason::Service => "service",
        }
    }

    /// The state that the journal records for it.
    pub(super) fn state(self) -> EntryState {
        match self {
            FailureReason::Drift => EntryState::Drift,
            FailureReason::Conflict => EntryState::Conflict,
            FailureReason::Denied => EntryState::Denied,
            FailureReason::Ambiguous => EntryState::Ambiguous,
            _ => EntryState::Failed,
        }
    }
}

impl EntryStatus {
    /// The progress that the inventory records for it; `None`: no change.
    pub fn progress(&self) -> Option<MigrationProgress> {
        match self {
            EntryStatus::Created(Proof::Answer) | EntryStatus::Adopted(Proof::Answer) => {
                Some(MigrationProgress::Imported)
            }
            EntryStatus::Rotated => Some(MigrationProgress::Imported),
            EntryStatus::Created(_) | EntryStatus::Adopted(_) | EntryStatus::InSync => {
                Some(MigrationProgress::Verified)
            }
            _ => None,
        }
    }
}

/// An error that ended the import early, because it would affect every further entry.
#[derive(Debug, thiserror::Error)]
pub enum FatalError {
    /// A call failed in a way that concerns all calls.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Many entries in a row failed for the same reason.
    #[error("{entries} entries in a row failed for the same reason: {error}")]
    Repeated {
        /// Number of these entries.
        entries: u32,
        /// The error of the last of them.
        error: ClientError,
    },
    /// The journal could not be written. A step that cannot be recorded is not taken.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl FatalError {
    /// The hint: a remedy for the user.
    pub fn hint(&self) -> String {
        match self {
            FatalError::Client(error) => error.kind.hint().to_owned(),
            FatalError::Repeated { error, .. } => format!(
                "{}. If the other entries should be tried all the same, raise --max-failures",
                error.kind.hint()
            ),
            FatalError::Journal(error) => error.hint().to_owned(),
        }
    }
}

/// The outcome of an import as a whole.
#[derive(Debug, Default)]
pub struct ImportSummary {
    /// One for each entry, in the plan's order.
    pub outcomes: Vec<EntryOutcome>,
    /// The error that ended the import early, if one did.
    pub stopped: Option<FatalError>,
    /// True if a cancellation was requested before the end.
    pub interrupted: bool,
}

impl ImportSummary {
    /// True if every entry of the plan is in the account (of a dry run: could be imported).
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none()
            && self.outcomes.iter().all(|outcome| {
                matches!(
                    outcome.status,
                    EntryStatus::Created(_)
                        | EntryStatus::Adopted(_)
                        | EntryStatus::InSync
                        | EntryStatus::Rotated
                        | EntryStatus::Ready
                )
            })
    }

    /// Number of entries whose status meets a condition.
    pub fn count(&self, of: impl Fn(&EntryStatus) -> bool) -> u64 {
        self.outcomes
            .iter()
            .filter(|outcome| of(&outcome.status))
            .count() as u64
    }
}
