//! One entry of two entries of the same secret, after git merged two branches of an inventory, or
//! after a move between two files was interrupted.
//!
//! | part of the entry | rule |
//! |---|---|
//! | occurrences | those of both; of the same place, the one that the history is known of |
//! | kind, rule, confidence, context | those that the places state, as after a scan |
//! | facts | the stronger provenance; different facts of people are all kept, and become a question |
//! | decision | a person's before a rule's; different decisions of people are all kept, and become a question |
//! | reading of the value | the ids of both; of two chosen readings, `as-written` |
//! | progress | the furthest |
//! | payload | that of the entry that is in Secrets Manager; of two such, the greater |
//! | uses that are settled separately | those of both; two of one application and environment by these rules |
//! | name | that of the entry that is in Secrets Manager; two such names are both kept, and become a question; else the first in alphabetical order |
//!
//! The rules make a semilattice: the result depends neither on the order of the entries, nor on how
//! often one of them is joined. A property test checks this.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::entry::{Alternatives, Fact, MigrationProgress, Secret, Use};
use super::merge::exposure;
use super::use_key::UseKey;
use crate::finding::{FoundBy, Occurrence, Origin};
use crate::secret::SecretId;

/// Adds an entry to others. Returns true if there was one of the same secret already.
pub fn join_into(secrets: &mut BTreeMap<SecretId, Secret>, secret: Secret) -> bool {
    match secrets.entry(secret.id.clone()) {
        Entry::Vacant(free) => {
            free.insert(secret);
            false
        }
        Entry::Occupied(mut taken) => {
            let joined = join(taken.get().clone(), secret);
            taken.insert(joined);
            true
        }
    }
}

/// Joins two entries of one secret.
pub fn join(mut one: Secret, mut other: Secret) -> Secret {
    one.spread_evidence();
    other.spread_evidence();
    let mut statements = Alternatives::of(&one);
    statements.absorb(Alternatives::of(&other));
    let evidence = one.evidence().max(other.evidence());
    let uses = std::mem::take(&mut one.uses);
    let uses = join_uses(&one, uses, std::mem::take(&mut other.uses));
    // What is in the account counts more than what is planned.
    let payload = |entry: &Secret| {
        let is_imported = entry.progress > MigrationProgress::Found;
        (is_imported, entry.payload.clone())
    };
    let (_, payload) = payload(&one).max(payload(&other));
    let mut joined = Secret {
        fingerprint: one.fingerprint.max(other.fingerprint),
        exposure: one.exposure.min(other.exposure),
        metadata: facts(one.metadata, other.metadata),
        reading: one.reading.join(other.reading),
        // Statements of people are written below.
        decision: one.decision.max(other.decision),
        replacement: one.replacement.max(other.replacement),
        rotation: one.rotation.max(other.rotation),
        payload,
        target: given_name(one.target, other.target),
        tags: one.tags.max(other.tags),
        progress: one.progress.max(other.progress),
        occurrences: occurrences(one.occurrences, other.occurrences),
        uses,
        readers: one.readers.union(&other.readers).cloned().collect(),
        id: one.id,
        ..one
    };
    joined.set_evidence(evidence);
    if !joined.occurrences.is_empty() {
        joined.exposure = exposure(&joined.occurrences);
    }
    joined.gather_evidence();
    if joined.progress > MigrationProgress::Found {
        // A name that is only planned says nothing of a secret that is in the account.
        joined.target = None;
    }
    statements.write_to(&mut joined);
    joined
}

#[cfg(test)]
mod tests;

/// What two stored uses of one key say together.
pub(super) fn join_use(entry: &Secret, one: Use, other: Use) -> Use {
    let key = one.of.clone();
    let [one, other] = [one, other].map(|known| {
        let mut secret = entry.in_use(key.clone(), Vec::new());
        known.write_to(&mut secret);
        secret
    });
    Use::of(&join(one, other), key)
}

/// The uses that two entries of one secret store. `entry` is one of them.
fn join_uses(entry: &Secret, one: Vec<Use>, other: Vec<Use>) -> Vec<Use> {
    let mut uses: BTreeMap<UseKey, Use> = BTreeMap::new();
    for known in one.into_iter().chain(other) {
        let known = match uses.remove(&known.of) {
            Some(earlier) => join_use(entry, earlier, known),
            None => known,
        };
        uses.insert(known.of.clone(), known);
    }
    uses.into_values().collect()
}

/// The facts of both. Of one field, that of the stronger provenance.
fn facts(mut one: BTreeMap<String, Fact>, other: BTreeMap<String, Fact>) -> BTreeMap<String, Fact> {
    let rank = |fact: &Fact| (fact.from, fact.value.clone());
    for (field, fact) in other {
        match one.entry(field) {
            Entry::Vacant(free) => {
                free.insert(fact);
            }
            Entry::Occupied(mut taken) => {
                if rank(&fact) > rank(taken.get()) {
                    taken.insert(fact);
                }
            }
        }
    }
    one
}

/// The name that two entries give, of which neither is in Secrets Manager.
fn given_name(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Gives an entry the places that are in files of places, in runs. `is_joined`: the entry was made of several. Returns the
/// number of places that were there twice.
pub(super) fn attach(entry: &mut Secret, runs: Vec<Vec<Occurrence>>, is_joined: bool) -> usize {
    let own = entry.evidence();
    let has_own = !entry.occurrences.is_empty();
    let count = runs.iter().map(Vec::len).sum();
    entry.occurrences.reserve_exact(count);
    entry.occurrences.extend(runs.into_iter().flatten());
    let places = &mut entry.occurrences;
    places.sort();
    let position = |place: &Occurrence| (place.line, place.column);
    let is_near = |pair: &[Occurrence]| {
        position(&pair[0]) == position(&pair[1])
            && pair[0].path == pair[1].path
            && pair[0].repository == pair[1].repository
    };
    let mut twice = 0;
    if places.windows(2).any(is_near) {
        let all = places.len();
        // A place that is the same as its entry says so, so that it is compared with others.
        entry.spread_evidence();
        entry.occurrences = each_once(std::mem::take(&mut entry.occurrences));
        twice = all - entry.occurrences.len();
    }
    if is_joined || has_own || twice > 0 {
        entry.exposure = exposure(&entry.occurrences);
        entry.spread_evidence();
        entry.gather_evidence();
    } else {
        let places = entry.occurrences.iter_mut();
        places.for_each(|place| drop(place.evidence.take_if(|evidence| **evidence == own)));
    }
    twice
}

/// The occurrences of both, each place once.
fn occurrences(one: Vec<Occurrence>, other: Vec<Occurrence>) -> Vec<Occurrence> {
    each_once(one.into_iter().chain(other).collect())
}

/// Each place once.
fn each_once(all: Vec<Occurrence>) -> Vec<Occurrence> {
    let mut places: BTreeMap<_, Occurrence> = BTreeMap::new();
    for place in all {
        match places.entry(Place::of(&place)) {
            Entry::Vacant(free) => {
                free.insert(place);
            }
            Entry::Occupied(mut taken) => {
                // A commit that introduced the value says more than one that only holds it.
                let rank = |place: &Occurrence| {
                    let introduced = std::cmp::Reverse(place.introduced);
                    (place.commit.is_some(), introduced, place.clone())
                };
                if rank(&place) > rank(taken.get()) {
                    taken.insert(place);
                }
            }
        }
    }
    let mut places: Vec<Occurrence> = places.into_values().collect();
    places.sort();
    places
}

/// What makes two occurrences one place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    repository: String,
    path: String,
    position: (u64, u64),
    origin: Origin,
    found_by: FoundBy,
    /// The version. A file of the working tree is read as it is now, whatever its version was.
    blob: Option<String>,
}

impl Place {
    fn of(place: &Occurrence) -> Self {
        let in_file = matches!(place.origin, Origin::Worktree | Origin::Staged);
        Self {
            repository: place.repository.clone(),
            path: place.path.clone(),
            position: (place.line, place.column),
            origin: place.origin,
            found_by: place.found_by,
            blob: place.blob.clone().filter(|_| !in_file),
        }
    }
}
