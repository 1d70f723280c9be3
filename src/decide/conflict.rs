//! The values on which the places of a secret disagree.

use std::collections::{BTreeMap, BTreeSet};

use super::said_at_place::Source;
use crate::finding::Occurrence;
use crate::inventory::entry::Secret;

/// A place that states a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatedAt {
    /// The index of the place among those of the secret. `None`: it has none.
    pub place: Option<usize>,
    /// What states it there, if the place states several things.
    pub source: Option<Source>,
}

/// The values of a field on which the places of a secret disagree. The places are written down only for somebody who
/// reads them: a secret can have many thousands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conflict(pub BTreeMap<String, Vec<StatedAt>>);

impl Conflict {
    /// Value → the places that have it, as text.
    pub(super) fn texts(&self, secret: &Secret, field: &str) -> BTreeMap<String, BTreeSet<String>> {
        let values = self.0.iter();
        values
            .map(|(value, stated)| {
                let texts = stated.iter().filter_map(|at| {
                    let place = at.place.map(|index| &secret.occurrences[index]);
                    let Some(source) = at.source else {
                        return place.map(show);
                    };
                    let context = secret.stated_at(place).context;
                    let source = source.describe(field, value, context);
                    Some(format!("{}: {source}", place.map(show).unwrap_or_default()))
                });
                (value.clone(), texts.collect())
            })
            .collect()
    }
}

/// A place as text. A message is named by its day: the id of its object would allow anyone to test
/// guesses of the value.
pub(super) fn show(place: &Occurrence) -> String {
    let day = place.date.as_deref().and_then(|date| date.get(..10));
    match (place.path.as_str(), day) {
        ("", Some(day)) => format!("{}: {} of {day}", place.repository, place.origin.name()),
        ("", None) => format!("{}: {}", place.repository, place.origin.name()),
        (path, _) => format!("{}: {path}", place.repository),
    }
}
