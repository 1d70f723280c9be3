//! Tests of the journal: torn lines, changed lines, locks.

use std::fs;
use std::path::Path;

use super::{EntryState, Journal, JournalError, JournalEvent, JournalHistory};
use crate::secret::{Fingerprint, SecretId};

fn event(token: &str, state: EntryState) -> JournalEvent {
    JournalEvent {
        state,
        secret: SecretId::from_bytes(&[7; 12]),
        fingerprint: Fingerprint([9; 32]),
        account: "123456789012".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
        name: "/app/db".parse().unwrap(),
        token: token.into(),
        kms_key: None,
        arn: None,
        detail: None,
    }
}

fn written(path: &Path) -> Vec<u8> {
    let journal = Journal::open(path).unwrap();
    journal
        .append(vec![
            event("a", EntryState::Planned),
            event("b", EntryState::Planned),
        ])
        .unwrap();
    journal
        .append(vec![event("a", EntryState::Intent)])
        .unwrap();
    journal
        .append(vec![event("a", EntryState::Created)])
        .unwrap();
    drop(journal);
    fs::read(path).unwrap()
}

#[test]
fn the_latest_state_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    written(&path);
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.torn(), 0);
    assert_eq!(journal.latest("a").unwrap().state, EntryState::Created);
    assert_eq!(journal.latest("b").unwrap().state, EntryState::Planned);
    assert_eq!(journal.latest("c"), None);
    assert_eq!(JournalHistory::read(&path).unwrap().events().len(), 2);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions())
            & 0o777,
        0o600
    );
}

#[test]
fn a_torn_last_line_is_cut_wherever_it_tore() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let bytes = written(&path);
    let start_of_last = memchr::memrchr(b'\n', &bytes[..bytes.len() - 1]).unwrap() + 1;
    for end in start_of_last + 1..bytes.len() {
        fs::write(&path, &bytes[..end]).unwrap();
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.torn(), (end - start_of_last) as u64);
        assert_eq!(journal.latest("a").unwrap().state, EntryState::Intent);
        journal
            .append(vec![event("a", EntryState::Created)])
            .unwrap();
        drop(journal);
        assert_eq!(
            Journal::open(&path).unwrap().latest("a").unwrap().state,
            EntryState::Created
        );
    }
}

#[test]
fn a_changed_line_breaks_the_chain_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let text = String::from_utf8(written(&path)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = |lines: &[&str]| {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        match Journal::open(&path) {
            Err(JournalError::Damaged { line, .. }) => line,
            other => panic!("{other:?}"),
        }
    };
    let changed = lines[1].replace("planned", "created");
    assert_eq!(at(&[lines[0], &changed, lines[2], lines[3]]), 3);
    assert_eq!(at(&[lines[0], lines[2], lines[3]]), 2);
    assert_eq!(at(&[lines[1], lines[2], lines[3]]), 1);
    assert_eq!(at(&[lines[0], "", lines[1]]), 2);
    assert_eq!(at(&[lines[0], &lines[1][..40], lines[2]]), 2);
    let unknown = lines[0].replace("\"line\"", "\"more\":1,\"line\"");
    assert_eq!(at(&[&unknown]), 1);
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    fs::write(&path, "{\"schema\":2,\"new\":true}\n").unwrap();
    assert!(matches!(
        Journal::open(&path),
        Err(JournalError::Schema {
            schema: 2,
            line: 1,
            ..
        })
    ));
}

#[test]
fn one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let first = Journal::open(&path).unwrap();
    assert!(matches!(
        Journal::open(&path),
        Err(JournalError::Locked { .. })
    ));
    assert!(JournalHistory::read(&path).is_ok());
    drop(first);
    assert!(Journal::open(&path).is_ok());
}
