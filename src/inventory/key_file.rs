//! Where keys are kept: outside the repository and outside the inventory, since whoever holds both can guess weak values.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::inventory_key::InventoryKey;
use crate::secret::unhex;

/// The environment variable that holds a key, for machines that keep no files.
pub const VARIABLE: &str = "KEYFERRY_KEY";

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{VARIABLE} does not hold a key: it takes 64 lower-case hex digits")]
    Variable,
    #[error(
        "there is no home folder to keep keys in ({VARIABLE}, XDG_DATA_HOME and HOME are not set)"
    )]
    NoHome,
    #[error("the key {} is not there", .0.display())]
    Missing(PathBuf),
    #[error("{} does not hold a key: it takes 64 lower-case hex digits", .0.display())]
    Malformed(PathBuf),
    #[error("{} may be read by others (mode {mode:o}); it must be 0600", .path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("cannot {doing} the key {}: {source}", .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
}

/// The key in the environment, if there is one.
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

/// The file of the key with this name.
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

pub fn read(path: &Path) -> Result<InventoryKey, KeyError> {
    let io = |source| KeyError::Io {
        doing: "read",
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

/// Makes a new key and keeps it. A key that is there already is never replaced: that is an error.
pub fn create(path: &Path) -> Result<InventoryKey, KeyError> {
    let io = |source| KeyError::Io {
        doing: "write",
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
        // Half a key is worse than none.
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
