//! The folders in which the user of this machine made or named an inventory. They are recorded in
//! the user's data folder, where no author of a repository can write.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file_names::IDENTITY;
use super::key_file::{self, KeyError};
use super::own_text;
use crate::no_follow_open::{self, Links};
use crate::output;

/// The largest file of folders, in bytes.
const LARGEST: u64 = 1 << 20;

/// The id of the inventory in a folder, if there is one that can be read.
pub fn inventory_id(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    let path = folder.join(IDENTITY);
    let text = own_text::read(&path).ok()?;
    Some(own_text::from_yaml::<Id>(&path, &text).ok()?.id)
}

/// The known folders of the inventory with this id, in the order in which they became known.
pub fn of(id: &str) -> Vec<PathBuf> {
    let read = |path: PathBuf| no_follow_open::read_at_most(&path, Links::RefusedAtEnd, LARGEST);
    let bytes = key_file::list_of_folders(id)
        .ok()
        .and_then(|path| read(path).ok());
    // A file name may contain a line end, hence NUL.
    bytes
        .unwrap_or_default()
        .split(|&byte| byte == 0)
        .filter(|path| !path.is_empty())
        .map(|path| PathBuf::from(std::ffi::OsString::from_vec(path.to_vec())))
        .collect()
}

/// Adds a folder, given by its canonical path.
///
/// # Errors
/// There is no folder of keys, or it cannot be written.
pub fn add(id: &str, folder: &Path) -> Result<(), KeyError> {
    let mut known = of(id);
    if known.iter().any(|known| known == folder) {
        return Ok(());
    }
    known.push(folder.to_owned());
    let path = key_file::list_of_folders(id)?;
    let failed = |source| KeyError::Write {
        path: path.clone(),
        source,
    };
    no_follow_open::create_folder(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let written = output::write_file(&path, |out| {
        known.iter().try_for_each(|path| {
            out.write_all(path.as_os_str().as_bytes())?;
            out.write_all(&[0])
        })
    });
    written.map_err(|error| failed(std::io::Error::other(error)))
}
