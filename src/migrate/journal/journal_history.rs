//! The content of a journal: the last event of every import, after the chain of hashes was checked.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::journal_error::JournalError;
use super::journal_event::{JournalEvent, JournalRecord, SCHEMA};
use crate::secret::hex;
use crate::secrets_manager::{Account, Region};

/// What a journal tells, read without a lock.
#[derive(Clone, Debug, Default)]
pub struct JournalHistory {
    /// The last event for each token, in the order of first appearance.
    latest: Vec<JournalEvent>,
    by_token: HashMap<String, usize>,
    /// The last event by which an import was in the account, by its token: a later failure does not take it out again.
    arrived: HashMap<String, JournalEvent>,
    pub(super) lines: u64,
    pub(super) last_hash: String,
    /// Bytes of a torn last line.
    pub torn: u64,
}

impl JournalHistory {
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
    pub fn latest(&self, token: &str) -> Option<&JournalEvent> {
        self.by_token.get(token).map(|&at| &self.latest[at])
    }

    /// The last event that says that the account holds the import of this token.
    pub fn arrived(&self, token: &str) -> Option<&JournalEvent> {
        self.arrived.get(token)
    }

    /// The last event of every import, in the order in which they were begun.
    pub fn events(&self) -> &[JournalEvent] {
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

    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, JournalError> {
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

    pub(super) fn add(&mut self, event: JournalEvent, text: &[u8]) {
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

fn parse_line(path: &Path, line: u64, text: &[u8]) -> Result<JournalRecord, JournalError> {
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
