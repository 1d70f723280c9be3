//! Values that are not exact: they are planned with a problem, and never sent.

use keyferry::finding::{Certainty, Doubt};

use super::*;

/// Makes all places of a secret uncertain.
fn make(freight: &mut Freight, n: usize, certainty: Certainty) {
    for place in &mut freight.secrets[n].occurrences {
        place.certainty = certainty;
    }
}

const DOUBTFUL: Certainty = Certainty::Doubtful(Doubt::Variable);

#[test]
fn a_value_that_no_place_has_exactly_is_blocked() {
    let mut freight = Freight::new(5);
    make(&mut freight, 0, DOUBTFUL);
    make(&mut freight, 1, Certainty::InParts);
    make(&mut freight, 2, Certainty::TooLong);
    // One exact place is enough.
    freight.secrets[3].occurrences[0].certainty = DOUBTFUL;
    let fake = Fake::default();
    let plan = run(freight.plan(&fake));
    let expected = [
        (0, Class::NotExact, PlanProblemCode::ValueDoubtful),
        (1, Class::NotExact, PlanProblemCode::ValueInParts),
        (2, Class::Invalid, PlanProblemCode::ValueTooLarge),
    ];
    let entry = |n: usize| {
        let id = &freight.secrets[n].id;
        let mut entries = plan.entries.iter();
        entries.find(|entry| entry.secret == *id).unwrap()
    };
    for (n, class, code) in expected {
        let problems: Vec<_> = entry(n)
            .problems
            .iter()
            .map(|problem| problem.code)
            .collect();
        assert_eq!((entry(n).class, problems), (class, vec![code]));
    }
    let place = entry(3).occurrence.as_ref().unwrap();
    assert_eq!(place.path, freight.secrets[3].occurrences[1].path);
    let summary = run(freight.import(&fake, &plan));
    for (n, class, _) in expected {
        let status = done(&summary.outcomes, freight.name(n));
        assert_eq!(*status, EntryStatus::Blocked(class));
    }
    assert_eq!(fake.secrets().len(), 2);
    assert!(fake.secrets().contains_key(freight.name(3)));
}

/// A plan was made before a scan doubted the value.
#[test]
fn a_plan_from_before_the_doubt_is_refused() {
    for certainty in [DOUBTFUL, Certainty::InParts, Certainty::TooLong] {
        let mut freight = Freight::new(1);
        let plan = freight.draft(None);
        make(&mut freight, 0, certainty);
        let fake = Fake::default();
        let cancel = Cancellation::new();
        let refused = run(freight.try_import(&fake, &plan, &cancel, Check::Value, &NoProgress));
        assert!(
            matches!(refused, Err(ImportRefused::Changed(_))),
            "{refused:?}"
        );
        // An import that trusts the plan does not read the value, either.
        let trusted = (plan.clone(), freight.history());
        let reader = freight.reader();
        let job = freight.job(&plan, &trusted, &reader);
        let summary = dry_run(&job, &cancel, &NoProgress).unwrap();
        let status = &summary.outcomes[0].status;
        assert_eq!(reason(status), Some(FailureReason::Invalid), "{status:?}");
        assert!(fake.secrets().is_empty());
    }
}

#[test]
fn a_plan_says_how_a_value_is_read_and_stored() {
    use keyferry::finding::{Decoding, Escapes};
    use keyferry::migrate::plan::StoredAs;

    let mut freight = Freight::new(3);
    for place in &mut freight.secrets[1].occurrences {
        place.decoding = vec![Decoding::Base64, Decoding::Escapes(Escapes::Json)];
    }
    freight.secrets[2].reading.binary = true;
    let plan = freight.draft(None);
    let of = |n: usize| {
        let id = &freight.secrets[n].id;
        let mut entries = plan.entries.iter();
        let entry = entries.find(|entry| entry.secret == *id).unwrap();
        (entry.reading.as_deref().unwrap(), entry.stored_as.unwrap())
    };
    assert_eq!(of(0), ("as written", StoredAs::SecretString));
    assert_eq!(
        of(1),
        ("base64, then escapes of json", StoredAs::SecretString)
    );
    assert_eq!(of(2), ("as written", StoredAs::SecretBinary));
}

/// A person chooses the value as it is written: the bytes of the file are moved, and verified.
#[test]
fn a_doubtful_value_is_moved_in_the_reading_that_a_person_chose() {
    use keyferry::finding::Readings;
    use keyferry::inventory::entry_reading::ReadingChoice;

    for choice in [ReadingChoice::AsRead, ReadingChoice::AsWritten] {
        let mut freight = Freight::new(1);
        make(&mut freight, 0, DOUBTFUL);
        let read = SecretValue::new(freight.values[0].clone());
        let raw = [b"\\".as_slice(), &freight.values[0]].concat();
        let written = SecretValue::new(raw.clone());
        let fingerprint = freight.key.fingerprint(&written);
        for place in &mut freight.secrets[0].occurrences {
            let compared = Readings::of(&read, &written, fingerprint);
            place.readings = Some(Box::new(compared));
        }
        let fake = Fake::default();
        let blocked = run(freight.plan(&fake));
        assert_eq!(blocked.entries[0].class, Class::NotExact);
        freight.secrets[0].reading.chosen = Some(choice);
        let expected = match choice {
            ReadingChoice::AsRead => freight.values[0].clone(),
            ReadingChoice::AsWritten => {
                freight.secrets[0].reading.written = Some(fingerprint);
                let mut source = freight.source.borrow_mut();
                source.values_mut().for_each(|value| value.clone_from(&raw));
                raw
            }
        };
        let plan = run(freight.plan(&fake));
        assert_eq!(plan.entries[0].class, Class::Create, "{choice:?}");
        let summary = run(freight.import(&fake, &plan));
        assert!(summary.is_complete(), "{summary:?}");
        freight.note(&summary);
        let secrets = fake.secrets();
        let mut versions = secrets[freight.name(0)].versions.values();
        assert_eq!(versions.next().unwrap().value, expected);
        let report = verification::verified(&freight, &fake, Some(&plan), Check::Value);
        assert!(report.is_clean(), "{report:?}");
    }
}
