//! Import twice is import once, whatever is lost, throttled or killed between.

use keyferry::cancel::Cancellation;
use keyferry::migrate::client::SecretPage;
use keyferry::migrate::client_error::{Call, ErrorKind};
use keyferry::migrate::import::EntryStatus;
use keyferry::migrate::plan::{Plan, compare};
use keyferry::progress::NoProgress;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::fake_secrets_manager::{Fake, Faults};
use crate::support::planted_secrets::{Freight, quick, run};

/// What happens to the journal and the service between and during the attempts.
#[derive(Clone, Copy, Debug)]
struct Misfortune {
    /// Every death tears the last line of the journal.
    tear: bool,
    /// The journal is lost after each attempt of an even number.
    lose: bool,
    /// In the first attempt, every call of this kind fails for good.
    outage: Option<(Call, ErrorKind)>,
}

/// Imports under faults, as often as it takes. A death drops everything but the journal's file.
fn import_under(
    freight: &mut Freight,
    fake: &Fake,
    plan: &Plan,
    faults: Faults,
    misfortune: Misfortune,
) {
    for attempt in 0..30 {
        let outage = misfortune.outage.filter(|_| attempt == 0);
        fake.fail(outage.as_slice());
        let seed = faults.seed.wrapping_add(attempt);
        // Each life is longer than the one before, or the process would never get anywhere.
        let die_at = faults
            .die_at
            .filter(|_| attempt < 8)
            .map(|(at, after)| (at + 2 * attempt, after));
        fake.faults(Faults {
            seed,
            die_at,
            ..faults
        });
        let summary = run(async {
            tokio::select! {
                summary = freight.import(fake, plan) => Some(summary),
                () = fake.died() => None,
            }
        });
        match summary {
            Some(summary) => {
                freight.note(&summary);
                if summary.is_complete() {
                    return;
                }
            }
            None if misfortune.tear => {
                let mut bytes = std::fs::read(freight.journal_path()).unwrap();
                bytes.extend_from_slice(b"{\"schema\":1,\"line\":");
                std::fs::write(freight.journal_path(), bytes).unwrap();
            }
            None => {}
        }
        if misfortune.lose && attempt % 2 == 0 {
            let _ = std::fs::remove_file(freight.journal_path());
        }
    }
    panic!("it never came to an end under {faults:?} {misfortune:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn imported_under_faults_is_imported_once(
        count in 1..8usize,
        throttle in 0..300u64,
        lost in 0..200u64,
        reply_lost in 0..300u64,
        seed in any::<u64>(),
        die_at in proptest::option::of((0..20u64, any::<bool>())),
        tear in any::<bool>(),
        replan in any::<bool>(),
        lose in any::<bool>(),
        outage in proptest::option::of(select(OUTAGES.as_slice())),
        rotations in vec(0..4usize, 8),
        lose_at_end in any::<bool>(),
    ) {
        let (expected, fake) = (Fake::default(), Fake::default());
        let calm = Freight::new(count);
        run(calm.import(&expected, &calm.draft(None)));

        let mut freight = Freight::new(count);
        let plan = freight.draft(None);
        let faults = Faults { throttle, lost, reply_lost, seed, die_at };
        import_under(&mut freight, &fake, &plan, faults, Misfortune { tear, lose, outage });
        prop_assert_eq!(fake.secrets(), expected.secrets());

        fake.faults(Faults::default());
        fake.forget_calls();
        let journal = freight.journal_text();
        let plan = if replan { run(freight.plan(&fake)) } else { plan };
        let again = run(freight.import(&fake, &plan));
        prop_assert_eq!(again.count(|done| *done == EntryStatus::InSync), count as u64);
        prop_assert_eq!(fake.secrets(), expected.secrets());
        prop_assert_eq!(freight.journal_text(), journal);
        prop_assert!(fake.take_calls(Call::Create).is_empty());

        // The teams rotate some of the secrets, and the journal may be lost: no value is written over theirs.
        let rotated = rotations[..count].iter().filter(|times| **times > 0).count();
        for (n, times) in rotations[..count].iter().enumerate() {
            fake.rotate(freight.name(n), *times);
        }
        if lose_at_end {
            std::fs::remove_file(freight.journal_path()).unwrap();
        }
        let now = fake.secrets();
        fake.faults(Faults { die_at: None, ..faults });
        for _ in 0..30 {
            let plan = freight.draft(None);
            let summary = run(freight.import(&fake, &plan));
            prop_assert_eq!(fake.secrets(), now.clone());
            if summary.is_complete() {
                let kept = summary.count(|done| *done == EntryStatus::Rotated);
                prop_assert_eq!(kept, rotated as u64);
                return Ok(());
            }
        }
        prop_assert!(false, "it never came to an end");
    }
}

const OUTAGES: [(Call, ErrorKind); 5] = [
    (Call::Create, ErrorKind::AccessDenied),
    (Call::Create, ErrorKind::Kms),
    (Call::Create, ErrorKind::WrongAnswer),
    (Call::Describe, ErrorKind::ClockSkew),
    (Call::GetValue, ErrorKind::Ambiguous),
];

/// A service whose pages do not end, and one that fails for good, lose and double nothing either.
#[test]
fn a_service_that_misbehaves_is_left_and_the_import_finished_later() {
    let mut freight = Freight::new(30);
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    for outage in OUTAGES {
        fake.fail(&[outage]);
        let summary = run(freight.import(&fake, &plan));
        assert!(!summary.is_complete(), "{outage:?}");
        freight.note(&summary);
        fake.pages(Some(Box::new(|_| SecretPage {
            secrets: Vec::new(),
            next: Some("again".to_owned()),
        })));
        let history = freight.history();
        let (pace, cancel) = (quick(), Cancellation::new());
        let mut again = freight.draft(None);
        let input = freight.input(None, &history);
        let compared = run(compare(
            &mut again,
            &input,
            &fake,
            &pace,
            &cancel,
            &NoProgress,
        ));
        assert_eq!(compared.unwrap_err().kind, ErrorKind::WrongAnswer);
        fake.pages(None);
    }
    fake.fail(&[]);
    assert!(run(freight.import(&fake, &plan)).is_complete());
    let expected = Fake::default();
    run(Freight::new(30).import(&expected, &plan));
    assert_eq!(fake.secrets(), expected.secrets());
}

#[test]
fn killed_at_any_call_it_is_finished_by_running_it_again() {
    let expected = Fake::default();
    let calm = Freight::new(3);
    run(calm.import(&expected, &calm.draft(None)));
    let calls =
        [Call::Create, Call::Describe, Call::GetValue].map(|call| expected.take_calls(call).len());
    assert_eq!(calls, [3, 3, 3]);
    for at in 0..9 {
        for after in [false, true] {
            let freight = Freight::new(3);
            let fake = Fake::default();
            let plan = freight.draft(None);
            fake.faults(Faults {
                die_at: Some((at, after)),
                ..Faults::default()
            });
            let killed = run(async {
                tokio::select! {
                    _ = freight.import(&fake, &plan) => false,
                    () = fake.died() => true,
                }
            });
            assert!(killed);
            fake.faults(Faults::default());
            let summary = run(freight.import(&fake, &plan));
            assert!(summary.is_complete(), "{at} {after}: {summary:?}");
            assert_eq!(fake.secrets(), expected.secrets());
            assert_eq!(
                run(freight.import(&fake, &plan)).count(|done| *done == EntryStatus::InSync),
                3
            );
        }
    }
}
