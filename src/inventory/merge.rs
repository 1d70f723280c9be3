//! Merges what a scan found into what is known. Nothing that a person said is lost, the order of scans does not matter for
//! what stands where, and a scan that finds the same changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Decision, Exposure, Outcome, Progress, Provenance, Secret};
use crate::finding::{Finding, Occurrence, Origin};
use crate::secret::SecretId;

/// What one scan says of one repository.
pub struct Scanned<'a> {
    pub repository: &'a str,
    pub findings: &'a [Finding],
    /// Its working tree was read: what is no longer found there is gone.
    pub worktree: bool,
    /// Its history was read.
    pub history: bool,
    /// Something could not be read: what is no longer found may still be there.
    pub incomplete: bool,
}

/// What a merge did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    pub new: usize,
    pub gone: usize,
}

/// Merges scans of distinct repositories.
pub fn merge(secrets: &mut BTreeMap<SecretId, Secret>, scans: &[Scanned]) -> Merged {
    let known: BTreeSet<SecretId> = secrets.keys().cloned().collect();
    secrets
        .values_mut()
        .for_each(|secret| secret.found_in.clear());
    let aside: Vec<_> = scans
        .iter()
        .flat_map(|scan| forget(secrets, scan))
        .collect();
    let mut found: BTreeMap<&SecretId, Vec<&Finding>> = BTreeMap::new();
    for finding in scans.iter().flat_map(|scan| scan.findings) {
        found.entry(&finding.secret_id).or_default().push(finding);
    }
    let mut merged = Merged::default();
    for (id, findings) in found {
        merged.new += usize::from(!known.contains(id));
        match secrets.get_mut(id) {
            Some(secret) => update(secret, &findings),
            None => {
                secrets.insert(id.clone(), entry(&findings));
            }
        }
    }
    for (id, old) in aside {
        if let Some(secret) = secrets.get_mut(&id) {
            restore(secret, old);
        }
    }
    // An entry that stands nowhere any more is kept for what a person or the account knows of it.
    let before = secrets.len();
    secrets.retain(|_, secret| {
        !secret.occurrences.is_empty()
            || secret.progress > Progress::Found
            || said_by_person(secret)
    });
    merged.gone = before - secrets.len();
    for secret in secrets.values_mut() {
        secret.occurrences.sort();
        secret.occurrences.dedup();
        let places = &secret.occurrences;
        secret
            .said
            .retain(|repository, _| places.iter().any(|place| place.repository == *repository));
        secret.exposure = exposure(&secret.occurrences);
    }
    merged
}

/// What `--set` says is said of what stands in a repository: it keeps nothing that stands there no more.
fn said_by_person(secret: &Secret) -> bool {
    secret.decision.rule == "person"
        || secret
            .metadata
            .values()
            .any(|fact| fact.from == Provenance::Person)
}

/// Takes away the occurrences that this scan would have found again. Returns those of them of which the history knows, when
/// the scan read the working tree alone.
fn forget(secrets: &mut BTreeMap<SecretId, Secret>, scan: &Scanned) -> Vec<(SecretId, Occurrence)> {
    let mut aside = Vec::new();
    if scan.incomplete {
        return aside;
    }
    for secret in secrets.values_mut() {
        let places = std::mem::take(&mut secret.occurrences);
        for mut place in places {
            let in_worktree = place.origin == Origin::Worktree;
            let covered = if in_worktree {
                scan.worktree
            } else {
                scan.history
            };
            if place.repository != scan.repository || !covered {
                if place.repository == scan.repository && scan.history {
                    // What the history says of a file is said anew, if it says it still.
                    forget_history(&mut place);
                }
                secret.occurrences.push(place);
            } else if in_worktree && place.commit.is_some() && !scan.history {
                aside.push((secret.id.clone(), place));
            }
        }
    }
    aside
}

/// Gives back what an earlier scan knew of the history and this one, of the working tree alone, could not: to the file that
/// still holds the value, else as a place in the history.
fn restore(secret: &mut Secret, old: Occurrence) {
    let mut stands = false;
    for place in secret
        .occurrences
        .iter_mut()
        .filter(|place| in_same_file(place, &old))
    {
        stands = true;
        told_by_history(place, &old);
        if (place.start, place.end) == (old.start, old.end) {
            place.blob.clone_from(&old.blob);
        }
    }
    if !stands {
        secret.occurrences.push(Occurrence {
            origin: Origin::Blob,
            ..old
        });
    }
}

/// `place` is of the working tree and `other` of the same path.
fn in_same_file(place: &Occurrence, other: &Occurrence) -> bool {
    place.origin == Origin::Worktree
        && place.repository == other.repository
        && place.path == other.path
}

fn told_by_history(place: &mut Occurrence, from: &Occurrence) {
    place.commit.clone_from(&from.commit);
    place.author.clone_from(&from.author);
    place.date.clone_from(&from.date);
    place.at_head = from.at_head;
    place.refs.clone_from(&from.refs);
    place.refs_more = from.refs_more;
    place.last_commit.clone_from(&from.last_commit);
    place.last_date.clone_from(&from.last_date);
}

fn forget_history(place: &mut Occurrence) {
    (place.commit, place.author, place.date, place.at_head) = (None, None, None, false);
    place.refs.clear();
    (place.refs_more, place.last_commit, place.last_date) = (0, None, None);
}

/// The surest finding speaks for the secret: proved, then by confidence, then in order of place.
fn surest<'a>(findings: &[&'a Finding]) -> &'a Finding {
    let first = |a: &&&Finding, b: &&&Finding| {
        let rank = |finding: &Finding| {
            (
                finding.proof.is_none(),
                std::cmp::Reverse(finding.confidence),
            )
        };
        rank(a)
            .cmp(&rank(b))
            .then_with(|| (&a.detector, &a.occurrence).cmp(&(&b.detector, &b.occurrence)))
    };
    findings
        .iter()
        .min_by(first)
        .expect("a secret has a finding")
}

fn entry(findings: &[&Finding]) -> Secret {
    let first = surest(findings);
    let mut secret = Secret {
        id: first.secret_id.clone(),
        fingerprint: first.fingerprint,
        kind: first.kind,
        detector: first.detector.clone(),
        confidence: first.confidence,
        proof: first.proof.map(str::to_owned),
        expired: false,
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
        progress: Progress::Found,
        occurrences: Vec::new(),
        found_in: BTreeSet::new(),
    };
    update(&mut secret, findings);
    secret
}

fn update(secret: &mut Secret, findings: &[&Finding]) {
    let first = surest(findings);
    let elsewhere = !secret.occurrences.is_empty();
    let rank = (first.proof.is_some(), first.confidence);
    // What another repository knows of it more surely stays.
    if !elsewhere || rank >= (secret.proof.is_some(), secret.confidence) {
        secret.kind = first.kind;
        secret.detector.clone_from(&first.detector);
        secret.confidence = first.confidence;
        secret.proof = first.proof.map(str::to_owned);
        let mut context = first.context.clone();
        let mut ordered = findings.to_vec();
        ordered.sort_by(|a, b| a.occurrence.cmp(&b.occurrence));
        ordered
            .iter()
            .for_each(|finding| context.fill_from(&finding.context));
        if elsewhere {
            context.fill_from(&secret.context);
        }
        secret.context = context;
    }
    secret.expired = first.expired || (elsewhere && secret.expired);
    for finding in findings {
        let place = &finding.occurrence;
        secret.found_in.insert(place.repository.clone());
        // A scan of the history alone does not see that the working tree has the value, too: that is one place.
        if matches!(place.origin, Origin::Blob | Origin::Staged) {
            let mut stands = false;
            for file in secret
                .occurrences
                .iter_mut()
                .filter(|file| in_same_file(file, place))
            {
                stands = true;
                told_by_history(file, place);
            }
            if stands {
                continue;
            }
        }
        secret.occurrences.retain(|old| !same_place(old, place));
        secret.occurrences.push(place.clone());
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
            place.blob.clone(),
        )
    };
    key(one) == key(other)
}

/// Where the value can be read now.
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

/// Puts a secret beside others; if it is there already, the further one in progress stays, with the places of both.
pub fn join(secrets: &mut BTreeMap<SecretId, Secret>, secret: Secret) {
    match secrets.entry(secret.id.clone()) {
        std::collections::btree_map::Entry::Vacant(free) => {
            free.insert(secret);
        }
        std::collections::btree_map::Entry::Occupied(mut taken) => {
            let mut places = std::mem::take(&mut taken.get_mut().occurrences);
            places.extend(secret.occurrences.iter().cloned());
            places.sort();
            places.dedup();
            let said = [taken.get().said.clone(), secret.said.clone()]
                .into_iter()
                .flatten();
            if secret.progress > taken.get().progress
                || (said_by_person(&secret) && !said_by_person(taken.get()))
            {
                taken.insert(secret);
            }
            taken.get_mut().occurrences = places;
            for (repository, facts) in said {
                taken.get_mut().said.entry(repository).or_insert(facts);
            }
        }
    }
}
