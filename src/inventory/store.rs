//! The inventory on disk: a folder with `keyferry.yaml` (its identity and where the repositories are), a file of secrets an
//! application, and what people write beside them (`decisions.yaml`, `policy.yaml`, `registry.csv`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::{InventoryFile, Secret};
use super::inventory_key::InventoryKey;
use super::key_file::{self, KeyError};
use super::merge;
use crate::output::{self, OutputError};
use crate::secret::{SecretId, hex};

/// Version of the inventory's files.
pub const SCHEMA: u32 = 1;

const IDENTITY: &str = "keyferry.yaml";
pub const DECISIONS: &str = "decisions.yaml";
pub const POLICY: &str = "policy.yaml";
pub const REGISTRIES: [&str; 3] = ["registry.csv", "registry.yaml", "registry.yml"];
/// See `migrate::journal`.
const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = ".keyferry.lock";

/// Secrets of no known application, and of several.
const UNASSIGNED: &str = "unassigned";
const SHARED: &str = "shared";

/// `keyferry.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub schema: u32,
    /// 32 hex digits; names the key.
    pub id: String,
    /// Tells whether a key is the one that this inventory was made with.
    pub key_check: String,
    /// Where each repository was when it was last scanned.
    #[serde(default)]
    pub repositories: BTreeMap<String, RepositoryEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepositoryEntry {
    pub location: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no inventory in {}", .0.display())]
    Missing(PathBuf),
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The message holds line and column.
    #[error("{}: {message}", .path.display())]
    Syntax { path: PathBuf, message: String },
    #[error("{} has schema {found}; this version of keyferry knows schema {SCHEMA}", .path.display())]
    Schema { path: PathBuf, found: u32 },
    #[error("another keyferry is writing the inventory {}", .0.display())]
    Locked(PathBuf),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the key from {origin} is not the one that the inventory {} was made with", .folder.display())]
    OtherKey { folder: PathBuf, origin: String },
    #[error(transparent)]
    Write(#[from] OutputError),
    #[error("cannot make the folder {}: {source}", .path.display())]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is missing, but {} is there: this is an inventory without its identity", .folder.join(IDENTITY).display(), .found.display())]
    NoIdentity { folder: PathBuf, found: PathBuf },
    #[error("{} is not read: its name must be {expected}", .path.display())]
    Misnamed {
        path: PathBuf,
        expected: &'static str,
    },
}

impl StoreError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing(_) => {
                "make one with `keyferry discover PATH`, or name it with --inventory".into()
            }
            Self::Schema { found, .. } if *found > SCHEMA => {
                "it was written by a newer version: use that one".into()
            }
            Self::Locked(_) => {
                "wait until it ends; the lock is given back even if it is killed".into()
            }
            Self::Key(KeyError::Missing(path)) => format!(
                "bring the key from the machine where the inventory was made to {}, or set {}",
                path.display(),
                key_file::VARIABLE
            ),
            Self::Key(KeyError::Open { path, .. }) => format!("chmod 600 {}", path.display()),
            Self::Key(KeyError::NoHome) => format!(
                "set {} to 64 hex digits (openssl rand -hex 32)",
                key_file::VARIABLE
            ),
            Self::NoIdentity { .. } => format!(
                "bring {IDENTITY} back (it names the key that ids and fingerprints are made with), or begin anew in another folder"
            ),
            Self::Misnamed { path, expected } => {
                format!(
                    "mv {} {}",
                    path.display(),
                    path.with_file_name(expected).display()
                )
            }
            Self::OtherKey { .. } => {
                "fingerprints made with another key match nothing: find the inventory's own key"
                    .into()
            }
            _ => return None,
        })
    }
}

/// An open inventory. While it is open for writing no other process can write it.
pub struct Store {
    pub folder: PathBuf,
    pub identity: Identity,
    pub key: InventoryKey,
    pub secrets: BTreeMap<SecretId, Secret>,
    /// Files as they are on disk, so that nothing is written that has not changed.
    on_disk: BTreeMap<String, String>,
    lock: Option<File>,
}

impl Drop for Store {
    /// Closing the file gives the lock back only when no child that is being started holds a copy of it.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

impl Store {
    /// Opens an inventory for reading.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::load(folder, None)
    }

    /// Opens an inventory for writing.
    pub fn open_to_write(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(IDENTITY).exists() {
            return Err(StoreError::Missing(folder.to_owned()));
        }
        Self::load(folder, Some(lock(folder)?))
    }

    /// Opens an inventory for writing, or makes a new one with a key of its own.
    pub fn open_or_create(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        let lock = lock(folder)?;
        if folder.join(IDENTITY).exists() {
            return Self::load(folder, Some(lock));
        }
        // A new key over old entries would find every secret a second time, and take none of the old ones for imported.
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
        // The identity first: a key without its inventory is harmless, an inventory without its key is lost.
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
                // A move between two files that was cut short leaves the secret in both.
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

    /// Where each repository is on this machine.
    pub fn locations(&self) -> BTreeMap<String, PathBuf> {
        self.identity
            .repositories
            .iter()
            .map(|(name, entry)| (name.clone(), entry.location.clone()))
            .collect()
    }

    /// Writes what has changed. `applications` tells which applications a secret belongs to. A file is replaced whole or not
    /// at all, and one that loses secrets is written after those that gain them, so that a crash loses none.
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

/// A file that is not read because its name is nearly right would be missed in silence.
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

/// Files with secrets: every `*.yaml` that is none of the others.
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

/// Reads one file. The schema is looked at first: a newer file has fields that we would call mistakes.
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

    /// `inventory/example/` is what this version reads and, to the byte, what it would write.
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
