//! Messages about the files of an inventory that was opened or saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::file_names::SCHEMA;
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
    /// A file has a name that no file of secrets gets. It was neither read nor changed.
    Left(String),
}

impl StoreNotice {
    /// Whether the user should do something.
    pub fn is_warning(&self) -> bool {
        matches!(self, StoreNotice::Left(_))
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
            StoreNotice::Left(file) => write!(
                f,
                "{file} in the inventory was not read: no file of secrets has such a name\n\
                 delete it, or, to merge it, rename it to a name of letters, digits, `-` and `_` that ends in .yaml"
            ),
        }
    }
}

fn list(files: &BTreeSet<String>) -> String {
    let mut names: Vec<&str> = files.iter().take(SHOWN).map(String::as_str).collect();
    let more = format!("{} more", files.len().saturating_sub(SHOWN));
    if files.len() > SHOWN {
        names.push(&more);
    }
    names.join(", ")
}
