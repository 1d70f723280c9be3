//! The outcome of an import: of each entry, and as a whole.

use crate::inventory::entry::Progress;
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::migrate::journal::{EntryState, JournalError};
use crate::migrate::plan::{Class, Entry};
use crate::secret::SecretId;

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOutcome {
    pub secret: SecretId,
    pub name: Option<String>,
    pub status: EntryStatus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    Created(Proof),
    /// It was in the account already, under our token; now the journal knows.
    Adopted(Proof),
    /// As before: nothing was written.
    InSync,
    /// `--dry-run`: the value is where the inventory says and may be sent.
    Ready,
    Failed(Failure),
    /// The plan says that it cannot be imported as it is.
    Blocked(Class),
    /// The import ended before its turn.
    NotTried,
}

/// How far an imported secret was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The value that was read back is the one that the inventory knows.
    Value,
    /// Version, tags and key: the version's id is our token, which the service ties to one value.
    Metadata,
    /// The role may neither describe nor read it: only CreateSecret's answer tells.
    Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub reason: FailureReason,
    pub message: String,
    pub hint: String,
}

impl EntryOutcome {
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
            ErrorKind::Ambiguous | ErrorKind::Unreachable if error.call == Call::Create => {
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
    Invalid,
    /// The value is no longer where it was, or is another one.
    Drift,
    /// No place could be read.
    Unreadable,
    Conflict,
    Denied,
    Ambiguous,
    /// The account holds it with another KMS key.
    KmsKeyDiffers,
    /// What was read back is not what was sent.
    ValueDiffers,
    Service,
}

impl FailureReason {
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

    /// What the journal notes.
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
    /// What the inventory should note; `None`: no change.
    pub fn progress(&self) -> Option<Progress> {
        match self {
            EntryStatus::Created(Proof::Answer) | EntryStatus::Adopted(Proof::Answer) => {
                Some(Progress::Imported)
            }
            EntryStatus::Created(_) | EntryStatus::Adopted(_) | EntryStatus::InSync => {
                Some(Progress::Verified)
            }
            _ => None,
        }
    }
}

/// Why an import ended early.
#[derive(Debug, thiserror::Error)]
pub enum FatalError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl FatalError {
    pub fn hint(&self) -> &'static str {
        match self {
            FatalError::Client(error) => error.kind.hint(),
            FatalError::Journal(error) => error.hint(),
        }
    }
}

/// How an import ended.
#[derive(Debug, Default)]
pub struct ImportSummary {
    /// In the plan's order.
    pub outcomes: Vec<EntryOutcome>,
    pub stopped: Option<FatalError>,
    pub interrupted: bool,
}

impl ImportSummary {
    /// Everything that the plan holds is in the account.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none()
            && self.outcomes.iter().all(|outcome| {
                matches!(
                    outcome.status,
                    EntryStatus::Created(_)
                        | EntryStatus::Adopted(_)
                        | EntryStatus::InSync
                        | EntryStatus::Ready
                )
            })
    }

    pub fn count(&self, of: impl Fn(&EntryStatus) -> bool) -> u64 {
        self.outcomes
            .iter()
            .filter(|outcome| of(&outcome.status))
            .count() as u64
    }
}
