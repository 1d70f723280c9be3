//! The dry run of an import: reads and checks every value, makes no call.

use std::collections::{BTreeMap, HashMap};

use super::entry_value::{check_entry, read_value};
use super::import_job::{ImportJob, ImportRefused, check_job};
use super::import_outcome::{EntryOutcome, EntryStatus, ImportSummary};
use super::import_run::by_repository;
use crate::cancel::Cancellation;
use crate::inventory::entry::Secret;
use crate::progress::Progress;
use crate::secret::SecretId;

/// Checks everything about an import that can be checked without a call: reads every value,
/// compares its fingerprint and measures it.
///
/// # Errors
///
/// Plan, inventory and key do not belong together, or something that decides was changed since the
/// plan. No value was read.
pub fn dry_run(
    job: &ImportJob<'_>,
    cancel: &Cancellation,
    progress: &dyn Progress,
) -> Result<ImportSummary, ImportRefused> {
    let changes = check_job(job, &job.plan.account, &job.plan.region)?;
    let secrets: HashMap<&SecretId, &Secret> = job
        .secrets
        .iter()
        .map(|secret| (&secret.id, secret))
        .collect();
    progress.stage("checking values", job.plan.importable().count() as u64);
    let mut statuses: BTreeMap<usize, EntryStatus> = BTreeMap::new();
    for index in by_repository(&job.plan.entries) {
        let entry = &job.plan.entries[index];
        let status = if !entry.class.is_importable() {
            EntryStatus::Blocked(entry.class)
        } else if cancel.is_requested() {
            EntryStatus::NotTried
        } else if changes.imported.contains(&entry.secret) {
            progress.advance(1);
            EntryStatus::InSync
        } else {
            let secret = secrets.get(&entry.secret).copied();
            progress.advance(1);
            match check_entry(entry).and_then(|_| read_value(job, entry, secret)) {
                Ok(_) => EntryStatus::Ready,
                // The source stopped early.
                Err(_) if cancel.is_requested() => EntryStatus::NotTried,
                Err(failure) => EntryStatus::Failed(failure),
            }
        };
        statuses.insert(index, status);
    }
    let outcomes = job.plan.entries.iter().zip(statuses.into_values());
    Ok(ImportSummary {
        outcomes: outcomes
            .map(|(entry, status)| EntryOutcome::new(entry, status))
            .collect(),
        stopped: None,
        interrupted: cancel.is_requested(),
    })
}
