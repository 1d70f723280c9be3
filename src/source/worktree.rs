//! The files of a working tree or a plain folder.
//!
//! Files that git ignores are read, too: an ignored `.env` is still a secret on disk. Only the
//! well-known folders of dependencies, builds and caches are skipped if git ignores them; the
//! coverage report names them.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder_walk::{self, Step};
use super::git::ignore_rules::{self, IgnoreRules};
use super::git::{Boundary, Repo, layout};
use super::target::Unit;
use crate::coverage::{Coverage, Skip};
use crate::no_follow_open::EntryKind;

/// The files of a working tree that are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// The folders that the walk does not enter.
#[derive(Default)]
struct Pruned {
    nested: Vec<PathBuf>,
    derived: Vec<String>,
    /// Repositories that are read as files.
    embedded: Vec<String>,
    /// Repositories that cannot be opened, with the reason.
    broken: BTreeMap<PathBuf, String>,
}

/// The parts of a working tree that are read.
#[derive(Clone, Copy)]
pub struct Extent<'a> {
    /// The files.
    pub breadth: Breadth,
    /// The files of the inventory in use; they are skipped. A file that merely looks like one of an
    /// inventory is read.
    pub own: &'a BTreeSet<PathBuf>,
    /// Bare repositories whose files git tracks are read as repositories.
    pub embedded: bool,
    /// The places that reading a repository may lead to.
    pub boundary: &'a Boundary,
    /// The steps of matching ignore rules that are left for all working trees of the target.
    pub ignore_steps: &'a Cell<u64>,
}

/// The repository that a folder of a working tree is, if it is one.
enum Nested {
    /// It is none.
    None,
    /// The git directory of the working tree itself.
    OwnDirectory,
    /// A repository of its own.
    Repository,
    /// A bare repository whose files git tracks. Whoever wrote these files did not make a
    /// repository: git clones them like any others, with links and references that lead anywhere.
    Files,
}

/// Lists the files of a unit. `repo` is the repository of the working tree, if the unit is one.
/// Skipped and unreadable paths are added to `coverage`.
pub fn list(
    unit: &Unit,
    repo: Option<&Repo>,
    extent: Extent<'_>,
    coverage: &mut Coverage,
) -> Listing {
    let Extent {
        breadth,
        own,
        embedded,
        boundary,
        ignore_steps,
    } = extent;
    let root = unit.location.as_path();
    let mut files = Vec::new();
    let tracked = repo
        .map(Repo::tracked_paths)
        .unwrap_or(Ok(BTreeSet::new()))
        .unwrap_or_else(|error| {
            coverage.unreadable(format!("{} index", unit.name), error.reason());
            BTreeSet::new()
        });
    let paths = tracked.iter().map(|path| path.len() as u64).sum();
    let own_steps = ignore_rules::own_steps(paths);
    let left = ignore_steps.get();
    let mut rules = repo.map(|repo| repo.ignore_rules(left.saturating_add(own_steps)));
    let mut pruned = Pruned::default();
    let within_repository = || {
        let mut above = root.ancestors().skip(1);
        layout::looks_like_repository(root) || above.any(|folder| folder.join(".git").exists())
    };
    let mut enter = |below: &Path, name: &OsStr| {
        if name == ".git" {
            return below
                .parent()
                .is_some_and(|of| pruned.broken.contains_key(of));
        }
        let location = root.join(below);
        let path = shown(below);
        let nested = match nested_repository(&location, &path, repo, embedded, &within_repository) {
            Nested::None => false,
            Nested::OwnDirectory => return false,
            Nested::Files => {
                pruned.embedded.push(format!("{path}/"));
                false
            }
            Nested::Repository => match Repo::open(&location, boundary) {
                Ok(_) => true,
                // What can be read of it are its files.
                Err(error) => {
                    pruned.broken.insert(below.to_owned(), error.reason());
                    false
                }
            },
        };
        if nested {
            pruned.nested.push(location);
            return false;
        }
        let derived = breadth == Breadth::Usual
            && DERIVED.iter().any(|derived| name == *derived)
            && rules
                .as_mut()
                .is_some_and(|rules| rules.ignores_folder(&path) && !holds_below(&tracked, &path));
        if derived {
            pruned.derived.push(format!("{path}/"));
        }
        !derived
    };
    let mut visit = |step: Step<'_>| match step {
        Step::Unreadable { below, error } => {
            let what = match below.as_os_str().is_empty() {
                true => root.display().to_string(),
                false => shown(below),
            };
            coverage.unreadable(what, error.to_string());
        }
        // The file `.git` of a linked working tree or a submodule.
        Step::Entry { name, .. } if name == ".git" => {}
        Step::Entry {
            below, kind, size, ..
        } => {
            let path = shown(below);
            if breadth == Breadth::TrackedOnly && !tracked.contains(&path) {
                coverage.skip(Skip::Untracked, path);
                return;
            }
            match kind {
                EntryKind::SymbolicLink => coverage.skip(Skip::SymbolicLink, path),
                EntryKind::File => {
                    let location = root.join(below);
                    if own.contains(&location) {
                        return coverage.skip(Skip::OwnInventory, path);
                    }
                    files.push(File {
                        path,
                        location,
                        size,
                    });
                }
                EntryKind::Special | EntryKind::Folder => coverage.skip(Skip::SpecialFile, path),
            }
        }
    };
    folder_walk::walk(root, &mut enter, &mut visit);
    files.sort();
    for folder in pruned.embedded {
        coverage.skip(Skip::EmbeddedRepository, format!("{}{folder}", unit.prefix));
    }
    for (folder, why) in pruned.broken {
        coverage.unreadable(format!("{}{}/", unit.prefix, shown(&folder)), why);
    }
    for folder in pruned.derived {
        coverage.skip(Skip::IgnoredFolder, folder);
    }
    let steps = rules.as_ref().map_or(0, IgnoreRules::steps);
    ignore_steps.set(left.saturating_sub(steps.saturating_sub(own_steps)));
    for file in rules.iter_mut().flat_map(IgnoreRules::take_refused) {
        coverage.skip(Skip::IgnoreRules, file);
    }
    Listing {
        files,
        nested: pruned.nested,
    }
}

/// Whether one of the paths is below this folder.
fn holds_below(paths: &BTreeSet<String>, folder: &str) -> bool {
    let prefix = format!("{folder}/");
    let mut from = paths.range(prefix.clone()..);
    from.next().is_some_and(|path| path.starts_with(&prefix))
}

/// `within_repository` says, for a plain folder, whether it is part of a repository that is not
/// read.
fn nested_repository(
    location: &Path,
    path: &str,
    repo: Option<&Repo>,
    embedded: bool,
    within_repository: &dyn Fn() -> bool,
) -> Nested {
    if std::fs::symlink_metadata(location.join(".git")).is_ok() {
        return Nested::Repository;
    }
    if !layout::looks_bare(location) {
        return Nested::None;
    }
    let is_tracked = || match repo {
        Some(repo) => repo.tracks_below(path),
        None => within_repository(),
    };
    if repo.is_some_and(|repo| repo.directory() == location) {
        Nested::OwnDirectory
    } else if !embedded && is_tracked() {
        Nested::Files
    } else {
        Nested::Repository
    }
}

/// A path as text, `/` between components. Bytes that are not UTF-8 are replaced.
fn shown(below: &Path) -> String {
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}
