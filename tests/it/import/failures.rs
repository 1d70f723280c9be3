//! Missing permissions, failures of the service, and cancellation.

use super::*;

#[test]
fn a_role_without_describe_still_imports() {
    let freight = Freight::new(3);
    let fake = Fake::default();
    fake.deny(&[Call::Describe, Call::List, Call::Tag]);
    let plan = run(freight.plan(&fake));
    assert_eq!(plan.counts, BTreeMap::from([(Class::Denied, 3)]));
    assert_eq!(plan.blocked().count(), 0);
    assert_eq!(plan.notes.len(), 2);
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        summary.count(|done| *done == EntryStatus::Created(Proof::Value)),
        3
    );
    let journal = freight.journal_text();
    let again = run(freight.import(&fake, &plan));
    assert_eq!(again.count(|done| *done == EntryStatus::InSync), 3);
    assert_eq!(freight.journal_text(), journal);
    // With no right to read either, CreateSecret's answer is all there is.
    let freight = Freight::new(2);
    let fake = Fake::default();
    fake.deny(&[Call::Describe, Call::List, Call::GetValue]);
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert_eq!(
        summary.count(|done| *done == EntryStatus::Created(Proof::Answer)),
        2
    );
    assert!(
        summary
            .outcomes
            .iter()
            .all(|outcome| outcome.status.progress() == Some(entry::MigrationProgress::Imported))
    );
}

#[test]
fn a_role_that_may_not_create_is_told_for_each() {
    let freight = Freight::new(3);
    let fake = Fake::default();
    fake.deny(&[Call::Create]);
    let summary = run(freight.import(&fake, &run(freight.plan(&fake))));
    assert_eq!(
        summary.count(|done| reason(done) == Some(FailureReason::Denied)),
        3
    );
    assert_eq!(state(&freight, freight.name(0)), EntryState::Denied);
    fake.deny(&[]);
    assert!(run(freight.import(&fake, &run(freight.plan(&fake)))).is_complete());
}

#[test]
fn what_would_fail_for_all_stops_early() {
    for kind in [
        ErrorKind::ExpiredCredentials,
        ErrorKind::NoCredentials,
        ErrorKind::Unreachable,
        ErrorKind::WrongRegion,
    ] {
        let freight = Freight::new(40);
        let fake = Fake::default();
        fake.refuse(Some(ClientError::new(Call::Create, kind, None, "")));
        let summary = run(freight.import(&fake, &freight.draft(None)));
        let Some(FatalError::Client(error)) = &summary.stopped else {
            panic!("{summary:?}")
        };
        assert_eq!(error.kind, kind);
        assert!(
            summary.count(|done| *done == EntryStatus::NotTried) >= 40 - quick().in_flight as u64
        );
        fake.refuse(None);
        assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
    }
    let freight = Freight::new(20);
    let fake = Fake::default();
    fake.quota(5);
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert!(matches!(
        summary.stopped,
        Some(FatalError::Client(ClientError {
            kind: ErrorKind::QuotaExceeded,
            ..
        }))
    ));
    assert_eq!(fake.secrets().len(), 5);
}

/// A service that fails for good is asked for a bounded number of entries, and the rest is left for the next import.
#[test]
fn what_fails_for_good_stops_after_some_entries() {
    let in_flight = quick().in_flight as u64;
    let limit = u64::from(ImportSettings::MAX_FAILURES);
    for kind in [
        ErrorKind::Ambiguous,
        ErrorKind::AccessDenied,
        ErrorKind::Kms,
        ErrorKind::Other,
    ] {
        for call in [Call::Create, Call::Describe] {
            let freight = Freight::new(30);
            let fake = Fake::default();
            let plan = run(freight.plan(&fake));
            fake.fail(&[(call, kind)]);
            let summary = run(freight.import(&fake, &plan));
            if (call, kind) == (Call::Describe, ErrorKind::AccessDenied) {
                // The import does without.
                assert!(summary.is_complete());
                continue;
            }
            let Some(FatalError::Repeated { entries, error }) = &summary.stopped else {
                panic!("{kind:?} {call:?}: {summary:?}")
            };
            assert_eq!((error.kind, u64::from(*entries)), (kind, limit));
            assert_eq!(error.call, call);
            let failed = summary.count(|done| matches!(done, EntryStatus::Failed(_)));
            let left = summary.count(|done| *done == EntryStatus::NotTried);
            assert_eq!(failed + left, 30);
            assert!((limit..limit + in_flight).contains(&failed), "{failed}");
            // The journal says of each entry how far it came.
            let history = JournalHistory::read(&freight.journal_path()).unwrap();
            let planned = |event: &&JournalEvent| event.state == EntryState::Planned;
            let untouched = history.events().iter().filter(planned).count() as u64;
            assert_eq!(untouched, left, "{kind:?} {call:?}");
            fake.fail(&[]);
            assert!(run(freight.import(&fake, &plan)).is_complete());
            assert_eq!(fake.secrets().len(), 30);
        }
    }
}

/// Repeated, the import gets to the entries behind those that cannot be imported.
#[test]
fn entries_that_failed_last_time_come_last() {
    let mut freight = Freight::new(60);
    let fake = Fake::default();
    let plan = freight.draft(None);
    // The first forty in the order of the import are denied.
    let denied: Vec<String> = plan.entries[..40]
        .iter()
        .map(|entry| entry.name.as_ref().unwrap().as_str().to_owned())
        .collect();
    fake.deny_names(&denied);
    for _ in 0..5 {
        let summary = run(freight.import(&fake, &plan));
        assert!(matches!(summary.stopped, Some(FatalError::Repeated { .. })));
        freight.note(&summary);
    }
    assert_eq!(fake.secrets().len(), 20);
}

/// Names that are taken, and values that drifted, say nothing about the other entries.
#[test]
fn failures_of_single_entries_do_not_stop_the_import() {
    let freight = Freight::new(60);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    for n in 0..30 {
        fake.edit(freight.name(n), |_| ());
        freight
            .source
            .borrow_mut()
            .remove(&format!("config/{}", 30 + n));
        freight
            .source
            .borrow_mut()
            .remove(&format!("copy/{}", 30 + n));
    }
    let summary = run(freight.import(&fake, &plan));
    assert!(summary.stopped.is_none());
    assert_eq!(
        summary.count(|done| matches!(done, EntryStatus::Failed(_))),
        60
    );
}

#[test]
fn a_wrong_clock_has_its_own_hint() {
    let freight = Freight::new(40);
    let fake = Fake::default();
    fake.fail(&[(Call::Create, ErrorKind::ClockSkew)]);
    let summary = run(freight.import(&fake, &freight.draft(None)));
    let stopped = summary.stopped.unwrap();
    assert!(stopped.hint().contains("set the clock of this machine"));
    assert!(
        stopped
            .to_string()
            .contains("the clock of this machine is wrong")
    );
    fake.fail(&[]);
    assert!(run(freight.import(&fake, &freight.draft(None))).is_complete());
}

#[test]
fn plan_inventory_key_and_account_must_belong_together() {
    let freight = Freight::new(2);
    let fake = Fake::default();
    let attempt = |freight: &Freight, plan: &Plan| {
        run(freight.try_import(&fake, plan, &Cancellation::new(), Check::Value, &NoProgress))
            .unwrap_err()
    };
    let plan = freight.draft(None);
    assert!(matches!(
        attempt(
            &freight,
            &Plan {
                account: "1".repeat(12).parse().unwrap(),
                ..plan.clone()
            }
        ),
        ImportRefused::Account { .. }
    ));
    assert!(matches!(
        attempt(
            &freight,
            &Plan {
                region: "us-east-1".parse().unwrap(),
                ..plan.clone()
            }
        ),
        ImportRefused::Region { .. }
    ));
    assert!(matches!(
        attempt(
            &freight,
            &Plan {
                inventory: "inv-2".into(),
                ..plan.clone()
            }
        ),
        ImportRefused::Inventory { .. }
    ));
    let mut edited = plan.clone();
    edited.entries[0].name = Some(ProposedText::new("/elsewhere"));
    assert!(matches!(
        attempt(&freight, &edited),
        ImportRefused::Token { .. }
    ));
    assert!(fake.secrets().is_empty());
}

/// The whole import is refused before any call, and every difference is listed.
#[test]
fn a_plan_that_would_not_be_made_now_is_refused_whole() {
    let mut freight = Freight::new(8);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    let unchanged = freight.secrets.clone();
    freight.secrets[0].decision.outcome = Outcome::Retain;
    freight.secrets[1].target = Some("/orders/renamed".to_owned());
    freight.secrets[2]
        .tags
        .insert("appenv".to_owned(), "test".to_owned());
    freight.secrets[3].tags.remove("appid");
    freight.secrets[4].context.key = Some("OTHER_KEY".to_owned());
    freight.problems.insert(
        freight.secrets[5].id.clone(),
        vec![keyferry::decide::Problem::field_missing("owner")],
    );
    let gone = freight.secrets.remove(6);
    fake.forget_calls();
    let refused = run(freight.try_import(
        &fake,
        &plan,
        &Cancellation::new(),
        Check::Value,
        &NoProgress,
    ));
    let Err(ImportRefused::Changed(changes)) = refused else {
        panic!("{refused:?}")
    };
    let of = |id: &SecretId| {
        let entry = changes.entries.iter().find(|entry| entry.secret == *id);
        entry.unwrap().changes.join("; ")
    };
    assert_eq!(changes.entries.len(), 7);
    for (n, says) in [
        (0, "decision: relocate → retain"),
        (1, "name: /orders/api/prod/db_1 → /orders/renamed"),
        (2, "tag appenv: prod → test"),
        (3, "tag appid: removed"),
        (4, "description: "),
        (5, "it cannot be imported any more: owner is not known"),
    ] {
        assert!(
            of(&unchanged[n].id).contains(says),
            "{}",
            of(&unchanged[n].id)
        );
    }
    assert!(of(&gone.id).contains("no longer has this secret"));
    assert!(fake.secrets().is_empty() && fake.take_calls(Call::Create).is_empty());
    assert_eq!(freight.journal_text(), "");
}

/// A secret that is in the account already may be decided otherwise: nothing is left to send, and nothing is written.
#[test]
fn decisions_on_imported_secrets_do_not_stop_the_others() {
    let mut freight = Freight::new(6);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    fake.quota(3);
    freight.note(&run(freight.import(&fake, &plan)));
    fake.quota(100);
    let imported: Vec<usize> = (0..6)
        .filter(|n| fake.secrets().contains_key(freight.name(*n)))
        .collect();
    assert_eq!(imported.len(), 3);
    // Cut over and removed from the source; another tag; deleted from the account.
    let [retired, tagged, deleted] = imported[..] else {
        panic!("three")
    };
    freight.secrets[retired].decision.outcome = Outcome::Retire;
    freight.secrets[retired].occurrences.clear();
    for n in [tagged, deleted] {
        freight.secrets[n]
            .tags
            .insert("appenv".to_owned(), "test".to_owned());
    }
    fake.remove(freight.name(deleted));
    fake.edit(freight.name(tagged), |secret| secret.tags.clear());
    let before = fake.secrets();
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        *done(&summary.outcomes, freight.name(retired)),
        EntryStatus::InSync
    );
    assert_eq!(
        *done(&summary.outcomes, freight.name(tagged)),
        EntryStatus::InSync
    );
    assert_eq!(
        reason(done(&summary.outcomes, freight.name(deleted))),
        Some(FailureReason::Stale)
    );
    assert_eq!(fake.secrets().len(), 5);
    for (name, secret) in before {
        assert_eq!(fake.secrets()[&name], secret);
    }
}

#[test]
fn an_account_taken_at_its_word_is_checked_by_the_first_answer() {
    let freight = Freight::new(40);
    let fake = Fake::default();
    fake.account("999999999999");
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert!(
        summary
            .stopped
            .unwrap()
            .to_string()
            .contains("account 999999999999, the expected account is 123456789012")
    );
    assert!(fake.secrets().len() <= quick().in_flight);
}

#[test]
fn an_outage_leaves_the_journal_as_it_was() {
    let freight = Freight::new(5);
    let fake = Fake::default();
    let plan = freight.draft(None);
    assert!(run(freight.import(&fake, &plan)).is_complete());
    let journal = freight.journal_text();
    fake.faults(Faults {
        lost: 1000,
        ..Faults::default()
    });
    let summary = run(freight.import(&fake, &plan));
    assert_eq!(
        summary.count(|done| reason(done) == Some(FailureReason::Service)),
        5
    );
    assert_eq!(freight.journal_text(), journal);
}

#[test]
fn a_value_that_comes_back_different_is_never_called_verified() {
    let freight = Freight::new(2);
    let fake = Fake::default();
    fake.corrupt(Some(b"garbage".to_vec()));
    let summary = run(freight.import(&fake, &freight.draft(None)));
    assert_eq!(
        summary.count(|done| reason(done) == Some(FailureReason::ValueDiffers)),
        2
    );
    let cancel = Cancellation::new();
    let metadata = run(freight.try_import(
        &fake,
        &freight.draft(None),
        &cancel,
        Check::Metadata,
        &NoProgress,
    ))
    .unwrap();
    assert_eq!(
        metadata.count(|done| *done == EntryStatus::Adopted(Proof::Metadata)),
        2
    );
}

#[test]
fn a_cancellation_ends_it_after_the_calls_in_flight() {
    /// Cancels when the third entry is done.
    struct CancelAtThird<'a>(&'a Cancellation, AtomicU64);
    impl Progress for CancelAtThird<'_> {
        fn stage(&self, _: &str, _: u64) {}
        fn advance(&self, steps: u64) {
            if self.1.fetch_add(steps, Ordering::Relaxed) + steps == 3 {
                self.0.request();
            }
        }
        fn finish(&self) {}
    }
    let freight = Freight::new(40);
    let fake = Fake::default();
    let plan = freight.draft(None);
    let cancel = Cancellation::new();
    let progress = CancelAtThird(&cancel, AtomicU64::new(0));
    let summary = run(freight.try_import(&fake, &plan, &cancel, Check::Value, &progress)).unwrap();
    assert!(summary.interrupted && !summary.is_complete());
    let (created, left) = (
        summary.count(|d| matches!(d, EntryStatus::Created(_))),
        summary.count(|d| *d == EntryStatus::NotTried),
    );
    assert_eq!(
        (created + left, created as usize),
        (40, fake.secrets().len())
    );
    assert!(
        (3..=3 + quick().in_flight as u64).contains(&created),
        "{created}"
    );
    assert!(run(freight.import(&fake, &plan)).is_complete());
}
