//! The inventory on disk: a folder with `keyferry.yaml` (its identity and the locations of
//! repositories), one file of secrets for each application, and files that people write
//! (`decisions.yaml`, `policy.yaml`, `registry.csv`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::{InventoryFile, Secret};
use super::file_names::{IDENTITY, JOURNAL, LOCK};
use super::inventory_key::InventoryKey;
use super::key_file::{self, KeyError};
use super::merge;
use crate::output;
use crate::secret::{SecretId, hex};

pub use super::file_names::{DECISIONS, POLICY, REGISTRIES, SCHEMA};
pub use super::store_error::StoreError;

/// The file of secrets that belong to no known application.
const UNASSIGNED: &str = "unassigned";
/// The file of secrets that belong to several applications.
const SHARED: &str = "shared";

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
    #[serde(default)]
    pub repositories: BTreeMap<String, RepositoryEntry>,
}

/// A repository that was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryEntry {
    /// Its location at the last scan.
    pub location: PathBuf,
}

/// An open inventory. While it is open for writing, no other process can write it.
pub struct Store {
    /// The folder.
    pub folder: PathBuf,
    /// The contents of `keyferry.yaml`.
    pub identity: Identity,
    /// The key of ids and fingerprints.
    pub key: InventoryKey,
    /// All secrets, by id.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// The files as they are on disk: a file that has not changed is not written.
    on_disk: BTreeMap<String, String>,
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
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let lock = lock(folder)?;
        if folder.join(IDENTITY).exists() {
            return Self::load(folder, Some(lock));
        }
        // With a new key, every secret would get a second entry, and no earlier import would count.
        let journal = Some(folder.join(JOURNAL)).filter(|journal| journal.exists());
        if let Some(found) = journal.or(secret_files(folder)?.into_iter().next()) {
            return Err(StoreError::NoIdentity {
                folder: folder.to_owned(),
                found,
            });
        }
        check_names(folder)?;
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
        check_names(folder)?;
        let mut on_disk = BTreeMap::new();
        let identity: Identity = read(&path, |identity: &Identity| identity.schema, &mut on_disk)?;
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
        for path in secret_files(folder)? {
            let file: InventoryFile =
                read(&path, |file: &InventoryFile| file.schema, &mut on_disk)?;
            for secret in file.secrets {
                // If a move between two files was interrupted, both hold the secret.
                merge::join(&mut secrets, secret);
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            identity,
            key,
            secrets,
            on_disk,
            lock,
        })
    }

    /// The location of each repository on this machine.
    pub fn locations(&self) -> BTreeMap<String, PathBuf> {
        self.identity
            .repositories
            .iter()
            .map(|(name, entry)| (name.clone(), entry.location.clone()))
            .collect()
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
        let mut files: BTreeMap<String, InventoryFile> = BTreeMap::new();
        for secret in self.secrets.values() {
            let name = file_name(&applications(secret));
            let file = files.entry(name).or_insert_with(|| InventoryFile {
                schema: SCHEMA,
                secrets: Vec::new(),
            });
            file.secrets.push(secret.clone());
        }
        let old: Vec<String> = self
            .on_disk
            .keys()
            .filter(|name| *name != IDENTITY && !files.contains_key(*name))
            .cloned()
            .collect();
        let mut texts = Vec::new();
        for (name, file) in files {
            let text = to_yaml(&file, &self.folder.join(&name))?;
            let shrinks = self
                .on_disk
                .get(&name)
                .is_some_and(|before| before.len() > text.len());
            texts.push((shrinks, name, text));
        }
        texts.sort();
        for (_, name, text) in texts {
            self.write(name, text)?;
        }
        for name in old {
            let path = self.folder.join(&name);
            std::fs::remove_file(&path).map_err(|source| StoreError::Read { path, source })?;
            self.on_disk.remove(&name);
        }
        Ok(())
    }

    fn save_identity(&mut self) -> Result<(), StoreError> {
        let text = to_yaml(&self.identity, &self.folder.join(IDENTITY))?;
        self.write(IDENTITY.to_owned(), text)
    }

    fn write(&mut self, name: String, text: String) -> Result<(), StoreError> {
        if self.on_disk.get(&name) != Some(&text) {
            output::write_file(&self.folder.join(&name), |out| {
                out.write_all(text.as_bytes())
            })?;
            self.on_disk.insert(name, text);
        }
        Ok(())
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|source| StoreError::Read {
        path: path.clone(),
        source,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::Read { path, source }),
    }
}

/// Rejects files with nearly the name of a file of the inventory: they would be ignored silently.
fn check_names(folder: &Path) -> Result<(), StoreError> {
    for (name, expected) in [
        ("policy.yml", POLICY),
        ("decisions.yml", DECISIONS),
        ("keyferry.yml", IDENTITY),
    ] {
        let path = folder.join(name);
        if path.exists() {
            return Err(StoreError::Misnamed { path, expected });
        }
    }
    Ok(())
}

/// The files of secrets: every `*.yaml` except the files with other names.
fn secret_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |source| StoreError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let other = [IDENTITY, DECISIONS, POLICY].contains(&name.as_str())
            || REGISTRIES.contains(&name.as_str());
        if name.ends_with(".yaml") && !name.starts_with('.') && !other {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn file_name(applications: &BTreeSet<String>) -> String {
    let mut names = applications.iter();
    let stem = match (names.next(), names.next()) {
        (None, _) => UNASSIGNED,
        (Some(one), None) => one,
        _ => SHARED,
    };
    // An appid is checked by the policy, but a policy may allow more than a file name should hold.
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    };
    format!("{}.yaml", stem.chars().map(safe).collect::<String>())
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: u32,
}

/// Reads one file. The version is read first: fields of a newer version would be reported as
/// mistakes.
fn read<T: for<'a> Deserialize<'a>>(
    path: &Path,
    schema: impl Fn(&T) -> u32,
    on_disk: &mut BTreeMap<String, String>,
) -> Result<T, StoreError> {
    let text = std::fs::read_to_string(path).map_err(|source| StoreError::Read {
        path: path.to_owned(),
        source,
    })?;
    let newer = |found| StoreError::Schema {
        path: path.to_owned(),
        found,
    };
    if let Ok(SchemaOnly { schema }) = serde_yaml::from_str::<SchemaOnly>(&text)
        && schema != SCHEMA
    {
        return Err(newer(schema));
    }
    let syntax = |error: serde_yaml::Error| StoreError::Syntax {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let value: T = serde_yaml::from_str(&text).map_err(syntax)?;
    if schema(&value) != SCHEMA {
        return Err(newer(schema(&value)));
    }
    on_disk.insert(
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        text,
    );
    Ok(value)
}

fn to_yaml<T: Serialize>(value: &T, path: &Path) -> Result<String, StoreError> {
    let header = "# Written by keyferry; what people decide goes into decisions.yaml.\n";
    let syntax = |error: serde_yaml::Error| StoreError::Syntax {
        path: path.to_owned(),
        message: error.to_string(),
    };
    Ok(format!(
        "{header}{}",
        serde_yaml::to_string(value).map_err(syntax)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This version reads `inventory/example/`, and would write the same bytes.
    #[test]
    fn the_example_inventory_is_one() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inventory/example");
        let mut on_disk = BTreeMap::new();
        let identity: Identity = read(
            &folder.join(IDENTITY),
            |file: &Identity| file.schema,
            &mut on_disk,
        )
        .unwrap();
        assert_eq!(to_yaml(&identity, &folder).unwrap(), on_disk[IDENTITY]);
        let paths = secret_files(&folder).unwrap();
        assert_eq!(paths, [folder.join("ord001.yaml")]);
        let file: InventoryFile =
            read(&paths[0], |file: &InventoryFile| file.schema, &mut on_disk).unwrap();
        assert_eq!(to_yaml(&file, &folder).unwrap(), on_disk["ord001.yaml"]);
    }
}
