//! `verify` after an import.

use keyferry::migrate::verify::{DifferenceCode, VerifyReport};

use super::*;

pub(super) fn verified(
    freight: &Freight,
    fake: &Fake,
    plan: Option<&Plan>,
    check: Check,
) -> VerifyReport {
    let history = freight.history();
    let input = verify::VerifyInput {
        account: &freight.account,
        region: &freight.region,
        key: &freight.key,
        secrets: &freight.secrets,
        plan,
        history: &history,
        check,
    };
    let (pace, cancel) = (quick(), Cancellation::new());
    run(verify(&input, fake, &pace, &cancel, &NoProgress)).unwrap()
}

/// The codes of the differences of a secret.
fn codes(report: &VerifyReport, name: &str) -> Vec<DifferenceCode> {
    let checked = report
        .secrets
        .iter()
        .find(|checked| checked.name.as_ref().map(ProposedText::as_str) == Some(name))
        .unwrap_or_else(|| panic!("{name} was not checked"));
    checked
        .differences
        .iter()
        .map(|difference| difference.code)
        .collect()
}

#[test]
fn verify_finds_every_difference() {
    let mut freight = Freight::new(9);
    let fake = Fake::default();
    let summary = run(freight.import(&fake, &freight.draft(None)));
    freight.note(&summary);
    let check = |freight: &Freight, check: Check| verified(freight, &fake, None, check);
    assert!(check(&freight, Check::Value).is_clean());
    fake.forget_calls();
    assert!(check(&freight, Check::Metadata).is_clean());
    assert!(fake.take_calls(Call::GetValue).is_empty());

    fake.remove(freight.name(0));
    fake.edit(freight.name(1), |secret| {
        secret.deleted = Some("2026-01-01T00:00:00Z".to_owned())
    });
    fake.edit(freight.name(2), |secret| secret.tags.clear());
    fake.edit(freight.name(3), |secret| {
        secret.kms_key = Some("arn:aws:kms:eu-west-1:123456789012:key/x".to_owned())
    });
    fake.edit(freight.name(4), |secret| {
        secret
            .versions
            .values_mut()
            .for_each(|version| version.value = b"changed".to_vec());
    });
    fake.edit(freight.name(5), |secret| {
        secret
            .versions
            .values_mut()
            .for_each(|version| version.stages = vec!["AWSPREVIOUS".to_owned()]);
    });
    fake.edit(freight.name(6), |secret| secret.versions.clear());
    let old_name = freight.name(7).to_owned();
    freight.secrets[7].target = Some("/orders/renamed".to_owned());
    let report = check(&freight, Check::Value);
    let of = |name: &str| codes(&report, name);
    assert_eq!(of(freight.name(0)), [DifferenceCode::Missing]);
    assert_eq!(of(freight.name(1)), [DifferenceCode::ScheduledForDeletion]);
    assert_eq!(of(freight.name(2)), [DifferenceCode::TagsDiffer]);
    assert_eq!(of(freight.name(3)), [DifferenceCode::KmsKeyDiffers]);
    assert_eq!(of(freight.name(4)), [DifferenceCode::ValueDiffers]);
    assert_eq!(of(freight.name(5)), [DifferenceCode::NotCurrent]);
    assert_eq!(of(freight.name(6)), [DifferenceCode::VersionMissing]);
    assert_eq!(of(&old_name), [DifferenceCode::NotInInventory]);
    assert_eq!(of("/orders/renamed"), [DifferenceCode::Missing]);
    assert_eq!(of(freight.name(8)), []);
    assert!(!report.is_clean());

    fake.deny(&[Call::Describe, Call::GetValue]);
    let report = check(&freight, Check::Value);
    assert!(
        report
            .secrets
            .iter()
            .all(|checked| checked.differences[0].code == DifferenceCode::Unproved)
    );
}

/// 52 of 200 planned secrets are not "0 differ".
#[test]
fn planned_secrets_that_are_not_in_the_account_are_missed() {
    let mut freight = Freight::new(20);
    let fake = Fake::default();
    // The plan blocks two: one name is taken, one secret has no name.
    fake.edit(freight.name(18), |_| ());
    freight.secrets[19].target = None;
    let plan = run(freight.plan(&fake));
    let before = verified(&freight, &fake, Some(&plan), Check::Value);
    assert_eq!((before.not_imported(), before.differing()), (20, 0));
    assert!(!before.is_clean() && before.notes.is_empty());

    fake.quota(6);
    let summary = run(freight.import(&fake, &plan));
    assert!(summary.stopped.is_some());
    freight.note(&summary);
    let report = verified(&freight, &fake, Some(&plan), Check::Value);
    assert_eq!(report.secrets.len(), 20);
    assert_eq!((report.not_imported(), report.differing()), (15, 0));
    let imported = summary.count(|done| matches!(done, EntryStatus::Created(_)));
    assert_eq!(imported, 5);
    assert_eq!(
        codes(&report, freight.name(18)),
        [DifferenceCode::NotImported]
    );
    let mut text = Vec::new();
    keyferry::report::verify::write(&mut text, &report).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("not-imported (13 secrets): it is planned"),
        "{text}"
    );
    assert!(text.contains("the plan blocks it (name-taken)"), "{text}");
    assert!(text.contains("(no name)"), "{text}");
    assert!(
        text.ends_with(
            "20 secrets checked in account 123456789012, eu-west-1: 0 differ, 15 not imported\n"
        ),
        "{text}"
    );
    // Without the plan, only what was imported is known.
    assert_eq!(
        verified(&freight, &fake, None, Check::Value).secrets.len(),
        5
    );
    // A plan for another Region says nothing about this one.
    let elsewhere = Plan {
        region: "us-east-1".parse().unwrap(),
        ..plan.clone()
    };
    let report = verified(&freight, &fake, Some(&elsewhere), Check::Value);
    assert_eq!(report.secrets.len(), 5);
}

#[test]
fn entries_of_an_old_plan_are_counted_and_not_missed() {
    let mut freight = Freight::new(6);
    let fake = Fake::default();
    let plan = freight.draft(None);
    freight.secrets[0].decision.outcome = Outcome::Retain;
    freight.secrets[1].target = Some("/orders/api/prod/renamed".to_owned());
    freight.secrets.remove(2);
    let report = verified(&freight, &fake, Some(&plan), Check::Value);
    assert_eq!(report.secrets.len(), 3);
    assert!(report.notes[0].contains("3 of its entries"), "{report:?}");
}

/// The team rotates a secret after the cut-over: no command fails, and none writes the old value again.
#[test]
fn a_rotation_after_the_import_is_no_failure() {
    let mut freight = Freight::new(8);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    freight.note(&run(freight.import(&fake, &plan)));
    // The imported version is the previous one, or gone.
    fake.rotate(freight.name(0), 1);
    fake.rotate(freight.name(1), 2);
    fake.rotate(freight.name(2), 3);
    let rotated = |n: usize| n < 3;
    let now = fake.secrets();
    fake.forget_calls();
    for attempt in 0..3 {
        let plan = run(freight.plan(&fake));
        assert_eq!(plan.counts[&Class::Rotated], 3);
        assert_eq!(
            (plan.counts[&Class::InSync], plan.blocked().count()),
            (5, 0)
        );
        let journal = freight.journal_text();
        // The plan of before, a new one, and one that was not compared.
        for plan in [&plan, &freight.draft(None)] {
            let summary = run(freight.import(&fake, plan));
            assert!(summary.is_complete(), "{summary:?}");
            for n in 0..8 {
                let status = done(&summary.outcomes, freight.name(n));
                let expected = if rotated(n) {
                    EntryStatus::Rotated
                } else if attempt == 2 {
                    status.clone()
                } else {
                    EntryStatus::InSync
                };
                assert_eq!(*status, expected, "{n}");
            }
            freight.note(&summary);
        }
        for check in [Check::Value, Check::Metadata] {
            let report = verified(&freight, &fake, Some(&plan), check);
            assert!(report.is_clean(), "{report:?}");
            assert_eq!(report.rotated(), 3);
        }
        assert_eq!(fake.secrets(), now);
        assert!(fake.take_calls(Call::Create).is_empty());
        match attempt {
            // Imported again, the journal does not change.
            0 => assert_eq!(freight.journal_text(), journal),
            // The journal is lost: the inventory and the tags say that the secrets are ours.
            1 => std::fs::remove_file(freight.journal_path()).unwrap(),
            _ => {}
        }
    }
    let text = {
        let mut text = Vec::new();
        let report = verified(&freight, &fake, None, Check::Value);
        keyferry::report::verify::write(&mut text, &report).unwrap();
        String::from_utf8(text).unwrap()
    };
    assert!(text.contains("changed 2026-02-0"), "{text}");
    assert!(
        text.ends_with(": 0 differ, 3 rotated after the import\n"),
        "{text}"
    );
}

#[test]
fn the_tags_of_a_rotated_secret_are_corrected() {
    let mut freight = Freight::new(2);
    let fake = Fake::default();
    freight.note(&run(freight.import(&fake, &freight.draft(None))));
    fake.rotate(freight.name(0), 1);
    fake.edit(freight.name(0), |secret| {
        secret.tags.insert("appenv".to_owned(), "test".to_owned());
    });
    let report = verified(&freight, &fake, None, Check::Value);
    assert_eq!(
        codes(&report, freight.name(0)),
        [DifferenceCode::TagsDiffer]
    );
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts[&Class::TagsDiffer], 1);
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        *done(&summary.outcomes, freight.name(0)),
        EntryStatus::Rotated
    );
    assert_eq!(fake.secrets()[freight.name(0)].tags["appenv"], "prod");
    assert!(verified(&freight, &fake, None, Check::Value).is_clean());
}

/// A secret that somebody deleted and made anew has our name, and perhaps our tags, and is not ours.
#[test]
fn another_secret_of_the_same_name_is_no_rotation() {
    let mut freight = Freight::new(2);
    let fake = Fake::default();
    freight.note(&run(freight.import(&fake, &freight.draft(None))));
    fake.rotate(freight.name(0), 2);
    fake.edit(freight.name(0), |secret| {
        secret.arn_suffix = Some("ZyXwVu".to_owned());
    });
    let theirs = fake.secrets()[freight.name(0)].clone();
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts[&Class::ValueDiffers], 1);
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert_eq!(
        reason(done(&summary.outcomes, freight.name(0))),
        Some(FailureReason::Conflict)
    );
    let report = verified(&freight, &fake, None, Check::Value);
    assert_eq!(
        codes(&report, freight.name(0)),
        [DifferenceCode::VersionMissing]
    );
    assert_eq!(fake.secrets()[freight.name(0)], theirs);
}

/// A secret that was rotated and then deleted is not created again with the value of the source.
#[test]
fn a_rotated_secret_that_is_gone_is_not_created_from_the_source() {
    let mut freight = Freight::new(1);
    let fake = Fake::default();
    freight.note(&run(freight.import(&fake, &freight.draft(None))));
    fake.rotate(freight.name(0), 1);
    let plan = run(freight.plan(&fake));
    fake.remove(freight.name(0));
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        reason(done(&summary.outcomes, freight.name(0))),
        Some(FailureReason::Stale)
    );
    assert!(fake.secrets().is_empty());
}

#[test]
fn a_rotation_is_recognised_without_describe() {
    let mut freight = Freight::new(2);
    let fake = Fake::default();
    freight.note(&run(freight.import(&fake, &freight.draft(None))));
    fake.rotate(freight.name(0), 1);
    fake.deny(&[Call::Describe, Call::List]);
    let report = verified(&freight, &fake, None, Check::Value);
    assert!(report.is_clean() && report.rotated() == 1, "{report:?}");
    assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
}

/// The journal is lost, and with it or without it the inventory's progress.
#[test]
fn a_lost_journal_is_no_lost_import() {
    for with_progress in [true, false] {
        let mut freight = Freight::new(5);
        let fake = Fake::default();
        let plan = freight.draft(None);
        let summary = run(freight.import(&fake, &plan));
        if with_progress {
            freight.note(&summary);
        }
        std::fs::remove_file(freight.journal_path()).unwrap();
        let says = "the journal is missing: 5 planned secrets exist in the account";
        let report = verified(&freight, &fake, Some(&plan), Check::Value);
        assert!(report.is_clean() && report.secrets.len() == 5, "{report:?}");
        assert!(report.notes[0].starts_with(says), "{report:?}");
        let compared = run(freight.plan(&fake));
        assert!(compared.notes[0].starts_with(says), "{compared:?}");
        assert!(run(freight.import(&fake, &compared)).is_complete());
        assert!(
            verified(&freight, &fake, Some(&plan), Check::Value)
                .notes
                .is_empty()
        );
        assert!(run(freight.plan(&fake)).notes.is_empty());
        assert_eq!(fake.take_calls(Call::Create).len(), 5);
    }
}

#[test]
fn copies_with_our_tag_are_found() {
    let mut freight = Freight::new(3);
    let fake = Fake::default();
    freight.note(&run(freight.import(&fake, &freight.draft(None))));
    let copy = fake.secrets()[freight.name(0)].clone();
    fake.edit("/copies/of-db", |secret| *secret = copy);
    // Another inventory's secret, and one without a tag.
    fake.edit("/others/db", |secret| {
        let id = "s-000000000000000000000000".to_owned();
        secret.tags.insert("keyferry-id".to_owned(), id);
    });
    fake.edit("/hand-made", |_| ());
    // A secret that was imported, of which nothing here has a record any more.
    let forgotten = freight.name(2).to_owned();
    freight.secrets[2].progress = entry::MigrationProgress::Found;
    freight.secrets[2].decision.outcome = Outcome::Retain;
    std::fs::remove_file(freight.journal_path()).unwrap();
    let report = verified(&freight, &fake, None, Check::Metadata);
    assert_eq!(
        codes(&report, freight.name(0)),
        [DifferenceCode::ElsewhereToo]
    );
    assert_eq!(codes(&report, &forgotten), [DifferenceCode::ElsewhereToo]);
    assert_eq!((report.secrets.len(), report.differing()), (3, 2));
}

/// A value that an earlier version read with other steps: the account has what was imported, and it is wrong.
#[test]
fn a_value_that_is_read_differently_now_is_no_agreement() {
    let mut freight = Freight::new(3);
    let fake = Fake::default();
    let summary = run(freight.import(&fake, &freight.draft(None)));
    freight.note(&summary);
    let now = freight.secrets[1].id.clone();
    freight.secrets[0].reading.read_now_as = Some(now.clone());
    // The value is still read somewhere.
    assert!(verified(&freight, &fake, None, Check::Value).is_clean());
    freight.secrets[0].occurrences.clear();
    for check in [Check::Value, Check::Metadata] {
        let report = verified(&freight, &fake, None, check);
        let name = freight.name(0);
        assert_eq!(codes(&report, name), [DifferenceCode::ReadingChanged]);
        assert_eq!(report.differing(), 1);
        assert_eq!(codes(&report, freight.name(1)), []);
        let mut text = Vec::new();
        keyferry::report::verify::write(&mut text, &report).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains(&format!(
                "  reading-changed: it was imported as an earlier version read it; {now} is"
            )),
            "{text}"
        );
        assert!(text.contains(": 1 differ"), "{text}");
    }
    // The team has rotated it since: the file says nothing about it any more.
    let token = fake.secrets()[freight.name(0)]
        .versions
        .keys()
        .next()
        .unwrap()
        .clone();
    fake.edit(freight.name(0), |secret| {
        let mut old = secret.versions.remove(&token).unwrap();
        old.stages = vec!["AWSPREVIOUS".to_owned()];
        let new = Version {
            value: b"rotated".to_vec(),
            stages: vec!["AWSCURRENT".to_owned()],
        };
        secret.versions.insert(token.clone(), old);
        secret.versions.insert("theirs".to_owned(), new);
    });
    let report = verified(&freight, &fake, None, Check::Value);
    assert_eq!(codes(&report, freight.name(0)), []);
    assert_eq!(report.rotated(), 1);
}
