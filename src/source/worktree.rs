//! The files of a working tree or a plain folder.
//!
//! Files that git ignores are read, too: an ignored `.env` is still a secret on disk. Only the
//! well-known folders of dependencies, builds and caches are skipped if git ignores them; the
//! coverage report names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use super::git::{Repo, layout};
use super::target::Unit;
use crate::coverage::{Coverage, Skip};

/// The files of a working tree that are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Breadth {
    /// All but ignored dependency, build and cache folders.
    #[default]
    Usual,
    /// All files, ignored folders included.
    Everything,
    /// Only the files that git tracks.
    TrackedOnly,
}

/// Names of folders whose content is downloaded, or built from other files.
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
    /// The absolute path.
    pub location: PathBuf,
    /// The size in bytes when the folder was listed; zero if unknown.
    pub size: u64,
}

/// The files of a unit, and the repositories within it.
#[derive(Debug, Default)]
pub struct Listing {
    /// In order of path.
    pub files: Vec<File>,
    /// Repositories of their own within the unit: folders with a `.git`, and bare repositories.
    pub nested: Vec<PathBuf>,
}

/// The folders that the walk does not enter. The walk's filter must be `Send` and `Sync`, hence the
/// lock around this.
struct Pruned {
    repo: Option<Repo>,
    nested: Vec<PathBuf>,
    derived: Vec<String>,
    own: Option<String>,
}

/// Lists the files of a unit. `repo` is the repository of the working tree, if the unit is one.
/// `own` is the folder of the inventory that is being written; it is skipped. The user names that
/// folder: one that merely looks like an inventory is read. Skipped and unreadable paths are added
/// to `coverage`.
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
        // A folder that looks like a bare repository but cannot be opened is read as a folder.
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
