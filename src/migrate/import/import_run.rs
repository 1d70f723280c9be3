//! The run of an import: all entries of a plan, several at a time.

use std::collections::HashMap;

use super::entry_import::EntryImporter;
use super::import_job::{ImportJob, ImportRefused, ImportSettings, check_job};
use super::import_outcome::{EntryOutcome, EntryStatus, ImportSummary};
use super::journal_entry::journal_event;
use crate::inventory::entry::Secret;
use crate::migrate::bounded_tasks::run_bounded;
use crate::migrate::call_pacer::CallPacer;
use crate::migrate::checked_client::CheckedClient;
use crate::migrate::client::Client;
use crate::migrate::journal::{EntryState, Journal, JournalEvent};
use crate::migrate::plan::Plan;
use crate::secret::SecretId;

/// Imports the entries of a plan.
///
/// A failure of one entry does not stop the others. A failure that would affect every entry stops
/// the import. An import that was killed at any moment is completed by a second run.
///
/// # Errors
///
/// Plan, inventory, key and account do not belong together, or the journal cannot be written.
/// Nothing was sent.
pub async fn import<C: Client>(
    job: &ImportJob<'_>,
    settings: &ImportSettings<'_>,
    client: &C,
) -> Result<ImportSummary, ImportRefused> {
    check_job(job, settings.account, settings.region)?;
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
    };
    settings
        .journal
        .append(new_entries(job.plan, settings.journal))?;

    let entries: Vec<_> = job.plan.importable().collect();
    settings.progress.stage("importing", entries.len() as u64);
    let run = run_bounded(
        entries,
        importer.pacer.in_flight(),
        settings.cancel,
        settings.progress,
        |entry| importer.import_entry(entry),
    )
    .await;

    let mut results = run.results.into_iter();
    let outcomes = job.plan.entries.iter().map(|entry| {
        let status = if entry.class.is_importable() {
            results.next().flatten().unwrap_or(EntryStatus::NotTried)
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

/// An event for each entry that the journal does not know yet.
fn new_entries(plan: &Plan, journal: &Journal) -> Vec<JournalEvent> {
    let history = journal.history();
    plan.importable()
        .filter_map(|entry| journal_event(plan, entry, EntryState::Planned))
        .filter(|event| history.latest(&event.token).is_none())
        .collect()
}
