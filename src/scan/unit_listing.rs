//! Lists the files of a target, and adds the repositories within it: those in working trees, and
//! those of submodules in git directories.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use super::scan_context::ScanContext;
use super::scan_options::Options;
use crate::cancel;
use crate::coverage::{Coverage, Skip};
use crate::source::git::git_directory::{self, Contents};
use crate::source::git::ignore_rules::STEPS_OF_TARGET;
use crate::source::git::pack::ObjectFormat;
use crate::source::git::{Boundary, Repo, layout};
use crate::source::target::{self, Shape, Unit};
use crate::source::worktree::{self, Listing};

/// A unit and its files.
pub(crate) struct ListedUnit {
    /// The repository, folder or file.
    pub unit: Unit,
    /// Its files and the repositories within it.
    pub listing: Listing,
    /// Its git directory, if its history is read.
    pub git: Option<GitDirectory>,
    /// The unit that reads the history and the files of the git directory, if that is another working
    /// tree with the same git directory: its number among the listed units.
    pub history_of: Option<usize>,
    /// It looks like a repository and is read as a folder, because it cannot be opened.
    pub is_broken: bool,
}

/// The git directory of a repository.
pub(crate) struct GitDirectory {
    /// The format of object ids.
    pub format: ObjectFormat,
    /// Its path on this machine.
    pub location: PathBuf,
    /// The prefix of the paths of its files in reports: `.git/`, or empty for a bare repository.
    pub shown: &'static str,
    /// The unit is the main working tree, or the bare repository: it has no git directory of its own
    /// beside this one.
    is_main: bool,
    /// Its files, and the repositories of submodules in it. Empty if another unit reads them.
    pub contents: Contents,
}

/// Lists the files of a target, and of the repositories within it except those at `separate`
/// locations, which are targets of their own. The unit of the target is the first one.
pub(crate) fn list_units(
    target: Unit,
    separate: &BTreeSet<PathBuf>,
    scan: &ScanContext,
    coverage: &mut Coverage,
) -> Vec<ListedUnit> {
    scan.progress.stage("listing files", 0);
    let mut lister = Lister {
        options: scan.options,
        boundary: &scan.options.boundary,
        coverage,
        separate,
        queue: VecDeque::from([target]),
        listed: Vec::new(),
        locations: HashSet::new(),
        git_directories: HashMap::new(),
        left_out: HashSet::new(),
        searched: 0,
        ignore_steps: Cell::new(STEPS_OF_TARGET),
    };
    loop {
        while let Some(unit) = lister.queue.pop_front() {
            if !cancel::stopped() {
                lister.list(unit);
            }
        }
        lister.list_git_directories();
        lister.add_submodules_in_git_directories();
        if lister.queue.is_empty() {
            return lister.listed;
        }
    }
}

struct Lister<'a> {
    options: &'a Options,
    boundary: &'a Boundary,
    coverage: &'a mut Coverage,
    separate: &'a BTreeSet<PathBuf>,
    queue: VecDeque<Unit>,
    listed: Vec<ListedUnit>,
    /// The locations of the listed units.
    locations: HashSet<PathBuf>,
    /// The git directories of the listed units, each with the unit that reads it, once that is known.
    git_directories: HashMap<PathBuf, Option<usize>>,
    /// Git directories of submodules that are not read.
    left_out: HashSet<PathBuf>,
    /// The number of listed units whose git directories were listed and searched for submodules.
    searched: usize,
    /// The steps of matching ignore rules that are left for all working trees.
    ignore_steps: Cell<u64>,
}

impl Lister<'_> {
    fn list(&mut self, unit: Unit) {
        if !self.locations.insert(unit.location.clone()) {
            return;
        }
        let mut listing = Listing::default();
        let (mut repo, mut git, mut is_broken) = (None, None, false);
        if unit.shape != Shape::File && layout::looks_like_repository(&unit.location) {
            match Repo::open(&unit.location, self.boundary) {
                Ok(open) => repo = Some(open),
                Err(error) => {
                    is_broken = true;
                    self.coverage.unreadable(place(&unit, ""), error.reason());
                    git = self.broken_directory(&unit);
                }
            }
        }
        match unit.shape {
            Shape::Bare => {}
            Shape::File => {
                let size = std::fs::metadata(&unit.location).map_or(0, |meta| meta.len());
                let path = unit
                    .location
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                listing.files.push(worktree::File {
                    path,
                    location: unit.location.clone(),
                    size,
                });
            }
            Shape::Worktree | Shape::Folder => {
                let extent = worktree::Extent {
                    breadth: self.options.breadth,
                    own: &self.options.own,
                    embedded: self.options.embedded,
                    boundary: self.boundary,
                    ignore_steps: &self.ignore_steps,
                };
                listing = worktree::list(&unit, repo.as_ref(), extent, self.coverage);
            }
        }
        if let Some(repo) = &repo {
            self.report_unread_parts(&unit, repo);
            if self.options.history {
                let location = repo.directory().to_owned();
                self.git_directories.entry(location.clone()).or_default();
                git = Some(GitDirectory {
                    format: repo.format(),
                    shown: layout::shown_directory(&unit.location, &location),
                    location,
                    is_main: repo.is_main(),
                    contents: Contents::default(),
                });
            }
        }
        for nested in &listing.nested {
            let below = nested.strip_prefix(&unit.location).unwrap_or(nested);
            let prefix = format!("{}{}/", unit.prefix, below.to_string_lossy());
            if !self.options.submodules
                && repo
                    .as_ref()
                    .is_some_and(|repo| is_submodule(repo, below, nested, self.boundary))
            {
                self.coverage.skip(Skip::Submodule, prefix);
                let inner = Repo::open(nested, self.boundary).ok();
                self.left_out
                    .extend(inner.map(|inner| inner.directory().to_owned()));
            } else {
                self.add(nested, prefix);
            }
        }
        self.listed.push(ListedUnit {
            unit,
            listing,
            git,
            history_of: None,
            is_broken,
        });
    }

    /// Reports the references that are not followed, and the files that cannot be read.
    fn report_unread_parts(&mut self, unit: &Unit, repo: &Repo) {
        for part in repo.unread_parts() {
            let below = part.path.strip_prefix(&unit.location);
            let shown = below.unwrap_or(&part.path).to_string_lossy();
            self.coverage.unreadable(place(unit, &shown), part.why);
        }
    }

    /// The files of a folder `.git` that cannot be opened as a repository.
    fn broken_directory(&mut self, unit: &Unit) -> Option<GitDirectory> {
        let location = unit.location.join(".git");
        let is_folder = std::fs::symlink_metadata(&location).is_ok_and(|meta| meta.is_dir());
        if !is_folder || !self.options.history {
            return None;
        }
        let contents = git_directory::list(
            &location,
            &format!("{}.git/", unit.prefix),
            &self.options.own,
            &self.boundary.within(&unit.location),
            self.coverage,
        );
        Some(GitDirectory {
            format: ObjectFormat::default(),
            location,
            shown: ".git/",
            is_main: true,
            contents,
        })
    }

    /// Lists the files of the git directories of new units. Working trees of one repository have a git
    /// directory in common: the main one of them reads it, or else the first by location.
    fn list_git_directories(&mut self) {
        let rank =
            |listed: &ListedUnit, git: &GitDirectory| (!git.is_main, listed.unit.location.clone());
        let mut readers: HashMap<&Path, usize> = HashMap::new();
        for (at, listed) in self.listed.iter().enumerate().skip(self.searched) {
            let Some(git) = listed.git.as_ref().filter(|_| !listed.is_broken) else {
                continue;
            };
            let reader = readers.entry(&git.location).or_insert(at);
            let other = &self.listed[*reader];
            if other
                .git
                .as_ref()
                .is_some_and(|known| rank(listed, git) < rank(other, known))
            {
                *reader = at;
            }
        }
        for (location, at) in readers {
            if let Some(reader) = self.git_directories.get_mut(location) {
                reader.get_or_insert(at);
            }
        }
        for at in self.searched..self.listed.len() {
            let listed = &mut self.listed[at];
            let Some(git) = listed.git.as_mut().filter(|_| !listed.is_broken) else {
                continue;
            };
            let reader = self.git_directories.get(&git.location).copied().flatten();
            match reader.filter(|&reader| reader != at) {
                Some(reader) => listed.history_of = Some(reader),
                None => {
                    let Ok(repo) = Repo::open(&listed.unit.location, self.boundary) else {
                        continue;
                    };
                    git.contents = git_directory::list(
                        &git.location,
                        &format!("{}{}", listed.unit.prefix, git.shown),
                        &self.options.own,
                        repo.boundary(),
                        self.coverage,
                    );
                }
            }
        }
    }

    /// Adds the repositories of submodules that are not checked out. Those that are checked out are
    /// listed with their files.
    fn add_submodules_in_git_directories(&mut self) {
        let mut found: Vec<(PathBuf, String)> = Vec::new();
        for listed in &mut self.listed[self.searched..] {
            let Some(git) = &listed.git else { continue };
            let known: HashSet<PathBuf> = listed.listing.nested.iter().cloned().collect();
            for repository in &git.contents.repositories {
                let below = repository
                    .strip_prefix(&git.location)
                    .unwrap_or(repository)
                    .to_string_lossy();
                found.push((
                    repository.clone(),
                    format!("{}{}{below}/", listed.unit.prefix, git.shown),
                ));
                // A tree of the repository names it.
                if !known.contains(repository) {
                    listed.listing.nested.push(repository.clone());
                }
            }
        }
        self.searched = self.listed.len();
        for (repository, prefix) in found {
            // Once: a repository that cannot be opened is recorded once.
            if self.git_directories.contains_key(&repository)
                || !self.left_out.insert(repository.clone())
            {
                continue;
            }
            if self.options.submodules {
                self.add(&repository, prefix);
            } else {
                self.coverage.skip(Skip::Submodule, prefix);
            }
        }
    }

    fn add(&mut self, location: &Path, prefix: String) {
        if self.separate.contains(location) {
            // Its git directory may be within the one of this repository.
            let repository = Repo::open(location, self.boundary).ok();
            self.left_out
                .extend(repository.map(|inner| inner.directory().to_owned()));
            return;
        }
        match target::repository(location, self.boundary) {
            Ok(Some(inner)) => self.queue.push_back(Unit { prefix, ..inner }),
            Ok(None) => {}
            Err(error) => self.coverage.unreadable(prefix, error.reason()),
        }
    }
}

/// The name of a file of a unit in the coverage report.
fn place(unit: &Unit, below: &str) -> String {
    match (unit.prefix.as_str(), below) {
        ("", "") => unit.name.clone(),
        ("", below) => format!("{} {below}", unit.name),
        (prefix, below) => format!("{prefix}{below}"),
    }
}

/// Whether the repository at `nested` is a submodule: the index names it, or its git directory is
/// within the outer one.
fn is_submodule(repo: &Repo, below: &Path, nested: &Path, boundary: &Boundary) -> bool {
    // An additional working tree of the repository has the same git directory.
    let kept_with = |inner: &Repo| {
        let (inner, outer) = (inner.directory(), repo.directory());
        inner != outer && inner.starts_with(outer)
    };
    repo.has_submodule(below) || Repo::open(nested, boundary).is_ok_and(|inner| kept_with(&inner))
}
