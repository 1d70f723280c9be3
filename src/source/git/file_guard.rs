//! Opens the files of a git directory. The folder `.git` is as untrusted as the rest of a target: a
//! named pipe in the place of a file would block the program for ever, a huge file would fill its
//! memory, and a symbolic link may lead outside the [`Boundary`].

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::boundary::{Boundary, Destination, OutsideReference, ReferenceKind};
use crate::no_follow_open::{self, Links, OpenError};

/// The limit for a file with an id or a path, with room to spare.
pub(super) const SMALL: u64 = 1 << 20;
/// The limit for a list that people or programs maintain.
pub(super) const LARGE: u64 = 64 << 20;
/// The limit for a file with a line or an entry for each file or ref.
pub(super) const HUGE: u64 = 4 << 30;

/// A file of a git directory that is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeFile {
    /// A named pipe, a device or a folder is in the place of a regular file.
    #[error("{} is no regular file", .0.display())]
    NotRegular(PathBuf),
    /// The file is larger than git's own files of this purpose get.
    #[error("{} is too large ({size} bytes)", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// A symbolic link leads outside the boundary.
    #[error(transparent)]
    Outside(#[from] OutsideReference),
    /// The operating system refused.
    #[error("{} cannot be read: {kind}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        kind: ErrorKind,
    },
}

impl UnsafeFile {
    /// The step that makes the file readable, where one is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Outside(reference) => Some(reference.hint()),
            _ => None,
        }
    }

    /// The error without the file, for a place that names it.
    pub fn reason(&self) -> String {
        match self {
            Self::NotRegular(_) => "is no regular file".to_owned(),
            Self::TooLarge { size, .. } => format!("is too large ({size} bytes)"),
            Self::Outside(reference) => reference.reason(),
            Self::Unreadable { kind, .. } => kind.to_string(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::NotRegular(path)
            | Self::TooLarge { path, .. }
            | Self::Unreadable { path, .. } => path,
            Self::Outside(reference) => &reference.file,
        }
    }
}

/// Opens a file below a folder that may be read. `None` if there is none. A symbolic link is
/// followed if it leads to a place that may be read.
///
/// # Errors
/// The file is not a regular file of at most `most` bytes, leads outside the boundary, or cannot be
/// read.
pub(super) fn open(
    boundary: &Boundary,
    path: &Path,
    most: u64,
) -> Result<Option<File>, UnsafeFile> {
    let opened = match no_follow_open::open_file(path, Links::Refused) {
        Err(OpenError::SymbolicLink) => match real(boundary, path)? {
            // Without links again: the way may have changed since it was looked at.
            Some(real) => no_follow_open::open_file(&real, Links::Refused),
            None => return Ok(None),
        },
        opened => opened,
    };
    let unreadable = |kind| UnsafeFile::Unreadable {
        path: path.to_owned(),
        kind,
    };
    let file = match opened {
        Ok(file) => file,
        Err(OpenError::NotRegular) => return Err(UnsafeFile::NotRegular(path.to_owned())),
        Err(OpenError::Io(error)) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => return Ok(None),
            kind => return Err(unreadable(kind)),
        },
        Err(OpenError::SymbolicLink | OpenError::Outside | OpenError::TooLarge(_)) => {
            return Err(unreadable(ErrorKind::Other));
        }
    };
    let size = file
        .metadata()
        .map_err(|error| unreadable(error.kind()))?
        .len();
    if size > most {
        return Err(UnsafeFile::TooLarge {
            path: path.to_owned(),
            size,
        });
    }
    Ok(Some(file))
}

/// Reads a file as [`open`] opens it.
///
/// # Errors
/// See [`open`].
pub(super) fn read(
    boundary: &Boundary,
    path: &Path,
    most: u64,
) -> Result<Option<Vec<u8>>, UnsafeFile> {
    let Some(file) = open(boundary, path, most)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    // One byte more than allowed reveals a file that grows.
    match file.take(most + 1).read_to_end(&mut bytes) {
        Ok(size) if size as u64 > most => Err(UnsafeFile::TooLarge {
            path: path.to_owned(),
            size: size as u64,
        }),
        Ok(_) => Ok(Some(bytes)),
        Err(error) => Err(UnsafeFile::Unreadable {
            path: path.to_owned(),
            kind: error.kind(),
        }),
    }
}

/// The canonical path of a folder below one that may be read. `None` if there is none.
///
/// # Errors
/// The path is no folder, leads outside the boundary, or cannot be read.
pub(super) fn folder(boundary: &Boundary, path: &Path) -> Result<Option<PathBuf>, UnsafeFile> {
    let Some(real) = real(boundary, path)? else {
        return Ok(None);
    };
    if std::fs::symlink_metadata(&real).is_ok_and(|meta| meta.is_dir()) {
        Ok(Some(real))
    } else {
        Err(UnsafeFile::Unreadable {
            path: path.to_owned(),
            kind: ErrorKind::NotADirectory,
        })
    }
}

/// The canonical path of a file or folder. `None` if there is none.
fn real(boundary: &Boundary, path: &Path) -> Result<Option<PathBuf>, UnsafeFile> {
    match boundary.destination(path) {
        Destination::Inside(real) => Ok(Some(real)),
        Destination::Outside(to) => Err(UnsafeFile::Outside(OutsideReference {
            file: path.to_owned(),
            kind: ReferenceKind::Link,
            to,
        })),
        Destination::Missing => Ok(None),
        Destination::Unclear(kind) => Err(UnsafeFile::Unreadable {
            path: path.to_owned(),
            kind,
        }),
    }
}
