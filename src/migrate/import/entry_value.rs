//! The value of one entry, read again from its source, and the checks before it is sent.

use super::import_job::ImportJob;
use super::import_outcome::{Failure, FailureReason};
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::Secret;
use crate::migrate::plan::{Entry, PlannedPlace};
use crate::migrate::plan_problem::{self, PlanProblem};
use crate::secret::SecretValue;
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

/// Reads the value from the planned place, else from the other places in the inventory. Accepts
/// only a value with the entry's fingerprint.
///
/// # Errors
///
/// No place has that value (source drift), no place can be read, no place has an exact value, or the value
/// exceeds the size limit.
pub(super) fn read_value(
    job: &ImportJob<'_>,
    entry: &Entry,
    secret: Option<&Secret>,
) -> Result<SecretValue, Failure> {
    // Another place may read another value of the same bytes.
    let places = secret.map(Secret::importable_places).unwrap_or_default();
    let places = || places.iter().map(|place| place.as_ref());
    let planned = |place: &&Occurrence| Some(PlannedPlace::of(place)) == entry.occurrence;
    if let Some(problem) = secret.and_then(plan_problem::reading_problem) {
        return Err(invalid(problem));
    }
    let others = places().filter(|place| !planned(place));
    let (mut differing, mut unreadable) = (None, None);
    let is_wanted = |value: &SecretValue| job.key.fingerprint(value) == entry.fingerprint;
    for place in places().filter(planned).chain(others) {
        match job.reader.read(place, &is_wanted) {
            // The fingerprint judges, whatever the source thinks.
            Ok(Some(value)) if is_wanted(&value) => {
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
