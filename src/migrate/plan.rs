//! The plan: what an import would do, entry by entry, before anything is done.
//!
//! [`draft`] makes it from the inventory alone; [`compare`](super::compare::compare) holds it against the account by DescribeSecret and
//! ListSecrets, and never reads a value. A secret in the account is known to be ours by its VersionId: that is our request
//! token, which only the holder of the inventory's key can make. A plan names no value, and no time: planned twice it is
//! the same to the byte.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cost::Cost;
use super::plan_problem::{self, PlanProblem, PlanProblemCode};
use crate::decide::naming::{NO_LONGER_FITS, unknown_field};
use crate::decide::policy::Price;
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::{Outcome, Progress, Secret};
use crate::inventory::inventory_key::InventoryKey;
use crate::secret::{Fingerprint, SecretId};
use crate::secrets_manager::{Account, Description, KeyArn, Region};

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
    pub cost: Cost,
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

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Id of the inventory.
    pub inventory: &'a str,
    pub key: &'a InventoryKey,
    pub secrets: &'a [Secret],
    pub account: &'a Account,
    pub region: &'a Region,
    /// `None`: the account's default key.
    pub kms_key: Option<&'a KeyArn>,
    pub price: &'a Price,
    /// What keeps secrets from being imported, found when they were decided, named and tagged.
    pub problems: &'a BTreeMap<SecretId, Vec<String>>,
}

/// The plan as far as the inventory and the rules of the service tell; no call is made.
pub fn draft(input: &Input<'_>) -> Plan {
    let mut not_planned = NotPlanned::default();
    let mut entries = Vec::new();
    for secret in input.secrets {
        match secret.decision.outcome {
            Outcome::Relocate => entries.push(draft_entry(input, secret)),
            Outcome::Retain => not_planned.retain += 1,
            Outcome::Retire => not_planned.retire += 1,
            Outcome::Review => {
                not_planned.review += 1;
                not_planned.questions += secret.decision.questions.len() as u64;
            }
        }
    }
    entries.sort_by(|a, b| a.secret.cmp(&b.secret));
    refuse_shared_names(&mut entries);
    let mut plan = Plan {
        schema: SCHEMA,
        inventory: input.inventory.to_owned(),
        account: input.account.clone(),
        region: input.region.clone(),
        compared: false,
        counts: BTreeMap::new(),
        not_planned,
        cost: Cost::default(),
        notes: Vec::new(),
        entries,
    };
    plan.count(input);
    plan
}

fn draft_entry(input: &Input<'_>, secret: &Secret) -> Entry {
    let occurrence = source(secret).cloned();
    let description = describe(secret);
    let unsettled = input
        .problems
        .get(&secret.id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut problems = self::unsettled(unsettled);
    match &secret.target {
        Some(name) => problems.extend(plan_problem::name_problems(name)),
        // Naming has told why.
        None if !problems.is_empty() => {}
        None => problems.push(PlanProblem::new(
            PlanProblemCode::NoName,
            "no name can be made for it: a part of the naming template is unknown",
            "say what is missing in the registry, in decisions.yaml or with --set, then plan again",
        )),
    }
    match &occurrence {
        Some(occurrence) => problems.extend(plan_problem::occurrence_size(occurrence)),
        None => problems.push(PlanProblem::new(
            PlanProblemCode::NoOccurrence,
            "the inventory knows no place where its value can be read",
            "run `keyferry discover` again",
        )),
    }
    problems.extend(plan_problem::description_problem(&description));
    problems.extend(plan_problem::tag_problems(&secret.tags));
    problems.extend(
        input
            .kms_key
            .and_then(|key| plan_problem::key_region_problem(key, input.region)),
    );
    Entry {
        secret: secret.id.clone(),
        fingerprint: secret.fingerprint,
        class: class_of(&problems),
        token: secret.target.as_ref().map(|name| {
            input.key.request_token(
                input.account.as_str(),
                input.region.as_str(),
                name,
                &secret.fingerprint,
            )
        }),
        name: secret.target.clone(),
        description,
        kms_key: input.kms_key.cloned(),
        tags: secret.tags.clone(),
        problems,
        occurrence,
    }
}

/// What deciding, naming and tagging found. Fields that are not known are one problem, with one hint.
fn unsettled(told: &[String]) -> Vec<PlanProblem> {
    let hint = |problem: &str| match problem {
        NO_LONGER_FITS => {
            "what is in the account keeps its name: bring the template, or the facts that the name is made of, back to it; then plan again"
        }
        _ => "correct it in the register, in decisions.yaml or with --set, then plan again",
    };
    let (unknown, others): (Vec<&str>, Vec<&str>) = told
        .iter()
        .map(String::as_str)
        .partition(|problem| unknown_field(problem).is_some());
    let fields: BTreeSet<&str> = unknown.into_iter().filter_map(unknown_field).collect();
    let mut problems = Vec::new();
    if !fields.is_empty() {
        let names: Vec<&str> = fields.iter().copied().collect();
        let set: Vec<String> = fields
            .iter()
            .map(|field| format!("--set {field}=…"))
            .collect();
        let message = format!(
            "{} {} not known",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" }
        );
        let hint = format!(
            "say it for all secrets of a target with `keyferry discover TARGET {}`, for repositories in the register, or for single secrets in decisions.yaml; then plan again",
            set.join(" ")
        );
        problems.push(PlanProblem::new(
            PlanProblemCode::NotSettled,
            escape::line(&message),
            escape::line(&hint),
        ));
    }
    problems.extend(others.into_iter().map(|problem| {
        PlanProblem::new(
            PlanProblemCode::NotSettled,
            escape::line(problem),
            hint(problem),
        )
    }));
    problems
}

fn class_of(problems: &[PlanProblem]) -> Class {
    if problems.is_empty() {
        Class::Unchecked
    } else if problems.iter().all(|problem| {
        matches!(
            problem.code,
            PlanProblemCode::NotSettled | PlanProblemCode::NoName
        )
    }) {
        Class::NotSettled
    } else {
        Class::Invalid
    }
}

/// The place to read first: one that git holds cannot change; then one that is still in use.
fn source(secret: &Secret) -> Option<&Occurrence> {
    secret
        .occurrences
        .iter()
        .min_by_key(|place| (place.blob.is_none(), !place.at_head, !place.reachable))
}

fn describe(secret: &Secret) -> String {
    let from = source(secret).map_or("", |place| place.repository.as_str());
    let key = secret
        .context
        .key
        .as_deref()
        .map(|key| format!(" {key}"))
        .unwrap_or_default();
    let text = format!(
        "{} secret{key} from {from}, moved by keyferry ({})",
        secret.kind.name(),
        secret.id
    );
    Description::truncated(&escape::line(&text)).to_string()
}

fn refuse_shared_names(entries: &mut [Entry]) {
    let names: Vec<Option<String>> = entries.iter().map(|entry| entry.name.clone()).collect();
    let shared = plan_problem::shared_names(names.iter().flatten().map(String::as_str));
    for entry in entries {
        if let Some(count) = entry.name.as_deref().and_then(|name| shared.get(name)) {
            entry.problems.push(PlanProblem::new(
                PlanProblemCode::NameShared,
                format!("{count} secrets of the inventory would get this name"),
                "add what tells them apart to the naming template, or give one of them another name",
            ));
            entry.class = Class::Invalid;
        }
    }
}

impl Plan {
    pub(super) fn count(&mut self, input: &Input<'_>) {
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
        self.cost = Cost::of(new.count() as u64, input.price);
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
