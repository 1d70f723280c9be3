//! Messages on stderr: notes, warnings, and errors with their hints.

use std::io::Write;

use super::errors::CommandError;
use crate::escape;

/// Writes a note: information that is neither an error nor a warning.
pub fn note(text: &str) {
    write("note", text);
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
