//! Messages about the files of an inventory that was opened or saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::file_names::{PLACES_ENDING, SCHEMA};
use crate::secret::SecretId;

/// The largest number of things that a message names.
const SHOWN: usize = 5;

/// A message about the files of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreNotice {
    /// The files had an earlier version, and were written in the present one.
    Upgraded {
        /// The earliest version of a file.
        from: u32,
    },
    /// Secrets had several entries, which were merged: secret → the files of its entries.
    Joined(BTreeMap<SecretId, BTreeSet<String>>),
    /// A file was removed, because all its secrets are in other files.
    Removed {
        /// The file.
        file: String,
        /// The files that have its secrets.
        now_in: BTreeSet<String>,
    },
    /// Places were in several lines, which were merged.
    JoinedPlaces {
        /// The number of lines that are too many.
        lines: usize,
        /// Some secrets of these places.
        secrets: BTreeSet<SecretId>,
    },
    /// Places of secrets that have no entry. They are left out.
    NoEntry {
        /// The file.
        file: String,
        /// The number of places.
        places: usize,
        /// The secrets.
        secrets: BTreeSet<SecretId>,
    },
    /// Secrets that have no place in a repository that their entries name.
    NoPlaces {
        /// The file that would have the places.
        file: String,
        /// The secrets.
        secrets: BTreeSet<SecretId>,
    },
    /// A file of places was removed: no place in it is left, or its places are in the files of their repositories.
    PlacesRemoved(String),
    /// A file has a name that no file of secrets gets. It was neither read nor changed.
    Left(String),
}

impl StoreNotice {
    /// Whether the user should do something.
    pub fn is_warning(&self) -> bool {
        matches!(
            self,
            StoreNotice::Left(_) | StoreNotice::NoEntry { .. } | StoreNotice::NoPlaces { .. }
        )
    }
}

impl fmt::Display for StoreNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreNotice::Upgraded { from: 2.. } => write!(
                f,
                "the inventory was written in format {SCHEMA}, which earlier versions of keyferry do not read"
            ),
            StoreNotice::Upgraded { .. } => write!(
                f,
                "the inventory was written in format {SCHEMA}: object ids and byte ranges in it are now encrypted\n\
                 its earlier versions, for example in git, contain the ids: whoever has them can test guesses of a weak value"
            ),
            StoreNotice::Joined(secrets) => {
                let (have, entries) = match secrets.len() {
                    1 => ("secret had", "they were merged"),
                    _ => ("secrets had", "those of one secret were merged"),
                };
                write!(f, "{} {have} several entries; {entries}:", secrets.len())?;
                for (id, files) in secrets.iter().take(SHOWN) {
                    write!(f, "\n{id} in {}", list(files))?;
                }
                match secrets.len().saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\nand {more} more"),
                }
            }
            StoreNotice::Removed { file, now_in } if now_in.is_empty() => {
                write!(f, "{file} was removed: none of its secrets is left")
            }
            StoreNotice::Removed { file, now_in } => {
                write!(f, "{file} was removed: its secrets are in {}", list(now_in))
            }
            StoreNotice::JoinedPlaces { lines, secrets } => {
                let places = count(*lines, "line");
                write!(
                    f,
                    "{places} in the files of places had the place of another line; those of one place were merged: {}",
                    list(secrets)
                )
            }
            StoreNotice::NoEntry {
                file,
                places,
                secrets,
            } => write!(
                f,
                "{} in {file} {} left out, since {} {} no entry: {}\n\
                 a scan of the repository finds a secret again that is still there",
                count(*places, "place"),
                if *places == 1 { "was" } else { "were" },
                count(secrets.len(), "secret"),
                if secrets.len() == 1 { "has" } else { "have" },
                list(secrets)
            ),
            StoreNotice::NoPlaces { file, secrets } => write!(
                f,
                "{} {} no place in {file}, which the {}: {}\n\
                 restore the file from version control, or scan the repository again",
                count(secrets.len(), "secret"),
                if secrets.len() == 1 { "has" } else { "have" },
                if secrets.len() == 1 {
                    "entry names"
                } else {
                    "entries name"
                },
                list(secrets)
            ),
            StoreNotice::PlacesRemoved(file) => write!(
                f,
                "{file} was removed: its places are gone, or are in the files of their repositories"
            ),
            StoreNotice::Left(file) => {
                let (kind, ending) = match file.contains('/') {
                    true => ("places", PLACES_ENDING),
                    false => ("secrets", ".yaml"),
                };
                write!(
                    f,
                    "{file} in the inventory was not read: no file of {kind} has such a name\n\
                     delete it, or, to merge it, rename it to a name of letters, digits, `-` and `_` that ends in {ending}"
                )
            }
        }
    }
}

fn list(items: &BTreeSet<impl fmt::Display>) -> String {
    let mut shown: Vec<String> = items.iter().take(SHOWN).map(ToString::to_string).collect();
    if items.len() > SHOWN {
        shown.push(format!("{} more", items.len() - SHOWN));
    }
    shown.join(", ")
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
