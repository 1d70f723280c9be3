//! The metadata rules of fields that the policy compares.
//!
//! For other fields, the first rule that applies gives the value. A compared field is one that the place of a secret
//! states in several ways, such as the environment: the path says `prod`, the host says `staging`. There, the first rule
//! of each source gives a value, and values that differ are a conflict.

use std::collections::BTreeMap;

use super::inputs::Inputs;
use super::place_words::WordSource;
use crate::finding::Occurrence;
use crate::inventory::entry::Secret;

/// A value that a place states, and where it does. `None`: a rule that is not about words of one source.
pub(super) type Stated = (String, Option<String>);

/// The values that the rules of the policy give a compared field at a place. Several contradict each other.
pub(super) fn stated(
    field: &str,
    secret: &Secret,
    place: Option<&Occurrence>,
    inputs: &Inputs,
) -> Vec<Stated> {
    let context = secret.stated_at(place).context;
    let path = place.map(|place| place.path.as_str()).unwrap_or_default();
    let parts_of = |source: WordSource| source.parts(context, path);
    let mut parts: BTreeMap<WordSource, Vec<Vec<String>>> = BTreeMap::new();
    let mut found: Vec<Stated> = Vec::new();
    for rule in &inputs.policy.metadata.rules {
        let Some(value) = rule.set.get(field) else {
            continue;
        };
        if rule.when.is_weak() {
            continue;
        }
        let Some(source) = rule.when.word_source() else {
            // A rule about anything else decides alone, if it comes before all evidence.
            if found.is_empty() && rule.when.holds(secret, place, &inputs.repositories) {
                return vec![(value.clone(), None)];
            }
            continue;
        };
        // A part that a rule has judged is not judged by a later one.
        parts
            .entry(source)
            .or_insert_with(|| parts_of(source))
            .retain(|part| {
                let holds = rule.when.holds_for(source, part, path);
                if holds && !found.iter().any(|(known, _)| known == value) {
                    found.push((value.clone(), Some(source.describe(context))));
                }
                !holds
            });
    }
    found
}

#[cfg(test)]
mod tests;
