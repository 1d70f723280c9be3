//! Plan, import and verify against the strict fake.

mod failures;
mod readings;
mod verification;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use keyferry::cancel::Cancellation;
use keyferry::inventory::entry::{self, Outcome};
use keyferry::migrate::check_extent::Check;
use keyferry::migrate::client_error::{Call, ClientError, ErrorKind};
use keyferry::migrate::import::{
    EntryOutcome, EntryStatus, FailureReason, FatalError, ImportRefused, ImportSettings, Proof,
    dry_run,
};
use keyferry::migrate::journal::{EntryState, Journal, JournalEvent, JournalHistory};
use keyferry::migrate::plan::{Class, Plan};
use keyferry::migrate::plan_problem::PlanProblemCode;
use keyferry::migrate::verify::{self, verify};
use keyferry::progress::{NoProgress, Progress};
use keyferry::secret::{SecretId, SecretValue};
use keyferry::secrets_manager::ProposedText;

use crate::support::fake_secrets_manager::{Fake, FakeSecret, Faults, Version};
use crate::support::planted_secrets::{Freight, quick, run};

fn reason(done: &EntryStatus) -> Option<FailureReason> {
    match done {
        EntryStatus::Failed(failure) => Some(failure.reason),
        _ => None,
    }
}

fn done<'a>(outcomes: &'a [EntryOutcome], name: &str) -> &'a EntryStatus {
    &outcomes
        .iter()
        .find(|outcome| outcome.name.as_ref().map(ProposedText::as_str) == Some(name))
        .unwrap()
        .status
}

fn state(freight: &Freight, name: &str) -> EntryState {
    let history = JournalHistory::read(&freight.journal_path()).unwrap();
    history
        .events()
        .iter()
        .find(|event| event.name.as_str() == name)
        .unwrap()
        .state
}

#[test]
fn everything_arrives_as_planned() {
    let mut freight = Freight::new(10);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts, BTreeMap::from([(Class::Create, 10)]));
    assert_eq!(plan.cost.monthly_microdollars, 4_000_000);
    let summary = run(freight.import(&fake, &plan));
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(
        summary.count(|done| *done == EntryStatus::Created(Proof::Value)),
        10
    );
    for (n, secret) in freight.secrets.iter().enumerate() {
        let live = &fake.secrets()[freight.name(n)];
        assert_eq!(live.tags, secret.tags);
        assert_eq!(
            live.versions
                .values()
                .map(|version| &version.value)
                .collect::<Vec<_>>(),
            [&freight.values[n]]
        );
        assert_eq!(state(&freight, freight.name(n)), EntryState::Verified);
    }
    assert!(fake.most_in_flight() <= quick().in_flight);

    // A second run with the same plan, and one with a new plan, change nothing.
    let journal = freight.journal_text();
    freight.note(&summary);
    assert!(
        freight
            .secrets
            .iter()
            .all(|secret| secret.progress == entry::MigrationProgress::Verified)
    );
    fake.forget_calls();
    let again = run(freight.import(&fake, &plan));
    assert_eq!(again.count(|done| *done == EntryStatus::InSync), 10);
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts, BTreeMap::from([(Class::InSync, 10)]));
    assert!(run(freight.import(&fake, &plan)).is_complete());
    assert_eq!(fake.take_calls(Call::Create), Vec::<String>::new());
    assert_eq!(freight.journal_text(), journal);
}

#[test]
fn a_plan_reads_no_value_and_is_stable() {
    let freight = Freight::new(5);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    assert_eq!(run(freight.plan(&fake)).to_json(), plan.to_json());
    assert!(fake.take_calls(Call::GetValue).is_empty());
    let path = freight.folder.path().join("plan.json");
    std::fs::write(&path, plan.to_json()).unwrap();
    assert_eq!(Plan::load(&path).unwrap(), plan);
    std::fs::write(
        &path,
        plan.to_json()
            .replacen("\"schema\": 2", "\"schema\": 2, \"more\": 2", 1),
    )
    .unwrap();
    assert!(
        Plan::load(&path)
            .unwrap_err()
            .to_string()
            .contains("unknown field `more`")
    );
    // The first version had the ids of objects and the ranges of bytes.
    let first = plan
        .to_json()
        .replacen("\"schema\": 2", "\"schema\": 1", 1)
        .replace("\"line\":", "\"blob\": \"0a\", \"start\": 1, \"line\":");
    std::fs::write(&path, first).unwrap();
    assert_eq!(Plan::load(&path).unwrap(), plan);
    std::fs::write(&path, "{\"schema\": 9}").unwrap();
    assert!(
        Plan::load(&path)
            .unwrap_err()
            .to_string()
            .contains("has schema 9")
    );
}

#[test]
fn what_cannot_be_imported_is_known_before() {
    let mut freight = Freight::new(9);
    let fake = Fake::default();
    freight.secrets[0].target = None;
    freight.secrets[1].target = Some("/orders/bad name".to_owned());
    freight.secrets[2].target = freight.secrets[3].target.clone();
    freight.secrets[4]
        .tags
        .insert("aws:x".to_owned(), "y".to_owned());
    freight.secrets[5].decision.outcome = Outcome::Review;
    freight.secrets[5].decision.questions =
        vec!["who owns it?".to_owned(), "is it in use?".to_owned()];
    fake.edit(freight.name(6), |_| ());
    fake.edit(freight.name(7), |secret| {
        secret.deleted = Some("2026-01-01T00:00:00Z".to_owned())
    });
    let plan = run(freight.plan(&fake));
    assert_eq!(
        (plan.not_planned.review, plan.not_planned.questions),
        (1, 2)
    );
    let of = |n: usize| {
        let entry = plan
            .entries
            .iter()
            .find(|entry| entry.secret == freight.secrets[n].id)
            .unwrap();
        (
            entry.class,
            entry.problems.first().map(|problem| problem.code),
        )
    };
    assert_eq!(of(0), (Class::NotSettled, Some(PlanProblemCode::NoName)));
    assert_eq!(
        of(1),
        (Class::Invalid, Some(PlanProblemCode::NameCharacters))
    );
    assert_eq!(of(2), (Class::Invalid, Some(PlanProblemCode::NameShared)));
    assert_eq!(of(3), (Class::Invalid, Some(PlanProblemCode::NameShared)));
    assert_eq!(of(4), (Class::Invalid, Some(PlanProblemCode::TagKey)));
    assert_eq!(of(6), (Class::NameTaken, Some(PlanProblemCode::NameTaken)));
    assert_eq!(
        of(7),
        (
            Class::ScheduledForDeletion,
            Some(PlanProblemCode::ScheduledForDeletion)
        )
    );
    assert_eq!(of(8), (Class::Create, None));
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        summary.count(|done| matches!(done, EntryStatus::Blocked(_))),
        7
    );
    assert_eq!(
        *done(&summary.outcomes, freight.name(8)),
        EntryStatus::Created(Proof::Value)
    );
    assert_eq!(fake.take_calls(Call::Create), [freight.name(8)]);
}

#[test]
fn a_copy_under_another_name_is_told() {
    let mut freight = Freight::new(4);
    let fake = Fake::default();
    assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
    freight.secrets[0].target = Some("/orders/api/prod/renamed".to_owned());
    let plan = run(freight.plan(&fake));
    let entry = plan
        .entries
        .iter()
        .find(|entry| entry.secret == freight.secrets[0].id)
        .unwrap();
    assert_eq!(entry.class, Class::Create);
    assert_eq!(entry.problems[0].code, PlanProblemCode::ElsewhereToo);
    assert!(entry.problems[0].message.contains("/orders/api/prod/db_0"));
}

#[test]
fn names_that_are_taken_after_the_plan_are_conflicts() {
    let freight = Freight::new(4);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    let other = Version {
        value: b"x".to_vec(),
        stages: vec!["AWSCURRENT".to_owned()],
    };
    let theirs = FakeSecret {
        versions: BTreeMap::from([("v".to_owned(), other)]),
        ..FakeSecret::default()
    };
    fake.edit(freight.name(0), |secret| *secret = theirs.clone());
    fake.edit(freight.name(1), |secret| {
        secret.deleted = Some("2026-01-01T00:00:00Z".to_owned())
    });
    for _ in 0..2 {
        let summary = run(freight.import(&fake, &plan));
        assert_eq!(
            reason(done(&summary.outcomes, freight.name(0))),
            Some(FailureReason::Conflict)
        );
        assert_eq!(
            reason(done(&summary.outcomes, freight.name(1))),
            Some(FailureReason::Conflict)
        );
        assert_eq!(
            summary.count(|done| done.progress() == Some(entry::MigrationProgress::Verified)),
            2
        );
        assert!(!summary.is_complete() && summary.stopped.is_none());
    }
    assert_eq!(fake.secrets()[freight.name(0)], theirs);
    assert_eq!(state(&freight, freight.name(0)), EntryState::Conflict);
}

#[test]
fn a_value_that_moved_is_found_and_one_that_changed_is_drift() {
    let freight = Freight::new(3);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    freight.source.borrow_mut().remove("config/0");
    freight
        .source
        .borrow_mut()
        .insert("config/1".to_owned(), b"another".to_vec());
    freight.source.borrow_mut().remove("copy/1");
    freight.source.borrow_mut().remove("config/2");
    freight.source.borrow_mut().remove("copy/2");
    let reader = freight.reader();
    let rehearsed = dry_run(
        &freight.job(&plan, &freight.present(&plan), &reader),
        &Cancellation::new(),
        &NoProgress,
    )
    .unwrap();
    assert_eq!(
        *done(&rehearsed.outcomes, freight.name(0)),
        EntryStatus::Ready
    );
    assert_eq!(
        reason(done(&rehearsed.outcomes, freight.name(1))),
        Some(FailureReason::Drift)
    );
    assert!(!freight.journal_path().exists());
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        *done(&summary.outcomes, freight.name(0)),
        EntryStatus::Created(Proof::Value)
    );
    assert_eq!(
        reason(done(&summary.outcomes, freight.name(1))),
        Some(FailureReason::Drift)
    );
    assert_eq!(
        reason(done(&summary.outcomes, freight.name(2))),
        Some(FailureReason::Unreadable)
    );
    assert_eq!(state(&freight, freight.name(1)), EntryState::Drift);
    assert_eq!(fake.secrets().len(), 1);
    // Nothing was announced for the other two, and a second run adds nothing.
    let journal = freight.journal_text();
    run(freight.import(&fake, &plan));
    assert_eq!(freight.journal_text(), journal);
}

#[test]
fn tags_are_put_right_only_where_a_token_proves_the_secret_ours() {
    let freight = Freight::new(2);
    let fake = Fake::default();
    assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
    fake.edit(freight.name(0), |secret| {
        secret.tags = BTreeMap::from([
            ("appid".to_owned(), "other".to_owned()),
            ("theirs".to_owned(), "kept".to_owned()),
        ]);
    });
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts[&Class::TagsDiffer], 1);
    fake.forget_calls();
    assert!(run(freight.import(&fake, &plan)).is_complete());
    assert_eq!(fake.take_calls(Call::Tag), [freight.name(0)]);
    let tags = &fake.secrets()[freight.name(0)].tags;
    assert_eq!(
        (tags["appid"].as_str(), tags["theirs"].as_str()),
        ("ord-12", "kept")
    );
    // Ours by its tag alone: not touched.
    fake.edit(freight.name(1), |secret| {
        secret.versions.clear();
        secret.tags.remove("appid");
    });
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts[&Class::ValueDiffers], 1);
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert_eq!(
        reason(done(&summary.outcomes, freight.name(1))),
        Some(FailureReason::Conflict)
    );
    assert!(fake.take_calls(Call::Tag).is_empty());
}

#[test]
fn a_lost_journal_is_made_up_for_by_the_tokens() {
    let freight = Freight::new(3);
    let fake = Fake::default();
    assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
    std::fs::remove_file(freight.journal_path()).unwrap();
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts, BTreeMap::from([(Class::Adopt, 3)]));
    // Not even the source is needed.
    freight.source.borrow_mut().clear();
    fake.forget_calls();
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        summary.count(|done| *done == EntryStatus::Adopted(Proof::Value)),
        3
    );
    assert!(fake.take_calls(Call::Create).is_empty());
}

#[test]
fn what_was_deleted_after_the_import_is_created_again() {
    let freight = Freight::new(2);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    run(freight.import(&fake, &plan));
    fake.remove(freight.name(1));
    let summary = run(freight.import(&fake, &run(freight.plan(&fake))));
    assert_eq!(
        *done(&summary.outcomes, freight.name(1)),
        EntryStatus::Created(Proof::Value)
    );
    assert_eq!(fake.secrets().len(), 2);
}

#[test]
fn no_value_leaks_into_anything_that_is_written_or_said() {
    let mut freight = Freight::new(6);
    let fake = Fake::default();
    let mut said = String::new();
    let plan = run(freight.plan(&fake));
    said += &format!("{}{plan:?}", plan.to_json());
    // A service that quotes the refused value.
    for value in freight.values.clone() {
        let quoting = format!(
            "Value '{}' at 'secretString' failed",
            String::from_utf8_lossy(&value)
        );
        fake.refuse(Some(ClientError::new(
            Call::Create,
            ErrorKind::InvalidRequest,
            Some("ValidationException"),
            &quoting,
        )));
        let one = Plan {
            entries: plan
                .entries
                .iter()
                .filter(|entry| {
                    entry.fingerprint == freight.key.fingerprint(&SecretValue::new(value.clone()))
                })
                .cloned()
                .collect(),
            ..plan.clone()
        };
        said += &format!("{:?}", run(freight.import(&fake, &one)));
    }
    fake.refuse(None);
    freight
        .source
        .borrow_mut()
        .insert("config/0".to_owned(), b"moved".to_vec());
    fake.corrupt(Some(freight.values[1].clone()));
    let summary = run(freight.import(&fake, &plan));
    said += &format!("{summary:?}");
    freight.note(&summary);
    said += &format!("{:?}", freight.secrets);
    said += &freight.journal_text();
    let history = JournalHistory::read(&freight.journal_path()).unwrap();
    let input = verify::VerifyInput {
        account: &freight.account,
        region: &freight.region,
        key: &freight.key,
        secrets: &freight.secrets,
        plan: None,
        history: &history,
        check: Check::Value,
    };
    let report = run(verify(
        &input,
        &fake,
        &quick(),
        &Cancellation::new(),
        &NoProgress,
    ))
    .unwrap();
    said += &format!("{report:?}{}", serde_json::to_string(&report).unwrap());
    said += &format!("{:?}", Journal::open(&freight.journal_path()).unwrap());
    assert!(said.contains("value-differs") && said.contains("ValidationException"));
    freight.assert_no_value(&said);
}
