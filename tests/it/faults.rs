//! Import twice is import once, whatever is lost, throttled or killed between.

use keyferry::migrate::client_error::Call;
use keyferry::migrate::import::EntryStatus;
use keyferry::migrate::plan::Plan;
use proptest::prelude::*;

use crate::support::fake_secrets_manager::{Fake, Faults};
use crate::support::planted_secrets::{Freight, run};

/// Imports under faults, as often as it takes. A death drops everything but the journal's file.
fn import_under(freight: &mut Freight, fake: &Fake, plan: &Plan, faults: Faults, tear: bool) {
    for attempt in 0..30 {
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
            None if tear => {
                let mut bytes = std::fs::read(freight.journal_path()).unwrap();
                bytes.extend_from_slice(b"{\"schema\":1,\"line\":");
                std::fs::write(freight.journal_path(), bytes).unwrap();
            }
            None => {}
        }
    }
    panic!("it never came to an end under {faults:?}");
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
    ) {
        let (expected, fake) = (Fake::default(), Fake::default());
        let calm = Freight::new(count);
        run(calm.import(&expected, &calm.draft(None)));

        let mut freight = Freight::new(count);
        let plan = freight.draft(None);
        import_under(&mut freight, &fake, &plan, Faults { throttle, lost, reply_lost, seed, die_at }, tear);
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
    }
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
