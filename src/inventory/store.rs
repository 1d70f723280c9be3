//! The inventory on disk: a folder with `keyferry.yaml` (its identity and the locations of
//! repositories), one file of secrets for each application, and files that people write
//! (`decisions.yaml`, `policy.yaml`, `registry.csv`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;
use super::entry_join;
use super::file_names::{IDENTITY, JOURNAL, LOCK, interim_file, is_interim, secret_file};
use super::folder_listing::{FolderListing, name_of};
use super::inventory_key::InventoryKey;
use super::key_file::{self, KeyError};
use super::own_text;
use super::repository_entry::{self, RepositoryEntries};
use super::secret_use;
use super::store_notice::StoreNotice;
use super::stored_file::InventoryFile;
use crate::finding::Occurrence;
use crate::finding::repository_identity::KnownUnits;
use crate::no_follow_open;
use crate::output;
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
    on_disk: BTreeMap<String, FileOnDisk>,
    /// The earliest version of the format that a file on disk has, if it is not this one.
    upgraded: Option<u32>,
    /// Messages that the user has not seen yet.
    notices: Vec<StoreNotice>,
    lock: Option<File>,
}

/// A file of the inventory on disk.
#[derive(Default)]
struct FileOnDisk {
    text: String,
    /// The secrets in it. None if it is the identity.
    secrets: BTreeSet<SecretId>,
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
            on_disk: BTreeMap::new(),
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
        let mut on_disk = BTreeMap::new();
        let (text, schema) = read(&path)?;
        let identity: Identity = serde_yaml::from_str(&text).map_err(syntax(&path))?;
        let identity = Identity {
            schema: SCHEMA,
            ..identity
        };
        let mut earliest = schema;
        let file = FileOnDisk {
            text,
            ..FileOnDisk::default()
        };
        on_disk.insert(IDENTITY.to_owned(), file);
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
        let mut secrets = BTreeMap::new();
        let mut files: BTreeMap<SecretId, BTreeSet<String>> = BTreeMap::new();
        let mut joined = BTreeSet::new();
        for path in listing.secrets {
            let (text, schema) = read(&path)?;
            earliest = earliest.min(schema);
            let read = InventoryFile::read(&path, &text, schema, &key)?;
            let name = name_of(&path);
            let file = FileOnDisk {
                text,
                secrets: read.iter().map(|secret| secret.id.clone()).collect(),
            };
            on_disk.insert(name.clone(), file);
            for secret in read {
                let id = secret.id.clone();
                let is_known = entry_join::join_into(&mut secrets, secret);
                // These files come last. Their entries are parts of others.
                if is_interim(&name) {
                    continue;
                }
                files.entry(id.clone()).or_default().insert(name.clone());
                if is_known {
                    joined.insert(id);
                }
            }
        }
        let mut notices: Vec<StoreNotice> =
            listing.left.into_iter().map(StoreNotice::Left).collect();
        if !joined.is_empty() {
            files.retain(|id, _| joined.contains(id));
            notices.push(StoreNotice::Joined(files));
        }
        let mut store = Self {
            folder: folder.to_owned(),
            identity,
            key,
            secrets,
            on_disk,
            upgraded: (earliest < SCHEMA).then_some(earliest),
            notices,
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
        let as_written = |name: &str, text: &str| {
            let path = self.folder.join(name);
            let again = match name {
                IDENTITY => serde_yaml::from_str::<Identity>(text)
                    .ok()
                    .and_then(|identity| to_yaml(&identity, &path).ok()),
                _ => serde_yaml::from_str::<InventoryFile>(text)
                    .ok()
                    .and_then(|file| to_yaml(&file, &path).ok()),
            };
            again.as_deref() == Some(text)
        };
        // Without a comment, everything in a file belongs to the format.
        let plain = |text: &str| !text.lines().skip(1).any(|line| line.contains('#'));
        let own = self.on_disk.iter();
        let own = own.filter(|(name, file)| plain(&file.text) || as_written(name, &file.text));
        let names = own.map(|(name, _)| name.as_str()).chain([LOCK]);
        names.map(|name| self.folder.join(name)).collect()
    }

    /// The known facts of all repositories, for the next scan.
    pub fn known_units(&self) -> KnownUnits {
        repository_entry::known_units(&self.identity.repositories, &self.secrets, &self.key)
    }

    /// Writes the files that have changed. `applications` gives the applications that a secret
    /// belongs to. A file is replaced as a whole, and a file that loses secrets is written after
    /// those that gain them, so that a crash loses no secret.
    ///
    /// # Errors
    /// A file cannot be written or removed.
    pub fn save(
        &mut self,
        applications: impl Fn(&Secret) -> BTreeSet<String>,
    ) -> Result<(), StoreError> {
        self.save_identity()?;
        let entries = secret_use::entries(self.secrets.values());
        let mut files: BTreeMap<String, Vec<&Secret>> = BTreeMap::new();
        for secret in entries.iter().map(Cow::as_ref) {
            let name = secret_file(&applications(secret));
            files.entry(name).or_default().push(secret);
        }
        let mut written = Vec::new();
        for (name, secrets) in files {
            let file = InventoryFile::seal(secrets.iter().copied(), &self.key);
            let file = FileOnDisk {
                text: to_yaml(&file, &self.folder.join(&name))?,
                secrets: secrets.iter().map(|secret| secret.id.clone()).collect(),
            };
            let shrinks = self
                .on_disk
                .get(&name)
                .is_some_and(|before| !before.secrets.is_subset(&file.secrets));
            written.push((shrinks, name, file));
        }
        drop(entries);
        written.sort_by(|(one, a, _), (other, b, _)| (one, a).cmp(&(other, b)));
        let names: BTreeSet<String> = written.iter().map(|(_, name, _)| name.clone()).collect();
        for (_, name, file) in written {
            self.write(name, file)?;
        }
        let left = |name: &&String| *name != IDENTITY && !names.contains(*name);
        let old: Vec<String> = self.on_disk.keys().filter(left).cloned().collect();
        for name in old {
            let path = self.folder.join(&name);
            std::fs::remove_file(&path).map_err(|source| StoreError::Read { path, source })?;
            let removed = self.on_disk.remove(&name).filter(|_| !is_interim(&name));
            let Some(removed) = removed else { continue };
            let now_in = self.on_disk.iter();
            let now_in = now_in.filter(|(_, file)| !file.secrets.is_disjoint(&removed.secrets));
            self.notices.push(StoreNotice::Removed {
                now_in: now_in.map(|(name, _)| name.clone()).collect(),
                file: name,
            });
        }
        if let Some(from) = self.upgraded.take() {
            self.notices.push(StoreNotice::Upgraded { from });
        }
        Ok(())
    }

    /// Writes some secrets, with those of their occurrences that are `new`, into a file of its own,
    /// in time proportional to their number. A store that is opened joins it with the other files, and
    /// [`Store::save`] removes it.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn save_new(
        &mut self,
        ids: &BTreeSet<SecretId>,
        new: impl Fn(&Occurrence) -> bool,
    ) -> Result<(), StoreError> {
        self.save_identity()?;
        let mut parts = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(secret) = self.secrets.get_mut(id) else {
                continue;
            };
            let places = std::mem::take(&mut secret.occurrences);
            parts.push(Secret {
                occurrences: places.iter().filter(|place| new(place)).cloned().collect(),
                ..secret.clone()
            });
            secret.occurrences = places;
        }
        if parts.is_empty() {
            return Ok(());
        }
        let mut names = (1..).map(interim_file);
        let name = names.find(|name| !self.on_disk.contains_key(name));
        let name = name.expect("there are more numbers than files");
        let file = FileOnDisk {
            text: to_yaml(
                &InventoryFile::seal(&parts, &self.key),
                &self.folder.join(&name),
            )?,
            secrets: ids.clone(),
        };
        self.write(name, file)
    }

    /// The messages about the files since the last call.
    pub fn take_notices(&mut self) -> Vec<StoreNotice> {
        std::mem::take(&mut self.notices)
    }

    fn save_identity(&mut self) -> Result<(), StoreError> {
        let file = FileOnDisk {
            text: to_yaml(&self.identity, &self.folder.join(IDENTITY))?,
            ..FileOnDisk::default()
        };
        self.write(IDENTITY.to_owned(), file)
    }

    fn write(&mut self, name: String, file: FileOnDisk) -> Result<(), StoreError> {
        let known = self.on_disk.get(&name).map(|known| &known.text);
        if known != Some(&file.text) {
            output::write_file(&self.folder.join(&name), |out| {
                out.write_all(file.text.as_bytes())
            })?;
        }
        self.on_disk.insert(name, file);
        Ok(())
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

#[derive(Deserialize)]
struct SchemaOnly {
    schema: u32,
}

/// The text and the version of one file. The version is checked first: fields of a newer version
/// would be reported as mistakes.
fn read(path: &Path) -> Result<(String, u32), StoreError> {
    let text = own_text::read(path)?;
    let SchemaOnly { schema } = serde_yaml::from_str(&text).map_err(syntax(path))?;
    if (1..=SCHEMA).contains(&schema) {
        return Ok((text, schema));
    }
    Err(StoreError::Schema {
        path: path.to_owned(),
        found: schema,
    })
}

fn syntax(path: &Path) -> impl Fn(serde_yaml::Error) -> StoreError {
    |error| StoreError::Syntax {
        path: path.to_owned(),
        message: error.to_string(),
    }
}

fn to_yaml<T: Serialize>(value: &T, path: &Path) -> Result<String, StoreError> {
    let header = "# Written by keyferry; what people decide goes into decisions.yaml.\n";
    let text = serde_yaml::to_string(value).map_err(syntax(path))?;
    Ok(format!("{header}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This version reads `inventory/example/`, and would write the same bytes.
    #[test]
    fn the_example_inventory_is_one() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/example");
        let (text, schema) = read(&folder.join(IDENTITY)).unwrap();
        let identity: Identity = serde_yaml::from_str(&text).unwrap();
        assert_eq!(schema, SCHEMA);
        assert_eq!(to_yaml(&identity, &folder).unwrap(), text);
        let listing = FolderListing::of(&folder).unwrap();
        assert_eq!(listing.secrets, [folder.join("ord001.yaml")]);
        let (text, _) = read(&listing.secrets[0]).unwrap();
        let file: InventoryFile = serde_yaml::from_str(&text).unwrap();
        assert_eq!(to_yaml(&file, &folder).unwrap(), text);
    }
}
