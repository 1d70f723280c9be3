//! A mistake of meaning: the text is YAML of the right form, and a value in it cannot be used.

use std::path::Path;

use super::file_error::FileError;
use super::key_path::{Step, locate, show};

/// A mistake of meaning, with the key path of its value.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// The key path of the value.
    pub at: Vec<Step>,
    /// The mistake.
    pub message: String,
}

impl Mistake {
    /// A mistake at a key path.
    pub(crate) fn new(at: Vec<Step>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }

    /// The error with the place of the mistake in `text`; `path` is only for the message.
    pub(crate) fn in_text(&self, path: &Path, text: &str) -> FileError {
        let (line, column) = locate(text, &self.at);
        FileError::Wrong {
            path: path.to_owned(),
            line,
            column,
            message: format!("{}: {}", show(&self.at), self.message),
        }
    }
}
