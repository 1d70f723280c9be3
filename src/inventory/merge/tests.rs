//! Rescans remove the occurrences that they would have found again, and no others.

use proptest::prelude::*;

use super::*;
use crate::finding::{Confidence, Context, FindingBuilder, Kind};
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
        is_same: true,
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
fn nothing_is_removed_from_a_repository_that_may_be_another_one() {
    for (worktree, history) in [(true, true), (true, false), (false, true)] {
        let on_line = |line| place("a", Origin::Worktree, FoundBy::Scan).on_line(line, 1..9);
        let places = [
            on_line(1),
            on_line(2),
            place("b", Origin::Blob, FoundBy::Scan),
        ];
        let mut secrets = inventory(&places);
        let unsure = |findings| Scanned {
            is_same: false,
            ..scanned(worktree, history, findings)
        };
        let merged = merge(&mut secrets, &[unsure(&[])]);
        assert_eq!(occurrences(&secrets), places);
        let covered = 2 * usize::from(worktree) + usize::from(history);
        assert_eq!(merged.kept["shop"], covered);
        // What is found at another line of its file is not lost.
        let found = [finding(on_line(7))];
        let merged = merge(&mut secrets, &[unsure(&found)]);
        assert_eq!(
            merged.kept.get("shop").copied().unwrap_or(0),
            usize::from(history)
        );
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

/// A finding of the secret with a kind and a key.
fn stated(place: Occurrence, kind: Kind, confidence: Confidence, key: &str) -> Finding {
    let value = SecretValue::new(b"lanterns".to_vec());
    let context = Context {
        key: Some(key.to_owned()),
        ..Context::default()
    };
    FindingBuilder::new(format!("rule-{}", kind.name()), kind, confidence)
        .value(value, id(), Fingerprint([1; 32]))
        .context(context)
        .occurrence(place)
        .build()
        .unwrap()
}

/// A place in the history, which an older commit left.
fn left(path: &str, day: u8) -> Occurrence {
    Occurrence {
        last_date: Some(format!("2024-01-{day:02}T00:00:00+02:00")),
        ..place(path, Origin::Blob, FoundBy::Scan)
    }
}

#[test]
fn kind_and_context_come_from_the_place_that_counts_most() {
    let at = |occurrence: Occurrence, key: &str| {
        stated(occurrence, Kind::Database, Confidence::Medium, key)
    };
    let head = Occurrence {
        at_head: true,
        ..place("z", Origin::Blob, FoundBy::Scan)
    };
    let unreachable = Occurrence {
        reachable: false,
        ..left("a", 30)
    };
    // Each one counts more than those after it.
    let order = [
        at(head, "head"),
        at(left("m", 20), "newer"),
        at(left("b", 3), "older"),
        at(unreachable, "unreachable"),
    ];
    for first in 0..order.len() {
        let mut findings = order[first..].to_vec();
        findings.reverse();
        let mut secrets = BTreeMap::new();
        merge(&mut secrets, &[scanned(true, true, &findings)]);
        assert_eq!(secrets[&id()].context.key, order[first].context.key);
    }
}

#[test]
fn a_surer_place_in_the_history_gives_its_confidence_and_nothing_else() {
    let head = Occurrence {
        at_head: true,
        ..place("z", Origin::Blob, FoundBy::Scan)
    };
    let findings = [
        stated(left("a", 1), Kind::ThirdParty, Confidence::High, "old"),
        stated(head, Kind::Database, Confidence::Medium, "new"),
    ];
    let mut secrets = BTreeMap::new();
    merge(&mut secrets, &[scanned(true, true, &findings)]);
    let secret = &secrets[&id()];
    assert_eq!(
        (secret.kind, secret.confidence, &*secret.detector),
        (Kind::Database, Confidence::High, "rule-database")
    );
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let origins = prop::sample::select(vec![Origin::Worktree, Origin::Blob, Origin::CommitMessage]);
    let kinds = prop::sample::select(vec![Kind::Database, Kind::Application]);
    let words = ["a", "b", "c"];
    let word = || prop::sample::select(words.to_vec());
    let place = (
        word(),
        word(),
        origins,
        1..4_u8,
        any::<bool>(),
        any::<bool>(),
    );
    (place, kinds, any::<bool>(), word()).prop_map(
        |((repository, path, origin, day, reachable, at_head), kind, sure, key)| {
            let occurrence = Occurrence {
                repository: repository.to_owned(),
                origin,
                reachable,
                at_head: at_head && origin != Origin::CommitMessage,
                ..left(path, day)
            };
            let confidence = if sure {
                Confidence::High
            } else {
                Confidence::Medium
            };
            stated(occurrence, kind, confidence, key)
        },
    )
}

proptest! {
    /// Whatever is scanned first, and however often.
    #[test]
    fn the_order_of_scans_does_not_matter(findings in prop::collection::vec(any_finding(), 1..9), again in 0..3_usize) {
        let names = ["a", "b", "c"];
        // A scan finds a value once at a place.
        let mut found: Vec<Finding> = Vec::new();
        for finding in findings {
            let at = &finding.occurrence;
            let key = (&at.repository, &at.path, at.origin == Origin::CommitMessage);
            if !found.iter().any(|other| {
                let at = &other.occurrence;
                (&at.repository, &at.path, at.origin == Origin::CommitMessage) == key
            }) {
                found.push(finding);
            }
        }
        let of = |name: &str| -> Vec<Finding> {
            found.iter().filter(|finding| finding.occurrence.repository == name).cloned().collect()
        };
        let parts = names.map(of);
        let scan = |at: usize| Scanned { repository: names[at], ..scanned(true, true, &parts[at]) };
        let mut at_once = BTreeMap::new();
        merge(&mut at_once, &[0, 1, 2].map(scan));
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut secrets = BTreeMap::new();
            for at in order {
                merge(&mut secrets, &[scan(at)]);
            }
            prop_assert_eq!(&secrets, &at_once);
            merge(&mut secrets, &[scan(again)]);
            prop_assert_eq!(&secrets, &at_once);
        }
    }
}
