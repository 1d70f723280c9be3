//! The differences between a plan and what would be planned now.
//!
//! A person may retain a secret, or change the policy, after the plan was made. The import drafts
//! the plan again, from the inventory, the policy, the register and the decisions of the moment, and
//! compares the drafts entry by entry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::plan_content::{Entry, Plan};
use crate::decide::policy::Target;
use crate::escape;
use crate::inventory::entry::{Outcome, Secret};
use crate::secret::SecretId;
use crate::secrets_manager::{KeyArn, ProposedText, SecretName};

/// The differences of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanChanges {
    /// Differences that concern the plan as a whole, in words.
    pub whole: Vec<String>,
    /// The entries that differ and were not imported yet.
    pub entries: Vec<ChangedEntry>,
    /// The secrets of entries that differ and were imported already: nothing is left to send.
    pub imported: BTreeSet<SecretId>,
    /// Number of secrets that would be planned now, and are not in the plan.
    pub added: u64,
}

/// An entry that would no longer be planned as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedEntry {
    /// The secret of the entry.
    pub secret: SecretId,
    /// Its name in the plan.
    pub name: Option<ProposedText<SecretName>>,
    /// The differences, in words, escaped.
    pub changes: Vec<String>,
}

impl PlanChanges {
    /// Compares a plan with a new draft for the same account and Region. `is_imported` says whether
    /// the secret of an entry is in the account already.
    pub fn between(
        plan: &Plan,
        now: &Plan,
        secrets: &[Secret],
        is_imported: impl Fn(&Entry) -> bool,
    ) -> Self {
        let entries: HashMap<&SecretId, &Entry> = now
            .entries
            .iter()
            .map(|entry| (&entry.secret, entry))
            .collect();
        let secrets: HashMap<&SecretId, &Secret> =
            secrets.iter().map(|secret| (&secret.id, secret)).collect();
        let planned: BTreeSet<&SecretId> = plan.entries.iter().map(|entry| &entry.secret).collect();
        let mut found = Self {
            whole: whole_changes(plan, now),
            added: now
                .entries
                .iter()
                .filter(|entry| !planned.contains(&entry.secret))
                .count() as u64,
            ..Self::default()
        };
        // An entry that the plan blocks is not sent, whatever is decided now.
        for entry in plan.importable() {
            let changes = match entries.get(&entry.secret) {
                Some(now) => entry_changes(entry, now),
                None => vec![why_not_planned(secrets.get(&entry.secret).copied())],
            };
            if changes.is_empty() {
                continue;
            }
            if is_imported(entry) {
                found.imported.insert(entry.secret.clone());
                continue;
            }
            found.entries.push(ChangedEntry {
                secret: entry.secret.clone(),
                name: entry.name.clone(),
                changes,
            });
        }
        found
    }

    /// True if the plan may be carried out.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.entries.is_empty()
    }
}

impl Plan {
    /// The KMS key that a plan with the same options would have now: the policy's key as it is now,
    /// unless an option gave another key than the policy's when the plan was made.
    pub fn present_kms_key(&self, policy: &Target) -> Option<KeyArn> {
        let planned = self.entries.first().and_then(|entry| entry.kms_key.clone());
        match &self.policy_target {
            Some(recorded) if recorded.kms_key == planned => policy.kms_key.clone(),
            _ => planned,
        }
    }
}

/// The differences of the policy's target, if they contradict the plan. An option may have
/// contradicted the policy when the plan was made; that is no change.
fn whole_changes(plan: &Plan, now: &Plan) -> Vec<String> {
    let (Some(then), Some(now)) = (&plan.policy_target, &now.policy_target) else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    if let Some(account) = now.account.as_ref().filter(|now| **now != plan.account)
        && then.account.as_ref() != Some(account)
    {
        changes.push(format!(
            "the policy names account {account}, the plan is for {}",
            plan.account
        ));
    }
    if let Some(region) = now.region.as_ref().filter(|now| **now != plan.region)
        && then.region.as_ref() != Some(region)
    {
        changes.push(format!(
            "the policy names Region {region}, the plan is for {}",
            plan.region
        ));
    }
    changes
}

/// Why a secret would not be planned now.
fn why_not_planned(secret: Option<&Secret>) -> String {
    let Some(secret) = secret else {
        return "the inventory no longer has this secret".to_owned();
    };
    let decision = &secret.decision;
    match decision.outcome {
        // Not possible for a draft of these secrets; said all the same.
        Outcome::Relocate => "it would not be planned".to_owned(),
        outcome => short(&format!(
            "decision: relocate → {} ({}: {})",
            outcome.name(),
            decision.rule,
            decision.reason
        )),
    }
}

fn entry_changes(then: &Entry, now: &Entry) -> Vec<String> {
    let mut changes = Vec::new();
    let name = |entry: &Entry| {
        let name = entry.name.as_ref().map(ProposedText::as_str);
        name.unwrap_or("none").to_owned()
    };
    if name(then) != name(now) {
        changes.push(short(&format!("name: {} → {}", name(then), name(now))));
    }
    if then.fingerprint != now.fingerprint {
        changes.push("it has another value in the inventory".to_owned());
    }
    changes.extend(tag_changes(&then.tags, &now.tags));
    if then.description != now.description {
        changes.push(short(&format!(
            "description: {} → {}",
            then.description, now.description
        )));
    }
    if then.kms_key != now.kms_key {
        let key = |entry: &Entry| match &entry.kms_key {
            Some(key) => key.to_string(),
            None => "the account's default key".to_owned(),
        };
        changes.push(format!("KMS key: {} → {}", key(then), key(now)));
    }
    if !now.class.is_importable() {
        let problems = now.problems.iter();
        changes.extend(problems.map(|problem| {
            short(&format!(
                "it cannot be imported any more: {}",
                problem.message
            ))
        }));
    }
    changes
}

fn tag_changes(
    then: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> impl Iterator<Item = String> {
    let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    keys.into_iter()
        .filter_map(|key| match (then.get(key), now.get(key)) {
            (then, now) if then == now => None,
            (Some(then), Some(now)) => Some(format!("tag {key}: {then} → {now}")),
            (None, Some(now)) => Some(format!("tag {key}: added, {now}")),
            (_, None) => Some(format!("tag {key}: removed")),
        })
        .map(|change| short(&change))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A change for people: escaped, and of bounded length.
fn short(change: &str) -> String {
    const LONGEST: usize = 300;
    match change.char_indices().nth(LONGEST) {
        None => escape::line(change).into_owned(),
        Some((at, _)) => format!("{}…", escape::line(&change[..at])),
    }
}
