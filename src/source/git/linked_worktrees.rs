//! Linked working trees (git-worktree(1)): each has a `HEAD`, refs and an index of its own below `worktrees` of the common
//! git directory (gitrepository-layout(5)). Only these files are read: the working tree itself may be elsewhere, or gone.

use std::path::{Path, PathBuf};

use super::boundary::Boundary;

/// The git directory of a working tree that shares its objects and refs with others.
#[derive(Clone, Debug)]
pub(super) struct WorkingTree {
    /// The path that reports show: empty for the git directory that all share.
    pub(super) shown: String,
    /// The canonical path.
    pub(super) folder: PathBuf,
    /// The places that its files may lead to.
    pub(super) boundary: Boundary,
}

impl WorkingTree {
    /// The path of one of its files in reports.
    pub(super) fn shown_file(&self, name: &str) -> String {
        match self.shown.as_str() {
            "" => name.to_owned(),
            shown => format!("{shown}/{name}"),
        }
    }
}

/// The folders of the linked working trees, as `worktrees/NAME` and the absolute path, in order of name. `directory` is the
/// common git directory, as a canonical path. Links are not followed.
pub(super) fn folders(directory: &Path) -> Vec<(String, PathBuf)> {
    let worktrees = directory.join("worktrees");
    let is_folder = std::fs::symlink_metadata(&worktrees).is_ok_and(|meta| meta.is_dir());
    let Ok(entries) = std::fs::read_dir(&worktrees) else {
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
    let mut folders: Vec<_> = entries.filter(|_| is_folder).filter_map(folder).collect();
    folders.sort();
    folders
}
