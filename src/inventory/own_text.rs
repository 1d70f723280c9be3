//! Reads a file of an inventory that this program wrote.

use std::path::Path;

use super::store_error::StoreError;
use crate::human_text;
use crate::no_follow_open::{self, Links};
use crate::yaml;

/// The largest file: entries of a million secrets.
const LARGEST: u64 = 1 << 30;

/// The text of a file. It may be read as YAML: its shape is within limits.
///
/// # Errors
/// The file cannot be read, is a link or no regular file, is too large, has the marks of an
/// unresolved merge, or is nested too deep.
pub(super) fn read(path: &Path) -> Result<String, StoreError> {
    let failed = |source| StoreError::Read {
        path: path.to_owned(),
        source,
    };
    let syntax = |message| StoreError::Syntax {
        path: path.to_owned(),
        message,
    };
    let bytes = no_follow_open::read_at_most(path, Links::RefusedAtEnd, LARGEST)
        .map_err(|error| failed(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let whole = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', whole).count() + 1;
        syntax(format!("line {line} is not UTF-8"))
    })?;
    if let Some((line, mark)) = human_text::conflict_mark(&text) {
        return Err(StoreError::Conflict {
            path: path.to_owned(),
            line,
            mark,
        });
    }
    yaml::check_own_shape(&text).map_err(|error| syntax(error.to_string()))?;
    Ok(text)
}
