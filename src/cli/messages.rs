//! Messages on stderr: notes, warnings, and errors with their hints.

use std::io::Write;
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
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn write(label: &str, text: &str) {
    let lines: Vec<_> = text
        .lines()
        .map(|line| escape::line(line).into_owned())
        .collect();
    // A closed stderr has no reader, which is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{label}: {}", lines.join("\n  "));
}
