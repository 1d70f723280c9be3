//! The plan: what an import would do, entry by entry, before anything is done.
//!
//! [`draft`] makes it from the inventory alone; [`compare`] holds it against the account by DescribeSecret and
//! ListSecrets, and never reads a value. A secret in the account is known to be ours by its VersionId: that is our request
//! token, which only the holder of the inventory's key can make. A plan names no value, and no time: planned twice it is
//! the same to the byte.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::client::{Client, ClientError, Description, ErrorKind, printable};
use super::cost::Cost;
use super::limits::{self, Code, Problem};
use super::pace::{Cancel, Family, Pace, Pacer, join_all};
use crate::finding::Occurrence;
use crate::inventory::keyring::InventoryKey;
use crate::inventory::secret::{Outcome, Progress, Secret};
use crate::secret::{Fingerprint, SecretId};

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
    pub account: String,
    pub region: String,
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
    pub kms_key: Option<String>,
    pub tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// Where the value is read from first. Absent when the inventory knows no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<Occurrence>,
}

/// What the import will make of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// It breaks a rule of Secrets Manager.
    Invalid,
    OverQuota,
}

impl Class {
    pub const ALL: [Class; 11] = [
        Class::Create,
        Class::Adopt,
        Class::InSync,
        Class::TagsDiffer,
        Class::Unchecked,
        Class::Denied,
        Class::ValueDiffers,
        Class::NameTaken,
        Class::ScheduledForDeletion,
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
            Class::Invalid => "invalid",
            Class::OverQuota => "over-quota",
        }
    }

    /// One line for a person.
    pub fn meaning(self) -> &'static str {
        match self {
            Class::Create => "not in the account yet: will be created",
            Class::Adopt => "in the account already, imported with this inventory's key: will be checked",
            Class::InSync => "in the account as planned",
            Class::TagsDiffer => "ours, with other tags: they will be put right",
            Class::Unchecked => "not compared with the account",
            Class::Denied => "the role may not look: creating it will show whether the name is free",
            Class::ValueDiffers => "imported earlier, but not as planned now",
            Class::NameTaken => "the name belongs to a secret that keyferry did not import",
            Class::ScheduledForDeletion => "the name is in its recovery window",
            Class::Invalid => "breaks a rule of Secrets Manager",
            Class::OverQuota => "more secrets than the account may hold",
        }
    }

    /// The import takes it up.
    pub fn is_importable(self) -> bool {
        matches!(
            self,
            Class::Create | Class::Adopt | Class::InSync | Class::TagsDiffer | Class::Unchecked | Class::Denied
        )
    }

    /// It will, or may, be a new secret.
    fn may_create(self) -> bool {
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
    pub account: &'a str,
    pub region: &'a str,
    /// ARN; `None`: the account's default key.
    pub kms_key: Option<&'a str>,
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
        account: input.account.to_owned(),
        region: input.region.to_owned(),
        compared: false,
        counts: BTreeMap::new(),
        not_planned,
        cost: Cost::default(),
        notes: Vec::new(),
        entries,
    };
    plan.count();
    plan
}

fn draft_entry(input: &Input<'_>, secret: &Secret) -> Entry {
    let occurrence = source(secret).cloned();
    let description = describe(secret);
    let mut problems = Vec::new();
    match &secret.target {
        Some(name) => problems.extend(limits::name(name)),
        None => problems.push(Problem::new(
            Code::NoName,
            "no name can be made for it: a part of the naming template is unknown",
            "answer what is missing with `keyferry review`, or set it in the registry or with --set",
        )),
    }
    match &occurrence {
        Some(occurrence) => problems.extend(limits::occurrence_size(occurrence)),
        None => problems.push(Problem::new(
            Code::NoOccurrence,
            "the inventory knows no place where its value can be read",
            "run `keyferry discover` again",
        )),
    }
    problems.extend(limits::description(&description));
    problems.extend(limits::tags(&secret.tags));
    problems.extend(input.kms_key.and_then(|key| limits::kms_key(key, input.region)));
    Entry {
        secret: secret.id.clone(),
        fingerprint: secret.fingerprint,
        class: if problems.is_empty() { Class::Unchecked } else { Class::Invalid },
        token: secret
            .target
            .as_ref()
            .map(|name| input.key.request_token(input.account, input.region, name, &secret.fingerprint)),
        name: secret.target.clone(),
        description,
        kms_key: input.kms_key.map(str::to_owned),
        tags: secret.tags.clone(),
        problems,
        occurrence,
    }
}

/// The place to read first: one that git holds cannot change; then one that is still in use.
fn source(secret: &Secret) -> Option<&Occurrence> {
    secret.occurrences.iter().min_by_key(|place| (place.blob.is_none(), !place.at_head, !place.reachable))
}

fn describe(secret: &Secret) -> String {
    let from = source(secret).map_or("", |place| place.repository.as_str());
    let key = secret.context.key.as_deref().map(|key| format!(" {key}")).unwrap_or_default();
    let text = format!("{} secret{key} from {from}, moved by keyferry ({})", secret.kind.name(), secret.id);
    printable(&text).chars().take(limits::MAX_DESCRIPTION).collect()
}

fn refuse_shared_names(entries: &mut [Entry]) {
    let names: Vec<Option<String>> = entries.iter().map(|entry| entry.name.clone()).collect();
    let shared = limits::shared_names(names.iter().flatten().map(String::as_str));
    for entry in entries {
        if let Some(count) = entry.name.as_deref().and_then(|name| shared.get(name)) {
            entry.problems.push(Problem::new(
                Code::NameShared,
                format!("{count} secrets of the inventory would get this name"),
                "add what tells them apart to the naming template, or give one of them another name",
            ));
            entry.class = Class::Invalid;
        }
    }
}

/// Holds a draft against the account. Fails only when the account cannot be asked at all.
pub async fn compare<C: Client>(
    plan: &mut Plan,
    secrets: &[Secret],
    client: &C,
    pace: &Pace,
    cancel: &Cancel,
    step: &dyn Fn(),
) -> Result<(), ClientError> {
    let pacer = Pacer::new(pace, cancel);
    let listed = list(client, &pacer, plan).await?;
    let progress: HashMap<&SecretId, Progress> = secrets.iter().map(|secret| (&secret.id, secret.progress)).collect();
    let failed = RefCell::new(None);
    {
        let queue = RefCell::new(plan.entries.iter_mut().filter(|entry| entry.class == Class::Unchecked));
        let worker = || async {
            loop {
                if failed.borrow().is_some() || cancel.is_cancelled() {
                    break;
                }
                let Some(entry) = queue.borrow_mut().next() else { break };
                let name = entry.name.clone().unwrap_or_default();
                let answer = pacer.call(Family::Read, |_| false, || client.describe(&name)).await;
                let known = progress.get(&entry.secret).is_some_and(|progress| *progress != Progress::Found);
                if let Err(error) = classify(entry, answer, known) {
                    failed.borrow_mut().get_or_insert(error);
                }
                step();
            }
        };
        join_all((0..pacer.in_flight()).map(|_| worker())).await;
    }
    if let Some(error) = failed.into_inner() {
        return Err(error);
    }
    if let Some(listed) = listed {
        listed.apply(&mut plan.entries);
    }
    plan.compared = !cancel.is_cancelled();
    if plan.entries.iter().any(|entry| entry.class == Class::Denied) {
        plan.notes.push(
            "the role may not describe every name: the import relies on CreateSecret, which never replaces a value"
                .to_owned(),
        );
    }
    plan.count();
    Ok(())
}

/// What ListSecrets tells that DescribeSecret does not.
#[derive(Default)]
struct Census {
    secrets: u64,
    /// Names by the id in their tag.
    names: HashMap<String, Vec<String>>,
}

async fn list<C: Client>(client: &C, pacer: &Pacer, plan: &mut Plan) -> Result<Option<Census>, ClientError> {
    let mut census = Census::default();
    let mut next: Option<String> = None;
    loop {
        match pacer.call(Family::List, |_| false, || client.list(next.as_deref())).await {
            Ok(page) => {
                census.secrets += page.secrets.len() as u64;
                for secret in page.secrets {
                    if let Some(id) = secret.tags.get(ID_TAG) {
                        census.names.entry(id.clone()).or_default().push(secret.name);
                    }
                }
                next = page.next;
            }
            Err(error) if error.kind == ErrorKind::AccessDenied => {
                plan.notes.push(
                    "the role may not list secrets: neither the quota nor copies under other names were looked for"
                        .to_owned(),
                );
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        if next.is_none() {
            return Ok(Some(census));
        }
    }
}

impl Census {
    fn apply(&self, entries: &mut [Entry]) {
        for entry in entries.iter_mut() {
            let names = self.names.get(entry.secret.as_str()).map(Vec::as_slice).unwrap_or_default();
            let mut others: Vec<String> =
                names.iter().filter(|name| Some(*name) != entry.name.as_ref()).map(|name| printable(name)).collect();
            if !others.is_empty() {
                others.sort();
                entry.problems.push(Problem::new(
                    Code::ElsewhereToo,
                    format!("the account has a secret with its {ID_TAG} tag under another name: {}", others.join(", ")),
                    "after a change of the naming scheme, delete the old one once nothing reads it any more",
                ));
            }
        }
        refuse_over_quota(entries, self.secrets, limits::MAX_SECRETS);
    }
}

fn refuse_over_quota(entries: &mut [Entry], existing: u64, quota: u64) {
    let room = quota.saturating_sub(existing);
    let creating = entries.iter_mut().filter(|entry| entry.class.may_create());
    for entry in creating.skip(usize::try_from(room).unwrap_or(usize::MAX)) {
        entry.class = Class::OverQuota;
        entry.problems.push(Problem::new(
            Code::OverQuota,
            format!("the account has {existing} secrets in this Region; {quota} are allowed"),
            "ask AWS for a higher quota, or use another account",
        ));
    }
}

/// Sets the class of an entry by what DescribeSecret said of its name. `known`: the inventory has it as imported.
fn classify(entry: &mut Entry, answer: Result<Description, ClientError>, known: bool) -> Result<(), ClientError> {
    let (class, problem) = match answer {
        Ok(live) => classify_found(entry, &live, known),
        Err(error) => match error.kind {
            ErrorKind::NotFound => (Class::Create, None),
            ErrorKind::AccessDenied => {
                let problem = Problem::new(
                    Code::NotSeen,
                    "the role may not describe this name",
                    "import all the same, or plan under a role with secretsmanager:DescribeSecret",
                );
                (Class::Denied, Some(problem))
            }
            kind if kind.is_systemic() || kind.is_transient() => return Err(error),
            kind => (Class::Unchecked, Some(Problem::new(Code::ServiceError, error.to_string(), kind.hint()))),
        },
    };
    entry.class = class;
    entry.problems.extend(problem);
    Ok(())
}

fn classify_found(entry: &Entry, live: &Description, known: bool) -> (Class, Option<Problem>) {
    let token = entry.token.as_deref().unwrap_or_default();
    let ours = live.versions.contains_key(token);
    let name = printable(entry.name.as_deref().unwrap_or_default());
    if let Some(date) = &live.deleted {
        let hint = if ours {
            format!(
                "it is this very secret: restore it with `aws secretsmanager restore-secret --secret-id {name}` and plan again"
            )
        } else {
            "wait until its recovery window has ended, or choose another name".to_owned()
        };
        let message = format!("the name belongs to a secret that is scheduled for deletion (since {date})");
        return (Class::ScheduledForDeletion, Some(Problem::new(Code::ScheduledForDeletion, message, hint)));
    }
    if !ours {
        return match live.tags.get(ID_TAG) {
            Some(id) => {
                let message = format!("keyferry imported another value under this name ({})", printable(id));
                let hint = "the value changed in the source, or a version was pruned: give the new value another name, or put it there by hand";
                (Class::ValueDiffers, Some(Problem::new(Code::ValueDiffers, message, hint)))
            }
            None => {
                let hint = "choose another name for it in the policy, or move the secret that has the name";
                let message = "a secret that keyferry did not import has this name";
                (Class::NameTaken, Some(Problem::new(Code::NameTaken, message, hint)))
            }
        };
    }
    if !live.is_current(token) {
        let message = "it was imported, and its current version is another one since: it was rotated or changed";
        let hint = "nothing is left to import; if that was no rotation, see who changed it";
        return (Class::ValueDiffers, Some(Problem::new(Code::ValueDiffers, message, hint)));
    }
    if let Some(message) = key_difference(entry.kms_key.as_deref(), live.kms_key.as_deref()) {
        let hint = "plan with the key that it has (--kms-key), or change it with `aws secretsmanager update-secret --kms-key-id`";
        return (Class::ValueDiffers, Some(Problem::new(Code::KmsKeyDiffers, message, hint)));
    }
    let differing = differing_tags(&entry.tags, &live.tags);
    if !differing.is_empty() {
        let message = format!("other values, or none, of the tags {}", differing.join(", "));
        let hint = "the import sets them; if the account is right, correct the policy instead";
        return (Class::TagsDiffer, Some(Problem::new(Code::TagsDiffer, message, hint)));
    }
    (if known { Class::InSync } else { Class::Adopt }, None)
}

/// The planned tags that the live secret has not, or has with another value. Tags that it has besides are others' business.
pub fn differing_tags(planned: &BTreeMap<String, String>, live: &BTreeMap<String, String>) -> Vec<String> {
    planned.iter().filter(|(key, value)| live.get(*key) != Some(value)).map(|(key, _)| printable(key)).collect()
}

/// What is wrong with the live KMS key, if anything.
pub fn key_difference(planned: Option<&str>, live: Option<&str>) -> Option<String> {
    const DEFAULT: &str = "alias/aws/secretsmanager";
    let is_default = |key: &str| key.ends_with(DEFAULT);
    let shown = |key: Option<&str>| key.map_or("the account's default key".to_owned(), printable);
    let same = match (planned, live) {
        (None, None) => true,
        (None, Some(key)) | (Some(key), None) => is_default(key),
        // The service may answer with the id or alias of the ARN that it was given.
        (Some(planned), Some(live)) => {
            planned == live
                || planned.rsplit_once(":key/").is_some_and(|(_, id)| id == live)
                || planned.rsplit_once(':').is_some_and(|(_, alias)| alias == live)
        }
    };
    (!same).then(|| format!("it is encrypted with {}, planned is {}", shown(live), shown(planned)))
}

impl Plan {
    fn count(&mut self) {
        self.counts.clear();
        for entry in &self.entries {
            *self.counts.entry(entry.class).or_default() += 1;
        }
        self.cost = Cost::of(self.entries.iter().filter(|entry| entry.class.may_create()).count() as u64);
    }

    /// Entries that the import leaves out.
    pub fn blocked(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.class.is_importable())
    }

    pub fn importable(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.class.is_importable())
    }
}

impl Entry {
    /// Why the inventory, as it is now, no longer agrees with this entry.
    pub fn stale(&self, secret: Option<&Secret>) -> Option<&'static str> {
        let Some(secret) = secret else { return Some("the inventory has no such secret any more") };
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
