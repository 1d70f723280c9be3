//! The record of a repository, folder or file that was scanned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::{Provenance, Secret};
use super::inventory_key::InventoryKey;
use super::sealed_text::{SealedText, SealedUse};
use crate::finding::repository_identity::{
    KnownUnit, KnownUnits, Sameness, UnitIdentity, UnitKind, plain_name,
};
use crate::secret::SecretId;

/// The largest number of commits of occurrences by which a repository is recognised.
const MOST_SEEN: usize = 256;

/// A repository, folder or file that was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryEntry {
    /// Its location at the last scan.
    pub location: PathBuf,
    /// Its kind. Earlier versions did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UnitKind>,
    /// The name that its remote or folder gives it, if its name is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The name of the target that contains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// The repository of which it is another clone: they have a commit in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clone_of: Option<String>,
    /// Another repository was found at the location later. Where this one is now is unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// Commits by which a scan recognises it, sealed: its root commits, or else one that it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<SealedText>,
    /// The facts of `--set` about all secrets in it: field → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The fields of `set` that override what the repository states (`--force-set`).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub forced: BTreeSet<String>,
}

/// The facts of `--set` and `--force-set`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetFacts {
    /// Field → value; without a value: to be withdrawn.
    pub values: BTreeMap<String, Option<String>>,
    /// The fields that override what the repository states.
    pub forced: BTreeSet<String>,
}

/// A unit that was scanned, to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct ScannedUnit<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its location.
    pub location: &'a Path,
    /// How it was recognised.
    pub identity: &'a UnitIdentity,
}

/// The repositories of an inventory, by name.
pub type RepositoryEntries = BTreeMap<String, RepositoryEntry>;

/// The known facts of all repositories, for the next scan. The occurrences in `secrets` name more commits.
pub fn known_units(
    entries: &RepositoryEntries,
    secrets: &BTreeMap<SecretId, Secret>,
    key: &InventoryKey,
) -> KnownUnits {
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for place in secrets.values().flat_map(|secret| &secret.occurrences) {
        let commits = [&place.commit, &place.last_commit].into_iter().flatten();
        for commit in commits.filter(|_| place.found_by.is_scan()) {
            let seen = seen.entry(&place.repository).or_default();
            seen.insert(commit);
            // Which ones stay does not matter.
            if seen.len() > MOST_SEEN {
                seen.pop_first();
            }
        }
    }
    let known = |(name, entry): (&String, &RepositoryEntry)| {
        let recorded = entry.commits.iter().filter_map(|sealed| {
            let plain = key
                .open(SealedUse::RootCommit, name.as_bytes(), sealed)
                .ok()?;
            String::from_utf8(plain.to_vec()).ok()
        });
        let seen = seen.get(name.as_str()).into_iter().flatten();
        let unit = KnownUnit {
            location: entry.location.clone(),
            is_replaced: entry.replaced,
            kind: entry.kind,
            claim: entry.claim_of(name).to_owned(),
            within: entry.within.clone(),
            commits: recorded
                .chain(seen.map(|&commit| commit.to_owned()))
                .collect(),
        };
        (name.clone(), unit)
    };
    KnownUnits {
        by_name: entries.iter().map(known).collect(),
        confirmed: BTreeSet::new(),
    }
}

impl RepositoryEntry {
    /// The name that it claims. `name` is the one that it has.
    pub fn claim_of<'a>(&'a self, name: &'a str) -> &'a str {
        self.claim.as_deref().unwrap_or(plain_name(name))
    }

    /// Whether it may be another repository than the one whose name it has with a number.
    pub fn is_stranger(&self, name: &str) -> bool {
        self.kind.is_some() && self.clone_of.is_none() && plain_name(name) != name
    }
}

/// Records units that were scanned.
pub fn record<'a>(
    entries: &mut RepositoryEntries,
    units: impl IntoIterator<Item = ScannedUnit<'a>>,
    key: &InventoryKey,
) {
    let mut at: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for (name, entry) in &*entries {
        at.entry(entry.location.clone())
            .or_default()
            .push(name.clone());
    }
    for unit in units {
        let earlier = unit.identity.earlier_name.as_ref();
        let earlier = earlier.and_then(|earlier| entries.remove(earlier));
        let entry = entries.entry(unit.name.to_owned()).or_default();
        if let Some(earlier) = earlier {
            for (field, value) in earlier.set {
                if !entry.set.contains_key(&field) {
                    if earlier.forced.contains(&field) {
                        entry.forced.insert(field.clone());
                    }
                    entry.set.insert(field, value);
                }
            }
        }
        record_one(entry, unit, key);
        for name in at.get(unit.location).into_iter().flatten() {
            if name != unit.name
                && let Some(other) = entries.get_mut(name)
            {
                other.replaced = true;
            }
        }
    }
}

fn record_one(entry: &mut RepositoryEntry, unit: ScannedUnit, key: &InventoryKey) {
    let ScannedUnit { name, identity, .. } = unit;
    // Earlier versions recorded no commits: those of this scan are the first.
    let is_first = identity.sameness == Sameness::New || entry.kind.is_none();
    entry.location = unit.location.to_owned();
    entry.replaced = false;
    if is_first {
        entry.within.clone_from(&identity.within);
    }
    entry.claim = Some(identity.claim.clone()).filter(|claim| claim != plain_name(name));
    if identity.sameness == Sameness::Unproved && !is_first {
        // The next proof needs the recorded commits.
        entry.clone_of.clone_from(&identity.clone_of);
        return;
    }
    entry.kind = Some(identity.kind);
    if identity.clone_of.is_some() {
        entry.clone_of.clone_from(&identity.clone_of);
    }
    let replaces = identity.has_roots || identity.sameness == Sameness::Confirmed;
    if replaces || entry.commits.is_empty() {
        let sealed = identity
            .commits
            .iter()
            .map(|commit| key.seal(SealedUse::RootCommit, name.as_bytes(), commit.as_bytes()));
        entry.commits = sealed.collect();
    }
}

/// Moves the occurrences of units that got another name to that name.
pub fn rename<'a>(
    secrets: &mut BTreeMap<SecretId, Secret>,
    units: impl IntoIterator<Item = ScannedUnit<'a>>,
) {
    let names: BTreeMap<&str, &str> = units
        .into_iter()
        .filter_map(|unit| Some((unit.identity.earlier_name.as_deref()?, unit.name)))
        .collect();
    if names.is_empty() {
        return;
    }
    for secret in secrets.values_mut() {
        for place in &mut secret.occurrences {
            if let Some(name) = names.get(place.repository.as_str()) {
                place.repository = (*name).to_owned();
            }
        }
        for known in &mut secret.uses {
            let repository = known.of.repository.as_mut();
            if let Some(repository) = repository
                && let Some(name) = names.get(repository.as_str())
            {
                *repository = (*name).to_owned();
            }
        }
        for (earlier, name) in &names {
            if let Some(facts) = secret.said.remove(*earlier) {
                let said = secret.said.entry((*name).to_owned()).or_default();
                facts.into_iter().for_each(|(field, value)| {
                    said.entry(field).or_insert(value);
                });
            }
        }
    }
}

/// Gives repositories the facts that earlier versions kept with each of their secrets, if all of these agree. Facts that
/// differ stay with the secrets.
pub fn lift_facts(entries: &mut RepositoryEntries, secrets: &mut BTreeMap<SecretId, Secret>) {
    let mut values: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (repository, facts) in secrets.values().flat_map(|secret| &secret.said) {
        for (field, value) in facts {
            let at = (repository.clone(), field.clone());
            values.entry(at).or_default().insert(value.clone());
        }
    }
    for ((repository, field), values) in values {
        let Some(entry) = entries.get_mut(&repository) else {
            continue;
        };
        if !entry.set.contains_key(&field)
            && let [value] = &values.into_iter().collect::<Vec<_>>()[..]
        {
            entry.set.insert(field.clone(), value.clone());
        }
        let known = entry.set.get(&field);
        for secret in secrets.values_mut() {
            if let Some(facts) = secret.said.get_mut(&repository)
                && facts.get(&field) == known
            {
                facts.remove(&field);
            }
        }
    }
    for secret in secrets.values_mut() {
        secret.said.retain(|_, facts| !facts.is_empty());
    }
}

/// Sets the facts of `--set` for units that were scanned, and withdraws those without a value. Nested repositories have
/// the facts of their target, and need no copy of them.
pub fn set_facts(
    entries: &mut RepositoryEntries,
    secrets: &mut BTreeMap<SecretId, Secret>,
    names: &BTreeSet<&str>,
    facts: &SetFacts,
) {
    let SetFacts {
        values: facts,
        forced,
    } = facts;
    for name in names {
        let Some(outer) = entries.get(*name).map(|entry| entry.within.clone()) else {
            continue;
        };
        let inherits = outer.is_some_and(|outer| names.contains(outer.as_str()));
        let Some(entry) = entries.get_mut(*name) else {
            continue;
        };
        for (field, value) in facts {
            match value {
                Some(value) if !inherits => {
                    entry.set.insert(field.clone(), value.clone());
                    match forced.contains(field) {
                        true => entry.forced.insert(field.clone()),
                        false => entry.forced.remove(field),
                    };
                }
                _ => {
                    entry.set.remove(field);
                    entry.forced.remove(field);
                }
            }
        }
    }
    if facts.is_empty() {
        return;
    }
    for secret in secrets.values_mut() {
        let places = &secret.occurrences;
        let is_here = places
            .iter()
            .any(|place| names.contains(place.repository.as_str()));
        if !is_here {
            continue;
        }
        for (_, said) in secret
            .said
            .iter_mut()
            .filter(|(name, _)| names.contains(name.as_str()))
        {
            said.retain(|field, _| !facts.contains_key(field));
        }
        secret.said.retain(|_, facts| !facts.is_empty());
        // It is newer than the statements of a person in an earlier run.
        let is_set = |field: &String| facts.get(field).is_some_and(Option::is_some);
        secret
            .metadata
            .retain(|field, fact| fact.from != Provenance::Person || !is_set(field));
        secret.disputed.facts.retain(|field, _| !is_set(field));
    }
}
