//! An open repository: its refs, index, configuration and ignore rules.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::boundary::Boundary;
use super::configuration::Configuration;
use super::file_guard;
use super::git_place::{self, GitPlace};
use super::ignore_rules::IgnoreRules;
use super::index_file::{self, IndexEntry};
use super::linked_worktrees::{self, WorkingTree};
use super::pack::{ObjectFormat, ObjectId};
use super::ref_file::{RefTarget, read_ref_file};
use super::refs::{Refs, Tips};
use super::remote_url;
use super::repository_error::RepositoryError;
use super::shallow_list::ShallowList;

/// An open repository.
pub struct Repo {
    place: GitPlace,
    configuration: Configuration,
    format: ObjectFormat,
    refs: OnceCell<Arc<Refs>>,
    /// The entries of the index in order of path.
    entries: OnceCell<Result<Vec<IndexEntry>, RepositoryError>>,
    /// Working trees with a git directory elsewhere, see [`Self::add_working_tree`].
    added: Vec<WorkingTree>,
}

/// A file in the index.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The path from the root of the working tree, `/` between components.
    pub path: Vec<u8>,
    /// The id of the staged blob.
    pub id: ObjectId,
}

/// A part of a repository that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadPart {
    /// The file.
    pub path: PathBuf,
    /// The reason, with a hint.
    pub why: String,
}

impl Repo {
    /// Opens the repository at exactly this folder; parent folders are not searched. Nothing
    /// outside `boundary` is read, unless it names this repository in return. No program or filter
    /// of the repository's configuration is ever run.
    ///
    /// A repository that belongs to another user is opened, too. Git refuses these because it runs
    /// programs that they configure.
    ///
    /// # Errors
    /// The folder is no repository, or one whose git directory cannot be read or may not be.
    pub fn open(path: &Path, boundary: &Boundary) -> Result<Self, RepositoryError> {
        let place = git_place::find(path, boundary)?.ok_or(RepositoryError::NotFound)?;
        let configuration = Configuration::read(&place);
        let format = check_format(&configuration)?;
        Ok(Self {
            place,
            configuration,
            format,
            refs: OnceCell::new(),
            entries: OnceCell::new(),
            added: Vec::new(),
        })
    }

    /// The references that are not followed, and the files of the configuration that cannot be
    /// read.
    pub fn unread_parts(&self) -> Vec<UnreadPart> {
        let places = self.place.refused.iter().map(|why| UnreadPart {
            path: why.path().to_owned(),
            why: why.reason(),
        });
        let files = self
            .configuration
            .problems
            .iter()
            .map(|problem| UnreadPart {
                path: problem.path().to_owned(),
                why: problem.reason(),
            });
        places.chain(files).collect()
    }

    /// The places that may be read for this repository.
    pub fn boundary(&self) -> &Boundary {
        &self.place.boundary
    }

    /// The hash function by which the repository names its objects.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// True for a repository without a working tree, or a git directory that is named by itself.
    /// The files beside a `.git` folder are read, whatever its configuration says.
    pub fn is_bare(&self) -> bool {
        self.place.own == self.place.location
    }

    /// The canonical path of the git directory: the folder `.git`, the bare repository itself, or
    /// the folder that the file `.git` names. For a linked working tree, the git directory of the
    /// main one.
    pub fn directory(&self) -> &Path {
        &self.place.common
    }

    /// True for the main working tree, and for a bare repository: a linked working tree has another
    /// git directory of its own.
    pub fn is_main(&self) -> bool {
        self.place.own == self.place.common
    }

    /// The directory `objects` of the git directory.
    ///
    /// # Errors
    /// It may not be read.
    pub fn objects(&self) -> Result<PathBuf, RepositoryError> {
        let objects = self.place.common.join("objects");
        let real = file_guard::folder(&self.place.boundary, &objects)?;
        real.ok_or(RepositoryError::Incomplete(objects))
    }

    /// The name of the repository in the URL of the remote `origin`, see
    /// [`remote_url::repository_name`].
    pub fn remote_name(&self) -> Option<String> {
        let url = self.configuration.get("remote", Some("origin"), "url")?;
        remote_url::repository_name(std::str::from_utf8(url).ok()?)
    }

    /// The ignore rules of the working tree, which may take so many steps of matching.
    pub fn ignore_rules(&self, most_steps: u64) -> IgnoreRules {
        IgnoreRules::new(&self.place.location, &self.place.common, most_steps)
    }

    /// True if the index holds a file below this folder, or cannot be read.
    pub fn tracks_below(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/").into_bytes();
        let Ok(entries) = self.entries() else {
            return true;
        };
        let at = entries.partition_point(|entry| entry.path < prefix);
        entries
            .get(at)
            .is_some_and(|entry| entry.path.starts_with(&prefix))
    }

    /// True if the index holds a submodule at this path.
    pub fn has_submodule(&self, path: &Path) -> bool {
        let path = path.as_os_str().as_encoded_bytes();
        self.entries().is_ok_and(|entries| {
            let found = entries.binary_search_by(|entry| entry.path.as_slice().cmp(path));
            found.is_ok_and(|at| is_submodule(&entries[at]))
        })
    }

    /// The paths of all files in the index. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn tracked_paths(&self) -> Result<BTreeSet<String>, RepositoryError> {
        let files = self.entries()?.iter().filter(|entry| !is_submodule(entry));
        Ok(files
            .map(|entry| String::from_utf8_lossy(&entry.path).into_owned())
            .collect())
    }

    /// The files in the index. A repository without an index has none.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn index(&self) -> Result<Vec<Staged>, RepositoryError> {
        self.entries().map(staged)
    }

    fn entries(&self) -> Result<&[IndexEntry], RepositoryError> {
        let path = self.place.own.join("index");
        let read = || read_index(&self.place.boundary, &path, self.format);
        match self.entries.get_or_init(read) {
            Ok(entries) => Ok(entries),
            Err(error) => Err(error.clone()),
        }
    }

    fn refs(&self) -> &Refs {
        self.refs.get_or_init(|| {
            let place = &self.place;
            Arc::new(Refs::read(&place.boundary, &place.common, self.format))
        })
    }

    /// Takes the refs of another working tree of the same repository, so that they are read once.
    pub fn share_refs(&mut self, other: &Self) {
        if self.place.common == other.place.common {
            other.refs();
            self.refs = other.refs.clone();
        }
    }

    /// Adds a working tree that shares the git directory of this one. Git keeps the HEAD and index
    /// of each in the shared directory; those of a working tree that somebody has put together may
    /// be elsewhere. `shown` is the path of its git directory in reports.
    pub fn add_working_tree(&mut self, other: &Self, shown: &str) {
        if other.place.common == self.place.common {
            self.added.push(WorkingTree {
                shown: shown.to_owned(),
                folder: other.place.own.clone(),
                boundary: other.place.boundary.clone(),
            });
        }
    }

    /// All known working trees of the repository: the main one, the linked ones, and those that
    /// were added.
    fn working_trees(&self) -> Vec<WorkingTree> {
        let of_directory = |(shown, folder)| WorkingTree {
            shown,
            folder,
            boundary: self.place.boundary.clone(),
        };
        let main = (String::new(), self.place.common.clone());
        let linked = linked_worktrees::folders(&self.place.common);
        let mut seen = HashSet::new();
        let all = std::iter::once(main).chain(linked).map(of_directory);
        all.chain(self.added.iter().cloned())
            .filter(|tree| seen.insert(tree.folder.clone()))
            .collect()
    }

    fn ref_file(&self, path: &Path) -> Option<RefTarget> {
        read_ref_file(&self.place.boundary, path, self.format)?.ok()
    }

    /// The commit that HEAD points to; `None` before the first commit.
    pub fn head(&self) -> Option<ObjectId> {
        self.pseudo_ref("HEAD")
    }

    /// The full name of the branch that HEAD is on.
    pub fn head_branch(&self) -> Option<Vec<u8>> {
        match self.ref_file(&self.place.own.join("HEAD"))? {
            RefTarget::Ref(name) => Some(name),
            RefTarget::Id(_) => None,
        }
    }

    /// The object of a ref beside `refs`: `HEAD`, `ORIG_HEAD`.
    fn pseudo_ref(&self, name: &str) -> Option<ObjectId> {
        match self.ref_file(&self.place.own.join(name))? {
            RefTarget::Id(id) => Some(id),
            RefTarget::Ref(of) => self.refs().resolve(&of),
        }
    }

    /// The object of a ref, by its full or short name (gitrevisions(7), "refname").
    pub fn ref_target(&self, name: &str) -> Option<ObjectId> {
        let is_pseudo = name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if is_pseudo && let Some(id) = self.pseudo_ref(name) {
            return Some(id);
        }
        ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
            .iter()
            .map(|prefix| format!("{prefix}{name}"))
            .chain([format!("refs/remotes/{name}/HEAD")])
            .find_map(|name| self.refs().resolve(name.as_bytes()))
    }

    /// True for a partial clone: git fetches objects that are missing when it needs them.
    pub fn is_partial(&self) -> bool {
        self.configuration.section("remote").any(|variable| {
            variable.subsection.is_some()
                && matches!(&*variable.name, "promisor" | "partialclonefilter")
        })
    }

    /// The list `shallow` of the repository.
    pub fn shallow_list(&self) -> ShallowList {
        ShallowList::read(&self.place.boundary, &self.place.common, self.format)
    }

    /// The full names of all refs that can be read.
    pub fn ref_names(&self) -> Vec<Vec<u8>> {
        self.refs().list.keys().cloned().collect()
    }

    /// The commits and tags that refs and HEAD point to.
    pub fn tips(&self) -> Tips {
        let format = self.format;
        let refs = self.refs();
        let mut tips = Tips::default();
        tips.add_head(self.head());
        for (name, target) in &refs.list {
            match target {
                RefTarget::Id(id) => tips.add(name, Some(*id)),
                // The other ref is read under its own name.
                RefTarget::Ref(_) => tips.add(name, None),
            }
        }
        // Each working tree has a HEAD of its own, also the main one if this is a linked one.
        for tree in self.working_trees() {
            match read_ref_file(&tree.boundary, &tree.folder.join("HEAD"), format) {
                Some(Ok(RefTarget::Id(id))) => tips.add_head(Some(id)),
                // A branch without a commit has no target.
                Some(Ok(RefTarget::Ref(of))) => tips.add_head(refs.resolve(&of)),
                Some(Err(why)) => tips.broken.push((tree.shown_file("HEAD"), why)),
                None => {}
            }
            if !tree.shown.is_empty() {
                // A bisection or a rebase has refs that belong to one working tree.
                let own = Refs::of_worktree(&tree.boundary, &tree.folder, &tree.shown, format);
                tips.refs
                    .extend(own.list.values().filter_map(|target| match target {
                        RefTarget::Id(id) => Some(*id),
                        RefTarget::Ref(_) => None,
                    }));
                tips.broken.extend(own.broken);
            }
        }
        tips.broken.extend(refs.broken.iter().cloned());
        tips.settle(self.head_branch().as_deref());
        tips
    }

    /// The files in the indexes of the other working trees of the repository, by the path of the
    /// index below the git directory.
    pub fn other_indexes(&self) -> Vec<(String, Result<Vec<Staged>, RepositoryError>)> {
        let others = self.working_trees().into_iter();
        let others = others.filter(|tree| tree.folder != self.place.own);
        let read = |tree: WorkingTree| {
            let path = tree.folder.join("index");
            std::fs::symlink_metadata(&path).ok()?;
            let entries = read_index(&tree.boundary, &path, self.format);
            Some((
                tree.shown_file("index"),
                entries.map(|entries| staged(&entries)),
            ))
        };
        others.filter_map(read).collect()
    }
}

fn read_index(
    boundary: &Boundary,
    path: &Path,
    format: ObjectFormat,
) -> Result<Vec<IndexEntry>, RepositoryError> {
    let Some(file) = file_guard::open(boundary, path, file_guard::HUGE)? else {
        return Ok(Vec::new());
    };
    let length = file.metadata().map_or(0, |meta| meta.len());
    let mut entries = index_file::read(BufReader::new(file), length, format)?;
    // Only a damaged index is out of order.
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// The format of object ids, if the repository is in a form that is read here (git-config(1),
/// "core.repositoryFormatVersion", "extensions.*").
fn check_format(configuration: &Configuration) -> Result<ObjectFormat, RepositoryError> {
    let version = configuration.get("core", None, "repositoryformatversion");
    match version.unwrap_or(b"0").trim_ascii() {
        b"0" | b"1" => {}
        _ => return Err(RepositoryError::UnknownVersion),
    }
    let mut format = ObjectFormat::Sha1;
    for extension in configuration.section("extensions") {
        let value = extension
            .value
            .as_deref()
            .unwrap_or(b"true")
            .to_ascii_lowercase();
        match (&*extension.name, value.as_slice()) {
            ("objectformat", b"sha1") => format = ObjectFormat::Sha1,
            ("objectformat", b"sha256") => format = ObjectFormat::Sha256,
            ("refstorage", b"files") => {}
            ("refstorage", b"reftable") => return Err(RepositoryError::Reftable),
            (
                "noop" | "noop-v1" | "partialclone" | "preciousobjects" | "worktreeconfig"
                | "compatobjectformat" | "relativeworktrees",
                _,
            ) => {}
            // Version 0 has no extensions: git ignores those that it does not know.
            _ if version.is_none_or(|version| version.trim_ascii() == b"0") => {}
            _ => return Err(RepositoryError::UnknownExtension),
        }
    }
    Ok(format)
}

fn is_submodule(entry: &IndexEntry) -> bool {
    entry.mode & 0o170_000 == 0o160_000
}

/// The blobs of an index. A submodule's entry is a commit of another repository, and an entry of a
/// sparse index may be a folder.
fn staged(entries: &[IndexEntry]) -> Vec<Staged> {
    let is_blob = |entry: &&IndexEntry| !is_submodule(entry) && entry.mode & 0o170_000 != 0o040_000;
    entries
        .iter()
        .filter(is_blob)
        .map(|entry| Staged {
            path: entry.path.clone(),
            id: entry.id,
        })
        .collect()
}
