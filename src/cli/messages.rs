//! Messages on stderr: notes, warnings, and errors with their hints.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};

use super::errors::CommandError;
use crate::escape;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Warnings and errors.
    Quiet,
    /// Notes, too.
    Usual,
    /// Also details that help to find the cause of an unexpected result.
    Verbose,
}

static DETAIL: AtomicU8 = AtomicU8::new(Detail::Usual as u8);

/// Sets how much is said from now on.
pub fn set_detail(detail: Detail) {
    DETAIL.store(detail as u8, Ordering::Relaxed);
}

/// How much is said.
pub fn detail_level() -> Detail {
    match DETAIL.load(Ordering::Relaxed) {
        0 => Detail::Quiet,
        1 => Detail::Usual,
        _ => Detail::Verbose,
    }
}

/// Writes a note that only `--verbose` asks for.
pub fn detail(text: impl FnOnce() -> String) {
    if detail_level() >= Detail::Verbose {
        write("note", &text());
    }
}

/// Writes a note: information that is neither an error nor a warning.
pub fn note(text: &str) {
    if detail_level() >= Detail::Usual {
        write("note", text);
    }
}

/// Writes a warning.
pub fn warn(text: &str) {
    write("warning", text);
}

/// Writes an error and, on a line of its own, its hint. The message of every error contains its
/// causes.
pub fn error(error: &CommandError) {
    write("error", &error.error.to_string());
    if let Some(hint) = &error.hint {
        write("hint", hint);
    }
}

/// Writes several lines that are already escaped, such as the coverage report.
pub fn block(text: &str) {
    put(text);
}

fn write(label: &str, text: &str) {
    let lines: Vec<_> = text
        .lines()
        .map(|line| escape::line(line).into_owned())
        .collect();
    put(&format!("{label}: {}\n", lines.join("\n  ")));
}

/// Messages that wait while a screen is drawn.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// The most messages that wait. The same message waits once.
const MOST_HELD: usize = 100;

/// Keeps all messages from now on, so that they do not disturb a screen.
pub fn hold() {
    let mut held = HELD.lock().unwrap_or_else(|error| error.into_inner());
    held.get_or_insert_default();
}

/// The number of messages that wait.
pub fn held() -> usize {
    let held = HELD.lock().unwrap_or_else(|error| error.into_inner());
    held.as_ref().map_or(0, Vec::len)
}

/// Writes the messages that wait, and all later ones at once again.
pub fn release() {
    let mut held = HELD.lock().unwrap_or_else(|error| error.into_inner());
    let messages = held.take();
    drop(held);
    for text in messages.into_iter().flatten() {
        put(&text);
    }
}

fn put(text: &str) {
    let mut held = HELD.lock().unwrap_or_else(|error| error.into_inner());
    if let Some(held) = held.as_mut() {
        if held.len() < MOST_HELD && !held.iter().any(|known| known == text) {
            held.push(text.to_owned());
        }
        return;
    }
    drop(held);
    // A closed stderr has no reader, which is no reason to stop.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
