//! Reads the lines of places in a thread of its own, for a screen that must not wait.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};

use super::options::{ReadingOptions, RuleOptions};
use super::place_reading::PlaceReaders;
use crate::inventory::entry::Secret;
use crate::inventory::place_order;
use crate::inventory::store::Store;
use crate::report::secret_text::LineState;
use crate::secret::SecretId;

/// The thread. It ends with this.
pub struct LineReader {
    wishes: Sender<Secret>,
    lines: Receiver<(SecretId, LineState)>,
    /// The secret whose line was asked for last.
    asked: Option<SecretId>,
}

impl LineReader {
    /// Starts the thread. It opens the inventory when the first line is wanted.
    pub fn start(folder: PathBuf, reading: ReadingOptions, rules: RuleOptions) -> Self {
        let (wishes, asked) = mpsc::channel();
        let (found, lines) = mpsc::channel();
        let read = move || read(&folder, &reading, &rules, &asked, &found);
        // Without a thread, no line is shown: the sender is dropped.
        let _ = std::thread::Builder::new()
            .name("lines of places".to_owned())
            .spawn(read);
        Self {
            wishes,
            lines,
            asked: None,
        }
    }

    /// Asks for the line of the best place of a secret, unless it was asked for last.
    pub fn wish(&mut self, secret: &Secret) {
        if self.asked.as_ref() != Some(&secret.id) {
            self.asked = Some(secret.id.clone());
            let _ = self.wishes.send(secret.clone());
        }
    }

    /// The next line that was read.
    pub fn next(&mut self) -> Option<(SecretId, LineState)> {
        let (id, line) = self.lines.try_recv().ok()?;
        // The secret may be shown, and its line wanted, again.
        if self.asked.as_ref() == Some(&id) {
            self.asked = None;
        }
        Some((id, line))
    }
}

/// Reads lines until nobody waits for them.
fn read(
    folder: &std::path::Path,
    reading: &ReadingOptions,
    rules: &RuleOptions,
    asked: &Receiver<Secret>,
    found: &Sender<(SecretId, LineState)>,
) {
    while let Some(first) = latest(asked) {
        let opened = rules
            .library()
            .and_then(|library| Ok((Store::open(folder)?, library)));
        let (store, library) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let _ = found.send((first.id, LineState::Failed(error.error.to_string())));
                continue;
            }
        };
        let readers = match PlaceReaders::of_store(&store, reading, rules.own(&library)) {
            Ok(readers) => readers,
            Err(error) => {
                let _ = found.send((first.id, LineState::Failed(error.error.to_string())));
                continue;
            }
        };
        let mut wanted = Some(first);
        while let Some(secret) = wanted {
            let line = match place_order::first(&secret) {
                Some(place) => readers.shown_line(&secret, place, false),
                None => LineState::NotRead,
            };
            if found.send((secret.id, line)).is_err() {
                return;
            }
            wanted = latest(asked);
        }
    }
}

/// The secret that was asked for last. Waits for one. `None`: nobody waits for lines any more.
fn latest(asked: &Receiver<Secret>) -> Option<Secret> {
    let first = asked.recv().ok()?;
    Some(asked.try_iter().last().unwrap_or(first))
}
