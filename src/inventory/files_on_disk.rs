//! The state of an inventory's files on disk: a file that has not changed is not written.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use super::file_names::PLACES;
use super::inventory_key::InventoryKey;
use super::place_file::{self, PlaceRef, PlacesDigest};
use super::store_error::StoreError;
use crate::no_follow_open;
use crate::output;
use crate::secret::SecretId;

/// The files of an inventory as they are on disk, by their names within its folder.
#[derive(Default)]
pub(super) struct FilesOnDisk {
    /// Hashes with a random key, so that nobody can make two contents with the same hash.
    pub state: RandomState,
    /// The identity and the files of secrets.
    pub texts: BTreeMap<String, TextOnDisk>,
    /// The files of places. `None`: the file is to be written in the form of this version.
    pub places: BTreeMap<String, Option<PlacesDigest>>,
}

/// A file of text on disk.
pub(super) struct TextOnDisk {
    hash: u64,
    /// The secrets in it. None if it is the identity.
    pub secrets: BTreeSet<SecretId>,
    /// Without a comment, everything in a file belongs to the format.
    pub has_comment: bool,
}

impl FilesOnDisk {
    /// Takes note of a text that was read or written.
    pub(super) fn note(&mut self, name: String, text: &str, secrets: BTreeSet<SecretId>) {
        let file = TextOnDisk {
            hash: self.state.hash_one(text),
            secrets,
            has_comment: text.lines().skip(1).any(|line| line.contains('#')),
        };
        self.texts.insert(name, file);
    }

    /// Writes places, which are in order of secret, unless they are on disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write_places(
        &mut self,
        folder: &Path,
        name: &str,
        places: &[PlaceRef<'_>],
        key: &InventoryKey,
    ) -> Result<(), StoreError> {
        let mut digest = PlacesDigest::default();
        places
            .iter()
            .for_each(|place| digest.add(&self.state, *place));
        if self.places.get(name) != Some(&Some(digest)) {
            let path = folder.join(PLACES);
            no_follow_open::create_folder(&path)
                .map_err(|source| StoreError::Folder { path, source })?;
            place_file::write(&folder.join(name), places, key)?;
            self.places.insert(name.to_owned(), Some(digest));
        }
        Ok(())
    }

    /// Writes a text, unless it is on disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write(
        &mut self,
        folder: &Path,
        name: String,
        text: &str,
        secrets: BTreeSet<SecretId>,
    ) -> Result<(), StoreError> {
        let known = self.texts.get(&name).map(|known| known.hash);
        if known != Some(self.state.hash_one(text)) {
            output::write_file(&folder.join(&name), |out| out.write_all(text.as_bytes()))?;
        }
        self.note(name, text, secrets);
        Ok(())
    }
}
