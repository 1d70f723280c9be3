//! The uses of a secret: the applications and environments in which it is used, and whether each of them is settled
//! separately.
//!
//! Without a word of a person, a weak value is separate in each application and environment: two teams may have chosen
//! the same word. A strong value is one credential, so that several uses of it are a question.

use std::collections::{BTreeMap, BTreeSet};

use super::field_names::{APPENV, APPID};
use super::inputs::Inputs;
use super::place_identity::{self, Identity};
use super::said::SaidUses;
use crate::finding::Occurrence;
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
    let groups = is_separate.then(|| groups(&entry, inputs, true));
    let Some(groups) = groups.filter(|groups| !is_one(groups)) else {
        entry.readers.clear();
        if choice == Some(UseChoice::Together) {
            let groups = groups_of_places(&entry, false, |place| {
                place_identity::identity_of_place(&entry, place, inputs)
            });
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
    let groups = groups(secret, inputs, false);
    let current = groups
        .iter()
        .filter(|(_, places)| places.iter().any(is_current));
    current.map(|(key, _)| key.name()).collect()
}

/// The places of a secret by use, with the facts that people gave.
fn groups(secret: &Secret, inputs: &Inputs, is_separate: bool) -> Groups {
    groups_of_places(secret, is_separate, |place| {
        place_identity::identity(secret, place, inputs)
    })
}

/// The places of a secret by use. `identity` gives the application and the environment of a place. If uses are separate, repositories without a known application are applications of their
/// own: nothing says that they belong together.
fn groups_of_places(
    secret: &Secret,
    is_separate: bool,
    identity: impl Fn(&Occurrence) -> Identity,
) -> Groups {
    let mut keys: Vec<UseKey> = Vec::with_capacity(secret.occurrences.len());
    for place in &secret.occurrences {
        let facts = identity(place);
        let is_unknown = !facts.contains_key(APPID) && is_separate;
        keys.push(UseKey {
            repository: is_unknown.then(|| place.repository.clone()),
            appid: facts.get(APPID).cloned(),
            appenv: facts.get(APPENV).cloned(),
        });
    }
    // A place that says nothing of the application belongs to the only one that it can belong to: that of the other
    // places of its repository.
    let mut of_repository: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (place, key) in secret.occurrences.iter().zip(&keys) {
        let known = of_repository.entry(&place.repository).or_default();
        known.extend(key.appid.as_deref());
    }
    let all: BTreeSet<&str> = keys.iter().filter_map(|key| key.appid.as_deref()).collect();
    let applications: Vec<Option<String>> = secret
        .occurrences
        .iter()
        .map(|place| {
            let near = only(&of_repository[place.repository.as_str()]);
            let far = only(&all).filter(|_| !is_separate);
            near.or(far)
        })
        .collect();
    for (key, application) in keys.iter_mut().zip(applications) {
        if key.appid.is_none() && application.is_some() {
            key.appid = application;
            key.repository = None;
        }
    }
    // The same for environments, within one application.
    let mut environments: BTreeMap<(Option<String>, Option<String>), BTreeSet<String>> =
        BTreeMap::new();
    for key in &keys {
        let application = (key.appid.clone(), key.repository.clone());
        let known = environments.entry(application).or_default();
        known.extend(key.appenv.clone());
    }
    let mut groups = Groups::new();
    for (index, mut key) in keys.into_iter().enumerate() {
        if key.appenv.is_none() {
            let known = &environments[&(key.appid.clone(), key.repository.clone())];
            key.appenv = known.first().filter(|_| known.len() == 1).cloned();
        }
        groups.entry(key).or_default().push(index);
    }
    groups
}

/// The only item of a set.
fn only(set: &BTreeSet<&str>) -> Option<String> {
    set.first()
        .filter(|_| set.len() == 1)
        .map(|&item| item.to_owned())
}

#[cfg(test)]
mod tests;
