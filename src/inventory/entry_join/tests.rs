//! Joining is commutative, associative and idempotent, and loses no statement of a person.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::decide::sample_secrets::{place, secret};
use crate::finding::{Confidence, Introduction};
use crate::inventory::entry::{Decision, Exposure, Outcome, Provenance};
use crate::inventory::payload::{Payload, PayloadPart};
use crate::secret::Fingerprint;

fn by_person(outcome: Outcome, reason: &str) -> Decision {
    Decision::by_rule(outcome, Decision::PERSON, reason)
}

fn fact(value: &str, from: Provenance) -> Fact {
    Fact {
        value: value.to_owned(),
        from,
    }
}

prop_compose! {
    /// A place of few, with the facts of a scan.
    fn some_place()(
        repository in "[ab]",
        line in 1..3u64,
        origin in prop::sample::select(vec![Origin::Worktree, Origin::Blob]),
        blob in prop::option::of("[01]"),
        commit in prop::option::of("[23]"),
        introduced in prop::sample::select(vec![Introduction::At, Introduction::AtOrBefore]),
        at_head: bool,
        part_of in 0..3_u8,
    ) -> Occurrence {
        let mut place = place(&repository, "app.env");
        if part_of > 0 {
            let mut evidence = secret(1, "KEY", &[]).evidence();
            evidence.context.part_of = Some(SecretId::from_bytes(&[part_of; 12]));
            place.evidence = Some(Arc::new(evidence));
        }
        (place.line, place.origin, place.at_head) = (line, origin, at_head);
        (place.blob, place.commit, place.introduced) = (blob, commit, introduced);
        place
    }
}

prop_compose! {
    /// What is moved with a value, if anything is.
    fn some_payload()(other in 0..3_u8) -> Option<Payload> {
        let part = PayloadPart {
            secret: SecretId::from_bytes(&[other; 12]),
            fingerprint: Fingerprint([other; 32]),
        };
        (other > 0).then(|| Payload::of([("key_id".to_owned(), part)].into()))
    }
}

prop_compose! {
    /// A use that is settled separately.
    fn some_use()(
        appid in prop::option::of("[ab]"),
        repository in prop::option::of("[ab]"),
        person: bool,
        outcome in prop::sample::select(Outcome::ALL.to_vec()),
        owner in "[xy]",
        progress in prop::sample::select(vec![MigrationProgress::Found, MigrationProgress::Imported]),
        target in "/[pq]",
        payload in some_payload(),
    ) -> Use {
        let mut secret = secret(1, "KEY", &[]);
        secret.payload = payload;
        secret.decision.outcome = outcome;
        if person {
            secret.decision = by_person(outcome, &owner);
        }
        secret.metadata.insert("owner".to_owned(), fact(&owner, Provenance::Person));
        (secret.target, secret.progress) = (Some(target), progress);
        let of = UseKey { repository: repository.filter(|_| appid.is_none()), appid, appenv: None };
        Use::of(&secret, of)
    }
}

prop_compose! {
    /// An entry as a command leaves it.
    fn some_entry()(
        uses in prop::collection::vec(some_use(), 0..3),
        readers in prop::collection::btree_set("[ab]/@", 0..2),
        places in prop::collection::vec(some_place(), 0..4),
        confidence in prop::sample::select(vec![Confidence::Medium, Confidence::High]),
        key in "[AB]",
        facts in prop::collection::btree_map("[fg]", ("[xy]", prop::sample::select(vec![Provenance::Derived, Provenance::Set, Provenance::Person])), 0..3),
        said in prop::collection::btree_map("[ab]", prop::collection::btree_map("[fg]", "[xy]", 1..3), 0..2),
        person: bool,
        outcome in prop::sample::select(Outcome::ALL.to_vec()),
        reason in "[mn]",
        target in prop::option::of("/[pq]"),
        payload in some_payload(),
        progress in prop::sample::select(vec![MigrationProgress::Found, MigrationProgress::Imported, MigrationProgress::Verified]),
    ) -> Secret {
        let mut secret = secret(1, &key, &[]);
        secret.payload = payload;
        secret.confidence = confidence;
        secret.exposure = Exposure::Unreachable;
        secret.metadata = facts.into_iter().map(|(field, (value, from))| (field, fact(&value, from))).collect();
        secret.said = said;
        secret.decision.outcome = outcome;
        if person {
            secret.decision = by_person(outcome, &reason);
        }
        (secret.target, secret.progress) = (target, progress);
        if secret.target.is_none() {
            secret.progress = MigrationProgress::Found;
        }
        secret.uses = uses;
        secret.uses.sort_by(|one, other| one.of.cmp(&other.of));
        secret.uses.dedup_by(|one, other| one.of == other.of);
        secret.readers = readers;
        secret.occurrences = occurrences(places, Vec::new());
        if !secret.occurrences.is_empty() {
            secret.exposure = exposure(&secret.occurrences);
        }
        secret.gather_evidence();
        secret
    }
}

proptest! {
    #[test]
    fn joining_is_a_semilattice(one in some_entry(), two in some_entry(), three in some_entry()) {
        prop_assert_eq!(join(one.clone(), one.clone()), one.clone());
        let both = join(one.clone(), two.clone());
        prop_assert_eq!(&both, &join(two.clone(), one.clone()));
        prop_assert_eq!(&both, &join(both.clone(), one.clone()));
        prop_assert_eq!(join(both, three.clone()), join(one, join(two, three)));
    }

    /// Everything that people said is in the result, and every place.
    #[test]
    fn nothing_is_lost(one in some_entry(), two in some_entry()) {
        let joined = join(one.clone(), two.clone());
        let statements = Alternatives::of(&joined);
        for entry in [&one, &two] {
            let own = Alternatives::of(entry);
            prop_assert!(statements.decisions.is_superset(&own.decisions));
            for (field, values) in &own.facts {
                prop_assert!(statements.facts[field].is_superset(values));
            }
            for (name, progress) in &own.targets {
                prop_assert!(statements.targets[name] >= *progress);
            }
            let places: BTreeSet<_> = joined.occurrences.iter().map(Place::of).collect();
            prop_assert!(entry.occurrences.iter().all(|place| places.contains(&Place::of(place))));
            prop_assert!(joined.progress >= entry.progress);
        }
        let differ = |decisions: &BTreeSet<Decision>| {
            decisions.iter().map(|decision| decision.outcome).collect::<BTreeSet<_>>().len() > 1
        };
        prop_assert_eq!(joined.decision.rule == Decision::CONFLICT, differ(&statements.decisions));
    }
}

#[test]
fn a_person_counts_more_than_a_rule_and_a_strong_source_more_than_a_weak_one() {
    let mut one = secret(1, "KEY", &[("a", "x.env")]);
    one.decision.outcome = Outcome::Relocate;
    one.metadata
        .insert("owner".to_owned(), fact("weak", Provenance::Derived));
    let mut other = secret(1, "KEY", &[("b", "y.env")]);
    other.decision = by_person(Outcome::Retain, "on the mainframe");
    other
        .metadata
        .insert("owner".to_owned(), fact("strong", Provenance::Codeowners));
    let joined = join(one, other.clone());
    assert_eq!(joined.decision, other.decision);
    assert_eq!(joined.metadata["owner"].value, "strong");
    let repositories: Vec<&str> = joined
        .occurrences
        .iter()
        .map(|place| &*place.repository)
        .collect();
    assert_eq!(repositories, ["a", "b"]);
    assert!(joined.disputed.is_empty());
}

#[test]
fn people_who_contradict_each_other_are_asked() {
    let mut one = secret(1, "KEY", &[("a", "x.env")]);
    one.decision = by_person(Outcome::Retain, "on the mainframe (ann)");
    one.metadata
        .insert("owner".to_owned(), fact("ann", Provenance::Person));
    let mut other = one.clone();
    other.decision = by_person(Outcome::Retire, "nobody uses it (bob)");
    other
        .metadata
        .insert("owner".to_owned(), fact("bob", Provenance::Person));
    let joined = join(one, other);
    assert_eq!(joined.decision.outcome, Outcome::Review);
    assert_eq!(
        joined.decision.questions,
        [
            "Which decision is right: retain (on the mainframe (ann)) or retire (nobody uses it (bob))?"
        ]
    );
    assert_eq!(
        joined.disputed.questions(),
        ["People said different things in inventories that were merged: is owner `ann` or `bob`?"]
    );
    assert!(!joined.metadata.contains_key("owner"));
}

#[test]
fn a_secret_that_two_people_imported_keeps_both_names() {
    let imported = |name: &str, progress| {
        let mut secret = secret(1, "KEY", &[("a", "x.env")]);
        (secret.target, secret.progress) = (Some(name.to_owned()), progress);
        secret
    };
    let one = imported("/shop/b", MigrationProgress::Verified);
    let other = imported("/shop/a", MigrationProgress::Imported);
    let joined = join(one, other);
    assert_eq!(joined.target.as_deref(), Some("/shop/b"));
    assert_eq!(joined.progress, MigrationProgress::Verified);
    assert!(joined.disputed.questions()[0].contains("`/shop/a` or `/shop/b`"));
    // A name that is only planned is no question.
    let planned = imported("/shop/0", MigrationProgress::Found);
    assert_eq!(join(joined.clone(), planned), joined);
}

#[test]
fn a_known_introduction_is_kept() {
    let with = |commit: &str, introduced| {
        let mut entry = secret(1, "A", &[]);
        entry.occurrences = vec![Occurrence {
            commit: Some(commit.to_owned()),
            introduced,
            ..place("a", "app.env")
        }];
        entry
    };
    // The ids alone would decide otherwise.
    let known = with("2", Introduction::At);
    let bound = with("3", Introduction::AtOrBefore);
    for joined in [
        join(known.clone(), bound.clone()),
        join(bound, known.clone()),
    ] {
        assert_eq!(joined.occurrences, known.occurrences);
    }
}
