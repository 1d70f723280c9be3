//! What an import did, line by line, so that one killed at any moment is finished by running it again.
//!
//! `journal.jsonl` is only ever appended to: one JSON record a line, each with the SHA-256 of the line before it, written
//! to disk before the call that it announces and after the call that it reports. One process writes at a time. A last
//! line without its line end was being written when the process died; nothing was done on the strength of it, so it is
//! cut off. Any other flaw is an error that names the line: the chain shows what was changed, though not that whole
//! lines were taken from the end. No line holds a value.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secret::{Fingerprint, SecretId, hex};
use crate::secrets_manager::{Account, KeyArn, Region};

/// Version of the format of a line.
pub const SCHEMA: u32 = 1;

/// How far an entry has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// An import took it up.
    Planned,
    /// CreateSecret is about to be called.
    Intent,
    /// The account has it, under our token.
    Created,
    /// Its tags were put right.
    Tagged,
    /// Read back: value, tags and key are those of the plan, as far as the role may look.
    Verified,
    /// The value is no longer where the inventory says, or is another one.
    Drift,
    /// The name holds something else.
    Conflict,
    Denied,
    /// No answer came: it may have been created.
    Ambiguous,
    Failed,
}

impl State {
    /// The account holds it, as far as the journal knows.
    pub fn is_in_account(self) -> bool {
        matches!(self, State::Created | State::Tagged | State::Verified)
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of this format.
    pub schema: u32,
    /// Number of the line, from 1.
    pub line: u64,
    /// SHA-256 of the line before, without its line end; 64 zeros in the first.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub previous: String,
    /// RFC 3339, UTC.
    pub time: String,
    pub event: Event,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub state: State,
    pub secret: SecretId,
    pub fingerprint: Fingerprint,
    pub account: Account,
    pub region: Region,
    pub name: String,
    /// ClientRequestToken and VersionId.
    pub token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<KeyArn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// In words: why, or how it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {doing} the journal {}: {error}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("the journal {} is being written by another import", path.display())]
    Locked { path: PathBuf },
    #[error("the journal {} is damaged at line {line}: {why}", path.display())]
    Damaged {
        path: PathBuf,
        line: u64,
        why: String,
    },
    #[error("line {line} of the journal {} has schema {schema}; this version knows {SCHEMA}", path.display())]
    Schema {
        path: PathBuf,
        line: u64,
        schema: u64,
    },
}

impl JournalError {
    /// What the user can do.
    pub fn hint(&self) -> &'static str {
        match self {
            JournalError::Io { .. } => "see that the folder is there and may be written to",
            JournalError::Locked { .. } => "wait until the other import has ended",
            JournalError::Damaged { .. } => {
                "restore the journal from a copy, or move it away and run `keyferry plan`: what is in the account is recognised by its token"
            }
            JournalError::Schema { .. } => {
                "use the version of keyferry that wrote it, or a newer one"
            }
        }
    }
}

/// What a journal tells, read without a lock.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The last event for each token, in the order of first appearance.
    latest: Vec<Event>,
    by_token: HashMap<String, usize>,
    /// The last event by which an import was in the account, by its token: a later failure does not take it out again.
    arrived: HashMap<String, Event>,
    lines: u64,
    last_hash: String,
    /// Bytes of a torn last line.
    pub torn: u64,
}

impl History {
    /// Reads a journal; an absent one is empty.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        match fs::read(path) {
            Ok(bytes) => Self::parse(path, &bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse(path, b""),
            Err(error) => Err(JournalError::Io {
                doing: "read",
                path: path.to_owned(),
                error,
            }),
        }
    }

    /// The last event of the import that has this token.
    pub fn latest(&self, token: &str) -> Option<&Event> {
        self.by_token.get(token).map(|&at| &self.latest[at])
    }

    /// The last event that says that the account holds the import of this token.
    pub fn arrived(&self, token: &str) -> Option<&Event> {
        self.arrived.get(token)
    }

    /// The last event of every import, in the order in which they were begun.
    pub fn events(&self) -> &[Event] {
        &self.latest
    }

    /// The accounts and Regions that imports went to, in order.
    pub fn places(&self) -> Vec<(Account, Region)> {
        let mut places: Vec<_> = self
            .latest
            .iter()
            .map(|event| (event.account.clone(), event.region.clone()))
            .collect();
        places.sort();
        places.dedup();
        places
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, JournalError> {
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
        let mut history = Self {
            last_hash: "0".repeat(64),
            torn: (bytes.len() - whole) as u64,
            ..Self::default()
        };
        for text in bytes[..whole].split_inclusive(|&byte| byte == b'\n') {
            let text = &text[..text.len() - 1];
            let line = history.lines + 1;
            let record = parse_line(path, line, text)?;
            let damaged = |why: &str| JournalError::Damaged {
                path: path.to_owned(),
                line,
                why: why.to_owned(),
            };
            if record.previous != history.last_hash {
                return Err(damaged(
                    "it does not follow from the line before it, so one of the two was changed",
                ));
            }
            if record.line != line {
                return Err(damaged("it bears the number of another line"));
            }
            history.add(record.event, text);
        }
        Ok(history)
    }

    fn add(&mut self, event: Event, text: &[u8]) {
        self.lines += 1;
        self.last_hash = hex(&Sha256::digest(text));
        if event.state.is_in_account() {
            self.arrived.insert(event.token.clone(), event.clone());
        }
        match self.by_token.get(&event.token) {
            Some(&at) => self.latest[at] = event,
            None => {
                self.by_token.insert(event.token.clone(), self.latest.len());
                self.latest.push(event);
            }
        }
    }
}

fn parse_line(path: &Path, line: u64, text: &[u8]) -> Result<Record, JournalError> {
    let damaged = |why: String| JournalError::Damaged {
        path: path.to_owned(),
        line,
        why,
    };
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
    // The version first: a newer format has fields that this one does not know.
    match value.get("schema").and_then(serde_json::Value::as_u64) {
        None => return Err(damaged("it has no schema".to_owned())),
        Some(schema) if schema != u64::from(SCHEMA) => {
            return Err(JournalError::Schema {
                path: path.to_owned(),
                line,
                schema,
            });
        }
        Some(_) => {}
    }
    serde_json::from_value(value).map_err(|error| damaged(error.to_string()))
}

/// A journal open for writing. The lock is given back when this is dropped.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    inner: Mutex<Inner>,
    torn: u64,
}

#[derive(Debug)]
struct Inner {
    file: File,
    history: History,
    /// A write failed half-way: what is on disk is not known, so nothing more is written.
    broken: bool,
}

impl Drop for Inner {
    /// Closing the file gives the lock back only when no child that is being started holds a copy of it.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Journal {
    /// Opens or makes the journal (mode 0600), takes its lock, checks its chain and cuts off a torn last line.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let io = |doing| {
            move |error| JournalError::Io {
                doing,
                path: path.to_owned(),
                error,
            }
        };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io("open"))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Locked {
                path: path.to_owned(),
            },
            TryLockError::Error(error) => JournalError::Io {
                doing: "lock",
                path: path.to_owned(),
                error,
            },
        })?;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(io("read"))?;
        file.read_to_end(&mut bytes).map_err(io("read"))?;
        let history = History::parse(path, &bytes)?;
        if history.torn > 0 {
            file.set_len(bytes.len() as u64 - history.torn)
                .map_err(io("repair"))?;
            file.sync_all().map_err(io("repair"))?;
        }
        if bytes.is_empty() {
            // The name of a new file is on disk once its folder is.
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            #[cfg(unix)]
            File::open(parent)
                .and_then(|folder| folder.sync_all())
                .map_err(io("create"))?;
        }
        let torn = history.torn;
        Ok(Self {
            path: path.to_owned(),
            inner: Mutex::new(Inner {
                file,
                history,
                broken: false,
            }),
            torn,
        })
    }

    /// Bytes of a torn last line that `open` cut off; 0 when there was none. To be told.
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// The last event of the import that has this token.
    pub fn latest(&self, token: &str) -> Option<Event> {
        self.lock().history.latest(token).cloned()
    }

    /// True once the account held the import of this token.
    pub fn has_arrived(&self, token: &str) -> bool {
        self.lock().history.arrived(token).is_some()
    }

    /// Everything known now.
    pub fn history(&self) -> History {
        self.lock().history.clone()
    }

    /// Appends a line for each event, and returns when they are on disk.
    pub fn append(&self, events: Vec<Event>) -> Result<(), JournalError> {
        if events.is_empty() {
            return Ok(());
        }
        let io = |error| JournalError::Io {
            doing: "write",
            path: self.path.clone(),
            error,
        };
        let mut inner = self.lock();
        if inner.broken {
            return Err(io(std::io::Error::other("an earlier write failed")));
        }
        let time = jiff::Timestamp::now().to_string();
        let mut text = Vec::new();
        for event in events {
            let record = Record {
                schema: SCHEMA,
                line: inner.history.lines + 1,
                previous: inner.history.last_hash.clone(),
                time: time.clone(),
                event: event.clone(),
            };
            let line = serde_json::to_vec(&record).map_err(|error| io(error.into()))?;
            text.extend_from_slice(&line);
            text.push(b'\n');
            inner.history.add(event, &line);
        }
        inner.broken = true;
        inner.file.write_all(&text).map_err(io)?;
        inner.file.sync_data().map_err(io)?;
        inner.broken = false;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(token: &str, state: State) -> Event {
        Event {
            state,
            secret: SecretId::from_bytes(&[7; 12]),
            fingerprint: Fingerprint([9; 32]),
            account: "123456789012".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            name: "/app/db".into(),
            token: token.into(),
            kms_key: None,
            arn: None,
            detail: None,
        }
    }

    fn written(path: &Path) -> Vec<u8> {
        let journal = Journal::open(path).unwrap();
        journal
            .append(vec![event("a", State::Planned), event("b", State::Planned)])
            .unwrap();
        journal.append(vec![event("a", State::Intent)]).unwrap();
        journal.append(vec![event("a", State::Created)]).unwrap();
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
        assert_eq!(journal.latest("a").unwrap().state, State::Created);
        assert_eq!(journal.latest("b").unwrap().state, State::Planned);
        assert_eq!(journal.latest("c"), None);
        assert_eq!(History::read(&path).unwrap().events().len(), 2);
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
            assert_eq!(journal.latest("a").unwrap().state, State::Intent);
            journal.append(vec![event("a", State::Created)]).unwrap();
            drop(journal);
            assert_eq!(
                Journal::open(&path).unwrap().latest("a").unwrap().state,
                State::Created
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
        assert!(History::read(&path).is_ok());
        drop(first);
        assert!(Journal::open(&path).is_ok());
    }
}
