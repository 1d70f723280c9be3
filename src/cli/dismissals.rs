//! The findings of a scan that are no secrets, by the decisions of an inventory.
//!
//! The findings are merged into the entries of the inventory and decided as `discover` would do it, in memory. So a
//! statement or a rule that covers a new finding counts at once.

use std::collections::{BTreeSet, HashMap};

use super::decision_sources::Sources;
use super::discover_run::{ScanExtent, merge_target};
use super::messages;
use crate::decide::settle;
use crate::finding::{Finding, Occurrence};
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::store::Store;
use crate::scan::{Options, TargetScan};
use crate::secret::SecretId;

/// An inventory, with the findings of a scan so far. It is never saved.
pub struct Dismissals {
    store: Store,
    sources: Sources,
    worktree: bool,
    history: bool,
    /// The scan reports only a part of the findings.
    in_part: bool,
}

impl Dismissals {
    /// The decisions of an inventory, for a scan with these options.
    pub fn new(store: Store, sources: Sources, options: &Options) -> Self {
        Self {
            store,
            sources,
            worktree: options.worktree,
            history: options.history,
            in_part: options.since.is_some(),
        }
    }

    /// Adds the findings of a target.
    pub fn add(&mut self, target: &TargetScan) {
        let extent = ScanExtent {
            worktree: self.worktree,
            history: self.history,
            incomplete: self.in_part || !target.coverage.complete(),
        };
        merge_target(&mut self.store, target, extent);
    }

    /// Removes the findings whose secrets are dismissed. Returns the number of these secrets: each use that is settled
    /// separately counts.
    pub fn leave_out(mut self, findings: &mut Vec<Finding>) -> u64 {
        let secrets = std::mem::take(&mut self.store.secrets);
        let inputs = self.sources.inputs(&self.store);
        let settled = settle(secrets.into_values(), &inputs);
        if !settled.contradictions.is_empty() {
            // Nothing is left out because of them.
            messages::warn(&settled.contradictions.to_string());
        }
        let mut parts: HashMap<SecretId, Vec<&Secret>> = HashMap::new();
        for secret in settled.secrets.values() {
            parts.entry(secret.id.of_value()).or_default().push(secret);
        }
        let mut left_out: BTreeSet<&SecretId> = BTreeSet::new();
        findings.retain(|finding| {
            let parts = parts.get(&finding.secret_id).map(Vec::as_slice);
            let part = part_at(parts.unwrap_or_default(), &finding.occurrence);
            let dismissed = part.filter(|secret| secret.decision.outcome == Outcome::Dismiss);
            left_out.extend(dismissed.map(|secret| &secret.id));
            dismissed.is_none()
        });
        left_out.len() as u64
    }
}

/// The secret, or the use of it that is settled separately, that has this place.
fn part_at<'a>(parts: &[&'a Secret], place: &Occurrence) -> Option<&'a Secret> {
    if let [only] = parts {
        return Some(only);
    }
    let is_it = |own: &Occurrence| {
        (&own.repository, &own.path) == (&place.repository, &place.path)
            && (own.line, own.column) == (place.line, place.column)
    };
    let mut parts = parts.iter();
    parts
        .find(|part| part.occurrences.iter().any(is_it))
        .copied()
}
