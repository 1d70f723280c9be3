//! The files of keys. They are outside the repository and outside the inventory: a person who has
//! the inventory and its key can guess weak values.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use zeroize::Zeroizing;

use super::inventory_key::InventoryKey;
use crate::no_follow_open;
use crate::secret::unhex;

/// The environment variable that holds a key, for machines that store no files.
pub const VARIABLE: &str = "KEYFERRY_KEY";

/// The reason for which a key cannot be read or created.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The environment variable is set to something else.
    #[error("{VARIABLE} does not hold a key: it takes 64 lower-case hex digits")]
    Variable,
    /// The home folder is unknown.
    #[error(
        "there is no home folder to keep keys in ({VARIABLE}, XDG_DATA_HOME and HOME are not set)"
    )]
    NoHome,
    /// The file does not exist.
    #[error("the key {} is not there", .0.display())]
    Missing(PathBuf),
    /// The file holds something else.
    #[error("{} does not hold a key: it takes 64 lower-case hex digits", .0.display())]
    Malformed(PathBuf),
    /// The name of the key is not that of any inventory.
    #[error("`{0}` is no id of an inventory: it takes 32 lower-case hex digits")]
    Name(String),
    /// The folder of keys is a link, or other users may write to it.
    #[error("the folder of keys {} {why}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The mistake in it.
        why: &'static str,
    },
    /// The file's permissions let other users read it.
    #[error("{} may be read by others (mode {mode:o}); it must be 0600", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file cannot be read.
    #[error("cannot read the key {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The file, or its folder, cannot be written.
    #[error("cannot write the key {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The system has no random source.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
}

/// The value of [`VARIABLE`], which the program removes from its environment when it starts.
static TAKEN: OnceLock<Option<Zeroizing<Vec<u8>>>> = OnceLock::new();

/// Keeps the value of [`VARIABLE`] that was removed from the environment.
pub fn keep_variable(value: Option<OsString>) {
    let bytes = value.map(|text| Zeroizing::new(text.into_encoded_bytes()));
    // There is one environment, and it is read once.
    let _ = TAKEN.set(bytes);
}

/// The key in the environment, if there is one.
///
/// # Errors
/// The variable does not hold a key.
#[expect(clippy::disallowed_methods, reason = "CI passes the key in a variable")]
pub fn from_environment() -> Result<Option<InventoryKey>, KeyError> {
    let value = TAKEN.get_or_init(|| {
        let text = std::env::var_os(VARIABLE)?;
        Some(Zeroizing::new(text.into_encoded_bytes()))
    });
    let Some(text) = value.as_ref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let key = std::str::from_utf8(text)
        .ok()
        .and_then(|text| unhex(text.trim()))
        .map(InventoryKey::from_bytes);
    key.map(Some).ok_or(KeyError::Variable)
}

/// The path of the key with this name.
///
/// # Errors
/// The home folder is unknown, or the name is none of a key.
pub fn path(name: &str) -> Result<PathBuf, KeyError> {
    check_name(name)?;
    Ok(data_folder()?.join("keys").join(format!("{name}.key")))
}

/// The path of the list of folders of the inventory with this id.
///
/// # Errors
/// As for [`path`].
pub(super) fn list_of_folders(id: &str) -> Result<PathBuf, KeyError> {
    check_name(id)?;
    Ok(data_folder()?.join("inventories").join(id))
}

fn check_name(name: &str) -> Result<(), KeyError> {
    // The name comes from a file that others may have written.
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
        return Err(KeyError::Name(name.to_owned()));
    }
    Ok(())
}

/// The folder for the user's data of this program.
#[expect(
    clippy::disallowed_methods,
    reason = "keys are in the user's data folder"
)]
fn data_folder() -> Result<PathBuf, KeyError> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let data = set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .ok_or(KeyError::NoHome)?;
    Ok(data.join("keyferry"))
}

/// Reads a key.
///
/// # Errors
/// The file is missing, malformed or unreadable, or other users may read it.
pub fn read(path: &Path) -> Result<InventoryKey, KeyError> {
    let io = |source| KeyError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match no_follow_open::open_own(path) {
        Err(error) if error.is_not_found() => return Err(KeyError::Missing(path.to_owned())),
        other => other.map_err(|error| io(error.into()))?,
    };
    check_folder(path)?;
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    // Room for the whole text, so that no part of it is left in a buffer that grew.
    let mut text = zeroize::Zeroizing::new(String::with_capacity(256));
    file.take(200).read_to_string(&mut text).map_err(io)?;
    unhex(text.trim())
        .map(InventoryKey::from_bytes)
        .ok_or_else(|| KeyError::Malformed(path.to_owned()))
}

/// Makes a new key and writes it to a file that only the user may read.
///
/// # Errors
/// The file exists (it is never replaced), or cannot be written, or the system has no random
/// source.
pub fn create(path: &Path) -> Result<InventoryKey, KeyError> {
    let io = |source| KeyError::Write {
        path: path.to_owned(),
        source,
    };
    let key = InventoryKey::generate().map_err(KeyError::Random)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    no_follow_open::create_folder(folder).map_err(io)?;
    check_folder(path)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path).map_err(io)?;
    let written = file
        .write_all(key.expose_hex().as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A partly written key must not be taken for a key.
        let _ = std::fs::remove_file(path);
        return Err(io(error));
    }
    Ok(key)
}

/// Checks that nobody else could have put the key there: the two folders that this program makes
/// are no links, and only their owner may write to them.
fn check_folder(key: &Path) -> Result<(), KeyError> {
    for folder in key.ancestors().skip(1).take(2) {
        let wrong = |why| KeyError::Folder {
            path: folder.to_owned(),
            why,
        };
        match std::fs::symlink_metadata(folder) {
            Ok(meta) if meta.is_symlink() => return Err(wrong("is a symbolic link")),
            Ok(meta) if meta.permissions().mode() & 0o022 != 0 => {
                return Err(wrong("may be written to by others; it must be 0700"));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/x.key");
        assert!(matches!(read(&path), Err(KeyError::Missing(_))));
        let made = create(&path).unwrap();
        assert_eq!(read(&path).unwrap().check(), made.check());
        assert!(create(&path).is_err(), "a key is never replaced");
        std::fs::write(&path, "short").unwrap();
        assert!(matches!(read(&path), Err(KeyError::Malformed(_))));
        let allow = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        allow(&path, 0o644);
        assert!(matches!(
            read(&path),
            Err(KeyError::Open { mode: 0o644, .. })
        ));
        allow(&path, 0o600);
        let deep = folder.path().join("deep");
        allow(&deep, 0o777);
        assert!(matches!(read(&path), Err(KeyError::Folder { .. })));
        allow(&deep, 0o700);
        let link = deep.join("link.key");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(read(&link), Err(KeyError::Read { .. })));
        std::fs::rename(&deep, folder.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", &deep).unwrap();
        assert!(matches!(read(&path), Err(KeyError::Folder { .. })));
        let other = deep.join("other.key");
        assert!(matches!(create(&other), Err(KeyError::Folder { .. })));
    }

    #[test]
    fn a_name_leads_to_no_other_folder() {
        for name in [
            "",
            "../x",
            "a/b",
            "/x",
            ".",
            "A",
            "a\u{e9}",
            &"a".repeat(65),
        ] {
            assert!(matches!(path(name), Err(KeyError::Name(_))), "{name}");
        }
    }
}
