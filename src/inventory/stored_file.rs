//! A file of secrets as it is on disk, in this version of the format and in earlier ones.

use std::convert::Infallible;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;
use super::file_names::SCHEMA;
use super::inventory_key::InventoryKey;
use super::store_error::StoreError;
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

/// An entry of the inventory as it is stored.
pub type StoredSecret = Secret<StoredOccurrence>;

/// A file of the first version. Its occurrences were not sealed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstInventoryFile {
    #[expect(dead_code, reason = "it was read before; an unknown field is an error")]
    schema: u32,
    secrets: Vec<Secret>,
}

impl InventoryFile {
    /// Seals secrets, which are in order of id.
    pub fn seal<'a>(secrets: impl IntoIterator<Item = &'a Secret>, key: &InventoryKey) -> Self {
        let seal = |secret: &Secret| {
            let sealed = |place| Ok(StoredOccurrence::seal(&place, &secret.id, key));
            let stored: Result<_, Infallible> = secret.clone().try_map_places(sealed);
            let Ok(mut stored) = stored;
            stored.occurrences.sort();
            stored
        };
        Self {
            schema: SCHEMA,
            secrets: secrets.into_iter().map(seal).collect(),
        }
    }

    /// Opens the secrets.
    ///
    /// # Errors
    ///
    /// An occurrence was sealed with another key, was moved from another entry, or was altered.
    pub fn open(self, key: &InventoryKey) -> Result<Vec<Secret>, UnopenedSecret> {
        self.secrets
            .into_iter()
            .map(|stored| open(stored, key))
            .collect()
    }

    /// Reads the secrets of a text of version `schema`, which is this version or an earlier one.
    pub(super) fn read(
        path: &Path,
        text: &str,
        schema: u32,
        key: &InventoryKey,
    ) -> Result<Vec<Secret>, StoreError> {
        let syntax = |error: serde_yaml::Error| StoreError::Syntax {
            path: path.to_owned(),
            message: error.to_string(),
        };
        if schema == 1 {
            let file: FirstInventoryFile = serde_yaml::from_str(text).map_err(syntax)?;
            return Ok(file.secrets);
        }
        let file: InventoryFile = serde_yaml::from_str(text).map_err(syntax)?;
        file.open(key).map_err(|unopened| StoreError::Sealed {
            path: path.to_owned(),
            unopened,
        })
    }
}

fn open(stored: StoredSecret, key: &InventoryKey) -> Result<Secret, UnopenedSecret> {
    let secret = stored.id.clone();
    let opened = stored.try_map_places(|place| place.open(&secret, key));
    let mut opened = opened.map_err(|error| UnopenedSecret { secret, error })?;
    opened.occurrences.sort();
    Ok(opened)
}
