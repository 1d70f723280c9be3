use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::decide::sample_secrets::{place, secret};
use crate::decide::{Decisions, Policy, settle};
use crate::finding::{Context, Occurrence};
use crate::inventory::secret_use;
use crate::secret::Fingerprint;

/// The ids of the secret access key, of its access key id, and of another secret and id.
const SECRET: u64 = 1;
const KEY_ID: u64 = 2;
const OTHER: u64 = 3;

fn id(number: u64) -> SecretId {
    secret(number, "", &[]).id
}

/// The places of a secret, each with what it states.
fn with(number: u64, places: &[(&str, Context)]) -> Secret {
    let mut secret = secret(number, "KEY", &[]);
    secret.fingerprint = Fingerprint([u8::try_from(number).unwrap(); 32]);
    secret.occurrences = places
        .iter()
        .map(|(repository, context)| stating(&secret, repository, context))
        .collect();
    secret.context = places
        .first()
        .map(|(_, context)| context.clone())
        .unwrap_or_default();
    secret
}

fn stating(secret: &Secret, repository: &str, context: &Context) -> Occurrence {
    let mut place = place(repository, "app.env");
    let mut evidence = secret.evidence_at(None).into_owned();
    evidence.context = context.clone();
    place.evidence = Some(Arc::new(evidence));
    place
}

fn parts(key_id: u64, secret: u64) -> Context {
    Context {
        parts: BTreeMap::from([
            ("aws_access_key_id".to_owned(), id(key_id)),
            ("aws_secret_access_key".to_owned(), id(secret)),
        ]),
        ..Context::default()
    }
}

fn part_of(secret: u64) -> Context {
    Context {
        part_of: Some(id(secret)),
        ..Context::default()
    }
}

fn pair() -> Vec<Secret> {
    vec![
        with(SECRET, &[("shop", parts(KEY_ID, SECRET))]),
        with(KEY_ID, &[("shop", part_of(SECRET))]),
    ]
}

/// A statement about a secret by its id.
fn says(number: u64, outcome: &str) -> String {
    format!(
        "  - {{ secret: {}, outcome: {outcome}, reason: r, by: ann }}\n",
        id(number)
    )
}

/// Settles entries twice, which must be the same. The secrets by the numbers of their ids.
fn settled(entries: Vec<Secret>, statements: &[String]) -> Vec<Secret> {
    let policy = Policy::builtin();
    let text = format!("schema: 2\nstatements:\n{}", statements.concat());
    let decisions = match statements.is_empty() {
        true => None,
        false => Some(Decisions::parse(Path::new("d.yaml"), &text, &policy).unwrap()),
    };
    let inputs = Inputs {
        decisions: decisions.as_ref(),
        ..Inputs::new(&policy, jiff::civil::date(2026, 1, 1))
    };
    let once: Vec<Secret> = settle(entries, &inputs).secrets.into_values().collect();
    let again = secret_use::entries(&once)
        .into_iter()
        .map(|entry| entry.into_owned());
    let twice: Vec<Secret> = settle(again, &inputs).secrets.into_values().collect();
    assert_eq!(twice, once);
    once
}

fn outcomes(secrets: &[Secret]) -> Vec<(&'static str, &str)> {
    let decision = |secret: &Secret| secret.decision.clone();
    secrets
        .iter()
        .map(|secret| (decision(secret).outcome.name(), &*secret.decision.rule))
        .collect()
}

#[test]
fn a_part_of_a_relocated_secret_is_moved_with_it() {
    let secrets = settled(pair(), &[says(SECRET, "relocate")]);
    assert_eq!(
        outcomes(&secrets),
        [("relocate", "person"), ("part-of", "part-of")]
    );
    let payload = secrets[0].payload.as_ref().unwrap();
    assert_eq!(payload.name_of(&id(KEY_ID)), Some("aws_access_key_id"));
    assert_eq!(
        payload.parts["aws_secret_access_key"].fingerprint,
        secrets[0].fingerprint
    );
    assert_eq!(
        payload.parts["aws_access_key_id"].fingerprint,
        secrets[1].fingerprint
    );
    assert_eq!(*secrets[0].moved_fingerprint(), payload.fingerprint);
    assert!(secrets[1].payload.is_none() && secrets[1].target.is_none());
}

#[test]
fn a_part_has_the_decision_on_its_secret() {
    for outcome in ["retire", "retain"] {
        let secrets = settled(pair(), &[says(SECRET, outcome)]);
        assert_eq!(
            outcomes(&secrets),
            [(outcome, "person"), (outcome, "part-of")]
        );
        assert!(secrets[0].payload.is_none());
    }
    // Nobody is asked twice.
    let secrets = settled(pair(), &[says(SECRET, "review")]);
    assert!(!secrets[0].decision.questions.is_empty());
    assert_eq!(outcomes(&secrets)[1], ("review", "part-of"));
    assert!(secrets[1].decision.questions.is_empty());
}

#[test]
fn a_person_decides_about_a_part_on_its_own() {
    for outcome in ["relocate", "retain", "retire", "dismiss"] {
        let secrets = settled(pair(), &[says(SECRET, "relocate"), says(KEY_ID, outcome)]);
        assert_eq!(outcomes(&secrets)[1], (outcome, "person"));
        assert!(secrets[0].payload.is_none());
    }
    // A condition about both says nothing of the part on its own.
    let both = "  - { when: { kind: [application] }, outcome: relocate, reason: r, by: ann }\n";
    let secrets = settled(pair(), &[both.to_owned()]);
    assert_eq!(
        outcomes(&secrets),
        [("relocate", "person"), ("part-of", "part-of")]
    );
}

#[test]
fn an_id_without_its_secret_is_decided_as_before() {
    let alone = with(KEY_ID, &[("shop", Context::default())]);
    let lost = with(KEY_ID, &[("shop", part_of(SECRET))]);
    let plain = settled(vec![alone], &[]);
    let secrets = settled(vec![lost], &[]);
    assert_eq!(secrets[0].decision, plain[0].decision);
    assert_ne!(secrets[0].decision.rule, PART_OF);
}

#[test]
fn a_contradiction_is_a_question_and_moves_nothing_together() {
    // The id is beside one secret here, and beside another one there.
    let entries = vec![
        with(SECRET, &[("shop", parts(KEY_ID, SECRET))]),
        with(
            KEY_ID,
            &[("shop", part_of(SECRET)), ("shop2", part_of(OTHER))],
        ),
        with(OTHER, &[("shop2", parts(KEY_ID, OTHER))]),
    ];
    let secrets = settled(
        entries.clone(),
        &[says(SECRET, "relocate"), says(OTHER, "relocate")],
    );
    assert_eq!(secrets[1].decision.outcome, Outcome::Review);
    let questions = &secrets[1].decision.questions;
    assert!(
        questions
            .iter()
            .any(|asked| asked.contains("belongs to several secrets")),
        "{questions:?}"
    );
    assert!(secrets.iter().all(|secret| secret.payload.is_none()));
    // A secret beside two ids.
    let entries = vec![
        with(
            SECRET,
            &[
                ("shop", parts(KEY_ID, SECRET)),
                ("shop2", parts(OTHER, SECRET)),
            ],
        ),
        with(KEY_ID, &[("shop", part_of(SECRET))]),
        with(OTHER, &[("shop2", part_of(SECRET))]),
    ];
    let secrets = settled(entries.clone(), &[]);
    let questions = &secrets[0].decision.questions;
    assert!(
        questions
            .iter()
            .any(|asked| asked.contains("several values of `aws_access_key_id`")),
        "{questions:?}"
    );
    let secrets = settled(entries, &[says(SECRET, "relocate")]);
    assert_eq!(secrets[0].decision.outcome, Outcome::Relocate);
    assert!(secrets.iter().all(|secret| secret.payload.is_none()));
    assert!(
        secrets
            .iter()
            .all(|secret| secret.decision.outcome != Outcome::PartOf)
    );
}

#[test]
fn the_history_says_nothing_against_head() {
    let mut entries = pair();
    let mut old = stating(&entries[0], "shop", &parts(OTHER, SECRET));
    (old.at_head, old.origin) = (false, crate::finding::Origin::Blob);
    (old.path, old.blob) = ("old.env".to_owned(), Some("0".to_owned()));
    entries[0].occurrences.push(old);
    let secrets = settled(entries, &[says(SECRET, "relocate")]);
    assert_eq!(
        outcomes(&secrets),
        [("relocate", "person"), ("part-of", "part-of")]
    );
}

#[test]
fn what_was_imported_stays_as_it_was_imported() {
    // The secret was imported alone, by an earlier version.
    let mut entries = pair();
    entries[0].progress = MigrationProgress::Imported;
    entries[0].target = Some("/a/b".to_owned());
    let secrets = settled(entries, &[says(SECRET, "relocate")]);
    assert!(secrets[0].payload.is_none());
    assert_ne!(secrets[1].decision.outcome, Outcome::PartOf);
    // The id was.
    let mut entries = pair();
    entries[1].progress = MigrationProgress::Imported;
    entries[1].target = Some("/a/b".to_owned());
    let secrets = settled(entries, &[says(SECRET, "relocate")]);
    assert!(secrets[0].payload.is_none());
    assert_ne!(secrets[1].decision.rule, PART_OF);
    // Both were, together; then the id was lost.
    let mut secrets = settled(pair(), &[says(SECRET, "relocate")]);
    secrets[0].progress = MigrationProgress::Imported;
    secrets[0].occurrences[0].evidence = None;
    secrets[0].context = Context::default();
    let payload = secrets[0].payload.clone();
    let secrets = settled(secrets, &[says(SECRET, "relocate")]);
    assert_eq!(secrets[0].payload, payload);
    assert_eq!(secrets[1].decision.outcome, Outcome::PartOf);
}

#[test]
fn each_use_has_its_own_parts() {
    let entries = || {
        vec![
            with(
                SECRET,
                &[
                    ("shop", parts(KEY_ID, SECRET)),
                    ("billing", parts(KEY_ID, SECRET)),
                ],
            ),
            with(
                KEY_ID,
                &[("shop", part_of(SECRET)), ("billing", part_of(SECRET))],
            ),
        ]
    };
    let separate = |number| {
        format!(
            "  - {{ secret: {}, uses: separate, by: ann }}\n",
            id(number)
        )
    };
    let of_use = |repository: &str, outcome: &str| {
        let secrets = settled(entries(), &[separate(SECRET)]);
        let mut uses = secrets.iter().filter(|secret| secret.id.is_of_use());
        let found = uses.find(|secret| secret.occurrences[0].repository == repository);
        let id = &found.unwrap().id;
        format!("  - {{ secret: {id}, outcome: {outcome}, reason: r, by: ann }}\n")
    };
    let (shop, billing) = (of_use("shop", "relocate"), of_use("billing", "retire"));
    for both in [false, true] {
        let mut statements = vec![separate(SECRET), shop.clone(), billing.clone()];
        statements.extend(both.then(|| separate(KEY_ID)));
        let secrets = settled(entries(), &statements);
        let of = |value: u64, repository: &str| -> Vec<&Secret> {
            let of_value = secrets
                .iter()
                .filter(|secret| secret.id.of_value() == id(value));
            of_value
                .filter(|secret| {
                    secret
                        .occurrences
                        .iter()
                        .any(|place| place.repository == repository)
                })
                .collect()
        };
        assert!(of(SECRET, "shop")[0].payload.is_some());
        assert!(of(SECRET, "billing")[0].payload.is_none());
        assert_eq!(
            of(KEY_ID, "shop")[0].decision.outcome,
            Outcome::PartOf,
            "{both}"
        );
        let expected = if both {
            Outcome::Retire
        } else {
            Outcome::PartOf
        };
        assert_eq!(
            of(KEY_ID, "billing")[0].decision.outcome,
            expected,
            "{both}"
        );
    }
}

#[test]
fn nobody_can_choose_to_be_a_part() {
    let policy = Policy::builtin();
    let text = format!("schema: 2\nstatements:\n{}", says(SECRET, "part-of"));
    let error = Decisions::parse(Path::new("d.yaml"), &text, &policy).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("unknown variant `part-of`, expected one of"),
        "{error}"
    );
}
