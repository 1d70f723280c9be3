//! Rescans remove the occurrences that they would have found again, and no others.

use proptest::prelude::*;

use super::*;
use crate::finding::{Confidence, Context, FindingBuilder, Introduction, Kind};
use crate::secret::{Fingerprint, SecretValue};
use crate::steps;

/// One origin of each part of a scan.
const ORIGINS: [Origin; 2] = [Origin::Worktree, Origin::CommitMessage];

/// Merges scans, and removes the secrets that are gone. Returns the numbers of new, gone and kept.
fn merge(
    secrets: &mut BTreeMap<SecretId, Secret>,
    scans: &[Scanned],
) -> (usize, usize, BTreeMap<String, usize>) {
    let Merged { new, kept, .. } = add(secrets, scans);
    (new, remove_gone(secrets), kept)
}

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
        extent: HistoryExtent::Whole,
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
        let (_, _, kept) = merge(&mut secrets, &[unsure(&[])]);
        assert_eq!(occurrences(&secrets), places);
        let covered = 2 * usize::from(worktree) + usize::from(history);
        assert_eq!(kept["shop"], covered);
        // An occurrence that is found at another line of its file is not lost.
        let found = [finding(on_line(7))];
        let (_, _, kept) = merge(&mut secrets, &[unsure(&found)]);
        assert_eq!(kept.get("shop").copied().unwrap_or(0), usize::from(history));
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

#[test]
fn many_places_of_one_value_take_time_in_proportion_to_their_number() {
    let steps = |count: u64| {
        let findings = |origin, first: u64| -> Vec<Finding> {
            let lines = (first..first + count).map(|line| Occurrence {
                commit: Some("c".repeat(40)),
                ..place("a", origin, FoundBy::Scan).on_line(line, 1..9)
            });
            lines.map(finding).collect()
        };
        let mut secrets = BTreeMap::new();
        steps::take();
        for (worktree, history, origin, first) in [
            (true, true, Origin::Worktree, 1),
            // Moved, and without the commits.
            (true, false, Origin::Worktree, 2),
            (false, true, Origin::Blob, 2),
            (true, true, Origin::Blob, 3),
        ] {
            let found = findings(origin, first);
            merge(&mut secrets, &[scanned(worktree, history, &found)]);
            assert_eq!(occurrences(&secrets).len() as u64, count);
        }
        let unsure = Scanned {
            is_same: false,
            ..scanned(true, true, &[])
        };
        let (.., kept) = merge(&mut secrets, &[unsure]);
        assert_eq!(kept["shop"] as u64, count);
        steps::take()
    };
    let (few, many) = (steps(200), steps(800));
    assert!(few > 200 && many <= 4 * few, "{few}, {many}");
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

/// The findings of one scan of the repositories `a`, `b` and `c`, of two secrets. A scan finds a value once at a place.
fn any_findings() -> impl Strategy<Value = Vec<Finding>> {
    prop::collection::vec((any_finding(), any::<bool>()), 0..9).prop_map(|findings| {
        let mut found: BTreeMap<_, Finding> = BTreeMap::new();
        for (mut finding, is_other) in findings {
            if is_other {
                finding.secret_id = SecretId::from_bytes(&[2; 12]);
            }
            let at = &finding.occurrence;
            let is_message = at.origin == Origin::CommitMessage;
            let place = (at.repository.clone(), at.path.clone(), is_message);
            found
                .entry((finding.secret_id.clone(), place))
                .or_insert(finding);
        }
        found.into_values().collect()
    })
}

/// The extent of a scan: working tree, history, all of it, and a repository that is the known one.
fn any_extent() -> impl Strategy<Value = [bool; 4]> {
    let often = || prop::bool::weighted(0.7);
    (often(), often(), often(), often()).prop_map(|extent| extent.into())
}

const NAMES: [&str; 3] = ["a", "b", "c"];

/// The scans of the repositories, each with its findings.
fn scans<'a>(parts: &'a [Vec<Finding>; 3], extents: &[[bool; 4]; 3]) -> [Scanned<'a>; 3] {
    std::array::from_fn(|at| {
        let [worktree, history, is_whole, is_same] = extents[at];
        Scanned {
            repository: NAMES[at],
            incomplete: !is_whole,
            is_same,
            ..scanned(worktree, history, &parts[at])
        }
    })
}

fn by_repository(findings: &[Finding]) -> [Vec<Finding>; 3] {
    NAMES.map(|name| {
        let mut part = findings.to_vec();
        part.retain(|finding| finding.occurrence.repository == name);
        part
    })
}

/// The secrets that have a place. An imported secret that has lost all places keeps the facts of the last one, and scans in
/// another order may lose another place last.
fn with_places(secrets: &BTreeMap<SecretId, Secret>) -> Vec<&Secret> {
    let has_place = |secret: &&Secret| !secret.occurrences.is_empty();
    secrets.values().filter(has_place).collect()
}

proptest! {
    /// Whatever is scanned first, whatever was known before, and however often.
    #[test]
    fn the_order_of_scans_does_not_matter(
        before in any_findings(),
        now in any_findings(),
        extents in prop::array::uniform3(any_extent()),
        is_imported: bool,
        again in 0..3_usize,
    ) {
        let mut known = BTreeMap::new();
        add(&mut known, &scans(&by_repository(&before), &[[true; 4]; 3]));
        if let Some(secret) = known.get_mut(&id()).filter(|_| is_imported) {
            secret.progress = MigrationProgress::Imported;
        }
        let parts = by_repository(&now);
        let mut at_once = known.clone();
        let merged = merge(&mut at_once, &scans(&parts, &extents));
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut secrets = known.clone();
            let mut sum = Merged::default();
            for at in order {
                sum.absorb(add(&mut secrets, &scans(&parts, &extents)[at..=at]));
            }
            let gone = remove_gone(&mut secrets);
            prop_assert_eq!(with_places(&secrets), with_places(&at_once));
            prop_assert!(secrets.keys().eq(at_once.keys()));
            prop_assert_eq!(&(sum.new, gone, sum.kept), &merged);
            let changed = add(&mut secrets, &scans(&parts, &[[true; 4]; 3])[again..=again]).changed;
            let whole = extents[again] == [true; 4];
            prop_assert!(!whole || changed.is_empty(), "{:?}", changed);
        }
    }
}

#[test]
fn a_clone_with_a_part_of_the_history_removes_no_place_in_it() {
    let committed = |path: &str, origin| Occurrence {
        commit: Some("fe".repeat(20)),
        at_head: true,
        ..place(path, origin, FoundBy::Scan)
    };
    let places = [
        committed("blob", Origin::Blob),
        committed("file", Origin::Worktree),
        committed("log", Origin::Reflog),
        place("own", Origin::Worktree, FoundBy::Scan),
        place("staged", Origin::Staged, FoundBy::Scan),
    ];
    for (extent, is_at_head) in [
        (HistoryExtent::Shallow, false),
        (HistoryExtent::Partial, true),
    ] {
        let mut secrets = inventory(&places);
        let scan = Scanned {
            extent,
            ..scanned(true, true, &[])
        };
        merge(&mut secrets, &[scan]);
        let kept: Vec<_> = occurrences(&secrets)
            .into_iter()
            .map(|place| (place.path, place.origin, place.at_head))
            .collect();
        let expected = ["blob", "file"].map(|path| (path.to_owned(), Origin::Blob, is_at_head));
        assert_eq!(kept, expected);
    }
}

/// What a scan of the whole history found out stays; what the whole history says now counts.
#[test]
fn a_clone_with_a_part_of_the_history_forgets_no_introduction() {
    let with = |commit: &str, introduced, day: &str| Occurrence {
        commit: Some(commit.repeat(20)),
        introduced,
        date: Some(format!("2026-01-{day}T00:00:00+00:00")),
        ..place("file", Origin::Worktree, FoundBy::Scan)
    };
    let first = with("01", Introduction::At, "05");
    let edge = with("02", Introduction::AtOrBefore, "09");
    let again = with("03", Introduction::At, "08");
    let cases = [
        (&first, &edge, HistoryExtent::Shallow, &first),
        (&first, &again, HistoryExtent::Shallow, &first),
        (&edge, &first, HistoryExtent::Shallow, &first),
        (&edge, &again, HistoryExtent::Whole, &again),
        (&first, &again, HistoryExtent::Whole, &again),
    ];
    for (known, found, extent, expected) in cases {
        let mut secrets = inventory(std::slice::from_ref(known));
        let findings = [finding(found.clone())];
        let scan = Scanned {
            extent,
            ..scanned(true, true, &findings)
        };
        merge(&mut secrets, &[scan]);
        let [place] = &occurrences(&secrets)[..] else {
            panic!("one place");
        };
        assert_eq!(place.commit, expected.commit);
        assert_eq!(place.introduced, expected.introduced);
    }
}
