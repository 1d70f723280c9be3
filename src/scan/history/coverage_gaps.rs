//! Records the unreadable parts of a repository in the coverage report: files of the object
//! database, refs, and objects that are damaged or missing.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::coverage::{Contradiction, Coverage, Limit, Skip, Unreadable};
use crate::source::git::commits::Commits;
use crate::source::git::own_objects::BorrowedObjects;
use crate::source::git::pack::{
    CopyFlaw, CopyFlawKind, CopyPlace, Forest, ObjectError, ObjectId, ObjectKind, UnreadObject,
};
use crate::source::git::tree_index::TreeIndex;
use crate::source::git::{Repo, Staged, Tips};
use crate::source::target::Unit;

/// Records the unreadable parts of a repository.
pub(super) struct CoverageGaps<'a> {
    /// The repository.
    pub unit: &'a Unit,
    /// Its objects.
    pub forest: &'a Forest,
    /// It is a partial clone: objects are missing by design.
    pub is_partial: bool,
    /// The coverage report.
    pub coverage: &'a mut Coverage,
}

impl CoverageGaps<'_> {
    /// Records packs and loose objects that cannot be read, objects whose copies differ, and files
    /// that an interrupted git left behind.
    pub(super) fn files(&mut self, objects: &Path) {
        let real = objects.canonicalize();
        let below = |path: &Path| {
            let below = path
                .strip_prefix(real.as_deref().unwrap_or(objects))
                .or_else(|_| path.strip_prefix(objects));
            match below {
                Ok(below) if below.as_os_str().is_empty() => "objects".to_owned(),
                Ok(below) => format!("objects/{}", below.display()),
                // It is in an alternate.
                Err(_) => path.display().to_string(),
            }
        };
        let place = |place: &CopyPlace| match place {
            CopyPlace::Pack(path) => below(path),
            CopyPlace::Loose(path) => format!("a loose file of {}", below(path)),
        };
        let shown = |path: &Path| format!("{} {}", self.unit.name, below(path));
        for flaw in self.forest.flaws() {
            self.coverage
                .unreadable(shown(&flaw.path), flaw.why.clone());
        }
        for path in self.forest.unfinished() {
            self.coverage.skip(Skip::Unfinished, shown(path));
        }
        let flaws = self.forest.copy_flaws().iter();
        // A borrowed object of another repository is none of this one.
        for CopyFlaw { id, kind, flaw } in flaws.filter(|flaw| self.forest.contains(flaw.id)) {
            let kind = kind.map_or("object", ObjectKind::name);
            let what = format!("{} {kind} {id}", self.unit.name);
            match flaw {
                CopyFlawKind::Differs(one, other) => self.coverage.contradict(
                    Contradiction::DifferingCopies,
                    format!("{what} in {} and {}", place(one), place(other)),
                ),
                CopyFlawKind::Unreadable(copy, why) => self.coverage.unreadable(
                    format!("{what} in {}", place(copy)),
                    format!("{why}; another copy is read"),
                ),
                CopyFlawKind::AmbiguousBase(base) => self.coverage.unreadable(
                    what,
                    format!("it is a delta on {base}, whose copies differ: one of them is used"),
                ),
            }
        }
    }

    /// Records that objects of other repositories are left out.
    pub(super) fn borrowed_objects(&mut self, borrowed: BorrowedObjects) {
        let what = || format!("{} objects", self.unit.name);
        if borrowed.left_out > 0 {
            self.coverage.skip(Skip::BorrowedObjects, what());
        }
        if borrowed.is_cut {
            self.coverage.cut(Limit::Expansion, what());
        }
    }

    /// The staged files of all working trees. Records indexes that cannot be read.
    pub(super) fn staged(&mut self, repo: &Repo) -> Vec<Staged> {
        let mut all = Vec::new();
        for (name, staged) in
            std::iter::once(("index".to_owned(), repo.index())).chain(repo.other_indexes())
        {
            match staged {
                Ok(staged) => all.extend(staged),
                Err(why) => self
                    .coverage
                    .unreadable(format!("{} {name}", self.unit.name), why.reason()),
            }
        }
        all
    }

    /// Records refs that are broken, or name an object that is missing.
    pub(super) fn refs(&mut self, tips: &Tips) {
        for (name, why) in &tips.broken {
            self.coverage
                .unreadable(format!("{} {name}", self.unit.name), why.to_string());
        }
        let forest = self.forest;
        self.missing(
            tips.refs
                .iter()
                .chain(&tips.notes)
                .copied()
                .filter(|&id| !forest.contains(id)),
        );
    }

    /// Counts commits and tags, and records those that cannot be read, and the parents that are missing.
    pub(super) fn commits(&mut self, commits: &Commits, repo: &Repo) {
        self.coverage.commits += commits.list.len() as u64;
        self.coverage.tags += commits.tags.len() as u64;
        self.unread(&commits.unread);
        self.missing(commits.missing_trees.iter().copied());
        self.missing_parents(commits, repo);
        for (kind, id) in &commits.malformed {
            self.coverage.unreadable(
                format!("{} {} {id}", self.unit.name, kind.name()),
                "it is malformed",
            );
        }
    }

    /// Records the commits at the edge of a shallow clone, and other parents that are missing.
    fn missing_parents(&mut self, commits: &Commits, repo: &Repo) {
        if commits.missing_parents.is_empty() {
            return;
        }
        let shallow = repo.shallow_list();
        let (mut edge, mut lost) = (Vec::new(), Vec::new());
        for &(child, parent) in &commits.missing_parents {
            let child = commits.list[child.index()].id;
            match shallow.contains(child) {
                true => edge.push(child),
                false => lost.push(parent),
            }
        }
        edge.dedup();
        for id in edge {
            let what = format!("{} commit {id}", self.unit.name);
            self.coverage.skip(Skip::Shallow, what);
        }
        lost.sort_unstable();
        lost.dedup();
        self.missing(lost.into_iter());
    }

    /// Records trees that cannot be read, and submodules that are not read: `nested` are the
    /// repositories that are.
    pub(super) fn trees(&mut self, trees: &TreeIndex, nested: &[PathBuf]) {
        self.unread(&trees.unread);
        self.missing(trees.missing.iter().copied());
        for id in &trees.malformed {
            self.coverage
                .unreadable(format!("{} tree {id}", self.unit.name), "it is malformed");
        }
        // A submodule that is checked out is read as a repository of its own.
        let checked_out: HashSet<&[u8]> = nested
            .iter()
            .filter_map(|folder| folder.file_name())
            .map(OsStr::as_encoded_bytes)
            .collect();
        let left_out = |name: &&Vec<u8>| !checked_out.contains(name.as_slice());
        for name in trees.submodules.iter().filter(left_out) {
            let name = format!("{} {}", self.unit.name, String::from_utf8_lossy(name));
            self.coverage.skip(Skip::Submodule, name);
        }
    }

    fn unread(&mut self, unread: &[UnreadObject]) {
        for object in unread {
            let kind = object.kind.map_or("object", ObjectKind::name);
            let what = format!("{} {kind} {}", self.unit.name, object.id);
            match object.why {
                ObjectError::Unplanned => self.coverage.cut(Limit::Expansion, what),
                ObjectError::WrongId => self.coverage.contradict(Contradiction::WrongId, what),
                ref why => self.coverage.unreadable(what, why.to_string()),
            }
        }
    }

    /// Records objects that another object names, but that are missing.
    fn missing(&mut self, missing: impl Iterator<Item = ObjectId>) {
        let borrowed = self.forest.lacks_directories() && !self.is_partial;
        let mut count = 0;
        for id in missing {
            let what = || format!("{} object {id}", self.unit.name);
            if self.is_partial {
                self.coverage.skip(Skip::Partial, what());
            } else if borrowed {
                count += 1;
            } else {
                self.coverage
                    .unreadable(what(), "named by the repository, but missing from it");
            }
        }
        if count > 0 {
            self.borrowed(count);
        }
    }

    /// Counts objects that are probably in a directory of objects that is not read. That directory
    /// has its own entry, so one for all of them is enough.
    fn borrowed(&mut self, count: u64) {
        let what = format!("{} objects", self.unit.name);
        let list = &mut self.coverage.unreadable;
        let known = list.iter().position(|thing| thing.what == what);
        let at = known.unwrap_or_else(|| {
            list.push(Unreadable {
                what,
                why: String::new(),
                count: 0,
            });
            list.len() - 1
        });
        list[at].count += count;
        list[at].why = format!(
            "{} that the repository names are missing, perhaps because a directory of objects is not read",
            list[at].count
        );
    }
}
