//! Working trees that were added to a repository: each has a HEAD, refs and an index of its own below `worktrees`
//! (gitrepository-layout(5)). Only these files are read, wherever the working tree itself is, or whether it is any more.

use std::path::{Path, PathBuf};

use super::file_guard;
use super::pack::{ObjectFormat, ObjectId};

/// Folders of the git directory that belong to working trees that were added, in order of name. `directory` is the one
/// that they share.
pub(super) fn folders(directory: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(directory.join("worktrees")) else {
        return Vec::new();
    };
    let folder = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry
            .ok()
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))?;
        Some((
            format!("worktrees/{}", entry.file_name().to_string_lossy()),
            entry.path(),
        ))
    };
    let mut folders: Vec<_> = entries.filter_map(folder).collect();
    folders.sort();
    folders
}

/// What a file of a ref holds.
pub(super) enum Pointer {
    Id(ObjectId),
    /// The name of another ref.
    Ref(String),
}

/// Reads a file of a ref; `None` if there is none.
pub(super) fn pointer(path: &Path, format: ObjectFormat) -> Option<Result<Pointer, String>> {
    let read = || -> Result<Pointer, String> {
        file_guard::fit(path, file_guard::SMALL)?;
        let text = std::fs::read(path).map_err(|error| error.to_string())?;
        let text = text.trim_ascii();
        match text.strip_prefix(b"ref:") {
            Some(name) => Ok(Pointer::Ref(
                String::from_utf8_lossy(name.trim_ascii()).into_owned(),
            )),
            None => format
                .from_hex(text)
                .map(Pointer::Id)
                .ok_or("neither an id nor the name of a ref".to_owned()),
        }
    };
    std::fs::symlink_metadata(path).is_ok().then(read)
}
