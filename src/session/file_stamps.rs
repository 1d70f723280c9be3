//! Whether files of the inventory have changed on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::inventory::decision_files::{self, DecisionFilesError};

/// The size and the time of each file of an inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileStamps(BTreeMap<PathBuf, Option<(SystemTime, u64)>>);

impl FileStamps {
    /// Those of the files in this folder.
    ///
    /// # Errors
    ///
    /// The files of statements cannot be listed.
    pub fn of(folder: &Path) -> Result<Self, DecisionFilesError> {
        let mut files: Vec<PathBuf> = decision_files::list(folder)?
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        let inside = |folder: PathBuf| {
            let listing = std::fs::read_dir(folder).into_iter().flatten().flatten();
            listing.map(|entry| entry.path())
        };
        let is_file_of_it = |path: &PathBuf| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ["yaml", "csv", "xlsx", "jsonl"].contains(&ending))
        };
        files.extend(inside(folder.to_owned()).filter(is_file_of_it));
        files.extend(inside(folder.join("places")).filter(is_file_of_it));
        let stamp = |path: PathBuf| {
            let meta = std::fs::symlink_metadata(&path).ok();
            let stamp = meta.and_then(|meta| Some((meta.modified().ok()?, meta.len())));
            (path, stamp)
        };
        Ok(Self(files.into_iter().map(stamp).collect()))
    }
}
