//! Merges the findings of scans into the inventory. Decisions and facts of people are never lost.
//! The order of scans does not affect occurrences. A scan with the same findings changes nothing.

use std::collections::BTreeMap;

use super::entry::{
    Alternatives, Decision, Exposure, MigrationProgress, Outcome, Provenance, Secret,
};
use super::place_order::evidence_of;
use crate::finding::{Finding, FoundBy, Occurrence, Origin, ScanPart};
use crate::secret::SecretId;

/// The result of one scan for one repository.
pub struct Scanned<'a> {
    /// The name of the repository.
    pub repository: &'a str,
    /// All findings in it.
    pub findings: &'a [Finding],
    /// True if its working tree was read. An occurrence that is no longer found there is gone.
    pub worktree: bool,
    /// True if its history was read.
    pub history: bool,
    /// True if something could not be read. An occurrence that was not found may then still exist.
    pub incomplete: bool,
    /// True if it is provably the repository that earlier scans found under this name. An
    /// occurrence that was not found in another one is not gone.
    pub is_same: bool,
}

/// The numbers of secrets that a merge added and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Secrets that were not in the inventory before.
    pub new: usize,
    /// Secrets that were removed: all of their occurrences are gone, no person decided about them,
    /// and they were not imported.
    pub gone: usize,
    /// The numbers of occurrences that were not found again, and were kept because it is not sure
    /// that the repository of this name is the same: by its name.
    pub kept: BTreeMap<String, usize>,
}

/// Merges scans of distinct repositories.
pub fn merge(secrets: &mut BTreeMap<SecretId, Secret>, scans: &[Scanned]) -> Merged {
    let Added { new, kept } = add(secrets, scans);
    // A secret without occurrences is kept if a person decided on it, or if it was imported.
    let before = secrets.len();
    secrets.retain(|_, secret| {
        !secret.occurrences.is_empty()
            || secret.progress > MigrationProgress::Found
            || said_by_person(secret)
    });
    Merged {
        new,
        gone: before - secrets.len(),
        kept,
    }
}

/// What [`add`] has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The number of new secrets.
    pub new: usize,
    /// See [`Merged::kept`].
    pub kept: BTreeMap<String, usize>,
}

/// Merges scans, but removes no secret: one that has no occurrence left may still be found in a
/// repository that is scanned next. So a run can save its results one target at a time, and
/// [`merge`] them all at its end.
pub fn add(secrets: &mut BTreeMap<SecretId, Secret>, scans: &[Scanned]) -> Added {
    let known = secrets.len();
    secrets.values_mut().for_each(Secret::spread_evidence);
    let aside: Vec<_> = scans
        .iter()
        .flat_map(|scan| forget(secrets, scan))
        .collect();
    let mut found: BTreeMap<&SecretId, Vec<&Finding>> = BTreeMap::new();
    for finding in scans.iter().flat_map(|scan| scan.findings) {
        found.entry(&finding.secret_id).or_default().push(finding);
    }
    for (id, findings) in found {
        match secrets.get_mut(id) {
            Some(secret) => update(secret, &findings),
            None => {
                secrets.insert(id.clone(), entry(&findings));
            }
        }
    }
    let kept = put_back(secrets, aside);
    for secret in secrets.values_mut() {
        secret.occurrences.sort();
        secret.occurrences.dedup();
        let places = &secret.occurrences;
        secret
            .said
            .retain(|repository, _| places.iter().any(|place| place.repository == *repository));
        secret
            .disputed
            .said
            .retain(|repository, _| places.iter().any(|place| place.repository == *repository));
        secret.exposure = exposure(&secret.occurrences);
        secret.gather_evidence();
    }
    Added {
        new: secrets.len() - known,
        kept,
    }
}

/// Whether a person decided about this secret or gave a fact of it. Facts of `--set` belong to a
/// repository, and do not keep a secret that is gone from it.
fn said_by_person(secret: &Secret) -> bool {
    secret.decision.is_by_person()
        || !secret.disputed.is_empty()
        || secret
            .metadata
            .values()
            .any(|fact| fact.from == Provenance::Person)
}

/// What becomes of an occurrence that was taken out and is not found again.
#[derive(Clone, Copy)]
enum Fate {
    /// The scan did not read the history, which has it still: [`restore`].
    Restored,
    /// Nobody knows whether it is gone.
    Kept,
}

/// Removes the occurrences that this scan would have found again. Returns those of them that are
/// put back if they are not found.
fn forget(
    secrets: &mut BTreeMap<SecretId, Secret>,
    scan: &Scanned,
) -> Vec<(SecretId, Occurrence, Fate)> {
    let mut aside = Vec::new();
    if scan.incomplete {
        return aside;
    }
    for secret in secrets.values_mut() {
        let places = std::mem::take(&mut secret.occurrences);
        for mut place in places {
            let part = place.origin.read_by();
            if !scan.knows(&place) {
                secret.occurrences.push(place);
            } else if !scan.covers(part) {
                if scan.history && scan.is_same {
                    // This scan read the history. If the value is still in it, the findings set
                    // these facts again.
                    place.clear_history();
                }
                secret.occurrences.push(place);
            } else if !scan.is_same {
                aside.push((secret.id.clone(), place, Fate::Kept));
            } else if part == ScanPart::Files && place.commit.is_some() && !scan.history {
                aside.push((secret.id.clone(), place, Fate::Restored));
            }
        }
    }
    aside
}

/// Puts back the occurrences that were not found. Returns the numbers of those that are kept, by
/// repository.
fn put_back(
    secrets: &mut BTreeMap<SecretId, Secret>,
    aside: Vec<(SecretId, Occurrence, Fate)>,
) -> BTreeMap<String, usize> {
    // All are compared with the new findings before any of them is put back.
    let is_found = |(id, old, fate): &(SecretId, Occurrence, Fate)| {
        let mut places = secrets
            .get(id)
            .into_iter()
            .flat_map(|secret| &secret.occurrences);
        matches!(fate, Fate::Kept) && places.any(|place| is_found_again(place, old))
    };
    let lost: Vec<_> = aside.into_iter().filter(|one| !is_found(one)).collect();
    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    for (id, old, fate) in lost {
        let Some(secret) = secrets.get_mut(&id) else {
            continue;
        };
        match fate {
            Fate::Restored => restore(secret, old),
            Fate::Kept => {
                *kept.entry(old.repository.clone()).or_default() += 1;
                secret.occurrences.push(old);
            }
        }
    }
    kept
}

/// Whether a scan that found `place` has found the older occurrence again, if only at another line
/// of its file or as another version of it.
fn is_found_again(place: &Occurrence, old: &Occurrence) -> bool {
    same_place(place, old)
        || (!old.path.is_empty()
            && place.found_by == FoundBy::Scan
            && (&place.repository, &place.path) == (&old.repository, &old.path))
}

impl Scanned<'_> {
    /// Whether the occurrence is in this repository, and was found by a scan.
    fn knows(&self, place: &Occurrence) -> bool {
        place.found_by == FoundBy::Scan && place.repository == self.repository
    }

    /// Whether the scan read this part of its repository.
    fn covers(&self, part: ScanPart) -> bool {
        match part {
            ScanPart::Files => self.worktree,
            ScanPart::History => self.history,
        }
    }
}

/// Restores the facts of an occurrence that an earlier scan found in the history, and that this
/// scan, of the working tree alone, could not find. If the file still holds the value, its
/// occurrence gets the commits. Otherwise the occurrence becomes a place in the history.
fn restore(secret: &mut Secret, old: Occurrence) {
    let mut is_in_file = false;
    for place in secret
        .occurrences
        .iter_mut()
        .filter(|place| is_in_same_file(place, &old))
    {
        is_in_file = true;
        place.set_history(&old);
        if (place.start, place.end) == (old.start, old.end) {
            place.blob.clone_from(&old.blob);
        }
    }
    if !is_in_file {
        secret.occurrences.push(Occurrence {
            origin: Origin::Blob,
            ..old
        });
    }
}

/// Whether a scan found `place` in a file of the working tree at the path of `other`.
fn is_in_same_file(place: &Occurrence, other: &Occurrence) -> bool {
    place.origin == Origin::Worktree
        && place.found_by == FoundBy::Scan
        && place.repository == other.repository
        && place.path == other.path
}

fn entry(findings: &[&Finding]) -> Secret {
    let first = findings.first().expect("a secret has a finding");
    let mut secret = Secret {
        id: first.secret_id.clone(),
        fingerprint: first.fingerprint,
        kind: first.kind,
        detector: first.detector.clone(),
        confidence: first.confidence,
        proof: first.proof.map(str::to_owned),
        expired: first.expired,
        exposure: Exposure::Unreachable,
        context: first.context.clone(),
        metadata: BTreeMap::new(),
        said: BTreeMap::new(),
        decision: Decision {
            outcome: Outcome::Review,
            rule: "new".into(),
            reason: "not looked at yet".into(),
            questions: Vec::new(),
        },
        target: None,
        tags: BTreeMap::new(),
        progress: MigrationProgress::Found,
        disputed: Alternatives::default(),
        occurrences: Vec::new(),
    };
    update(&mut secret, findings);
    secret
}

fn update(secret: &mut Secret, findings: &[&Finding]) {
    for finding in findings {
        let place = &finding.occurrence;
        // A scan of the history alone does not see that the working tree has the value, too. Both
        // are one place.
        if matches!(place.origin, Origin::Blob | Origin::Staged) {
            let mut is_in_file = false;
            for file in secret
                .occurrences
                .iter_mut()
                .filter(|file| is_in_same_file(file, place))
            {
                is_in_file = true;
                file.set_history(place);
            }
            if is_in_file {
                continue;
            }
        }
        secret.occurrences.retain(|old| !same_place(old, place));
        secret.occurrences.push(Occurrence {
            evidence: Some(Box::new(evidence_of(finding))),
            ..place.clone()
        });
    }
}

fn same_place(one: &Occurrence, other: &Occurrence) -> bool {
    let key = |place: &Occurrence| {
        (
            place.repository.clone(),
            place.path.clone(),
            place.line,
            place.column,
            place.origin,
            place.found_by,
            place.blob.clone(),
        )
    };
    key(one) == key(other)
}

/// The exposure of a value: that of its most exposed occurrence.
pub fn exposure(occurrences: &[Occurrence]) -> Exposure {
    let of = |place: &Occurrence| match place.origin {
        Origin::Worktree | Origin::Staged | Origin::GitDirectory => Exposure::AtHead,
        _ if place.at_head => Exposure::AtHead,
        _ if place.reachable => Exposure::History,
        _ => Exposure::Unreachable,
    };
    occurrences
        .iter()
        .map(of)
        .min()
        .unwrap_or(Exposure::Unreachable)
}

#[cfg(test)]
mod tests;
