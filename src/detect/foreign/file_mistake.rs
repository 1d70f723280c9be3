//! Mistakes in the rule files of other scanners.

use std::path::Path;

use crate::yaml::FileError;

/// A file without rules, or with another value in their place. Line and column are 1-based.
pub(super) fn file_mistake(
    path: &Path,
    (line, column): (usize, usize),
    message: impl Into<String>,
) -> FileError {
    FileError::Wrong {
        path: path.to_owned(),
        line,
        column,
        message: message.into(),
    }
}
