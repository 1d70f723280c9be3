//! A file of secrets as it is on disk, in this version of the format and in earlier ones.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;
use super::entry_text;
use super::file_names::SCHEMA;
use super::inventory_key::InventoryKey;
use super::own_text::from_yaml;
use super::sealed_text::OpenError;
use super::store_error::StoreError;
pub use super::stored_entry::{RepositoryName, StoredSecret};
use super::stored_occurrence::{StoredOccurrence, UnopenedSecret};

/// A file of the inventory: `<appid>.yaml`, `unassigned.yaml` or `shared.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryFile {
    /// The version of this format.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
    /// In order of id.
    pub secrets: Vec<StoredSecret>,
}

/// A file of version 1 or 2 or 3. Its entries have their places, which are not sealed in version 1.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EarlierFile<Place> {
    #[expect(dead_code, reason = "it was read before; an unknown field is an error")]
    schema: u32,
    secrets: Vec<Secret<Place>>,
}

/// An entry that was read.
pub(super) struct ReadEntry {
    /// The entry, with the places that it has itself.
    pub secret: Secret,
    /// The repositories that have further places.
    pub repositories: Vec<RepositoryName>,
}

/// Reads the entries of a text of version `schema`, which is this version or an earlier one.
///
/// # Errors
/// The text does not have the form of this version, or an occurrence was sealed with another key, was moved from another
/// entry, or was altered.
pub(super) fn read(
    path: &Path,
    text: &str,
    schema: u32,
    key: &InventoryKey,
) -> Result<Vec<ReadEntry>, StoreError> {
    let whole = |secret| ReadEntry {
        secret,
        repositories: Vec::new(),
    };
    match schema {
        1 => {
            let file: EarlierFile<_> = from_yaml(path, text)?;
            Ok(file.secrets.into_iter().map(whole).collect())
        }
        2 | 3 => {
            let file: EarlierFile<StoredOccurrence> = from_yaml(path, text)?;
            let opened = file.secrets.into_iter().map(|stored| {
                open(stored, key).map_err(|unopened| StoreError::Sealed {
                    path: path.to_owned(),
                    line: None,
                    unopened,
                })
            });
            opened.map(|secret| Ok(whole(secret?))).collect()
        }
        _ => {
            let stored = match entry_text::read(text) {
                Some(secrets) => secrets,
                None => from_yaml::<InventoryFile>(path, text)?.secrets,
            };
            let entry = |mut stored: StoredSecret| ReadEntry {
                repositories: std::mem::take(&mut stored.occurrences),
                secret: stored.with_occurrences(Vec::new()),
            };
            Ok(stored.into_iter().map(entry).collect())
        }
    }
}

fn open(
    mut stored: Secret<StoredOccurrence>,
    key: &InventoryKey,
) -> Result<Secret, UnopenedSecret> {
    let places = std::mem::take(&mut stored.occurrences).into_iter();
    let opened = places.map(|place| place.open(&stored.id, key));
    let opened: Result<Vec<_>, OpenError> = opened.collect();
    let mut opened = opened.map_err(|error| UnopenedSecret {
        secret: stored.id.clone(),
        error,
    })?;
    opened.sort();
    Ok(stored.with_occurrences(opened))
}
