//! The application and the environment of one place of a secret, which tell its uses apart.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::decisions::Decisions;
use super::field_names::{APPENV, APPID};
use super::inputs::Inputs;
use super::metadata::{gather, people};
use super::place_facts::PlaceFacts;
use super::said_at_place::{Asked, Said};
use crate::finding::Occurrence;
use crate::inventory::entry::{Fact, Provenance, Secret};

/// The application and the environment of a place, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity<'a> {
    pub appid: Option<Cow<'a, str>>,
    pub appenv: Option<Cow<'a, str>>,
}

impl Identity<'_> {
    /// Takes those of some facts that `counts`.
    fn take(&mut self, facts: &BTreeMap<String, Fact>, counts: impl Fn(&Fact) -> bool) {
        for (field, own) in [(APPID, &mut self.appid), (APPENV, &mut self.appenv)] {
            if let Some(fact) = facts.get(field).filter(|fact| counts(fact)) {
                *own = Some(Cow::Owned(fact.value.clone()));
            }
        }
    }
}

/// The application and the environment of each place of a secret. `with_people`: with what people said of the secret by its
/// id.
pub(super) fn identities<'a>(
    secret: &'a Secret,
    with_people: bool,
    inputs: &'a Inputs<'a>,
) -> Vec<Identity<'a>> {
    let of_people = match with_people {
        true => people(secret, inputs),
        false => BTreeMap::new(),
    };
    let by_condition = inputs
        .decisions
        .filter(|all| Decisions::identify_by_condition(all));
    let mut facts = PlaceFacts::new(secret, None, Asked::Identity, inputs);
    let identity = |place: &'a Occurrence| {
        let said = facts.of(Some(place));
        let mut identity = Identity {
            appid: only_value(&said, APPID, inputs),
            appenv: only_value(&said, APPENV, inputs),
        };
        // A condition that holds for another place says nothing of this one.
        if by_condition.is_some() {
            let alone = secret.at_place(place);
            let facts = gather(&alone, inputs).facts;
            identity.take(&facts, |fact| fact.from == Provenance::Statement);
        }
        identity.take(&of_people, |_| true);
        identity
    };
    secret.occurrences.iter().map(identity).collect()
}

/// The value of a field, if a place says one alone.
fn only_value<'a>(said: &Said<'a>, field: &str, inputs: &Inputs) -> Option<Cow<'a, str>> {
    let mut values = said.of(field).map(|said| &said.value);
    let first = values.next()?;
    let is_known = inputs.policy.fields.contains_key(field) && values.all(|value| value == first);
    is_known.then(|| first.clone())
}
