//! Reads a file of an inventory that this program wrote.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::file_names::SCHEMA;
use super::store_error::StoreError;
use crate::human_text;
use crate::no_follow_open::{self, Links};
use crate::yaml;

/// The largest file: entries of a million secrets.
const LARGEST: u64 = 1 << 30;

/// The text of a file.
///
/// # Errors
/// The file cannot be read, is a link or no regular file, is too large, or has the marks of an
/// unresolved merge.
pub(super) fn read(path: &Path) -> Result<String, StoreError> {
    let failed = |source| StoreError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = no_follow_open::read_at_most(path, Links::RefusedAtEnd, LARGEST)
        .map_err(|error| failed(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let whole = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', whole).count() + 1;
        syntax(path, format!("line {line} is not UTF-8"))
    })?;
    match human_text::conflict_mark(&text) {
        Some((line, mark)) => Err(StoreError::Conflict {
            path: path.to_owned(),
            line,
            mark,
        }),
        None => Ok(text),
    }
}

/// Reads the text of a file as YAML.
///
/// # Errors
/// The text is nested too deep, is no YAML, or does not have the form of `T`.
pub(super) fn from_yaml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, StoreError> {
    yaml::check_own_shape(text).map_err(|error| syntax(path, error.to_string()))?;
    serde_yaml::from_str(text).map_err(|error| syntax(path, error.to_string()))
}

/// The version of the text of a file. It is checked before the text is read: fields of a newer version would be reported
/// as mistakes.
///
/// # Errors
/// The text has no version, or one that is not read.
pub(super) fn schema(path: &Path, text: &str) -> Result<u32, StoreError> {
    #[derive(Deserialize)]
    struct SchemaOnly {
        schema: u32,
    }
    // Where this program writes it.
    let mut lines = text.lines().skip_while(|line| line.starts_with('#'));
    let first = lines.next().and_then(|line| line.strip_prefix("schema: "));
    let found = match first.and_then(|number| number.parse().ok()) {
        Some(found) => found,
        None => from_yaml::<SchemaOnly>(path, text)?.schema,
    };
    match (1..=SCHEMA).contains(&found) {
        true => Ok(found),
        false => Err(StoreError::Schema {
            path: path.to_owned(),
            found,
        }),
    }
}

fn syntax(path: &Path, message: String) -> StoreError {
    StoreError::Syntax {
        path: path.to_owned(),
        message,
    }
}
