//! Puts the findings of a scan into the occurrences of their secret.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::place_key::{PlaceKey, file_of, is_in_working_tree};
use crate::finding::{self, Finding, Occurrence, Origin};
use crate::inventory::entry::Secret;
use crate::inventory::place_order::evidence_of;

/// Adds the findings of a secret. They replace its occurrences at the same places.
pub(super) fn update(secret: &mut Secret, findings: &[&Finding]) {
    let is_in_history =
        |finding: &&&Finding| matches!(finding.occurrence.origin, Origin::Blob | Origin::Staged);
    let (in_history, others): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(is_in_history);
    replace(secret, &others);
    // A scan of the history alone does not see that the working tree has the value, too. Both are
    // one place. The findings of a path have the same facts.
    let paths = in_history.iter().zip(0..);
    let paths: HashMap<(&str, &str), usize> = paths
        .map(|(finding, number)| (file_of(&finding.occurrence), number))
        .collect();
    let mut in_files: HashSet<usize> = HashSet::new();
    for place in &mut secret.occurrences {
        let path = paths.get(&file_of(place)).copied();
        if let Some(number) = path.filter(|_| is_in_working_tree(place)) {
            place.set_history(&in_history[number].occurrence);
            in_files.insert(number);
        }
    }
    let is_in_file = |finding: &&&Finding| in_files.contains(&paths[&file_of(&finding.occurrence)]);
    let alone = in_history.iter().filter(|finding| !is_in_file(finding));
    let alone: Vec<&Finding> = alone.copied().collect();
    replace(secret, &alone);
}

#[expect(clippy::disallowed_methods, reason = "one bit is kept, and sealed")]
fn replace(secret: &mut Secret, findings: &[&Finding]) {
    let by_place: BTreeMap<PlaceKey, &Finding> = findings
        .iter()
        .map(|finding| (PlaceKey::of(&finding.occurrence), *finding))
        .collect();
    let places = &mut secret.occurrences;
    places.retain(|old| !by_place.contains_key(&PlaceKey::of(old)));
    places.extend(by_place.into_values().map(|finding| Occurrence {
        is_weak: finding::is_weak(finding.value.expose()),
        evidence: Some(Arc::new(evidence_of(finding))),
        ..finding.occurrence.clone()
    }));
}
