//! The content of `plan.json`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost_estimate::CostEstimate;
use super::plan_input::PlanInput;
use super::planned_place::PlannedPlace;
use crate::decide::policy::Target;
use crate::inventory::entry::{MigrationProgress, Outcome, Secret};
use crate::inventory::native_replacement::Replacement;
use crate::inventory::payload::Payload;
use crate::inventory::rotation_strategy::ChosenRotation;
use crate::inventory::secret_roles::Role;
use crate::migrate::plan_problem::PlanProblem;
use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{Account, Description, KeyArn, ProposedText, Region, SecretName};

/// Version of the format of `plan.json`. A plan of version 1 is read: its places contain the ids of
/// objects and byte ranges, and it does not record the policy's target.
pub const SCHEMA: u32 = 2;
/// Key of the tag whose value is the secret's id. The tag says that keyferry created the secret;
/// only the request token proves with which value.
pub const ID_TAG: &str = "keyferry-id";

/// A plan: the content of `plan.json`. It contains no value and no time, so that planning twice
/// without a change writes the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub schema: u32,
    /// Id of the inventory that the plan was made from.
    pub inventory: String,
    /// The account to import into, 12 digits.
    pub account: Account,
    /// The Region to import into.
    pub region: Region,
    /// The target in the policy when the plan was made. Options may have overridden it. Absent in a
    /// plan of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_target: Option<Target>,
    /// True if the plan was compared with the account; false with `--offline`.
    pub compared: bool,
    /// Number of entries of each class.
    pub counts: BTreeMap<Class, u64>,
    /// Numbers of secrets that are not in the plan.
    pub not_planned: NotPlanned,
    /// The estimated cost.
    pub cost: CostEstimate,
    /// Notes on the plan as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The entries, in order of secret id.
    pub entries: Vec<Entry>,
}

/// Numbers of secrets of the inventory that are not in the plan, by decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotPlanned {
    /// Secrets in review.
    pub review: u64,
    /// Open questions of the secrets in review.
    pub questions: u64,
    /// Secrets that are retained in the source.
    pub retain: u64,
    /// Secrets that are retired.
    pub retire: u64,
    /// Values that are moved as parts of other secrets. Absent if there is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub part_of: u64,
    /// Values that are no secrets. Absent if there is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dismiss: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An entry of a plan: one secret to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The secret's id in the inventory.
    pub secret: SecretId,
    /// The fingerprint of its value.
    pub fingerprint: Fingerprint,
    /// The action of the import on the entry.
    pub class: Class,
    /// The secret's name in Secrets Manager. Absent while no name can be made. A name that breaks a
    /// limit is shown, and the entry is blocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ProposedText<SecretName>>,
    /// The request token (ClientRequestToken): 64 hex digits. Absent without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The secret's description in Secrets Manager.
    pub description: Description,
    /// ARN of the KMS key; absent: the account's default key for Secrets Manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
    /// The secret's tags in Secrets Manager.
    pub tags: BTreeMap<String, String>,
    /// The rotation to set up after the import, which does not turn it on. Absent if no rule chooses one, and in a plan of
    /// an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<ChosenRotation>,
    /// The roles of its credential: what the text around the value states, and the secrets that belong to it. Absent if
    /// none is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Role>,
    /// What is sent in place of the value alone: a JSON object of these parts. Absent if the value is sent alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// The service that may take the place of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// Problems that a person should know. Whether they block the entry is said by its class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<PlanProblem>,
    /// The place to read the value from first. Absent if the inventory has no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<PlannedPlace>,
    /// How the value is made of the bytes at that place, in words. Absent without a place, and in a plan of an
    /// earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// The parameter of CreateSecret that gets the value. Absent in a plan of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_as: Option<StoredAs>,
}

/// The parameter of CreateSecret that gets the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StoredAs {
    /// The value is text in UTF-8.
    SecretString,
    /// The value is not text in UTF-8.
    SecretBinary,
}

impl StoredAs {
    /// The name in the API, in `plan.json` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            StoredAs::SecretString => "SecretString",
            StoredAs::SecretBinary => "SecretBinary",
        }
    }
}

/// The class of an entry: the action of the import, or the reason why it is blocked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The account does not have the secret: the import creates it.
    Create,
    /// The account has the secret, imported with this inventory's key, but the inventory does not
    /// have it as imported: the import checks it.
    Adopt,
    /// The account has the secret as planned.
    InSync,
    /// The account has the secret, imported with this inventory's key, with other tags: the import
    /// corrects them.
    TagsDiffer,
    /// The secret was imported, and its value was changed in the account afterwards: it is left as it
    /// is.
    Rotated,
    /// The entry was not compared with the account (`--offline`).
    Unchecked,
    /// The role may not describe this name. The import creates the secret; the service refuses if
    /// the name is taken.
    Denied,
    /// The secret was imported by keyferry with another value, key or version than planned:
    /// blocked.
    ValueDiffers,
    /// The name belongs to a secret that keyferry did not import: blocked.
    NameTaken,
    /// The secret of this name is scheduled for deletion: blocked.
    ScheduledForDeletion,
    /// A fact that its name, tags or metadata need is unknown or violates the policy: blocked.
    NotSettled,
    /// Its value is doubtful, in parts or too long: blocked.
    NotExact,
    /// It breaks a limit of Secrets Manager: blocked.
    Invalid,
    /// The account has no room for it: blocked.
    OverQuota,
}

impl Class {
    /// All classes, in the order of reports.
    pub const ALL: [Class; 14] = [
        Class::Create,
        Class::Adopt,
        Class::InSync,
        Class::TagsDiffer,
        Class::Rotated,
        Class::Unchecked,
        Class::Denied,
        Class::ValueDiffers,
        Class::NameTaken,
        Class::ScheduledForDeletion,
        Class::NotSettled,
        Class::NotExact,
        Class::Invalid,
        Class::OverQuota,
    ];

    /// Its name in `plan.json` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Class::Create => "create",
            Class::Adopt => "adopt",
            Class::InSync => "in-sync",
            Class::TagsDiffer => "tags-differ",
            Class::Rotated => "rotated",
            Class::Unchecked => "unchecked",
            Class::Denied => "denied",
            Class::ValueDiffers => "value-differs",
            Class::NameTaken => "name-taken",
            Class::ScheduledForDeletion => "scheduled-for-deletion",
            Class::NotSettled => "not-settled",
            Class::NotExact => "not-exact",
            Class::Invalid => "invalid",
            Class::OverQuota => "over-quota",
        }
    }

    /// Its meaning, in one line for a person.
    pub fn meaning(self) -> &'static str {
        match self {
            Class::Create => "not in the account yet: will be created",
            Class::Adopt => {
                "in the account already, imported with this inventory's key: will be checked"
            }
            Class::InSync => "in the account as planned",
            Class::TagsDiffer => "imported earlier, with other tags: they will be corrected",
            Class::Rotated => "imported earlier, and changed in the account since: left as it is",
            Class::Unchecked => "not compared with the account",
            Class::Denied => {
                "the role may not describe it: creating it will show whether the name is free"
            }
            Class::ValueDiffers => "imported earlier, but not as planned now",
            Class::NameTaken => "the name belongs to a secret that keyferry did not import",
            Class::ScheduledForDeletion => "the secret of this name is scheduled for deletion",
            Class::NotSettled => "a fact that its name, tags or metadata need is missing or wrong",
            Class::NotExact => "no file has its whole value without a doubt",
            Class::Invalid => "breaks a limit of Secrets Manager",
            Class::OverQuota => "more secrets than the account may hold",
        }
    }

    /// True if the import processes entries of this class; false if it leaves them out.
    pub fn is_importable(self) -> bool {
        matches!(
            self,
            Class::Create
                | Class::Adopt
                | Class::InSync
                | Class::TagsDiffer
                | Class::Rotated
                | Class::Unchecked
                | Class::Denied
        )
    }

    /// True if the import has to write something for an entry of this class, or may have to.
    pub fn may_write(self) -> bool {
        self.is_importable() && !matches!(self, Class::InSync | Class::Rotated)
    }

    /// True if DescribeSecret found the secret of the entry in the account, and it is ours.
    pub(super) fn is_ours(self) -> bool {
        matches!(
            self,
            Class::Adopt | Class::InSync | Class::TagsDiffer | Class::Rotated
        )
    }

    /// True if the import may create a secret for an entry of this class.
    pub(super) fn may_create(self) -> bool {
        matches!(self, Class::Create | Class::Unchecked | Class::Denied)
    }
}

impl Plan {
    /// Computes the counts and the cost from the entries.
    pub(super) fn count(&mut self, input: &PlanInput<'_>) {
        self.counts.clear();
        for entry in &self.entries {
            *self.counts.entry(entry.class).or_default() += 1;
        }
        // In an unchecked entry, the inventory says whether the account has the secret.
        let imported: BTreeSet<&SecretId> = input
            .secrets
            .iter()
            .filter(|secret| secret.progress > MigrationProgress::Found)
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

    /// Entries that the import processes.
    pub fn importable(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.class.is_importable())
    }
}

/// Why an entry no longer agrees with the inventory as it is stored. The import compares more:
/// [`PlanChanges`](super::PlanChanges).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaleEntry {
    /// The inventory does not have the secret.
    #[error("the inventory no longer has this secret")]
    NotInInventory,
    /// The decision is another one.
    #[error("it is no longer to be relocated")]
    NotRelocated,
    /// The secret has another fingerprint.
    #[error("it has another fingerprint in the inventory")]
    Fingerprint,
    /// The secret has another name.
    #[error("it has another name in the inventory")]
    Name,
    /// The secret has other tags.
    #[error("it has other tags in the inventory")]
    Tags,
}

impl Entry {
    /// Checks that the entry agrees with its secret in the inventory as it is now.
    ///
    /// # Errors
    ///
    /// The first difference.
    pub fn check_current(&self, secret: Option<&Secret>) -> Result<(), StaleEntry> {
        let secret = secret.ok_or(StaleEntry::NotInInventory)?;
        if secret.decision.outcome != Outcome::Relocate {
            Err(StaleEntry::NotRelocated)
        } else if *secret.moved_fingerprint() != self.fingerprint {
            Err(StaleEntry::Fingerprint)
        } else if secret.target.as_deref() != self.name.as_ref().map(ProposedText::as_str) {
            Err(StaleEntry::Name)
        } else if secret.tags != self.tags {
            Err(StaleEntry::Tags)
        } else {
            Ok(())
        }
    }
}
