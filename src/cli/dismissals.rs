//! The findings of a scan that are no secrets, by the decisions of an inventory.
//!
//! The findings are merged into the entries of the inventory and decided as `discover` would do it, in memory. So a
//! statement or a rule that covers a new finding counts at once.

use std::collections::BTreeSet;

use super::decision_sources::Sources;
use super::discover_run::{ScanExtent, merge_target};
use super::messages;
use crate::decide::settle;
use crate::finding::Finding;
use crate::inventory::entry::Outcome;
use crate::inventory::store::Store;
use crate::scan::{Options, TargetScan};
use crate::secret::SecretId;

/// An inventory, with the findings of a scan so far. It is never saved.
pub struct Dismissals {
    store: Store,
    sources: Sources,
    worktree: bool,
    history: bool,
    /// The scan reports only a part of what is there.
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

    /// Removes the findings whose secrets are dismissed. Returns the number of these secrets.
    pub fn leave_out(mut self, findings: &mut Vec<Finding>) -> u64 {
        let secrets = std::mem::take(&mut self.store.secrets);
        let inputs = self.sources.inputs(&self.store);
        let settled = settle(secrets.into_values(), &inputs);
        if !settled.contradictions.is_empty() {
            // Nothing is left out because of them.
            messages::warn(&settled.contradictions.to_string());
        }
        let mut left_out: BTreeSet<SecretId> = BTreeSet::new();
        findings.retain(|finding| {
            let secret = settled.secrets.get(&finding.secret_id);
            let is_dismissed =
                secret.is_some_and(|secret| secret.decision.outcome == Outcome::Dismiss);
            if is_dismissed {
                left_out.insert(finding.secret_id.clone());
            }
            !is_dismissed
        });
        left_out.len() as u64
    }
}
