//! The inventory on disk: a folder with `keyferry.yaml` (its identity and the locations of
//! repositories), one file of secrets for each application, one file of places for each repository, and files that people
//! write (`decisions.yaml`, `policy.yaml`, `registry.csv`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;
use super::entry_text::{self, HEADER};
use super::file_names::{IDENTITY, JOURNAL, LOCK};
use super::files_on_disk::FilesOnDisk;
use super::folder_listing::FolderListing;
use super::inventory_key::InventoryKey;
use super::key_file::{self, KeyError};
use super::own_text;
use super::repository_entry::{self, RepositoryEntries};
use super::store_notice::StoreNotice;
use super::store_reading;
use crate::finding::repository_identity::KnownUnits;
use crate::no_follow_open;
use crate::secret::{SecretId, hex};

pub use super::file_names::{DECISIONS, POLICY, REGISTRIES, SCHEMA};
pub use super::store_error::StoreError;

/// The contents of `keyferry.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The version of this format.
    pub schema: u32,
    /// The id of the inventory, 32 hex digits: the name of its key.
    pub id: String,
    /// The check value of the key that this inventory was created with.
    pub key_check: String,
    /// The repositories that were scanned, by name.
    #[serde(default, deserialize_with = "crate::yaml::unique")]
    pub repositories: RepositoryEntries,
}

/// An open inventory. While it is open for writing, no other process can write it.
pub struct Store {
    /// The folder.
    pub folder: PathBuf,
    /// The contents of `keyferry.yaml`.
    pub identity: Identity,
    /// The key of ids and fingerprints.
    pub key: InventoryKey,
    /// All secrets, by id: the entries of the inventory. After they were settled, uses that are settled separately are
    /// secrets of their own; saving makes entries of them again.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// The files as they are on disk: a file that has not changed is not written.
    pub(super) on_disk: FilesOnDisk,
    /// The earliest version of the format that a file on disk has, if it is not this one.
    pub(super) upgraded: Option<u32>,
    /// Messages that the user has not seen yet.
    pub(super) notices: Vec<StoreNotice>,
    lock: Option<File>,
}

impl Drop for Store {
    /// Closing the file alone would not release the lock while a child process that is being
    /// started holds a copy of it.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

impl Store {
    /// Opens an inventory for reading.
    ///
    /// # Errors
    /// The folder is not an inventory, a file cannot be read, or the key is missing or another one.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::load(folder, None)
    }

    /// Opens an inventory for writing.
    ///
    /// # Errors
    /// As for [`Store::open`], or another process is writing the inventory.
    pub fn open_to_write(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(IDENTITY).exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        Self::load(folder, Some(lock(folder)?))
    }

    /// Opens an inventory for writing, or creates one with a key of its own.
    ///
    /// # Errors
    /// As for [`Store::open_to_write`], or the folder has files of an inventory without its
    /// identity, or the folder or the key cannot be created.
    pub fn open_or_create(folder: &Path) -> Result<Self, StoreError> {
        no_follow_open::create_folder(folder).map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let lock = lock(folder)?;
        if folder.join(IDENTITY).exists() {
            return Self::load(folder, Some(lock));
        }
        // With a new key, every secret would get a second entry, and no earlier import would count.
        let journal = Some(folder.join(JOURNAL)).filter(|journal| journal.exists());
        let listing = FolderListing::of(folder)?;
        if let Some(found) = journal.or(listing.any(folder)) {
            return Err(StoreError::NoIdentity {
                folder: folder.to_owned(),
                found,
            });
        }
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(KeyError::Random)?;
        let id = hex(&id);
        let key = match key_file::from_environment()? {
            Some(key) => key,
            None => key_file::create(&key_file::path(&id)?)?,
        };
        let identity = Identity {
            schema: SCHEMA,
            id,
            key_check: key.check(),
            repositories: BTreeMap::new(),
        };
        let mut store = Self {
            folder: folder.to_owned(),
            identity,
            key,
            secrets: BTreeMap::new(),
            on_disk: FilesOnDisk::default(),
            upgraded: None,
            notices: listing.left.into_iter().map(StoreNotice::Left).collect(),
            lock: Some(lock),
        };
        // The identity first: a key without its inventory is harmless, an inventory without its key
        // is lost.
        store.save_identity()?;
        Ok(store)
    }

    fn load(folder: &Path, lock: Option<File>) -> Result<Self, StoreError> {
        let path = folder.join(IDENTITY);
        if !path.exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        let listing = FolderListing::of(folder)?;
        let mut on_disk = FilesOnDisk::default();
        let text = own_text::read(&path)?;
        let schema = own_text::schema(&path, &text)?;
        let identity: Identity = own_text::from_yaml(&path, &text)?;
        let identity = Identity {
            schema: SCHEMA,
            ..identity
        };
        on_disk.note(IDENTITY.to_owned(), &text, BTreeSet::new());
        let (key, origin) = match key_file::from_environment()? {
            Some(key) => (key, key_file::VARIABLE.to_owned()),
            None => {
                let path = key_file::path(&identity.id)?;
                (key_file::read(&path)?, path.display().to_string())
            }
        };
        if key.check() != identity.key_check {
            return Err(StoreError::OtherKey {
                folder: folder.to_owned(),
                origin,
            });
        }
        let read = store_reading::read(folder, listing, &key, &mut on_disk)?;
        let earliest = read.earliest.min(schema);
        let mut store = Self {
            folder: folder.to_owned(),
            identity,
            key,
            secrets: read.secrets,
            on_disk,
            upgraded: (earliest < SCHEMA).then_some(earliest),
            notices: read.notices,
            lock,
        };
        repository_entry::lift_facts(&mut store.identity.repositories, &mut store.secrets);
        Ok(store)
    }

    /// The location of each repository on this machine, as far as it is known.
    pub fn locations(&self) -> BTreeMap<String, PathBuf> {
        let repositories = self.identity.repositories.iter();
        repositories
            .filter(|(_, entry)| !entry.replaced)
            .map(|(name, entry)| (name.clone(), entry.location.clone()))
            .collect()
    }

    /// The files of the folder that this program writes, with nothing in them that it did not write.
    /// A file with a comment of a person, for example, is not one of them.
    pub fn own_files(&self) -> Vec<PathBuf> {
        let as_written = |name: &str| {
            let path = self.folder.join(name);
            let text = own_text::read(&path).ok()?;
            let again = match name {
                IDENTITY => {
                    let identity: Identity = own_text::from_yaml(&path, &text).ok()?;
                    identity_text(&identity, &path).ok()?
                }
                _ => entry_text::write(&entry_text::read(&text)?),
            };
            Some(again == text)
        };
        let own = self.on_disk.texts.iter();
        let own = own.filter(|(name, file)| !file.has_comment || as_written(name) == Some(true));
        let names = own.map(|(name, _)| name.as_str());
        // Every line of a file of places belongs to the format.
        let places = self.on_disk.places.keys().map(String::as_str);
        let names = names.chain(places).chain([LOCK]);
        names.map(|name| self.folder.join(name)).collect()
    }

    /// The known facts of all repositories, for the next scan.
    pub fn known_units(&self) -> KnownUnits {
        repository_entry::known_units(&self.identity.repositories, &self.secrets, &self.key)
    }

    /// The messages about the files since the last call.
    pub fn take_notices(&mut self) -> Vec<StoreNotice> {
        std::mem::take(&mut self.notices)
    }

    /// Writes the identity if it has changed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn save_identity(&mut self) -> Result<(), StoreError> {
        let text = identity_text(&self.identity, &self.folder.join(IDENTITY))?;
        let name = IDENTITY.to_owned();
        self.on_disk
            .write(&self.folder, name, &text, BTreeSet::new())
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let opened = no_follow_open::open_or_create(&path, false);
    let file = opened.map_err(|error| StoreError::Read {
        path: path.clone(),
        source: error.into(),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::Read { path, source }),
    }
}

fn identity_text(identity: &Identity, path: &Path) -> Result<String, StoreError> {
    let text = serde_yaml::to_string(identity).map_err(|error| StoreError::Syntax {
        path: path.to_owned(),
        message: error.to_string(),
    })?;
    Ok(format!("{HEADER}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::place_file;

    /// This version reads `inventory/example/`, and would write the same bytes.
    #[test]
    fn the_example_inventory_is_one() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/example");
        let path = folder.join(IDENTITY);
        let text = own_text::read(&path).unwrap();
        let identity: Identity = own_text::from_yaml(&path, &text).unwrap();
        assert_eq!(identity.schema, SCHEMA);
        assert_eq!(identity_text(&identity, &path).unwrap(), text);
        let listing = FolderListing::of(&folder).unwrap();
        assert_eq!(listing.secrets, [folder.join("ord001.yaml")]);
        let text = own_text::read(&listing.secrets[0]).unwrap();
        assert_eq!(entry_text::write(&entry_text::read(&text).unwrap()), text);
        assert_eq!(listing.places, ["places/git.example.com~acme~orders.jsonl"]);
        let text = own_text::read(&folder.join(&listing.places[0])).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(place_file::write_again(&lines).unwrap(), lines);
    }
}
