//! The uses of a secret that are settled separately: the secret in one application and one environment.
//!
//! An entry of the inventory is a distinct value with all its places. Where two applications have the same value by
//! chance, or each is to get a secret of its own, the entry stores a [`Use`] for each of them: its facts, decision, name
//! and progress. [`split`] makes a [`Secret`] of each use, with the places of the use alone, so that everything that
//! settles, plans and imports secrets sees one use as it sees any other secret. [`entries`] is the way back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::entry::{
    Alternatives, Decision, Fact, MigrationProgress, Outcome, Provenance, Secret, Use,
};
use super::entry_join::join_use;
use super::merge::exposure;
use super::use_key::UseKey;
use crate::finding::Occurrence;
use crate::secret::SecretId;

impl Use {
    /// The use of a secret that [`split`] made.
    pub(super) fn of(secret: &Secret, of: UseKey) -> Self {
        Self {
            of,
            readers: secret.readers.clone(),
            metadata: secret.metadata.clone(),
            decision: secret.decision.clone(),
            replacement: secret.replacement.clone(),
            rotation: secret.rotation.clone(),
            payload: secret.payload.clone(),
            chosen: secret.reading.chosen,
            written: secret.reading.written,
            target: secret.target.clone(),
            tags: secret.tags.clone(),
            progress: secret.progress,
            disputed: secret.disputed.clone(),
        }
    }

    /// What an entry that is not split says, as a use.
    fn of_entry(entry: &Secret) -> Self {
        let value = |field: &str| entry.metadata.get(field).map(|fact| fact.value.clone());
        let key = UseKey {
            appid: value("appid"),
            appenv: value("appenv"),
            repository: None,
        };
        Self::of(entry, key)
    }

    /// Whether it must not be forgotten when no place is left.
    pub fn is_kept(&self) -> bool {
        let by_person = |fact: &Fact| fact.from == Provenance::Person;
        self.progress > MigrationProgress::Found
            || self.decision.is_about_it()
            || self.metadata.values().any(by_person)
            || !self.disputed.is_empty()
    }

    /// Writes what it says into a secret.
    pub(super) fn write_to(self, secret: &mut Secret) {
        secret.readers = self.readers;
        secret.metadata = self.metadata;
        secret.decision = self.decision;
        secret.replacement = self.replacement;
        secret.rotation = self.rotation;
        secret.payload = self.payload;
        secret.reading.chosen = self.chosen;
        secret.reading.written = self.written;
        secret.target = self.target;
        secret.tags = self.tags;
        secret.progress = self.progress;
        secret.disputed = self.disputed;
    }
}

impl Secret {
    /// The secret in one use, with these places and without decisions of its own.
    pub(super) fn in_use(&self, of: UseKey, places: Vec<Occurrence>) -> Secret {
        let mut metadata = self.metadata.clone();
        metadata.retain(|_, fact| fact.from == Provenance::Person);
        let decision = Some(&self.decision).filter(|decision| decision.is_about_it());
        let mut secret = Secret {
            id: self.id.of_use(&of.name()),
            fingerprint: self.fingerprint,
            kind: self.kind,
            detector: self.detector.clone(),
            confidence: self.confidence,
            proof: self.proof.clone(),
            expired: self.expired,
            reading: self.reading.clone(),
            exposure: exposure(&places),
            context: self.context.clone(),
            metadata,
            said: self.said.clone(),
            decision: decision.cloned().unwrap_or_else(Decision::new_secret),
            replacement: None,
            rotation: None,
            payload: None,
            target: None,
            tags: BTreeMap::new(),
            progress: MigrationProgress::Found,
            disputed: self.disputed.clone(),
            uses: Vec::new(),
            readers: BTreeSet::new(),
            in_use: Some(of),
            occurrences: places,
        };
        secret.disputed.targets.clear();
        secret.gather_evidence();
        secret
    }

    /// The secret as it would be if it had only this place.
    pub fn at_place(&self, place: &Occurrence) -> Secret {
        let mut place = place.clone();
        place.evidence = Some(Arc::new(self.evidence_at(Some(&place)).into_owned()));
        let mut secret = self.in_use(UseKey::default(), vec![place]);
        secret.id = self.id.clone();
        secret.in_use = None;
        secret
    }

    /// Whether Secrets Manager has it, or one of its uses.
    pub fn is_imported(&self) -> bool {
        let of_use = |of_use: &Use| of_use.progress > MigrationProgress::Found;
        self.progress > MigrationProgress::Found || self.uses.iter().any(of_use)
    }

    /// Records progress under the id of the secret or of one of its uses. False if it has this progress already.
    pub fn advance(&mut self, id: &SecretId, progress: MigrationProgress) -> bool {
        let own = if *id == self.id {
            Some(&mut self.progress)
        } else {
            let uses = self.uses.iter_mut();
            let mut named = uses.filter(|known| self.id.of_use(&known.of.name()) == *id);
            named.next().map(|known| &mut known.progress)
        };
        own.is_some_and(|own| {
            *own < progress && {
                *own = progress;
                true
            }
        })
    }

    /// The entry as the uses that it stores, or as it is. Each has all places of the entry.
    pub fn stored_uses(&self) -> Vec<Cow<'_, Secret>> {
        if self.uses.is_empty() {
            return vec![Cow::Borrowed(self)];
        }
        let of_use = |known: &Use| {
            let mut secret = self.in_use(known.of.clone(), self.occurrences.clone());
            known.clone().write_to(&mut secret);
            Cow::Owned(secret)
        };
        self.uses.iter().map(of_use).collect()
    }
}

/// Makes a secret of each use of an entry. `groups` are the indexes of its places by use; each place is in one of them.
///
/// A use has what the entry stores under its key. A stored use whose key leaves something open goes to the one
/// use that fits it; so a use keeps its name when its application becomes known. A stored use without places stays if it
/// was imported or a person has said something of it.
pub fn split(mut entry: Secret, groups: BTreeMap<UseKey, Vec<usize>>) -> Vec<Secret> {
    entry.spread_evidence();
    let mut stored: BTreeMap<UseKey, Use> = BTreeMap::new();
    let own = (entry.target.is_some() || entry.progress > MigrationProgress::Found)
        .then(|| Use::of_entry(&entry));
    for known in std::mem::take(&mut entry.uses).into_iter().chain(own) {
        let known = match stored.remove(&known.of) {
            Some(other) => join_use(&entry, other, known),
            None => known,
        };
        stored.insert(known.of.clone(), known);
    }
    let mut of_group: BTreeMap<&UseKey, Use> = BTreeMap::new();
    let mut rest = Vec::new();
    for (key, known) in stored {
        match groups.get_key_value(&key) {
            Some((key, _)) => drop(of_group.insert(key, known)),
            None => rest.push(known),
        }
    }
    let mut left = Vec::new();
    for known in rest {
        let is_in = |repository: &String, places: &[usize]| {
            let mut places = places.iter().map(|&index| &entry.occurrences[index]);
            places.any(|place| place.repository == *repository)
        };
        let fits = |(key, places): &(&UseKey, &Vec<usize>)| {
            let repository = known.of.repository.as_ref();
            key.refines(&known.of) && repository.is_none_or(|repository| is_in(repository, places))
        };
        let free = groups.iter().filter(|(key, _)| !of_group.contains_key(key));
        let mut fitting = free.filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some((key, _)), None) => drop(of_group.insert(key, known)),
            _ => left.push(known),
        }
    }
    let places = std::mem::take(&mut entry.occurrences);
    let mut secrets = Vec::new();
    for (key, indexes) in &groups {
        let own = indexes.iter().map(|&index| places[index].clone()).collect();
        let mut secret = entry.in_use(key.clone(), own);
        if let Some(known) = of_group.remove(key) {
            known.write_to(&mut secret);
        }
        secrets.push(secret);
    }
    for known in left.into_iter().filter(Use::is_kept) {
        let mut secret = entry.in_use(known.of.clone(), Vec::new());
        known.write_to(&mut secret);
        secrets.push(secret);
    }
    secrets
}

/// Makes one secret of an entry whose uses are not settled separately (any more). The name of the only use that was
/// imported becomes its own. If several were imported, they stay as uses without places.
pub fn unite(mut entry: Secret) -> Vec<Secret> {
    let mut kept: Vec<Use> = std::mem::take(&mut entry.uses);
    if kept.is_empty() {
        return vec![entry];
    }
    let is_imported = |known: &Use| known.progress > MigrationProgress::Found;
    kept.retain(is_imported);
    if kept.len() == 1 && entry.progress == MigrationProgress::Found {
        let known = kept.remove(0);
        entry.target = known.target;
        entry.payload = known.payload;
        entry.tags = known.tags;
        entry.progress = known.progress;
    } else if entry.progress == MigrationProgress::Found {
        entry.target = None;
    }
    if entry.decision.rule == Decision::USES {
        entry.decision = Decision::new_secret();
    }
    let mut secrets = Vec::new();
    for known in kept {
        let mut secret = entry.in_use(known.of.clone(), Vec::new());
        known.write_to(&mut secret);
        secrets.push(secret);
    }
    secrets.insert(0, entry);
    secrets
}

/// The entries of secrets, of which some are uses: one for each value, in order of id.
pub fn entries<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Vec<Cow<'a, Secret>> {
    let mut values: BTreeMap<SecretId, Vec<&Secret>> = BTreeMap::new();
    for secret in secrets {
        values.entry(secret.id.of_value()).or_default().push(secret);
    }
    values
        .into_values()
        .map(|parts| match parts[..] {
            [only] if only.in_use.is_none() => Cow::Borrowed(only),
            _ => Cow::Owned(entry(&parts)),
        })
        .collect()
}

/// The entry of the parts of one value: the secret itself, uses of it, or both.
fn entry(parts: &[&Secret]) -> Secret {
    let whole = parts.iter().find(|part| part.in_use.is_none());
    let mut entry = match whole {
        Some(whole) => (*whole).clone(),
        None => {
            let mut entry = parts[0].clone();
            entry.id = entry.id.of_value();
            entry.in_use = None;
            entry.readers.clear();
            entry.metadata.clear();
            entry.reading.chosen = None;
            entry.reading.written = None;
            entry.replacement = None;
            entry.rotation = None;
            entry.payload = None;
            entry.target = None;
            entry.tags.clear();
            entry.progress = MigrationProgress::Found;
            entry.disputed = Alternatives::default();
            entry.decision = Decision::of_uses(parts.iter().map(|part| part.decision.outcome));
            entry
        }
    };
    entry.spread_evidence();
    for part in parts {
        let Some(key) = &part.in_use else { continue };
        if whole.is_some() || part.id != parts[0].id {
            let mut part = (*part).clone();
            part.spread_evidence();
            entry.occurrences.append(&mut part.occurrences);
        }
        entry.uses.push(Use::of(part, key.clone()));
    }
    entry.uses.sort_by(|one, other| one.of.cmp(&other.of));
    entry.occurrences.sort();
    entry.exposure = exposure(&entry.occurrences);
    entry.gather_evidence();
    entry
}

impl Decision {
    /// [`Decision::rule`] of an entry whose uses are settled separately.
    pub const USES: &str = "uses";

    /// The decision on a secret that was not looked at yet.
    pub(super) fn new_secret() -> Self {
        Self::by_rule(Outcome::Review, "new", "not looked at yet")
    }

    /// The decision on an entry whose uses have these outcomes: that which needs most work.
    fn of_uses(outcomes: impl Iterator<Item = Outcome>) -> Self {
        let outcomes: Vec<Outcome> = outcomes.collect();
        let work = [
            Outcome::Review,
            Outcome::Relocate,
            Outcome::PartOf,
            Outcome::Retire,
            Outcome::Retain,
        ];
        let most = work.into_iter().find(|outcome| outcomes.contains(outcome));
        let most = most.unwrap_or(Outcome::Dismiss);
        Self::by_rule(most, Self::USES, "Its uses are settled separately.")
    }
}
