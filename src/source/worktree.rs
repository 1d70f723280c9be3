//! The files of a working tree or a plain folder.
//!
//! What git ignores is read too: a `.env` that git ignores is still a secret on disk. Only the well-known folders of
//! dependencies, builds and caches are passed over, if git ignores them, and named in the coverage account.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use super::git::{Repo, layout};
use super::target::Unit;
use crate::coverage::{Coverage, Skip};

/// Which files of a working tree are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breadth {
    /// All but ignored dependency, build and cache folders.
    #[default]
    Usual,
    Everything,
    /// Only what git tracks.
    TrackedOnly,
}

/// Folders whose content comes from elsewhere or is made from the rest.
const DERIVED: [&str; 34] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "target",
    "build",
    "dist",
    "out",
    "bin",
    "obj",
    "vendor",
    ".venv",
    "venv",
    "env",
    "__pycache__",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".gradle",
    ".m2",
    ".cargo",
    ".bundle",
    "Pods",
    "Carthage",
    ".terraform",
    ".next",
    ".nuxt",
    ".cache",
    ".parcel-cache",
    ".yarn",
    ".pnpm-store",
    "coverage",
    "_build",
];

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Relative to the unit, `/` between components.
    pub path: String,
    pub location: PathBuf,
    pub size: u64,
}

/// The files of a unit and the repositories that lie within it.
#[derive(Debug, Default)]
pub struct Listing {
    /// In order of path.
    pub files: Vec<File>,
    /// Folders with a `.git` of their own, and bare repositories: repositories for themselves.
    pub nested: Vec<PathBuf>,
}

/// What the walk meets and does not enter. The walk's filter must be `Send` and `Sync`, hence the lock.
struct Pruned {
    repo: Option<Repo>,
    nested: Vec<PathBuf>,
    derived: Vec<String>,
    own: Option<String>,
}

/// Lists the files of a unit. `repo` is the repository whose working tree it is; `own` the folder of the inventory that is
/// being written, which is passed over. It is named by the user: a folder that merely looks like one is read.
pub fn list(
    unit: &Unit,
    repo: Option<&Repo>,
    breadth: Breadth,
    own: Option<&Path>,
    coverage: &mut Coverage,
) -> Listing {
    let (root, own) = (unit.location.as_path(), own.map(Path::to_owned));
    let mut files = Vec::new();
    let tracked = repo
        .map(Repo::tracked_paths)
        .unwrap_or(Ok(BTreeSet::new()))
        .unwrap_or_else(|error| {
            coverage.unreadable(format!("{} index", unit.name), error.to_string());
            BTreeSet::new()
        });
    let tracked = (breadth == Breadth::TrackedOnly).then_some(tracked);
    let own_repo = repo.and_then(|_| Repo::open(root).ok());
    let pruned = Arc::new(Mutex::new(Pruned {
        repo: own_repo,
        nested: Vec::new(),
        derived: Vec::new(),
        own: None,
    }));
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(|a, b| a.cmp(b));
    let (state, base) = (Arc::clone(&pruned), root.to_owned());
    walk.filter_entry(move |entry| {
        if entry.file_name() == ".git" {
            return false;
        }
        if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
            return true;
        }
        let mut pruned = state.lock().unwrap_or_else(PoisonError::into_inner);
        // What only looks like a bare repository is a folder with files.
        let bare = || layout::looks_bare(entry.path()) && Repo::open(entry.path()).is_ok();
        if entry.path().join(".git").exists() || bare() {
            pruned.nested.push(entry.path().to_owned());
            return false;
        }
        let path = relative(&base, entry.path());
        if own.as_deref() == Some(entry.path()) {
            pruned.own = Some(format!("{path}/"));
            return false;
        }
        let derived = breadth == Breadth::Usual
            && DERIVED.iter().any(|name| entry.file_name() == *name)
            && pruned
                .repo
                .as_ref()
                .is_some_and(|repo| repo.ignores(&path) && !repo.tracks_below(&path));
        if derived {
            pruned.derived.push(format!("{path}/"));
        }
        !derived
    });
    for entry in walk.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let what = path_of(&error)
                    .map_or_else(|| root.display().to_string(), |path| relative(root, path));
                coverage.unreadable(what, reason(&error));
                continue;
            }
        };
        let path = relative(root, entry.path());
        let Some(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            continue;
        }
        if tracked
            .as_ref()
            .is_some_and(|tracked| !tracked.contains(&path))
        {
            coverage.skip(Skip::Untracked, path);
        } else if kind.is_symlink() {
            coverage.skip(Skip::SymbolicLink, path);
        } else if !kind.is_file() {
            coverage.skip(Skip::SpecialFile, path);
        } else {
            let size = entry.metadata().map_or(0, |meta| meta.len());
            files.push(File {
                path,
                location: entry.path().to_owned(),
                size,
            });
        }
    }
    files.sort();
    let mut pruned = pruned.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = pruned.own.take() {
        coverage.skip(Skip::OwnInventory, folder);
    }
    for folder in std::mem::take(&mut pruned.derived) {
        coverage.skip(Skip::IgnoredFolder, folder);
    }
    Listing {
        files,
        nested: std::mem::take(&mut pruned.nested),
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

fn reason(error: &ignore::Error) -> String {
    error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
