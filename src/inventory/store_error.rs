//! The errors of an inventory on disk, with hints.

use std::path::PathBuf;

use super::file_names::{IDENTITY, SCHEMA};
use super::key_file::{self, KeyError};
use super::stored_occurrence::UnopenedSecret;
use crate::output::OutputError;

/// The reason for which an inventory cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder has no identity file.
    #[error("there is no inventory in {}", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read or removed.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file is not valid YAML, or does not fit the schema.
    #[error("{}: {message}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The message of the parser, with line and column.
        message: String,
    },
    /// A file has another version of the format.
    #[error("{} has schema {found}; this version of keyferry knows schema {SCHEMA}", .path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The version of the file.
        found: u32,
    },
    /// Git could not merge a file, and nobody has done it since.
    #[error("{}:{line}: a conflict of a git merge is not resolved here (`{mark}`)", .path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
        /// The line of the mark, from 1.
        line: usize,
        /// The mark.
        mark: &'static str,
    },
    /// A part of an entry cannot be opened with the key.
    #[error("{}{}: {unopened}", .path.display(), .line.map(|line| format!(":{line}")).unwrap_or_default())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// The line of the place, from 1, in a file of places.
        line: Option<usize>,
        /// The entry.
        unopened: UnopenedSecret,
    },
    /// A link in place of the folder of places, or something else that is no folder.
    #[error("cannot read {}: it is no folder, or a symbolic link", .0.display())]
    NoPlacesFolder(PathBuf),
    /// A file of places is missing that entries name.
    #[error(
        "{} is missing: by their entries, {} in the repository {repository}", .path.display(),
        match .secrets { 1 => "1 secret has places".to_owned(), more => format!("{more} secrets have places") }
    )]
    NoPlaces {
        /// The file.
        path: PathBuf,
        /// The repository.
        repository: String,
        /// The number of secrets.
        secrets: usize,
    },
    /// Another process holds the lock.
    #[error("another keyferry is writing the inventory {}", .0.display())]
    Locked(PathBuf),
    /// The key cannot be read or created.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The check value of the key differs from that of the inventory.
    #[error("the key from {origin} is not the one that the inventory {} was made with", .folder.display())]
    OtherKey {
        /// The inventory.
        folder: PathBuf,
        /// The environment variable or file of the key.
        origin: String,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] OutputError),
    /// The folder cannot be created.
    #[error("cannot create the folder {}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The folder has files of an inventory, but no identity file.
    #[error("{} is missing, but {} is there: this is an inventory without its identity", .folder.join(IDENTITY).display(), .found.display())]
    NoIdentity {
        /// The folder.
        folder: PathBuf,
        /// One of the files.
        found: PathBuf,
    },
    /// A file has nearly the name of a file of the inventory.
    #[error("{} is not read: its name must be {expected}", .path.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The right name.
        expected: &'static str,
    },
}

impl StoreError {
    /// The step that resolves the problem, where one is known.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing(_) => {
                "create one with `keyferry discover PATH`, or name it with --inventory".into()
            }
            Self::Schema { found, .. } if *found > SCHEMA => {
                "a newer version of keyferry wrote it: use that version".into()
            }
            Self::Conflict { .. } => {
                "keep one side of each conflict, or the whole entries or lines of both (those of one secret or place are merged), and remove the marks"
                    .into()
            }
            Self::Sealed { .. } => {
                "restore the file from version control; if there is no other version of this entry or line, remove it from the file, and run `keyferry discover` again"
                    .into()
            }
            Self::NoPlaces { .. } => format!(
                "restore the file from version control; if there is no version of it, write the line {{\"schema\":{SCHEMA}}} into it, and scan the repository again"
            ),
            Self::Locked(_) => {
                "wait until it ends; the system releases the lock even if the process is killed"
                    .into()
            }
            Self::Key(KeyError::Missing(path)) => format!(
                "copy the key from the machine where the inventory was created to {}, or set {}",
                path.display(),
                key_file::VARIABLE
            ),
            Self::Key(KeyError::Open { path, .. }) => format!("chmod 600 {}", path.display()),
            Self::Key(KeyError::Folder { path, .. }) => format!(
                "make it a folder of your own (chmod 700 {}), and check the keys in it",
                path.display()
            ),
            Self::Key(KeyError::NoHome) => format!(
                "set {} to 64 hex digits (openssl rand -hex 32)",
                key_file::VARIABLE
            ),
            Self::NoIdentity { .. } => format!(
                "restore {IDENTITY}, which names the key of ids and fingerprints, or use another folder"
            ),
            Self::Misnamed { path, expected }
                if path.extension().is_some_and(|ending| {
                    ["xls", "ods", "json"]
                        .iter()
                        .any(|other| ending.eq_ignore_ascii_case(other))
                }) =>
            {
                format!("save its content as {expected}, in the form of docs/policy.md")
            }
            Self::Misnamed { path, expected } => {
                format!(
                    "mv {} {}",
                    path.display(),
                    path.with_file_name(expected).display()
                )
            }
            Self::OtherKey { .. } => {
                "use the inventory's own key: fingerprints of another key match nothing".into()
            }
            _ => return None,
        })
    }
}
