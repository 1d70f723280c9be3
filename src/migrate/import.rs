//! The import: every entry of a plan from its source into the account, once, however often it is interrupted.
//!
//! What makes it safe is the request token: the same entry always has the same one, so that a repeated CreateSecret
//! changes nothing, and a secret that has a version of that id is provably ours. What makes it resumable is the journal.
//! `carry` is the way of one entry; this file drives many of them and tells how it ended.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::carry::Carrier;
use super::client::{Call, Client, ClientError, ErrorKind};
use super::journal::{Event, Journal, JournalError, State};
use super::pace::{Pace, Pacer, join_all};
use super::plan::{Class, Entry, Plan};
use super::plan_problem::{self, PlanProblem};
use crate::cancel::Cancellation;
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::{self, Secret};
use crate::inventory::inventory_key::InventoryKey;
use crate::progress::Progress;
use crate::secret::{SecretId, SecretValue};
use crate::secrets_manager::{Account, Region, check_value_size};

/// Reads a value again from where it was found.
pub trait ReadValue {
    fn read(&self, occurrence: &Occurrence) -> Result<SecretValue, ReadError>;
}

/// Why a value could not be read; never with any part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// How an imported secret is checked.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    clap::ValueEnum,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Read the value back and compare its fingerprint, besides what `metadata` compares.
    #[default]
    Value,
    /// Compare version, tags and KMS key; read no value, so that LastAccessedDate stays the applications' own.
    Metadata,
}

/// What is imported, and from what.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub plan: &'a Plan,
    /// Id of the inventory that is open.
    pub inventory: &'a str,
    pub secrets: &'a [Secret],
    pub key: &'a InventoryKey,
    pub reader: &'a dyn ReadValue,
}

/// How it is imported.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// The account and Region that the client leads to.
    pub account: &'a Account,
    pub region: &'a Region,
    pub journal: &'a Journal,
    pub check: Check,
    pub pace: &'a Pace,
    pub cancel: &'a Cancellation,
    pub progress: &'a dyn Progress,
}

/// What became of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOutcome {
    pub secret: SecretId,
    pub name: Option<String>,
    pub done: Done,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
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
    pub reason: Reason,
    pub message: String,
    pub hint: String,
}

/// The stable name of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
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

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Reason::Stale => "stale",
            Reason::Invalid => "invalid",
            Reason::Drift => "drift",
            Reason::Unreadable => "unreadable",
            Reason::Conflict => "conflict",
            Reason::Denied => "denied",
            Reason::Ambiguous => "ambiguous",
            Reason::KmsKeyDiffers => "kms-key-differs",
            Reason::ValueDiffers => "value-differs",
            Reason::Service => "service",
        }
    }

    /// What the journal notes.
    pub(super) fn state(self) -> State {
        match self {
            Reason::Drift => State::Drift,
            Reason::Conflict => State::Conflict,
            Reason::Denied => State::Denied,
            Reason::Ambiguous => State::Ambiguous,
            _ => State::Failed,
        }
    }
}

impl Done {
    /// What the inventory should note; `None`: no change.
    pub fn progress(&self) -> Option<entry::Progress> {
        match self {
            Done::Created(Proof::Answer) | Done::Adopted(Proof::Answer) => {
                Some(entry::Progress::Imported)
            }
            Done::Created(_) | Done::Adopted(_) | Done::InSync => Some(entry::Progress::Verified),
            _ => None,
        }
    }
}

/// Why an import ended early.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Stop {
    pub fn hint(&self) -> &'static str {
        match self {
            Stop::Client(error) => error.kind.hint(),
            Stop::Journal(error) => error.hint(),
        }
    }
}

/// Why an import was not begun.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the plan is for account {plan}, the credentials are of account {found}")]
    Account { plan: Account, found: Account },
    #[error("the plan is for Region {plan}, the client leads to {found}")]
    Region { plan: Region, found: Region },
    #[error("the plan was made from inventory {plan}, this one is {found}")]
    Inventory { plan: String, found: String },
    #[error(
        "the plan's entry for {secret} does not bear this inventory's token: it was edited, or made with another key"
    )]
    Token { secret: SecretId },
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Refused {
    pub fn hint(&self) -> &'static str {
        match self {
            Refused::Account { .. } => {
                "name the right profile with --profile, or plan for this account"
            }
            Refused::Region { .. } => "give the plan's Region with --region, or plan for this one",
            Refused::Inventory { .. } => {
                "open the inventory that the plan belongs to, or plan again"
            }
            Refused::Token { .. } => {
                "plan again with `keyferry plan`; a plan is not meant to be edited"
            }
            Refused::Journal(error) => error.hint(),
        }
    }
}

/// How an import ended.
#[derive(Debug, Default)]
pub struct Summary {
    /// In the plan's order.
    pub outcomes: Vec<EntryOutcome>,
    pub stopped: Option<Stop>,
    pub interrupted: bool,
}

impl Summary {
    /// Everything that the plan holds is in the account.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none()
            && self.outcomes.iter().all(|outcome| {
                matches!(
                    outcome.done,
                    Done::Created(_) | Done::Adopted(_) | Done::InSync | Done::Ready
                )
            })
    }

    pub fn count(&self, of: impl Fn(&Done) -> bool) -> u64 {
        self.outcomes
            .iter()
            .filter(|outcome| of(&outcome.done))
            .count() as u64
    }
}

/// What must hold before anything is done: the plan, the inventory, its key and the account belong together.
pub fn admit(job: &Job<'_>, account: &Account, region: &Region) -> Result<(), Refused> {
    let plan = job.plan;
    if plan.account != *account {
        return Err(Refused::Account {
            plan: plan.account.clone(),
            found: account.clone(),
        });
    }
    if plan.region != *region {
        return Err(Refused::Region {
            plan: plan.region.clone(),
            found: region.clone(),
        });
    }
    if plan.inventory != job.inventory {
        return Err(Refused::Inventory {
            plan: escape::line(&plan.inventory).into_owned(),
            found: job.inventory.to_owned(),
        });
    }
    for entry in &plan.entries {
        let expected = entry.name.as_ref().map(|name| {
            job.key
                .request_token(account.as_str(), region.as_str(), name, &entry.fingerprint)
        });
        if entry.token != expected {
            return Err(Refused::Token {
                secret: entry.secret.clone(),
            });
        }
    }
    Ok(())
}

/// Imports what the plan holds.
///
/// One entry's failure does not stop the others; what would fail for every entry does. Killed at any moment, it is
/// finished by running it again.
pub async fn import<C: Client>(
    job: &Job<'_>,
    how: &How<'_>,
    client: &C,
) -> Result<Summary, Refused> {
    admit(job, how.account, how.region)?;
    let secrets: HashMap<&SecretId, &Secret> = job
        .secrets
        .iter()
        .map(|secret| (&secret.id, secret))
        .collect();
    let carrier = Carrier {
        job,
        how,
        client,
        pacer: Pacer::new(how.pace, how.cancel),
        secrets: &secrets,
    };
    how.journal.append(first_sight(job.plan, how.journal))?;

    let entries = &job.plan.entries;
    how.progress
        .stage("importing", job.plan.importable().count() as u64);
    let outcomes: RefCell<Vec<Option<Done>>> = RefCell::new(vec![None; entries.len()]);
    let stopped: RefCell<Option<Stop>> = RefCell::new(None);
    let next = Cell::new(0);
    let worker = || async {
        loop {
            let at = next.get();
            if at >= entries.len() || stopped.borrow().is_some() || how.cancel.is_requested() {
                break;
            }
            next.set(at + 1);
            let entry = &entries[at];
            if !entry.class.is_importable() {
                continue;
            }
            let done = match carrier.carry(entry).await {
                Ok(done) => done,
                Err((done, stop)) => {
                    stopped.borrow_mut().get_or_insert(stop);
                    done
                }
            };
            how.progress.advance(1);
            outcomes.borrow_mut()[at] = Some(done);
        }
    };
    join_all((0..carrier.pacer.in_flight()).map(|_| worker())).await;

    let outcomes = outcomes.into_inner().into_iter().zip(entries);
    Ok(Summary {
        outcomes: outcomes
            .map(|(done, entry)| outcome(entry, done.unwrap_or_else(|| left(entry))))
            .collect(),
        stopped: stopped.into_inner(),
        interrupted: how.cancel.is_requested(),
    })
}

/// What can be tried without a call: reads every value, compares and measures it.
pub fn rehearse(
    job: &Job<'_>,
    cancel: &Cancellation,
    progress: &dyn Progress,
) -> Result<Summary, Refused> {
    admit(job, &job.plan.account, &job.plan.region)?;
    let secrets: HashMap<&SecretId, &Secret> = job
        .secrets
        .iter()
        .map(|secret| (&secret.id, secret))
        .collect();
    progress.stage("reading", job.plan.importable().count() as u64);
    let mut summary = Summary::default();
    for entry in &job.plan.entries {
        let done = if !entry.class.is_importable() || cancel.is_requested() {
            left(entry)
        } else {
            let secret = secrets.get(&entry.secret).copied();
            match check_entry(entry, secret).and_then(|()| read(job, entry, secret)) {
                Ok(_) => Done::Ready,
                Err(failure) => Done::Failed(failure),
            }
        };
        if entry.class.is_importable() {
            progress.advance(1);
        }
        summary.outcomes.push(outcome(entry, done));
    }
    summary.interrupted = cancel.is_requested();
    Ok(summary)
}

fn outcome(entry: &Entry, done: Done) -> EntryOutcome {
    EntryOutcome {
        secret: entry.secret.clone(),
        name: entry.name.clone(),
        done,
    }
}

fn left(entry: &Entry) -> Done {
    if entry.class.is_importable() {
        Done::NotTried
    } else {
        Done::Blocked(entry.class)
    }
}

fn first_sight(plan: &Plan, journal: &Journal) -> Vec<Event> {
    let history = journal.history();
    plan.importable()
        .filter_map(|entry| event(plan, entry, State::Planned))
        .filter(|event| history.latest(&event.token).is_none())
        .collect()
}

/// A line of the journal for an entry; `None` for one without a name.
pub(super) fn event(plan: &Plan, entry: &Entry, state: State) -> Option<Event> {
    Some(Event {
        state,
        secret: entry.secret.clone(),
        fingerprint: entry.fingerprint,
        account: plan.account.clone(),
        region: plan.region.clone(),
        name: entry.name.clone()?,
        token: entry.token.clone()?,
        kms_key: entry.kms_key.clone(),
        arn: None,
        detail: None,
    })
}

/// What must hold of an entry before its value is read: the inventory still wants it, and the rules still hold.
pub(super) fn check_entry(entry: &Entry, secret: Option<&Secret>) -> Result<(), Failure> {
    if let Some(why) = entry.stale(secret) {
        let message = format!("the inventory has changed since the plan: {why}");
        return Err(Failure {
            reason: Reason::Stale,
            message,
            hint: "run `keyferry plan` again".to_owned(),
        });
    }
    let name = entry.name.as_deref().unwrap_or_default();
    let problems = plan_problem::name_problems(name)
        .into_iter()
        .chain(plan_problem::tag_problems(&entry.tags));
    match problems
        .chain(plan_problem::description_problem(&entry.description))
        .next()
    {
        None => Ok(()),
        Some(problem) => Err(invalid(problem)),
    }
}

fn invalid(problem: PlanProblem) -> Failure {
    Failure {
        reason: Reason::Invalid,
        message: problem.message,
        hint: problem.hint,
    }
}

/// Reads the value from the planned place, else from any other that the inventory knows, and takes none but the right one.
pub(super) fn read(
    job: &Job<'_>,
    entry: &Entry,
    secret: Option<&Secret>,
) -> Result<SecretValue, Failure> {
    let others = secret
        .map(|secret| secret.occurrences.as_slice())
        .unwrap_or_default();
    let others = others
        .iter()
        .filter(|place| Some(*place) != entry.occurrence.as_ref());
    let (mut differing, mut unreadable) = (None, None);
    for place in entry.occurrence.iter().chain(others) {
        match job.reader.read(place) {
            Ok(value) if job.key.fingerprint(&value) == entry.fingerprint => {
                return match check_value_size(value.len() as u64) {
                    Ok(()) => Ok(value),
                    Err(error) => Err(invalid(error.into())),
                };
            }
            Ok(_) => differing = differing.or(Some(place)),
            Err(error) => unreadable = unreadable.or(Some((place, error))),
        }
    }
    let at = |place: &Occurrence| {
        escape::line(&format!(
            "{}:{}:{}",
            place.repository, place.path, place.line
        ))
        .into_owned()
    };
    Err(match (differing, unreadable) {
        (Some(place), _) => Failure {
            reason: Reason::Drift,
            message: format!(
                "source drift: {} no longer holds the value that was found there",
                at(place)
            ),
            hint: "run `keyferry discover` again to find where it stands now, then plan again"
                .to_owned(),
        },
        (None, Some((place, error))) => Failure {
            reason: Reason::Unreadable,
            message: format!("{} cannot be read: {}", at(place), escape::line(&error.0)),
            hint: "see that the repository is where the inventory says, then run it again"
                .to_owned(),
        },
        (None, None) => Failure {
            reason: Reason::Unreadable,
            message: "the inventory knows no place where its value can be read".to_owned(),
            hint: "run `keyferry discover` again".to_owned(),
        },
    })
}

/// Turns the error of a call for one entry into that entry's failure.
pub(super) fn failure(error: &ClientError) -> Failure {
    let reason = match error.kind {
        ErrorKind::Exists | ErrorKind::ScheduledForDeletion => Reason::Conflict,
        ErrorKind::AccessDenied => Reason::Denied,
        ErrorKind::Ambiguous | ErrorKind::Unreachable if error.call == Call::Create => {
            Reason::Ambiguous
        }
        _ => Reason::Service,
    };
    Failure {
        reason,
        message: error.to_string(),
        hint: error.kind.hint().to_owned(),
    }
}
