//! The run of an import: all entries of a plan, several at a time.

use std::collections::HashMap;

use super::entry_import::EntryImporter;
use super::failure_streak::FailureStreak;
use super::import_job::{ImportJob, ImportRefused, ImportSettings, check_job};
use super::import_outcome::{EntryOutcome, EntryStatus, ImportSummary};
use super::journal_entry::journal_event;
use crate::inventory::entry::Secret;
use crate::migrate::bounded_tasks::run_bounded;
use crate::migrate::call_pacer::CallPacer;
use crate::migrate::checked_client::CheckedClient;
use crate::migrate::client::Client;
use crate::migrate::journal::{EntryState, Journal, JournalEvent};
use crate::migrate::plan::{Entry, Plan};
use crate::secret::SecretId;

/// Imports the entries of a plan.
///
/// A failure of one entry does not stop the others. A failure that would affect every entry stops
/// the import. An import that was killed at any moment is completed by a second run.
///
/// # Errors
///
/// Plan, inventory, key and account do not belong together, something that decides was changed since
/// the plan, or the journal cannot be written. Nothing was sent.
pub async fn import<C: Client>(
    job: &ImportJob<'_>,
    settings: &ImportSettings<'_>,
    client: &C,
) -> Result<ImportSummary, ImportRefused> {
    let changes = check_job(job, settings.account, settings.region)?;
    let secrets: HashMap<&SecretId, &Secret> = job
        .secrets
        .iter()
        .map(|secret| (&secret.id, secret))
        .collect();
    let importer = EntryImporter {
        job,
        settings,
        client: CheckedClient::new(client, settings.account, settings.region),
        pacer: CallPacer::new(settings.pace, settings.cancel),
        secrets: &secrets,
        changed: &changes.imported,
        streak: FailureStreak::new(settings.max_failures),
    };
    settings
        .journal
        .append(new_entries(job.plan, settings.journal))?;

    let order = import_order(job.plan, settings.journal);
    settings.progress.stage("importing", order.len() as u64);
    let run = run_bounded(
        order
            .iter()
            .map(|&index| &job.plan.entries[index])
            .collect(),
        importer.pacer.in_flight(),
        settings.cancel,
        settings.progress,
        |entry| importer.import_entry(entry),
    )
    .await;

    let mut results: HashMap<usize, EntryStatus> = order
        .into_iter()
        .zip(run.results)
        .filter_map(|(index, status)| Some((index, status?)))
        .collect();
    let outcomes = job.plan.entries.iter().enumerate().map(|(index, entry)| {
        let status = if entry.class.is_importable() {
            results.remove(&index).unwrap_or(EntryStatus::NotTried)
        } else {
            EntryStatus::Blocked(entry.class)
        };
        EntryOutcome::new(entry, status)
    });
    Ok(ImportSummary {
        outcomes: outcomes.collect(),
        stopped: run.fatal,
        interrupted: settings.cancel.is_requested(),
    })
}

/// The indexes of the importable entries, in the order in which they are begun: those of one
/// repository after each other, because it is opened to read their values. Those that failed last
/// time come last: an import that ended because of many failures in a row gets to the others when it
/// is repeated.
fn import_order(plan: &Plan, journal: &Journal) -> Vec<usize> {
    let history = journal.history();
    let failed = |entry: &Entry| {
        let latest = entry
            .token
            .as_deref()
            .and_then(|token| history.latest(token));
        latest.is_some_and(|event| event.state.is_failure())
    };
    let (last, mut order): (Vec<usize>, Vec<usize>) = by_repository(&plan.entries)
        .into_iter()
        .filter(|&index| plan.entries[index].class.is_importable())
        .partition(|&index| failed(&plan.entries[index]));
    order.extend(last);
    order
}

/// The indexes of entries by repository, otherwise in their order.
pub(super) fn by_repository(entries: &[Entry]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| {
        let place = entries[index].occurrence.as_ref();
        place.map(|place| place.repository.as_str())
    });
    order
}

/// An event for each entry that the journal does not know yet.
fn new_entries(plan: &Plan, journal: &Journal) -> Vec<JournalEvent> {
    let history = journal.history();
    plan.importable()
        .filter_map(|entry| journal_event(plan, entry, EntryState::Planned))
        .filter(|event| history.latest(&event.token).is_none())
        .collect()
}
