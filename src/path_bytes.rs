//! Paths as bytes, for messages between processes: serde's own form of a path refuses names that are
//! not UTF-8.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path in a message. `#[serde(with = "path_bytes")]` has the same form for a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PathBytes(#[serde(with = "self")] pub PathBuf);

/// Writes a path.
///
/// # Errors
///
/// Errors of the serializer.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    bytes(path).as_ref().serialize(serializer)
}

/// Reads a path.
///
/// # Errors
///
/// Errors of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Vec::<u8>::deserialize(deserializer).map(path)
}

/// The same for a set of paths.
pub mod set {
    use std::collections::BTreeSet;

    use super::{Deserialize, Deserializer, PathBuf, PathBytes, Serializer};

    /// Writes a set of paths.
    ///
    /// # Errors
    ///
    /// Errors of the serializer.
    pub fn serialize<S: Serializer>(
        paths: &BTreeSet<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(paths.iter().cloned().map(PathBytes))
    }

    /// Reads a set of paths.
    ///
    /// # Errors
    ///
    /// Errors of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeSet<PathBuf>, D::Error> {
        let paths = Vec::<PathBytes>::deserialize(deserializer)?;
        Ok(paths.into_iter().map(|path| path.0).collect())
    }
}

#[cfg(unix)]
fn bytes(path: &Path) -> Cow<'_, [u8]> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().into()
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn bytes(path: &Path) -> Cow<'_, [u8]> {
    path.to_string_lossy().into_owned().into_bytes().into()
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn any_name_is_read_back() {
        for name in [&b"shop"[..], b"", b"caf\xe9/\xff", "é".as_bytes()] {
            let path = PathBytes(std::ffi::OsString::from_vec(name.to_vec()).into());
            let written = postcard::to_stdvec(&path).unwrap();
            assert_eq!(postcard::from_bytes::<PathBytes>(&written).unwrap(), path);
        }
    }
}
