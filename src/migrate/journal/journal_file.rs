//! The journal open for writing: lock, repair after a torn write, appending.

use std::fs::{File, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::journal_error::{FileOperation, JournalError};
use super::journal_event::{JournalEvent, JournalRecord, SCHEMA};
use super::journal_history::{JournalHistory, LARGEST};
use crate::no_follow_open;

/// A journal open for writing. It holds the lock of the file until it is dropped.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    inner: Mutex<Inner>,
    torn: u64,
}

#[derive(Debug)]
struct Inner {
    file: File,
    history: JournalHistory,
    /// True after a failed write: the content on disk is unknown then, so nothing more is written.
    broken: bool,
}

impl Drop for Inner {
    /// Unlocks explicitly: closing the file does not unlock it while a child process, just being
    /// started, has a copy of the handle.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl Journal {
    /// Opens or creates the journal (mode 0600), takes its lock, checks its chain of hashes and
    /// cuts off a torn last line.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, locked, read or repaired; another process writes to it; a line is
    /// damaged or of another version of the format.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let io = |operation| {
            move |error| JournalError::Io {
                operation,
                path: path.to_owned(),
                error,
            }
        };
        let mut file = no_follow_open::open_or_create(path, true)
            .map_err(|error| io(FileOperation::Open)(error.into()))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::Locked {
                path: path.to_owned(),
            },
            TryLockError::Error(error) => JournalError::Io {
                operation: FileOperation::Lock,
                path: path.to_owned(),
                error,
            },
        })?;
        file.seek(SeekFrom::Start(0))
            .map_err(io(FileOperation::Read))?;
        let bytes = no_follow_open::read_open(&file, LARGEST)
            .map_err(|error| io(FileOperation::Read)(error.into()))?;
        let history = JournalHistory::parse(path, &bytes)?;
        if history.torn > 0 {
            file.set_len(bytes.len() as u64 - history.torn)
                .map_err(io(FileOperation::Repair))?;
            file.sync_all().map_err(io(FileOperation::Repair))?;
        }
        if bytes.is_empty() {
            // The name of a new file is durable only when its folder is synchronised.
            let parent = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            #[cfg(unix)]
            File::open(parent)
                .and_then(|folder| folder.sync_all())
                .map_err(io(FileOperation::Create))?;
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

    /// Bytes of a torn last line that [`Journal::open`] cut off; 0 if there was none.
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// The last event of the entry with this request token.
    pub fn latest(&self, token: &str) -> Option<JournalEvent> {
        self.lock().history.latest(token).cloned()
    }

    /// The last event of this request token that put the secret into the account.
    pub fn arrived(&self, token: &str) -> Option<JournalEvent> {
        self.lock().history.arrived(token).cloned()
    }

    /// A copy of the present content.
    pub fn history(&self) -> JournalHistory {
        self.lock().history.clone()
    }

    /// Appends a record for each event, and returns when they are on disk.
    ///
    /// # Errors
    ///
    /// The write failed, or an earlier one did: nothing more is written then.
    pub fn append(&self, events: Vec<JournalEvent>) -> Result<(), JournalError> {
        if events.is_empty() {
            return Ok(());
        }
        let io = |error| JournalError::Io {
            operation: FileOperation::Write,
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
            let record = JournalRecord {
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
