use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::decide::sample_secrets::secret;
use crate::inventory::use_key::UseChoice;

/// A session about these secrets, with the built-in policy and no other file.
fn session(folder: &Path, person: &str, secrets: Vec<Secret>) -> Session {
    let folder_of_load = folder.to_owned();
    let secrets = Arc::new(secrets);
    let load: Load = Box::new(move || {
        let policy = Policy::builtin();
        let files = decision_files::list(&folder_of_load)?;
        let decisions = Decisions::load(&files, Links::RefusedAtEnd, &policy)?;
        let inputs = Inputs {
            decisions: Some(&decisions),
            ..Inputs::new(&policy, jiff::Zoned::now().date())
        };
        let settled = settle(secrets.iter().cloned(), &inputs);
        Ok(Loaded {
            registry: None,
            codeowners: BTreeMap::new(),
            pipelines: BTreeMap::new(),
            repositories: Repositories::default(),
            secrets: settled.secrets,
            policy,
        })
    });
    Session::open(folder, person, load).unwrap()
}

/// Passwords of three services in two repositories.
fn six() -> Vec<Secret> {
    let of = |number: u64, repository: &str, path: &str| {
        secret(
            number,
            &format!("db{number}.password"),
            &[(repository, path)],
        )
    };
    vec![
        of(1, "shop", "a/prod.yml"),
        of(2, "shop", "a/prod.yml"),
        of(3, "shop", "b/x.yml"),
        of(4, "bank", "prod/app.yml"),
        of(5, "bank", "prod/app.yml"),
        of(6, "bank", "test/app.yml"),
    ]
}

fn reply(secrets: &[SecretId], answer: Answer) -> Reply {
    Reply {
        secrets: secrets.to_vec(),
        answer,
        reason: Some("asked".to_owned()),
        at: "2026-03-31T14:05:00Z".parse().unwrap(),
    }
}

/// Everything that a front end sees.
fn state(session: &Session) -> String {
    let of = |(id, secret): (&SecretId, &Secret)| {
        let asked = session
            .questions(id)
            .iter()
            .map(|asked| asked.topic.to_string());
        let asked: Vec<String> = asked.collect();
        format!(
            "{id} {:?} {:?} {asked:?}\n",
            secret.decision, secret.metadata
        )
    };
    session.secrets().iter().map(of).collect()
}

#[test]
fn one_answer_settles_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path(), "jane@example.com", six());
    let waiting = session.waiting();
    assert_eq!(waiting, 6);
    let groups = session.groups(|_| true);
    let total: usize = groups.iter().map(|group| group.members.len()).sum();
    assert_eq!(total, 6);
    let first = groups[0].clone();
    assert!(first.members.len() > 1, "{first:?}");
    let reply = reply(&first.members, Answer::Outcome(Outcome::Dismiss));
    let before = state(&session);
    let preview = session.preview(&reply).unwrap();
    assert_eq!(state(&session), before, "a preview changes nothing");
    assert!(!session.file().exists());
    let change = session.answer(&reply).unwrap();
    assert_eq!(change, preview);
    assert_eq!(change.settled, first.members.len());
    assert_eq!(session.waiting(), 6 - first.members.len());
    for id in &first.members {
        assert_eq!(session.secrets()[id].decision.outcome, Outcome::Dismiss);
    }
    session.undo().unwrap();
    assert_eq!(state(&session), before);
    assert!(!session.file().exists());
    assert!(matches!(session.undo(), Err(SessionError::NothingToUndo)));
}

#[test]
fn groups_widen_from_one_secret_to_the_question() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path(), "jane@example.com", six());
    let lead = six()[0].id.clone();
    let size = |likeness| {
        session.alike(&lead, likeness, |_| true).map(|group| {
            assert_eq!(group.members[0], lead);
            group.members.len()
        })
    };
    let sizes = Likeness::ALL.map(|likeness| (likeness, size(likeness)));
    let expected = [
        (Likeness::Itself, Some(1)),
        (Likeness::File, Some(2)),
        (Likeness::Key, Some(2)),
        (Likeness::Host, None),
        (Likeness::Usual, Some(2)),
        (Likeness::Application, Some(2)),
        (Likeness::Detector, Some(4)),
        (Likeness::Question, Some(4)),
    ];
    assert_eq!(sizes, expected);
}

#[test]
fn an_outcome_needs_a_reason_and_an_answer_needs_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path(), "jane@example.com", six());
    let id = six()[0].id.clone();
    let retire = Answer::Outcome(Outcome::Retire);
    for reason in [None, Some("  ".to_owned())] {
        let reply = Reply {
            reason,
            ..reply(std::slice::from_ref(&id), retire.clone())
        };
        assert!(matches!(
            session.answer(&reply),
            Err(SessionError::NoReason)
        ));
    }
    assert!(matches!(
        session.answer(&reply(&[], retire.clone())),
        Err(SessionError::NoSecrets)
    ));
    let unknown = SecretId::from_bytes(&[9; 12]);
    assert!(matches!(
        session.answer(&reply(&[unknown], retire)),
        Err(SessionError::Gone(_))
    ));
    let illegal = Answer::of_field("appenv", "no such environment".to_owned());
    assert!(matches!(
        session.answer(&reply(&[id], illegal)),
        Err(SessionError::Decisions(_))
    ));
    assert!(!session.file().exists());
    assert_eq!(session.waiting(), 6);
}

#[test]
fn a_change_on_disk_is_read_before_an_answer_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut janes = session(folder.path(), "jane@example.com", six());
    let mut bobs = session(folder.path(), "bob@example.com", six());
    let ids: Vec<SecretId> = six().into_iter().map(|secret| secret.id).collect();
    bobs.answer(&reply(&ids[..2], Answer::Outcome(Outcome::Retain)))
        .unwrap();
    let retire = reply(&ids[..1], Answer::Outcome(Outcome::Retire));
    assert!(matches!(janes.answer(&retire), Err(SessionError::Changed)));
    assert_eq!(janes.secrets()[&ids[0]].decision.outcome, Outcome::Retain);
    assert_eq!(janes.waiting(), 4);
    janes
        .answer(&reply(&ids[2..3], Answer::Outcome(Outcome::Retire)))
        .unwrap();
    assert!(bobs.refresh().unwrap());
    assert_eq!(state(&bobs), state(&janes));
    // Bob's answers can still be taken back: nobody has changed his file.
    bobs.undo().unwrap();
    assert_eq!(bobs.waiting(), 5);
    // A contradiction is shown before and after it is made.
    let contradicting = reply(&ids[2..3], Answer::Outcome(Outcome::Retain));
    let preview = bobs.preview(&contradicting).unwrap();
    assert_eq!(preview.contradictions.len(), 1, "{preview:?}");
    assert_eq!(bobs.answer(&contradicting).unwrap(), preview);
    assert_eq!(bobs.secrets()[&ids[2]].decision.outcome, Outcome::Review);
}

#[test]
fn a_file_that_is_damaged_meanwhile_is_an_error_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session(folder.path(), "jane@example.com", six());
    let ids: Vec<SecretId> = six().into_iter().map(|secret| secret.id).collect();
    session
        .answer(&reply(&ids[..1], Answer::Outcome(Outcome::Retire)))
        .unwrap();
    let other = folder.path().join("decisions/bob.yaml");
    std::fs::write(&other, "schema: 2\nstatements:\n  - nonsense: 1\n").unwrap();
    let before = std::fs::read(session.file()).unwrap();
    let error = session.answer(&reply(&ids[1..2], Answer::Outcome(Outcome::Retire)));
    assert!(error.is_err());
    assert_eq!(std::fs::read(session.file()).unwrap(), before);
    std::fs::remove_file(other).unwrap();
    let _ = session.refresh();
    session
        .answer(&reply(&ids[1..2], Answer::Outcome(Outcome::Retire)))
        .unwrap();
    assert_eq!(session.waiting(), 4);
}

#[test]
fn a_precedent_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let of = |number: u64| secret(number, "db.password", &[("shop", "tests/a.yml")]);
    let mut session = session(folder.path(), "jane@example.com", vec![of(1), of(2), of(3)]);
    let ids: Vec<SecretId> = (1..4).map(|number| of(number).id).collect();
    let first = session.proposals(&ids[1])[0].clone();
    assert_eq!(first.answer, Answer::Outcome(Outcome::Dismiss));
    assert_eq!(
        first.because,
        "the value is only in tests, examples or documentation"
    );
    session
        .answer(&reply(&ids[..1], Answer::Outcome(Outcome::Retain)))
        .unwrap();
    let first = session.proposals(&ids[1])[0].clone();
    assert_eq!(first.answer, Answer::Outcome(Outcome::Retain));
    assert_eq!(first.because, "1 secret of the same rule in shop has it");
    session.undo().unwrap();
    let first = session.proposals(&ids[1])[0].clone();
    assert_eq!(first.answer, Answer::Outcome(Outcome::Dismiss));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// After any answers and takings back, a new session that reads the files sees what this one sees.
    #[test]
    fn a_session_sees_what_a_new_one_reads(steps in prop::collection::vec((0..7_usize, 0..6_usize, 1..4_usize), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path(), "jane@example.com", six());
        let ids: Vec<SecretId> = six().into_iter().map(|secret| secret.id).collect();
        for (what, from, many) in steps {
            let chosen: Vec<SecretId> = ids.iter().cycle().skip(from).take(many).cloned().collect();
            let answer = match what {
                0 => Answer::Outcome(Outcome::Retire),
                1 => Answer::Outcome(Outcome::Relocate),
                2 => Answer::Outcome(Outcome::Dismiss),
                3 => Answer::of_field("appenv", "prod".to_owned()),
                4 => Answer::of_field("appid", "ord001".to_owned()),
                5 => Answer::Uses(UseChoice::Together),
                _ => {
                    let _ = session.undo();
                    continue;
                }
            };
            // Ids of uses that an answer makes or unmakes are not known any more.
            match session.answer(&reply(&chosen, answer)) {
                Ok(_) | Err(SessionError::Gone(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let fresh = super::tests::session(folder.path(), "jane@example.com", six());
        prop_assert_eq!(state(&session), state(&fresh));
    }
}
