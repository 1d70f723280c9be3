//! The content of a journal, whose chain of hashes was checked: the last event of every entry.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::journal_error::{FileOperation, JournalError, LineDamage};
use super::journal_event::{JournalEvent, JournalRecord, SCHEMA};
use crate::no_follow_open::{self, Links};
use crate::secret::hex;
use crate::secrets_manager::{Account, Region};

/// The largest journal: those of a million imports.
pub(super) const LARGEST: u64 = 2 << 30;

/// The content of a journal. An entry is identified by its request token.
#[derive(Clone, Debug, Default)]
pub struct JournalHistory {
    /// The last event for each token, in the order of first appearance.
    latest: Vec<JournalEvent>,
    by_token: HashMap<String, usize>,
    /// The last event of each token that put the secret into the account. A later failure does not
    /// remove it from there.
    arrived: HashMap<String, JournalEvent>,
    /// Number of lines.
    pub(super) lines: u64,
    /// SHA-256 of the last line, in hex.
    pub(super) last_hash: String,
    /// Bytes of a torn last line; 0 if there is none.
    pub torn: u64,
}

impl JournalHistory {
    /// Reads a journal without its lock. An absent file is an empty journal.
    ///
    /// # Errors
    ///
    /// The file cannot be read, a line is damaged, or it is of another version of the format.
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        match no_follow_open::read_at_most(path, Links::RefusedAtEnd, LARGEST) {
            Ok(bytes) => Self::parse(path, &bytes),
            Err(error) if error.is_not_found() => Self::parse(path, b""),
            Err(error) => Err(JournalError::Io {
                operation: FileOperation::Read,
                path: path.to_owned(),
                error: error.into(),
            }),
        }
    }

    /// The last event of the entry with this request token.
    pub fn latest(&self, token: &str) -> Option<&JournalEvent> {
        self.by_token.get(token).map(|&at| &self.latest[at])
    }

    /// The last event of this request token that put the secret into the account.
    pub fn arrived(&self, token: &str) -> Option<&JournalEvent> {
        self.arrived.get(token)
    }

    /// The last event of every entry, in order of their first events.
    pub fn events(&self) -> &[JournalEvent] {
        &self.latest
    }

    /// A note that the journal has no record of secrets that are in the account under the request
    /// tokens of this inventory. `None` for no secret.
    pub fn unrecorded_note(&self, secrets: u64) -> Option<String> {
        let journal = if self.lines == 0 {
            "the journal is missing"
        } else {
            "the journal is incomplete"
        };
        (secrets > 0).then(|| {
            format!(
                "{journal}: {secrets} planned secrets exist in the account with the version ids of this inventory, and the journal has no record of them; `keyferry import` adds the records and sends nothing twice"
            )
        })
    }

    /// The accounts and Regions of all entries, sorted, each once.
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

    /// Parses the bytes of a journal, except a last line without line end. Such a line was being
    /// written when the process died, and no call was made after it.
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
            let damaged = |damage| JournalError::Damaged {
                path: path.to_owned(),
                line,
                damage,
            };
            if record.previous != history.last_hash {
                return Err(damaged(LineDamage::BrokenChain));
            }
            if record.line != line {
                return Err(damaged(LineDamage::WrongNumber));
            }
            history.add(record.event, text);
        }
        Ok(history)
    }

    /// Adds the event of one more line. `text` is the line without its line end.
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
    let damaged = |damage: LineDamage| JournalError::Damaged {
        path: path.to_owned(),
        line,
        damage,
    };
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| damaged(error.into()))?;
    // The version is checked first, because a newer format has fields that are unknown here.
    match value.get("schema").and_then(serde_json::Value::as_u64) {
        None => return Err(damaged(LineDamage::NoSchema)),
        Some(schema) if schema != u64::from(SCHEMA) => {
            return Err(JournalError::Schema {
                path: path.to_owned(),
                line,
                schema,
            });
        }
        Some(_) => {}
    }
    serde_json::from_value(value).map_err(|error| damaged(error.into()))
}
