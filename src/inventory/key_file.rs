//! The files of keys. They are outside the repository and outside the inventory: a person who has
//! the inventory and its key can guess weak values.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::inventory_key::InventoryKey;
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

/// The key in the environment, if there is one.
///
/// # Errors
/// The variable does not hold a key.
#[expect(clippy::disallowed_methods, reason = "CI passes the key in a variable")]
pub fn from_environment() -> Result<Option<InventoryKey>, KeyError> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let key = text
        .to_str()
        .and_then(|text| unhex(text.trim()))
        .map(InventoryKey::from_bytes);
    key.map(Some).ok_or(KeyError::Variable)
}

/// The path of the key with this name.
///
/// # Errors
/// The home folder is unknown.
#[expect(
    clippy::disallowed_methods,
    reason = "keys are in the user's data folder"
)]
pub fn path(name: &str) -> Result<PathBuf, KeyError> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let data = set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .ok_or(KeyError::NoHome)?;
    Ok(data.join("keyferry/keys").join(format!("{name}.key")))
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
    let meta = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyError::Missing(path.to_owned()));
        }
        other => other.map_err(io)?,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open {
                path: path.to_owned(),
                mode,
            });
        }
    }
    let _ = meta;
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(io)?);
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
    std::fs::create_dir_all(folder).map_err(io)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
    }
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
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(
                read(&path),
                Err(KeyError::Open { mode: 0o644, .. })
            ));
        }
    }
}
