//! Rescans remove the occurrences that they would have found again, and no others.

use super::*;
use crate::finding::{Confidence, FindingBuilder, Kind};
use crate::secret::{Fingerprint, SecretValue};

/// One origin of each part of a scan.
const ORIGINS: [Origin; 2] = [Origin::Worktree, Origin::CommitMessage];

fn id() -> SecretId {
    SecretId::from_bytes(&[1; 12])
}

fn place(path: &str, origin: Origin, found_by: FoundBy) -> Occurrence {
    Occurrence {
        found_by,
        ..Occurrence::at("shop", path, origin)
            .on_line(1, 1..9)
            .bytes(0..8)
    }
}

fn finding(occurrence: Occurrence) -> Finding {
    let value = SecretValue::new(b"lanterns".to_vec());
    FindingBuilder::new("rule", Kind::Application, Confidence::High)
        .value(value, id(), Fingerprint([1; 32]))
        .occurrence(occurrence)
        .build()
        .unwrap()
}

fn scanned(worktree: bool, history: bool, findings: &[Finding]) -> Scanned<'_> {
    Scanned {
        repository: "shop",
        findings,
        worktree,
        history,
        incomplete: false,
    }
}

/// An inventory with these occurrences of one secret, which a scan with every source found first.
fn inventory(places: &[Occurrence]) -> BTreeMap<SecretId, Secret> {
    let mut secrets = BTreeMap::new();
    let first = [finding(place("first", Origin::Worktree, FoundBy::Scan))];
    merge(&mut secrets, &[scanned(true, true, &first)]);
    secrets.get_mut(&id()).unwrap().occurrences = places.to_vec();
    secrets
}

fn occurrences(secrets: &BTreeMap<SecretId, Secret>) -> Vec<Occurrence> {
    let secret = secrets.get(&id());
    secret.map_or(Vec::new(), |secret| secret.occurrences.clone())
}

#[test]
fn a_scan_removes_what_its_own_parts_no_longer_find() {
    for (worktree, history) in [(true, true), (true, false), (false, true)] {
        let places = ORIGINS.map(|origin| place("a", origin, FoundBy::Scan));
        let mut secrets = inventory(&places);
        merge(&mut secrets, &[scanned(worktree, history, &[])]);
        let kept: Vec<Origin> = occurrences(&secrets).iter().map(|at| at.origin).collect();
        let expected: Vec<Origin> = ORIGINS
            .into_iter()
            .filter(|origin| match origin.read_by() {
                ScanPart::Files => !worktree,
                ScanPart::History => !history,
            })
            .collect();
        assert_eq!(kept, expected, "worktree {worktree}, history {history}");
    }
}

#[test]
fn an_occurrence_of_a_report_survives_every_scan() {
    for (worktree, history) in [(true, true), (true, false), (false, true)] {
        let mut reported = ORIGINS.map(|origin| place("a", origin, FoundBy::Report));
        for at in &mut reported {
            at.commit = Some("0".repeat(40));
            at.at_head = true;
        }
        let mut secrets = inventory(&reported);
        // Nothing is found any more.
        merge(&mut secrets, &[scanned(worktree, history, &[])]);
        assert_eq!(occurrences(&secrets), reported);
        // The same places, and a blob of the same file, are found by a scan.
        let origins = ORIGINS.into_iter().chain([Origin::Blob]);
        let found = origins.map(|origin| finding(place("a", origin, FoundBy::Scan)));
        let found: Vec<Finding> = found.collect();
        merge(&mut secrets, &[scanned(worktree, history, &found)]);
        for at in &reported {
            assert!(occurrences(&secrets).contains(at), "{at:?}");
        }
        merge(&mut secrets, &[scanned(true, true, &[])]);
        assert_eq!(occurrences(&secrets), reported);
    }
}

#[test]
fn only_occurrences_of_reports_store_the_search_that_found_them() {
    let stored = |found_by| {
        serde_json::to_value(place("a", Origin::Blob, found_by)).unwrap()["found_by"].clone()
    };
    assert_eq!(stored(FoundBy::Scan), serde_json::Value::Null);
    assert_eq!(stored(FoundBy::Report), "report");
}
