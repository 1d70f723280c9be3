//! The value of one entry, read again from its source, and the checks before it is sent.

use std::collections::BTreeMap;

use super::import_job::ImportJob;
use super::import_outcome::{Failure, FailureReason};
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::Secret;
use crate::migrate::plan::{Entry, PlannedPlace};
use crate::migrate::plan_problem::{self, PlanProblem};
use crate::secret::{Fingerprint, SecretValue};
use crate::secrets_manager::{SecretName, check_value_size};

/// An entry that may be sent.
pub(super) struct SendableEntry<'a> {
    /// The entry of the plan.
    pub plan_entry: &'a Entry,
    /// Its name, which keeps the limits.
    pub name: SecretName,
    /// Its request token.
    pub token: &'a str,
}

/// Checks that an entry keeps the limits of Secrets Manager, before its value is read.
///
/// # Errors
///
/// The entry breaks a limit.
pub(super) fn check_entry(entry: &Entry) -> Result<SendableEntry<'_>, Failure> {
    let (Some(name), Some(token)) = (&entry.name, &entry.token) else {
        return Err(Failure {
            reason: FailureReason::Invalid,
            message: "the entry has no name".to_owned(),
            hint: "run `keyferry plan` again".to_owned(),
        });
    };
    let name = name.parse().map_err(|error| invalid(error.into()))?;
    match plan_problem::tag_problems(&entry.tags).into_iter().next() {
        None => Ok(SendableEntry {
            plan_entry: entry,
            name,
            token,
        }),
        Some(problem) => Err(invalid(problem)),
    }
}

fn invalid(problem: PlanProblem) -> Failure {
    Failure {
        reason: FailureReason::Invalid,
        message: problem.message,
        hint: problem.hint,
    }
}

/// What is sent for an entry.
pub(super) struct SentValue {
    /// The value, or the JSON of the payload.
    pub value: SecretValue,
    /// The values in the payload.
    pub parts: Vec<SecretValue>,
}

/// Reads what is sent for an entry: its value, or all values of its payload. Accepts only values with the fingerprints that
/// the plan has.
///
/// # Errors
///
/// No place has one of the values (source drift), no place can be read, no place has an exact value, or what is sent
/// exceeds the size limit.
pub(super) fn read_value(
    job: &ImportJob<'_>,
    entry: &Entry,
    secret: Option<&Secret>,
) -> Result<SentValue, Failure> {
    let sent = match &entry.payload {
        None => SentValue {
            value: read_one(
                job,
                &entry.fingerprint,
                entry.occurrence.as_ref(),
                secret.as_slice(),
            )?,
            parts: Vec::new(),
        },
        Some(payload) => {
            let mut values = BTreeMap::new();
            for (name, part) in &payload.parts {
                let is_own = part.secret == entry.secret.of_value();
                let of_value = |known: &&Secret| known.id.of_value() == part.secret;
                let holders: Vec<&Secret> = match is_own {
                    true => secret.into_iter().collect(),
                    false => job.secrets.iter().filter(of_value).collect(),
                };
                let place = entry.occurrence.as_ref().filter(|_| is_own);
                let value = read_one(job, &part.fingerprint, place, &holders)?;
                values.insert(name.clone(), value);
            }
            let value = payload.json(job.key, &values).ok_or_else(|| Failure {
                reason: FailureReason::Invalid,
                message: "its parts cannot be written as JSON".to_owned(),
                hint:
                    "decide about the other parts on their own in decisions.yaml, then plan again"
                        .to_owned(),
            })?;
            SentValue {
                value,
                parts: values.into_values().collect(),
            }
        }
    };
    match check_value_size(sent.value.len() as u64) {
        Ok(()) => Ok(sent),
        Err(error) => Err(invalid(error.into())),
    }
}

/// Reads the value with this fingerprint from the planned place, else from the other places of these secrets.
fn read_one(
    job: &ImportJob<'_>,
    fingerprint: &Fingerprint,
    planned: Option<&PlannedPlace>,
    secrets: &[&Secret],
) -> Result<SecretValue, Failure> {
    // Another place may read another value of the same bytes.
    let places: Vec<_> = secrets
        .iter()
        .flat_map(|secret| secret.importable_places())
        .collect();
    let places = || places.iter().map(|place| place.as_ref());
    let planned = |place: &&Occurrence| Some(&PlannedPlace::of(place)) == planned;
    let mut problems = secrets
        .iter()
        .filter_map(|secret| plan_problem::reading_problem(secret));
    if let Some(problem) = problems.next() {
        return Err(invalid(problem));
    }
    let others = places().filter(|place| !planned(place));
    let (mut differing, mut unreadable) = (None, None);
    let is_wanted = |value: &SecretValue| job.key.fingerprint(value) == *fingerprint;
    for place in places().filter(planned).chain(others) {
        match job.reader.read(place, &is_wanted) {
            // The fingerprint judges, whatever the source thinks.
            Ok(Some(value)) if is_wanted(&value) => return Ok(value),
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
            reason: FailureReason::Drift,
            message: format!(
                "source drift: {} no longer contains the value that was found there",
                at(place)
            ),
            hint: "run `keyferry discover` again to find its present place, then plan again"
                .to_owned(),
        },
        (None, Some((place, error))) => Failure {
            reason: FailureReason::Unreadable,
            message: format!("{} cannot be read: {}", at(place), escape::line(&error.to_string())),
            hint: error.source_hint.unwrap_or_else(|| {
                "check that the repository is at the place that the inventory names, then run the import again"
                    .to_owned()
            }),
        },
        (None, None) => Failure {
            reason: FailureReason::Unreadable,
            message: "the inventory has no place where the value can be read".to_owned(),
            hint: "run `keyferry discover` again".to_owned(),
        },
    })
}
