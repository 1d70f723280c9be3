//! The uses of a secret: the applications and environments in which it is used, and whether each of them is settled
//! separately.
//!
//! Without a word of a person, a weak value is separate in each application and environment: two teams may have chosen
//! the same word. A strong value is one credential, so that several uses of it are a question.

use std::collections::{BTreeMap, BTreeSet};

use super::inputs::Inputs;
use super::place_identity::identities;
use super::said::SaidUses;
use crate::inventory::entry::Secret;
use crate::inventory::place_order::Standing;
use crate::inventory::secret_use;
use crate::inventory::use_key::{UseChoice, UseKey};

/// The places of a secret by use: indexes of its occurrences. Each occurrence is in one of them.
type Groups = BTreeMap<UseKey, Vec<usize>>;

/// Splits an entry of the inventory into the uses that are settled separately. An entry with one use stays as it is.
pub(super) fn split(mut entry: Secret, said: &SaidUses, inputs: &Inputs) -> Vec<Secret> {
    if entry.uses.is_empty() && entry.occurrences.len() < 2 {
        entry.readers.clear();
        return vec![entry];
    }
    let choice = said.choice;
    let is_weak = entry.occurrences.iter().any(|place| place.is_weak);
    let is_separate = match choice {
        Some(choice) => choice == UseChoice::Separate,
        // Without the file, it is not known whether a person has revoked the choice.
        None => is_weak || inputs.decisions.is_none() && !entry.uses.is_empty(),
    };
    let is_one =
        |groups: &Groups| groups.len() < 2 && !entry.uses.iter().any(|known| known.is_kept());
    let groups = is_separate.then(|| groups_of_places(&entry, true, true, inputs));
    let Some(groups) = groups.filter(|groups| !is_one(groups)) else {
        entry.readers.clear();
        if choice == Some(UseChoice::Together) {
            let groups = groups_of_places(&entry, false, false, inputs);
            if groups.len() > 1 {
                entry.readers = groups.keys().map(UseKey::name).collect();
            }
        }
        return secret_use::unite(entry);
    };
    let Some(groups_together) = together(&entry, &groups, inputs) else {
        return secret_use::split(entry, groups);
    };
    let (key, readers, groups) = groups_together;
    let mut secrets = secret_use::split(entry, groups);
    for secret in &mut secrets {
        secret.readers = match &secret.in_use {
            Some(of) if *of == key => readers.clone(),
            _ => BTreeSet::new(),
        };
    }
    secrets
}

/// What people say of all uses of an entry: a statement that names it, else those with a condition.
pub(super) fn said(entry: &Secret, inputs: &Inputs) -> SaidUses {
    let Some(decisions) = inputs.decisions else {
        return SaidUses::default();
    };
    let by_name = inputs.person(entry).and_then(|says| says.uses);
    match by_name {
        Some(_) => SaidUses {
            choice: by_name,
            ..SaidUses::default()
        },
        None => decisions.uses_by_condition(entry, &inputs.repositories),
    }
}

/// The groups with those in one that a person put together by the ids of the uses. With its key, and the names of its
/// uses. `None` if there are not two of them.
fn together(
    entry: &Secret,
    groups: &Groups,
    inputs: &Inputs,
) -> Option<(UseKey, BTreeSet<String>, Groups)> {
    let decisions = inputs.decisions?;
    let is_together = |key: &UseKey| decisions.shares(&entry.id.of_use(&key.name()));
    let keys: Vec<&UseKey> = groups.keys().filter(|key| is_together(key)).collect();
    let [first, _, ..] = keys[..] else {
        return None;
    };
    let mut joined = groups.clone();
    let mut places: Vec<usize> = Vec::new();
    for key in &keys {
        places.extend(joined.remove(*key).unwrap_or_default());
    }
    places.sort_unstable();
    joined.insert(first.clone(), places);
    let readers = keys.iter().map(|key| key.name()).collect();
    Some((first.clone(), readers, joined))
}

/// The uses of a secret at the places that count for its facts, by name.
pub(super) fn current(secret: &Secret, inputs: &Inputs) -> BTreeSet<String> {
    let nearest = secret.occurrences.iter().map(Standing::of).min();
    let is_current = |index: &usize| Some(Standing::of(&secret.occurrences[*index])) == nearest;
    let groups = groups_of_places(secret, false, true, inputs);
    let current = groups
        .iter()
        .filter(|(_, places)| places.iter().any(is_current));
    current.map(|(key, _)| key.name()).collect()
}

/// The application, the environment and, if the application is not known, the repository of a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PlaceKey<'a> {
    appid: Option<&'a str>,
    appenv: Option<&'a str>,
    repository: Option<&'a str>,
}

/// The places of a secret by use. `with_people`: with the facts that people gave. If uses are separate, repositories
/// without a known application are applications of their own: nothing says that they belong together.
fn groups_of_places(
    secret: &Secret,
    is_separate: bool,
    with_people: bool,
    inputs: &Inputs,
) -> Groups {
    let identities = identities(secret, with_people, inputs);
    let places = || secret.occurrences.iter().zip(&identities);
    // A place that says nothing of the application belongs to the only one that it can belong to: that of the other
    // places of its repository.
    let mut of_repository: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for (place, identity) in places() {
        let known = of_repository.entry(&place.repository).or_default();
        known.extend(identity.appid.as_deref());
        all.extend(identity.appid.as_deref());
    }
    let mut keys: Vec<PlaceKey> = Vec::with_capacity(identities.len());
    for (place, identity) in places() {
        let near = || only(&of_repository[place.repository.as_str()]);
        let far = || only(&all).filter(|_| !is_separate);
        let appid = identity.appid.as_deref().or_else(near).or_else(far);
        let is_unknown = appid.is_none() && is_separate;
        keys.push(PlaceKey {
            appid,
            appenv: identity.appenv.as_deref(),
            repository: is_unknown.then_some(&*place.repository),
        });
    }
    // The same for environments, within one application.
    let mut environments: BTreeMap<(Option<&str>, Option<&str>), BTreeSet<&str>> = BTreeMap::new();
    for key in &keys {
        let known = environments.entry((key.appid, key.repository)).or_default();
        known.extend(key.appenv);
    }
    let mut groups: BTreeMap<PlaceKey, Vec<usize>> = BTreeMap::new();
    for (index, key) in keys.iter_mut().enumerate() {
        let only_one = || only(&environments[&(key.appid, key.repository)]);
        key.appenv = key.appenv.or_else(only_one);
        groups.entry(*key).or_default().push(index);
    }
    let use_key = |key: PlaceKey| UseKey {
        appid: key.appid.map(str::to_owned),
        appenv: key.appenv.map(str::to_owned),
        repository: key.repository.map(str::to_owned),
    };
    groups
        .into_iter()
        .map(|(key, places)| (use_key(key), places))
        .collect()
}

/// The only item of a set.
fn only<'a>(set: &BTreeSet<&'a str>) -> Option<&'a str> {
    set.first().copied().filter(|_| set.len() == 1)
}

#[cfg(test)]
mod tests;
