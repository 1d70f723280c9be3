//! Where the parts of a repository are: follows `.git` and `commondir` (gitrepository-layout(5)).
//!
//! Two layouts of git put a git directory outside the folder that a user names: a linked working
//! tree, and a submodule. In both, the git directory names the working tree in return. That is what
//! tells them from a file `.git` that somebody wrote to have another repository read: its owner
//! did not name the working tree.

use std::path::{Path, PathBuf};

use super::boundary::{Boundary, Destination, OutsideReference, ReferenceKind};
use super::config_file;
use super::file_guard::{self, LARGE, SMALL, UnsafeFile};
use super::layout;
use super::repository_error::RepositoryError;

/// The places of a repository.
#[derive(Clone, Debug)]
pub(super) struct GitPlace {
    /// The working tree, or the bare repository, as a canonical path.
    pub(super) location: PathBuf,
    /// The canonical path of the git directory. A linked working tree has one of its own.
    pub(super) own: PathBuf,
    /// The canonical path of the git directory that all working trees share.
    pub(super) common: PathBuf,
    /// The boundary, with the git directories that name this working tree in return.
    pub(super) boundary: Boundary,
    /// References that are not followed.
    pub(super) refused: Vec<UnsafeFile>,
}

/// The repository whose root is this folder; `None` if the folder has none.
///
/// # Errors
/// The folder looks like a repository, and is none that can be read.
pub(super) fn find(
    location: &Path,
    boundary: &Boundary,
) -> Result<Option<GitPlace>, RepositoryError> {
    let location = location
        .canonicalize()
        .map_err(|error| UnsafeFile::Unreadable {
            path: location.to_owned(),
            kind: error.kind(),
        })?;
    let is_bare = layout::looks_bare(&location);
    let mut place = GitPlace {
        own: location.clone(),
        common: location.clone(),
        boundary: boundary.within(&location),
        refused: Vec::new(),
        location,
    };
    match place.follow_dot_git() {
        Ok(true) => {}
        Ok(false) if is_bare => place.follow_common_directory(),
        Ok(false) => return Ok(None),
        // A bare repository with something named `.git` in it.
        Err(RepositoryError::UnsafeFile(why)) if is_bare => {
            place.refused.push(why);
            place.follow_common_directory();
        }
        Err(error) => return Err(error),
    }
    place.check_parts()?;
    Ok(Some(place))
}

impl GitPlace {
    /// Finds the git directory that `.git` is, or names. False if there is nothing named `.git`.
    fn follow_dot_git(&mut self) -> Result<bool, RepositoryError> {
        let dot_git = self.location.join(".git");
        let Ok(meta) = std::fs::symlink_metadata(&dot_git) else {
            return Ok(false);
        };
        if meta.is_dir() {
            self.own = dot_git;
        } else {
            // A link to a git directory has a `HEAD` behind it, one to a file with its path has not.
            let (kind, named) = if meta.is_symlink() && dot_git.is_dir() {
                (ReferenceKind::Link, dot_git.clone())
            } else {
                let text = file_guard::read(&self.boundary, &dot_git, SMALL)?;
                let text = text.ok_or_else(|| RepositoryError::Dangling(dot_git.clone()))?;
                let named = text.strip_prefix(b"gitdir:").map(<[u8]>::trim_ascii);
                let named = named.filter(|path| !path.is_empty());
                let named = named.ok_or_else(|| RepositoryError::NoGitFile(dot_git.clone()))?;
                (ReferenceKind::GitFile, self.location.join(path_of(named)))
            };
            self.own = match self.boundary.destination(&named) {
                Destination::Inside(real) => real,
                Destination::Outside(real) if points_back(&real, &self.location) => {
                    self.boundary = self.boundary.clone().and([real.as_path()]);
                    real
                }
                Destination::Outside(to) => {
                    let file = dot_git;
                    return Err(UnsafeFile::Outside(OutsideReference { file, kind, to }).into());
                }
                Destination::Missing => return Err(RepositoryError::Dangling(dot_git)),
                Destination::Unclear(kind) => {
                    return Err(UnsafeFile::Unreadable { path: named, kind }.into());
                }
            };
        }
        self.follow_common_directory();
        Ok(true)
    }

    /// Finds the git directory that a linked working tree shares with others. Without it, the
    /// repository consists of its own git directory.
    fn follow_common_directory(&mut self) {
        self.common.clone_from(&self.own);
        let file = self.own.join("commondir");
        let text = match file_guard::read(&self.boundary, &file, SMALL) {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(why) => return self.refused.push(why),
        };
        let named = self.own.join(path_of(text.trim_ascii()));
        self.common = match self.boundary.destination(&named) {
            Destination::Inside(real) => real,
            // git-worktree(1): the git directory of a working tree is kept in the one that it names.
            Destination::Outside(real)
                if self.own.parent() == Some(&real.join("worktrees"))
                    && points_back(&self.own, &self.location) =>
            {
                self.boundary = self.boundary.clone().and([real.as_path()]);
                real
            }
            Destination::Outside(to) => {
                let kind = ReferenceKind::CommonDirectory;
                let outside = OutsideReference { file, kind, to };
                return self.refused.push(UnsafeFile::Outside(outside));
            }
            Destination::Missing => {
                let kind = std::io::ErrorKind::NotFound;
                return self
                    .refused
                    .push(UnsafeFile::Unreadable { path: named, kind });
            }
            Destination::Unclear(kind) => {
                return self
                    .refused
                    .push(UnsafeFile::Unreadable { path: named, kind });
            }
        };
    }

    /// Checks that the parts exist that make a git directory.
    fn check_parts(&self) -> Result<(), RepositoryError> {
        let parts = [
            self.own.join("HEAD"),
            self.common.join("objects"),
            self.common.join("refs"),
        ];
        match parts
            .iter()
            .find(|part| std::fs::symlink_metadata(part).is_err())
        {
            None => Ok(()),
            // The part is where the reference leads.
            Some(_) if !self.refused.is_empty() => Err(self.refused[0].clone().into()),
            Some(part) => Err(RepositoryError::Incomplete(part.clone())),
        }
    }
}

/// True if the git directory names this working tree: as a linked one, or as that of a submodule.
fn points_back(git_directory: &Path, location: &Path) -> bool {
    let boundary = Boundary::default();
    let link = git_directory.join("gitdir");
    if let Ok(Some(text)) = file_guard::read(&boundary, &link, SMALL) {
        let named = git_directory.join(path_of(text.trim_ascii()));
        return named.file_name().is_some_and(|name| name == ".git")
            && named
                .parent()
                .and_then(|folder| folder.canonicalize().ok())
                .is_some_and(|folder| folder == location);
    }
    let Ok(Some(text)) = file_guard::read(&boundary, &git_directory.join("config"), LARGE) else {
        return false;
    };
    let variables = config_file::parse(&text).variables;
    let named = variables.into_iter().rfind(|variable| {
        &*variable.section == "core" && variable.subsection.is_none() && variable.name == "worktree"
    });
    named
        .and_then(|variable| variable.value)
        .and_then(|path| git_directory.join(path_of(&path)).canonicalize().ok())
        .is_some_and(|worktree| worktree == location)
}

/// True if the folder is a working tree whose `.git` names the git directory.
pub(super) fn is_worktree_of(folder: &Path, git_directory: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else {
        return false;
    };
    let dot_git = folder.join(".git");
    let named = match std::fs::symlink_metadata(&dot_git) {
        Ok(meta) if meta.is_file() => {
            match file_guard::read(&Boundary::default(), &dot_git, SMALL) {
                Ok(Some(text)) => text
                    .strip_prefix(b"gitdir:")
                    .map(|path| folder.join(path_of(path.trim_ascii()))),
                _ => None,
            }
        }
        Ok(_) => Some(dot_git),
        Err(_) => None,
    };
    named
        .and_then(|path| path.canonicalize().ok())
        .is_some_and(|path| path == git_directory)
}

/// The path that these bytes are.
#[cfg(unix)]
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// The path that these bytes are.
#[cfg(not(unix))]
pub(super) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
