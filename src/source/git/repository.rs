//! An open repository: refs, index, configuration and ignore rules, read by libgit2.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::file_guard;
use super::ignore_rules::IgnoreRules;
use super::linked_worktrees;
use super::pack::{ObjectFormat, ObjectId};
use super::ref_file::{RefTarget, read_ref_file};
use super::refs::{self, Tips};
use super::remote_url;
use super::repository_error::RepositoryError;
use git2::Repository;

/// libgit2's message for a repository whose refs are in a reftable.
const UNKNOWN_REFTABLE: &str = "unsupported extension name extensions.refstorage";

/// An open repository.
pub struct Repo {
    git: Repository,
}

/// A file in the index.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The path from the root of the working tree, `/` between components.
    pub path: Vec<u8>,
    /// The id of the staged blob.
    pub id: ObjectId,
}

impl Repo {
    /// Opens the repository at exactly this folder; parent folders are not searched. No program or
    /// filter of the repository's configuration is ever run: only objects, refs, index and ignore
    /// rules are read.
    ///
    /// A repository that belongs to another user is opened, too. Git refuses these because it runs
    /// programs that they configure.
    ///
    /// # Errors If a named pipe, a device or a huge file is in the place of a file that libgit2
    /// would read, or if libgit2 cannot open the repository.
    pub fn open(path: &Path) -> Result<Self, RepositoryError> {
        file_guard::check_repository(path)?;
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(allow_other_owners);
        let flags = git2::RepositoryOpenFlags::NO_SEARCH;
        let git = Repository::open_ext(path, flags, std::iter::empty::<&std::ffi::OsStr>());
        git.map(|git| Self { git }).map_err(|error| {
            // libgit2 has no code for an unknown extension: its message is the only thing that names it.
            if error.message() == UNKNOWN_REFTABLE {
                RepositoryError::Reftable
            } else {
                error.into()
            }
        })
    }

    /// The hash function by which the repository names its objects.
    pub fn format(&self) -> ObjectFormat {
        self.git.object_format().into()
    }

    /// True for a repository without a working tree.
    pub fn is_bare(&self) -> bool {
        self.git.is_bare()
    }

    /// The canonical path of the git directory: the folder `.git`, the bare repository itself, or
    /// the folder that the file `.git` names. For a linked working tree, the git directory of the
    /// main one.
    pub fn directory(&self) -> PathBuf {
        let directory = self.git.commondir();
        directory
            .canonicalize()
            .unwrap_or_else(|_| directory.to_owned())
    }

    /// The directory `objects` of the git directory.
    ///
    /// # Errors If it, or a directory that it borrows objects from, holds a file that is not safe
    /// to read.
    pub fn objects(&self) -> Result<PathBuf, RepositoryError> {
        let objects = self.git.commondir().join("objects");
        file_guard::check_objects(&objects)?;
        Ok(objects)
    }

    /// The name of the repository in the URL of the remote `origin`, see
    /// [`remote_url::repository_name`].
    pub fn remote_name(&self) -> Option<String> {
        let remote = self.git.find_remote("origin").ok()?;
        remote_url::repository_name(remote.url().ok()?)
    }

    /// The ignore rules of the working tree.
    pub fn ignore_rules(&self) -> IgnoreRules {
        let root = self.git.workdir().unwrap_or(self.git.path());
        IgnoreRules::new(root, self.git.commondir())
    }

    /// True if the index holds a submodule at this path.
    pub fn has_submodule(&self, path: &Path) -> bool {
        let entry = self
            .git
            .index()
            .ok()
            .and_then(|index| index.get_path(path, 0));
        entry.is_some_and(|entry| entry.mode & 0o170_000 == 0o160_000)
    }

    /// The paths of all files in the index. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors If the index cannot be read.
    pub fn tracked_paths(&self) -> Result<BTreeSet<String>, RepositoryError> {
        Ok(self
            .index()?
            .into_iter()
            .map(|entry| String::from_utf8_lossy(&entry.path).into_owned())
            .collect())
    }

    /// The files in the index. A repository without an index has none.
    ///
    /// # Errors If the index cannot be read.
    pub fn index(&self) -> Result<Vec<Staged>, RepositoryError> {
        Ok(staged(&self.git.index()?))
    }

    /// The commit that HEAD points to; `None` before the first commit.
    pub fn head(&self) -> Option<ObjectId> {
        self.git.refname_to_id("HEAD").ok().map(ObjectId::from)
    }

    /// The commit of a revision: a branch, a tag, an id, `HEAD~10`.
    ///
    /// # Errors If the revision is unknown, or is no commit.
    pub fn commit(&self, revision: &str) -> Result<ObjectId, RepositoryError> {
        let object = self.git.revparse_single(revision)?;
        Ok(object.peel_to_commit()?.id().into())
    }

    /// True for shallow and partial clones, in which objects are missing by design.
    pub fn is_partial(&self) -> bool {
        // libgit2 would match a pattern by backtracking, against names of any length.
        let names_promisor = |name: &str| {
            name.starts_with("remote.")
                && (name.ends_with(".promisor") || name.ends_with(".partialclonefilter"))
        };
        let promisor = self.git.config().is_ok_and(|config| {
            let mut found = false;
            let read = config.entries(None).and_then(|entries| {
                entries.for_each(|entry| found |= entry.name().is_ok_and(names_promisor))
            });
            read.is_ok() && found
        });
        self.git.is_shallow() || promisor
    }

    /// The full names of all refs that can be read.
    pub fn ref_names(&self) -> Vec<Vec<u8>> {
        let references = self.git.references();
        references
            .into_iter()
            .flatten()
            .flatten()
            .map(|reference| reference.name_bytes().to_vec())
            .collect()
    }

    /// The commits and tags that refs and HEAD point to.
    pub fn tips(&self) -> Tips {
        let mut tips = Tips::default();
        tips.refs.extend(self.head());
        match self.git.references() {
            Ok(references) => {
                for reference in references {
                    match reference {
                        Ok(reference) => tips.add(
                            reference.name_bytes(),
                            reference.target().map(ObjectId::from),
                        ),
                        Err(error) => tips.broken.push(("refs".to_owned(), error.into())),
                    }
                }
            }
            Err(error) => tips.broken.push(("refs".to_owned(), error.into())),
        }
        refs::broken(self.git.commondir(), self.format(), &mut tips.broken);
        // Each working tree has a HEAD of its own, also the main one if this is a linked one.
        let main = self.git.commondir();
        let linked = linked_worktrees::folders(main);
        for (name, folder) in std::iter::once((String::new(), main.to_owned())).chain(linked) {
            match read_ref_file(&folder.join("HEAD"), self.format()) {
                Some(Ok(RefTarget::Id(id))) => tips.refs.push(id),
                // A branch without a commit has no target.
                Some(Ok(RefTarget::Ref(of))) => tips
                    .refs
                    .extend(self.git.refname_to_id(&of).ok().map(ObjectId::from)),
                Some(Err(why)) => tips.broken.push((
                    format!("{name}/HEAD").trim_start_matches('/').to_owned(),
                    why,
                )),
                None => {}
            }
            if !name.is_empty() {
                // A bisection or a rebase has refs that belong to one working tree.
                refs::own(&folder, &name, self.format(), &mut tips);
            }
        }
        tips.settle(
            self.git
                .find_reference("HEAD")
                .ok()
                .as_ref()
                .and_then(|head| head.symbolic_target_bytes()),
        );
        tips
    }

    /// The files in the indexes of the other working trees of the repository, by the path of the
    /// index below the git directory.
    pub fn other_indexes(&self) -> Vec<(String, Result<Vec<Staged>, RepositoryError>)> {
        let main = (String::new(), self.git.commondir().to_owned());
        let own = self.git.path().canonicalize().ok();
        let folders = std::iter::once(main).chain(linked_worktrees::folders(self.git.commondir()));
        let others = folders.filter(|(_, folder)| folder.canonicalize().ok() != own);
        let read = |(name, folder): (String, PathBuf)| {
            let path = folder.join("index");
            std::fs::symlink_metadata(&path).ok()?;
            let staged = || -> Result<Vec<Staged>, RepositoryError> {
                file_guard::check_file(&path, file_guard::HUGE)?;
                let index = git2::Index::open_ext(&path, self.git.object_format())?;
                Ok(staged(&index))
            };
            Some((
                format!("{name}/index").trim_start_matches('/').to_owned(),
                staged(),
            ))
        };
        others.filter_map(read).collect()
    }
}

fn staged(index: &git2::Index) -> Vec<Staged> {
    // A submodule's entry is a commit of another repository.
    let is_blob = |entry: &git2::IndexEntry| entry.mode & 0o170_000 != 0o160_000;
    index
        .iter()
        .filter(is_blob)
        .map(|entry| Staged {
            path: entry.path,
            id: entry.id.into(),
        })
        .collect()
}

#[expect(
    unsafe_code,
    reason = "a setting of the library; the argument is inside"
)]
fn allow_other_owners() {
    // SAFETY: the setting is a global variable of libgit2 without a lock. It is written once, before the first repository is
    // opened, which is the only thing that reads it.
    let set = unsafe { git2::opts::set_verify_owner_validation(false) };
    // If this fails, libgit2 refuses such repositories with a message of its own.
    drop(set);
}
