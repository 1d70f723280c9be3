//! Merges the findings of scans into the inventory. Decisions and facts of people are never lost.
//! The order of scans does not affect the result. A scan with the same findings changes nothing.

mod known_introduction;
mod lost_places;
mod place_key;
mod place_update;
mod reading_change;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::entry::{Alternatives, Decision, Exposure, MigrationProgress, Provenance, Secret, Use};
use super::entry_reading::ValueReading;
use crate::finding::{Finding, FoundBy, HistoryExtent, Occurrence, Origin, ScanPart};
use crate::secret::SecretId;
use known_introduction::KnownIntroductions;
use lost_places::{Fate, LostPlace};
use reading_change::FindingsByFile;
pub use reading_change::ReadingChange;

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
    /// How much of the history the clone has. An occurrence that was not found in a shallow or partial
    /// clone may be in the rest.
    pub extent: HistoryExtent,
    /// True if something could not be read. An occurrence that was not found may then still exist.
    pub incomplete: bool,
    /// True if it is provably the repository that earlier scans found under this name. An
    /// occurrence that was not found in another one is not gone.
    pub is_same: bool,
}

/// The numbers of secrets and occurrences that merging has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Secrets that were not in the inventory before.
    pub new: usize,
    /// The numbers of occurrences that were not found again, and were kept because it is not sure
    /// that the repository of this name is the same: by its name.
    pub kept: BTreeMap<String, usize>,
    /// The places at which another value is read than by an earlier version.
    pub reading_changes: Vec<ReadingChange>,
    /// The secrets whose entries have changed.
    pub changed: BTreeSet<SecretId>,
}

impl Merged {
    /// Adds the numbers of a scan of other repositories.
    pub fn absorb(&mut self, other: Merged) {
        self.new += other.new;
        for (name, count) in other.kept {
            *self.kept.entry(name).or_default() += count;
        }
        self.reading_changes.extend(other.reading_changes);
        self.changed.extend(other.changed);
    }
}

/// Merges scans of distinct repositories. No secret is removed: one that has no occurrence left may
/// still be found in a repository that is scanned next. [`remove_gone`] removes it at the end.
pub fn add(secrets: &mut BTreeMap<SecretId, Secret>, scans: &[Scanned]) -> Merged {
    let known = secrets.len();
    let by_repository: HashMap<&str, &Scanned> =
        scans.iter().map(|scan| (scan.repository, scan)).collect();
    let is_scanned = |place: &Occurrence| by_repository.contains_key(place.repository.as_str());
    let mut found: BTreeMap<&SecretId, Vec<&Finding>> = BTreeMap::new();
    for finding in scans.iter().flat_map(|scan| scan.findings) {
        found.entry(&finding.secret_id).or_default().push(finding);
    }
    let by_file = FindingsByFile::of(scans.iter().flat_map(|scan| scan.findings));
    let mut merged = Merged::default();
    for secret in secrets.values_mut() {
        let findings = found.remove(&secret.id);
        if findings.is_none() && !secret.occurrences.iter().any(is_scanned) {
            continue;
        }
        let before = secret.clone();
        secret.spread_evidence();
        let is_cut = |place: &Occurrence| {
            let scan = by_repository.get(place.repository.as_str());
            scan.is_some_and(|scan| scan.is_cut())
        };
        let known_introductions = KnownIntroductions::of(&secret.occurrences, is_cut);
        if let Some(found) = findings.as_ref().and_then(|findings| findings.first()) {
            secret.reading.binary = !found.value.is_text();
        }
        let lost = forget(secret, &by_repository);
        place_update::update(secret, findings.as_deref().unwrap_or_default());
        lost_places::put_back(secret, lost, &mut merged.kept);
        known_introductions.restore(&mut secret.occurrences);
        normalize(secret);
        if *secret != before {
            merged.changed.insert(secret.id.clone());
            let changes = by_file.changes(&before, secret);
            merged.reading_changes.extend(changes);
        }
    }
    for (id, findings) in found {
        let mut secret = entry(&findings);
        place_update::update(&mut secret, &findings);
        normalize(&mut secret);
        merged.changed.insert(id.clone());
        secrets.insert(id.clone(), secret);
    }
    merged.new = secrets.len() - known;
    reading_change::carry_over(secrets, &merged.reading_changes);
    for change in &merged.reading_changes {
        merged
            .changed
            .extend([change.earlier.clone(), change.now.clone()]);
    }
    merged
}

/// Removes secrets of which all occurrences are gone, unless a person decided about them or they
/// were imported. Returns their number.
pub fn remove_gone(secrets: &mut BTreeMap<SecretId, Secret>) -> usize {
    let before = secrets.len();
    secrets.retain(|_, secret| {
        normalize(secret);
        !secret.occurrences.is_empty() || secret.is_imported() || said_by_person(secret)
    });
    before - secrets.len()
}

/// Gives an entry the form that depends on its occurrences alone.
fn normalize(secret: &mut Secret) {
    secret.spread_evidence();
    secret.occurrences.sort();
    secret.occurrences.dedup();
    let places = secret.occurrences.iter();
    let repositories: BTreeSet<&str> = places.map(|place| place.repository.as_str()).collect();
    let is_there = |repository: &String| repositories.contains(repository.as_str());
    secret.said.retain(|repository, _| is_there(repository));
    let disputed = &mut secret.disputed.said;
    disputed.retain(|repository, _| is_there(repository));
    secret.exposure = exposure(&secret.occurrences);
    secret.gather_evidence();
}

/// Whether a person decided about this secret or gave a fact of it. Facts of `--set` belong to a
/// repository, and do not keep a secret that is gone from it.
fn said_by_person(secret: &Secret) -> bool {
    secret.decision.is_about_it()
        || !secret.disputed.is_empty()
        || secret.uses.iter().any(Use::is_kept)
        || secret
            .metadata
            .values()
            .any(|fact| fact.from == Provenance::Person)
}

/// Removes the occurrences that these scans would have found again. Returns those of them that may
/// be put back if they are not found.
fn forget(secret: &mut Secret, scans: &HashMap<&str, &Scanned>) -> Vec<LostPlace> {
    let mut lost = Vec::new();
    let places = std::mem::take(&mut secret.occurrences);
    for mut place in places {
        let part = place.origin.read_by();
        let scan = scans.get(place.repository.as_str());
        let scan = scan.filter(|scan| !scan.incomplete && place.found_by == FoundBy::Scan);
        let Some(scan) = scan else {
            secret.occurrences.push(place);
            continue;
        };
        if !scan.covers(part) {
            if scan.history && scan.is_same && !scan.is_cut() {
                // This scan read the history. If the value is still in it, the findings set
                // these facts again.
                place.clear_history();
            }
            secret.occurrences.push(place);
        } else if !scan.is_same {
            lost.push(LostPlace {
                place,
                fate: Fate::Kept,
            });
        } else if scan.may_be_beyond(&place) {
            let fate = Fate::Beyond(scan.extent);
            lost.push(LostPlace { place, fate });
        } else if part == ScanPart::Files && place.commit.is_some() && !scan.history {
            lost.push(LostPlace {
                place,
                fate: Fate::Restored,
            });
        }
    }
    lost
}

impl Scanned<'_> {
    /// Whether the scan read a history of which the clone has only a part.
    fn is_cut(&self) -> bool {
        self.history && self.extent != HistoryExtent::Whole
    }

    /// Whether an occurrence that this scan did not find may be in the part of the history that the clone
    /// does not have. Files of git itself are all there.
    fn may_be_beyond(&self, place: &Occurrence) -> bool {
        let is_in_objects = match place.origin {
            Origin::Staged | Origin::GitDirectory | Origin::Reflog | Origin::RefName => false,
            Origin::Worktree => place.commit.is_some(),
            _ => true,
        };
        self.is_cut() && is_in_objects
    }

    /// Whether the scan read this part of its repository.
    fn covers(&self, part: ScanPart) -> bool {
        match part {
            ScanPart::Files => self.worktree,
            ScanPart::History => self.history,
        }
    }
}

/// A new entry of a secret with these findings, without occurrences.
fn entry(findings: &[&Finding]) -> Secret {
    let first = findings.first().expect("a secret has a finding");
    Secret {
        id: first.secret_id.clone(),
        fingerprint: first.fingerprint,
        kind: first.kind,
        detector: first.detector.clone(),
        confidence: first.confidence,
        proof: first.proof.map(str::to_owned),
        expired: first.expired,
        reading: ValueReading {
            binary: !first.value.is_text(),
            ..ValueReading::default()
        },
        exposure: Exposure::Unreachable,
        context: first.context.clone(),
        metadata: BTreeMap::new(),
        said: BTreeMap::new(),
        decision: Decision::new_secret(),
        replacement: None,
        rotation: None,
        payload: None,
        target: None,
        tags: BTreeMap::new(),
        progress: MigrationProgress::Found,
        disputed: Alternatives::default(),
        uses: Vec::new(),
        readers: BTreeSet::new(),
        in_use: None,
        occurrences: Vec::new(),
    }
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
