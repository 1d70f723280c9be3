//! The application and the environment of one place of a secret, which tell its uses apart.

use std::collections::{BTreeMap, BTreeSet};

use super::decisions::Decisions;
use super::field_names::IDENTITY;
use super::inputs::Inputs;
use super::metadata::{gather, people};
use super::place_facts::of_place;
use crate::finding::Occurrence;
use crate::inventory::entry::{Provenance, Secret};

/// The application and the environment of a place, as far as they are known.
pub(super) type Identity = BTreeMap<&'static str, String>;

/// The application and the environment of one place of a secret.
pub(super) fn identity(secret: &Secret, place: &Occurrence, inputs: &Inputs) -> Identity {
    let mut identity = identity_of_place(secret, place, inputs);
    let of_people = people(secret, inputs);
    for field in IDENTITY {
        if let Some(fact) = of_people.get(field) {
            identity.insert(field, fact.value.clone());
        }
    }
    identity
}

/// The same without what people said of the secret by its id.
pub(super) fn identity_of_place(secret: &Secret, place: &Occurrence, inputs: &Inputs) -> Identity {
    let mut said = of_place(secret, Some(place), None, inputs);
    let fields = IDENTITY.into_iter();
    let fields = fields.filter(|field| inputs.policy.fields.contains_key(*field));
    let mut identity: Identity = fields
        .filter_map(|field| {
            let values: BTreeSet<String> = said
                .remove(field)?
                .into_iter()
                .map(|statement| statement.fact.value)
                .collect();
            let value = values.first().filter(|_| values.len() == 1)?;
            Some((field, value.clone()))
        })
        .collect();
    // A condition that holds for another place says nothing of this one.
    if inputs
        .decisions
        .is_some_and(Decisions::identify_by_condition)
    {
        let alone = secret.at_place(place);
        let mut facts = gather(&alone, inputs).facts;
        for field in IDENTITY {
            let fact = facts.remove(field);
            if let Some(fact) = fact.filter(|fact| fact.from == Provenance::Statement) {
                identity.insert(field, fact.value);
            }
        }
    }
    identity
}
