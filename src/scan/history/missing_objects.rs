//! What of a repository cannot be read: files of the object database, refs, objects that are damaged or not there. All of it
//! is told in the coverage account.

use std::path::{Path, PathBuf};

use crate::coverage::{Coverage, Skip};
use crate::source::git::commits::Commits;
use crate::source::git::pack::{Forest, ObjectId, ObjectKind, UnreadObject};
use crate::source::git::tree_index::TreeIndex;
use crate::source::git::{Repo, Staged, Tips};
use crate::source::target::Unit;

/// Tells what cannot be read.
pub(crate) struct Gaps<'a> {
    pub unit: &'a Unit,
    pub forest: &'a Forest,
    /// Objects are missing by design.
    pub partial: bool,
    pub coverage: &'a mut Coverage,
}

impl Gaps<'_> {
    pub(crate) fn files(&mut self, objects: &Path) {
        let real = objects.canonicalize();
        let shown = |path: &Path| {
            let below = path
                .strip_prefix(real.as_deref().unwrap_or(objects))
                .or_else(|_| path.strip_prefix(objects));
            format!(
                "{} objects/{}",
                self.unit.name,
                below.unwrap_or(path).display()
            )
        };
        for flaw in self.forest.flaws() {
            self.coverage
                .unreadable(shown(&flaw.path), flaw.why.clone());
        }
        for path in self.forest.unfinished() {
            self.coverage.skip(Skip::Unfinished, shown(path));
        }
    }

    /// What is staged, in all working trees.
    pub(crate) fn staged(&mut self, repo: &Repo) -> Vec<Staged> {
        let mut all = Vec::new();
        for (name, staged) in
            std::iter::once(("index".to_owned(), repo.index())).chain(repo.other_indexes())
        {
            match staged {
                Ok(staged) => all.extend(staged),
                Err(why) => self
                    .coverage
                    .unreadable(format!("{} {name}", self.unit.name), why.to_string()),
            }
        }
        all
    }

    pub(crate) fn refs(&mut self, tips: &Tips) {
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

    pub(crate) fn commits(&mut self, commits: &Commits) {
        self.coverage.commits += commits.list.len() as u64;
        self.coverage.tags += commits.tags.len() as u64;
        self.unread(&commits.unread);
        self.missing(commits.missing.iter().copied());
        for (kind, id) in &commits.malformed {
            self.coverage.unreadable(
                format!("{} {} {id}", self.unit.name, kind.name()),
                "it is malformed",
            );
        }
    }

    pub(crate) fn trees(&mut self, trees: &TreeIndex, nested: &[PathBuf]) {
        self.unread(&trees.unread);
        self.missing(trees.missing.iter().copied());
        for id in &trees.malformed {
            self.coverage
                .unreadable(format!("{} tree {id}", self.unit.name), "it is malformed");
        }
        // Those that are checked out are read as repositories of their own.
        let checked_out = |name: &[u8]| {
            nested.iter().any(|folder| {
                folder
                    .file_name()
                    .is_some_and(|own| own.as_encoded_bytes() == name)
            })
        };
        for name in trees.submodules.iter().filter(|name| !checked_out(name)) {
            let name = format!("{} {}", self.unit.name, String::from_utf8_lossy(name));
            self.coverage.skip(Skip::Submodule, name);
        }
    }

    fn unread(&mut self, unread: &[UnreadObject]) {
        for object in unread {
            let kind = object.kind.map_or("object", ObjectKind::name);
            self.coverage.unreadable(
                format!("{} {kind} {}", self.unit.name, object.id),
                object.why.to_string(),
            );
        }
    }

    /// Objects that are named and not there.
    fn missing(&mut self, missing: impl Iterator<Item = ObjectId>) {
        for id in missing {
            let what = format!("{} object {id}", self.unit.name);
            if self.partial {
                self.coverage.skip(Skip::NotInClone, what);
            } else {
                self.coverage
                    .unreadable(what, "named by the repository, but missing from it");
            }
        }
    }
}
