//! The content of `plan.json`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost_estimate::CostEstimate;
use super::plan_input::PlanInput;
use crate::finding::Occurrence;
use crate::inventory::entry::{Outcome, Progress, Secret};
use crate::migrate::plan_problem::PlanProblem;
use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{Account, KeyArn, Region};

/// Version of the format of `plan.json`.
pub const SCHEMA: u32 = 1;
/// The tag that holds the secret's id. It says that keyferry made a secret; only a token proves which value it got.
pub const ID_TAG: &str = "keyferry-id";

/// `plan.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub schema: u32,
    /// Id of the inventory that it was made from.
    pub inventory: String,
    /// The account that it is for, 12 digits.
    pub account: Account,
    /// The Region that it is for.
    pub region: Region,
    /// True when it was compared with the account; false: `--offline`.
    pub compared: bool,
    pub counts: BTreeMap<Class, u64>,
    pub not_planned: NotPlanned,
    pub cost: CostEstimate,
    /// What holds for the plan as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// In order of secret id.
    pub entries: Vec<Entry>,
}

/// Secrets of the inventory that are not in the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotPlanned {
    pub review: u64,
    /// Questions that those in review are waiting for.
    pub questions: u64,
    pub retain: u64,
    pub retire: u64,
}

/// One secret on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub secret: SecretId,
    pub fingerprint: Fingerprint,
    pub class: Class,
    /// Absent while no name can be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// ClientRequestToken: 64 hex digits. Absent without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub description: String,
    /// ARN; absent: the account's default key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
    pub tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<PlanProblem>,
    /// Where the value is read from first. Absent when the inventory knows no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<Occurrence>,
}

/// What the import will make of an entry.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The account does not have it.
    Create,
    /// The account has it, imported with this inventory's key; the inventory does not know that yet.
    Adopt,
    /// The account has it, as planned.
    InSync,
    /// Ours, with other tags; the import puts them right.
    TagsDiffer,
    /// Planned with `--offline`.
    Unchecked,
    /// The role may not look at this name. The import creates it, which is refused if the name is taken.
    Denied,
    /// Imported by keyferry with another value, key or version than the planned one.
    ValueDiffers,
    /// Somebody else's secret has the name.
    NameTaken,
    ScheduledForDeletion,
    /// Something that its name, tags or metadata need is not known, or is not as the policy wants it.
    NotSettled,
    /// It breaks a rule of Secrets Manager.
    Invalid,
    OverQuota,
}

impl Class {
    pub const ALL: [Class; 12] = [
        Class::Create,
        Class::Adopt,
        Class::InSync,
        Class::TagsDiffer,
        Class::Unchecked,
        Class::Denied,
        Class::ValueDiffers,
        Class::NameTaken,
        Class::ScheduledForDeletion,
        Class::NotSettled,
        Class::Invalid,
        Class::OverQuota,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Class::Create => "create",
            Class::Adopt => "adopt",
            Class::InSync => "in-sync",
            Class::TagsDiffer => "tags-differ",
            Class::Unchecked => "unchecked",
            Class::Denied => "denied",
            Class::ValueDiffers => "value-differs",
            Class::NameTaken => "name-taken",
            Class::ScheduledForDeletion => "scheduled-for-deletion",
            Class::NotSettled => "not-settled",
            Class::Invalid => "invalid",
            Class::OverQuota => "over-quota",
        }
    }

    /// One line for a person.
    pub fn meaning(self) -> &'static str {
        match self {
            Class::Create => "not in the account yet: will be created",
            Class::Adopt => {
                "in the account already, imported with this inventory's key: will be checked"
            }
            Class::InSync => "in the account as planned",
            Class::TagsDiffer => "ours, with other tags: they will be put right",
            Class::Unchecked => "not compared with the account",
            Class::Denied => {
                "the role may not look: creating it will show whether the name is free"
            }
            Class::ValueDiffers => "imported earlier, but not as planned now",
            Class::NameTaken => "the name belongs to a secret that keyferry did not import",
            Class::ScheduledForDeletion => "the name is in its recovery window",
            Class::NotSettled => "what its name, tags or metadata need is not settled",
            Class::Invalid => "breaks a rule of Secrets Manager",
            Class::OverQuota => "more secrets than the account may hold",
        }
    }

    /// The import takes it up.
    pub fn is_importable(self) -> bool {
        matches!(
            self,
            Class::Create
                | Class::Adopt
                | Class::InSync
                | Class::TagsDiffer
                | Class::Unchecked
                | Class::Denied
        )
    }

    /// It will, or may, be a new secret.
    pub(super) fn may_create(self) -> bool {
        matches!(self, Class::Create | Class::Unchecked | Class::Denied)
    }
}

impl Plan {
    pub(super) fn count(&mut self, input: &PlanInput<'_>) {
        self.counts.clear();
        for entry in &self.entries {
            *self.counts.entry(entry.class).or_default() += 1;
        }
        // Without a look at the account, the inventory knows best what is there.
        let imported: BTreeSet<&SecretId> = input
            .secrets
            .iter()
            .filter(|secret| secret.progress > Progress::Found)
            .map(|secret| &secret.id)
            .collect();
        let new = self.entries.iter().filter(|entry| {
            entry.class.may_create()
                && !(entry.class == Class::Unchecked && imported.contains(&entry.secret))
        });
        self.cost = CostEstimate::of(new.count() as u64, input.price);
    }

    /// Entries that the import leaves out.
    pub fn blocked(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| !entry.class.is_importable())
    }

    pub fn importable(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.class.is_importable())
    }
}

impl Entry {
    /// Why the inventory, as it is now, no longer agrees with this entry.
    pub fn stale(&self, secret: Option<&Secret>) -> Option<&'static str> {
        let Some(secret) = secret else {
            return Some("the inventory has no such secret any more");
        };
        if secret.decision.outcome != Outcome::Relocate {
            Some("it is not to be relocated any more")
        } else if secret.fingerprint != self.fingerprint {
            Some("its fingerprint in the inventory is another one")
        } else if secret.target != self.name {
            Some("its name in the inventory is another one")
        } else if secret.tags != self.tags {
            Some("its tags in the inventory are others")
        } else {
            None
        }
    }
}
