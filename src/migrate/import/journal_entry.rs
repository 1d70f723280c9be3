//! Journal events of a plan's entries.

use crate::migrate::journal::{EntryState, JournalEvent};
use crate::migrate::plan::{Entry, Plan};

/// The event that records `state` for an entry of the plan. `None` if the entry has no name that
/// the service accepts: such an entry is never sent.
pub(super) fn journal_event(plan: &Plan, entry: &Entry, state: EntryState) -> Option<JournalEvent> {
    Some(JournalEvent {
        state,
        secret: entry.secret.clone(),
        fingerprint: entry.fingerprint,
        account: plan.account.clone(),
        region: plan.region.clone(),
        name: entry.name.as_ref()?.legal()?.clone(),
        token: entry.token.clone()?,
        kms_key: entry.kms_key.clone(),
        arn: None,
        detail: None,
    })
}
