//! The metadata of a secret: facts beyond the scan, gathered from every source, each with its
//! provenance.
//!
//! A source has facts about one occurrence at a time. For each field, only the strongest provenance
//! of any occurrence counts. If its values differ between occurrences, the field is in conflict and
//! stays unset: the secret may belong to several applications, and a guess would assign it to the
//! wrong one. The current occurrences count (at HEAD, in a working tree, staged); those of the
//! history count only if there are no others, and those that no ref leads to come last.

use std::collections::{BTreeMap, BTreeSet};

use super::conflict::{Conflict, StatedAt, show};
use super::contradiction::Clash;
pub use super::field_names::APPID;
use super::field_names::{IDENTITY, WISHES};
use super::inputs::Inputs;
use super::place_facts::PlaceFacts;
use super::policy::Policy;
use super::said_at_place::{Asked, Said, Statement};
use crate::finding::Occurrence;
use crate::inventory::entry::{Fact, Provenance, Secret};
use crate::inventory::place_order::Standing;

/// The fact that holds the name that a person chose for a secret: the text for `{name}` in the
/// template.
pub const NAME: &str = "name";

/// The facts of a secret, and the fields on which its occurrences disagree.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gathered {
    /// Field → fact.
    pub facts: BTreeMap<String, Fact>,
    /// Field → the values on which the occurrences disagree.
    pub conflicts: BTreeMap<String, Conflict>,
    /// The statements of people that gave facts, by their numbers.
    pub statements: Vec<usize>,
    /// The statements of people that contradict each other on facts.
    pub clashes: Vec<Clash>,
}

/// Gathers the metadata of a secret from all sources.
pub(super) fn gather(secret: &Secret, inputs: &Inputs) -> Gathered {
    let mut out = Gathered {
        facts: people(secret, inputs),
        ..Gathered::default()
    };
    let appid = out.facts.get(APPID).map(|fact| fact.value.clone());
    let mut facts = PlaceFacts::new(secret, appid.as_deref(), Asked::All, inputs);
    let said: Vec<(Option<usize>, Said)> = match secret.occurrences.is_empty() {
        true => vec![(None, facts.of_no_place())],
        false => places(secret)
            .map(|(index, place)| (Some(index), facts.of(Some(place))))
            .collect(),
    };
    let mut all: Vec<(Option<usize>, &Statement)> = Vec::with_capacity(said.len());
    for field in inputs.policy.fields.keys() {
        // A weaker source must not answer what people are asked.
        if out.facts.contains_key(field) || secret.disputed.has_fact(field) {
            continue;
        }
        all.clear();
        for (place, said) in &said {
            all.extend(said.of(field).map(|said| (*place, said)));
        }
        // The environment of a place is what this place states, by whatever source.
        let is_compared = inputs.policy.metadata.compared.contains(field);
        let strongest = all.iter().map(|(_, said)| said.from).max();
        let Some(strongest) = strongest else {
            if let Some(value) = inputs.policy.metadata.defaults.get(field) {
                out.facts.insert(
                    field.clone(),
                    Fact {
                        value: value.clone(),
                        from: Provenance::Default,
                    },
                );
            }
            continue;
        };
        // A strong statement about one application is none about another one.
        let is_identity = IDENTITY.contains(&field.as_str());
        let counts = |said: &Statement| is_compared || is_identity || said.from == strongest;
        all.retain(|(_, said)| counts(said));
        let mut different = all.iter().map(|(_, said)| &*said.value);
        let first = different.next().unwrap_or_default();
        if different.all(|value| value == first) {
            let fact = Fact {
                value: first.to_owned(),
                from: strongest,
            };
            out.facts.insert(field.clone(), fact);
            continue;
        }
        let mut values: BTreeMap<&str, Vec<StatedAt>> = BTreeMap::new();
        for &(place, said) in &all {
            let source = said.source;
            let places = values.entry(&said.value).or_default();
            places.push(StatedAt { place, source });
        }
        let values = values.into_iter();
        let values = values.map(|(value, places)| (value.to_owned(), places));
        let conflict = Conflict(values.collect());
        out.conflicts.insert(field.clone(), conflict);
    }
    add_statements(secret, &mut out, inputs);
    add_application(secret, &mut out, inputs);
    out
}

/// Adds the register's fields of an application that a statement with a condition names. The register's facts about
/// another application are none about this one.
fn add_application(secret: &Secret, out: &mut Gathered, inputs: &Inputs) {
    let appid = out.facts.get(APPID);
    let appid = appid
        .filter(|fact| fact.from == Provenance::Statement)
        .map(|fact| fact.value.clone());
    let (Some(appid), Some(registry)) = (appid, inputs.registry) else {
        return;
    };
    out.facts
        .retain(|_, fact| fact.from != Provenance::Registry);
    for (field, value) in registry.application(&appid) {
        let is_weak = out
            .facts
            .get(field)
            .is_none_or(|fact| fact.from < Provenance::Registry);
        let is_open = out.conflicts.contains_key(field) || secret.disputed.has_fact(field);
        if is_weak && !is_open {
            let fact = Fact {
                value: value.to_owned(),
                from: Provenance::Registry,
            };
            out.facts.insert(field.to_owned(), fact);
        }
    }
}

/// Adds the facts of statements with conditions, which are tried on the facts of all other sources. A fact that people
/// gave for this very secret is stronger.
fn add_statements(secret: &Secret, out: &mut Gathered, inputs: &Inputs) {
    let Some(decisions) = inputs.decisions else {
        return;
    };
    out.statements.extend(decisions.facts_by_name(secret));
    out.clashes.extend(decisions.clashes_by_name(secret));
    let said = decisions.facts_by_condition(secret, &out.facts, &inputs.repositories);
    let people = |facts: &BTreeMap<String, Fact>, field: &str| {
        let known = facts.get(field);
        known.is_some_and(|fact| fact.from == Provenance::Person) || secret.disputed.has_fact(field)
    };
    for clash in said.clashes {
        if clash.field().is_none_or(|field| !people(&out.facts, field)) {
            out.clashes.push(clash);
        }
    }
    for (field, (value, number)) in said.facts {
        if people(&out.facts, field) {
            continue;
        }
        out.conflicts.remove(field);
        let fact = Fact {
            value: value.to_owned(),
            from: Provenance::Statement,
        };
        out.facts.insert(field.to_owned(), fact);
        out.statements.push(number);
    }
    out.statements.sort_unstable();
    out.statements.dedup();
}

/// The facts that people gave for this secret, now or in an earlier run.
pub(super) fn people(secret: &Secret, inputs: &Inputs) -> BTreeMap<String, Fact> {
    let mut facts = secret.metadata.clone();
    // A fact of a statement about many secrets ends with it. Without files it is not known whether it was taken back.
    let is_kept = |from| match from {
        Provenance::Person => true,
        Provenance::Statement => inputs.decisions.is_none(),
        _ => false,
    };
    facts.retain(|_, fact| is_kept(fact.from));
    // A name is a wish like an outcome, and is taken back like one. The name that was given for it
    // stays while it fits.
    if inputs.decisions.is_some() {
        facts.remove(NAME);
        for wish in WISHES {
            facts.remove(wish);
        }
    }
    let mut say = |field: &str, value: &str| {
        facts.insert(
            field.to_owned(),
            Fact {
                value: value.to_owned(),
                from: Provenance::Person,
            },
        );
    };
    if let Some(entry) = inputs.person(secret) {
        for (field, value) in &entry.metadata {
            say(field, value);
        }
        if let Some(name) = &entry.name {
            say(NAME, name);
        }
    }
    facts
}

/// The current occurrences of a secret, each with its index. If none is current, those of the history that refs lead to,
/// else all.
fn places(secret: &Secret) -> impl Iterator<Item = (usize, &Occurrence)> {
    let nearest = secret.occurrences.iter().map(Standing::of).min();
    let places = secret.occurrences.iter().enumerate();
    places.filter(move |(_, place)| Some(Standing::of(place)) == nearest)
}

/// The places that state the value of a field of a settled secret, from the source that the value is from.
pub(super) fn places_that_state(
    secret: &Secret,
    field: &str,
    fact: &Fact,
    inputs: &Inputs,
) -> Vec<String> {
    let appid = secret.metadata.get(APPID);
    let appid = appid.filter(|fact| fact.from == Provenance::Person);
    let appid = appid.map(|fact| fact.value.as_str());
    let mut facts = PlaceFacts::new(secret, appid, Asked::All, inputs);
    let mut stated = Vec::new();
    for (_, place) in places(secret) {
        let said = facts.of(Some(place));
        let statements = said.of(field);
        let states = |said: &&Statement| said.value == fact.value && said.from == fact.from;
        for statement in statements.filter(states) {
            let context = secret.stated_at(Some(place)).context;
            stated.push(match statement.source {
                Some(source) => {
                    let source = source.describe(field, &fact.value, context);
                    format!("{}: {source}", show(place))
                }
                None => show(place),
            });
        }
    }
    stated.dedup();
    stated
}

/// What gives a derived fact of a settled secret: each source once, in words.
pub(super) fn derivations(
    secret: &Secret,
    field: &str,
    fact: &Fact,
    inputs: &Inputs,
) -> BTreeSet<String> {
    let mut facts = PlaceFacts::new(secret, None, Asked::All, inputs);
    places(secret)
        .filter_map(|(_, place)| facts.derivation(place, field, &fact.value))
        .collect()
}

/// The required metadata fields that a secret lacks, in alphabetical order.
pub fn missing_fields(secret: &Secret, policy: &Policy) -> Vec<String> {
    let required = policy.fields.iter().filter(|(_, spec)| spec.required);
    required
        .map(|(field, _)| field)
        .filter(|field| !secret.metadata.contains_key(*field))
        .cloned()
        .collect()
}

/// The applications (values of `appid`) that use a secret: none is known, one, or several share it.
pub fn applications(secret: &Secret, inputs: &Inputs) -> BTreeSet<String> {
    applications_of(&gather(secret, inputs))
}

/// The applications of a secret whose metadata were gathered.
pub(super) fn applications_of(gathered: &Gathered) -> BTreeSet<String> {
    let one = gathered.facts.get(APPID).map(|fact| fact.value.clone());
    let several = gathered
        .conflicts
        .get(APPID)
        .into_iter()
        .flat_map(|conflict| conflict.0.keys().cloned());
    one.into_iter().chain(several).collect()
}

#[cfg(test)]
mod tests;
