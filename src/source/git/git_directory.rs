//! Lists the files of a git directory other than objects, refs and indexes: configuration, hooks,
//! logs, messages in progress, and the files of any tool. All of them are read, so that no list of
//! tools is needed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::boundary::{Boundary, Destination, OutsideReference, ReferenceKind};
use super::layout;
use crate::coverage::{Coverage, Skip};
use crate::source::worktree::File;

/// The depth to which folders are followed.
const DEEPEST: usize = 64;

/// The files of a git directory, and the repositories within it.
#[derive(Debug, Default)]
pub struct Contents {
    /// The files in order of path. Paths are relative to the git directory.
    pub files: Vec<File>,
    /// The repositories that git keeps here for submodules, checked out or not.
    pub repositories: Vec<PathBuf>,
}

/// Lists the files of the git directory `directory`. `shown` is the prefix of its paths in the
/// coverage report. `own` are the files of the inventory in use; they are skipped. Links are not
/// followed; those that lead outside the boundary are reported as unreadable.
pub fn list(
    directory: &Path,
    shown: &str,
    own: &BTreeSet<PathBuf>,
    boundary: &Boundary,
    coverage: &mut Coverage,
) -> Contents {
    let mut walk = Walk {
        shown,
        own,
        boundary,
        coverage,
        contents: Contents::default(),
    };
    walk.folder(directory, "", 0);
    walk.contents.files.sort();
    walk.contents.repositories.sort();
    walk.contents
}

/// True for objects, refs and indexes, which are read by other means. Each linked working tree has
/// some of its own.
fn read_elsewhere(path: &str) -> bool {
    let own = path
        .strip_prefix("worktrees/")
        .and_then(|path| path.split_once('/'))
        .map_or(path, |(_, own)| own);
    matches!(own, "refs" | "index") || matches!(path, "objects" | "packed-refs")
}

/// True for a file or folder that git itself reads. Others, and hooks, may be links to tools of the
/// user's machine.
fn is_part_of_git(path: &str) -> bool {
    const PARTS: [&str; 14] = [
        "HEAD",
        "config",
        "config.worktree",
        "commondir",
        "gitdir",
        "info",
        "logs",
        "modules",
        "worktrees",
        "shallow",
        "branches",
        "remotes",
        "lfs",
        "annex",
    ];
    let own = path
        .strip_prefix("worktrees/")
        .and_then(|path| path.split_once('/'))
        .map_or(path, |(_, own)| own);
    let first = own.split('/').next().unwrap_or(own);
    PARTS.contains(&first) || path.starts_with("worktrees/")
}

/// True for the path of a reflog, relative to the git directory.
pub fn is_log(path: &str) -> bool {
    let own = path
        .strip_prefix("worktrees/")
        .and_then(|path| path.split_once('/'))
        .map_or(path, |(_, own)| own);
    own.starts_with("logs/")
}

struct Walk<'a> {
    shown: &'a str,
    own: &'a BTreeSet<PathBuf>,
    boundary: &'a Boundary,
    coverage: &'a mut Coverage,
    contents: Contents,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, path: &str, depth: usize) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) if depth < DEEPEST => entries,
            Ok(_) => {
                return self.coverage.unreadable(
                    format!("{}{path}", self.shown),
                    "folders are nested too deep",
                );
            }
            Err(error) => {
                return self
                    .coverage
                    .unreadable(format!("{}{path}", self.shown), error.to_string());
            }
        };
        for entry in entries {
            let (location, kind) =
                match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                    Ok(found) => found,
                    Err(error) => {
                        self.coverage
                            .unreadable(format!("{}{path}", self.shown), error.to_string());
                        continue;
                    }
                };
            let name = location.file_name().unwrap_or_default().to_string_lossy();
            let path = if path.is_empty() {
                name.into_owned()
            } else {
                format!("{path}/{name}")
            };
            self.entry(location, path, kind, depth);
        }
    }

    fn entry(&mut self, location: PathBuf, path: String, kind: std::fs::FileType, depth: usize) {
        let shown = || format!("{}{path}", self.shown);
        if read_elsewhere(&path) {
        } else if kind.is_symlink() {
            match self.boundary.destination(&location) {
                Destination::Outside(to) if is_part_of_git(&path) => {
                    let outside = OutsideReference {
                        file: location,
                        kind: ReferenceKind::Link,
                        to,
                    };
                    self.coverage.unreadable(shown(), outside.reason());
                }
                _ => self.coverage.skip(Skip::SymbolicLink, shown()),
            }
        } else if kind.is_dir() {
            if layout::looks_bare(&location) {
                self.contents.repositories.push(location);
            } else if location.join("objects").is_dir() && location.join("refs").is_dir() {
                self.coverage.unreadable(
                    shown(),
                    "it has objects, and is no repository that can be opened",
                );
            } else {
                self.folder(&location, &path, depth + 1);
            }
        } else if kind.is_file() && self.own.contains(&location) {
            self.coverage.skip(Skip::OwnInventory, shown());
        } else if kind.is_file() {
            let size = std::fs::symlink_metadata(&location).map_or(0, |meta| meta.len());
            self.contents.files.push(File {
                path,
                location,
                size,
            });
        } else {
            self.coverage.skip(Skip::SpecialFile, shown());
        }
    }
}
