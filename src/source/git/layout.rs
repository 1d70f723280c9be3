//! The layout of a git directory (gitrepository-layout(5)): how one is recognised, and how its paths are shown.

use std::path::Path;

/// True for a folder that has what makes a bare repository or a `.git` folder: the file `HEAD`, and the folders `objects`
/// and `refs`.
pub fn looks_bare(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir()
}

/// True for a folder that has something named `.git`, or looks like a bare repository.
pub fn looks_like_repository(folder: &Path) -> bool {
    std::fs::symlink_metadata(folder.join(".git")).is_ok() || looks_bare(folder)
}

/// The prefix of paths within the git directory `directory` of the repository at `location`: `.git/`, wherever `.git` leads,
/// or empty if the repository is bare.
pub fn shown_directory(location: &Path, directory: &Path) -> &'static str {
    if location == directory { "" } else { ".git/" }
}
