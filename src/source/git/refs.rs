//! The refs of a repository, and the commits and tags that they point to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::boundary::Boundary;
use super::file_guard;
use super::pack::{ObjectFormat, ObjectId};
use super::ref_file::{RefError, RefTarget, read_packed_refs, read_ref_file};

/// The targets of all refs.
#[derive(Debug, Default)]
pub struct Tips {
    /// The targets of all refs but notes, each once, in order.
    pub refs: Vec<ObjectId>,
    /// The targets of the refs below `refs/notes/`, each once, in order.
    pub notes: Vec<ObjectId>,
    /// The commits of the HEADs of all working trees, each once, in order. They are among the refs.
    pub heads: Vec<ObjectId>,
    /// The full names of all refs.
    pub names: Vec<Vec<u8>>,
    /// The full names and targets of branches, remote-tracking branches and tags, in this order by
    /// name; the branch of HEAD comes first.
    pub named: Vec<(Vec<u8>, ObjectId)>,
    /// The names of refs that cannot be read, with the reason.
    pub broken: Vec<(String, RefError)>,
}

impl Tips {
    /// Adds a ref with its full name.
    pub(super) fn add(&mut self, name: &[u8], target: Option<ObjectId>) {
        let list = if name.starts_with(b"refs/notes/") {
            &mut self.notes
        } else {
            &mut self.refs
        };
        list.extend(target);
        let named = ["refs/heads/", "refs/remotes/", "refs/tags/"]
            .iter()
            .any(|kind| name.starts_with(kind.as_bytes()));
        self.named
            .extend(target.filter(|_| named).map(|id| (name.to_vec(), id)));
        self.names.push(name.to_vec());
    }

    /// Adds the commit of a HEAD.
    pub(super) fn add_head(&mut self, id: Option<ObjectId>) {
        self.refs.extend(id);
        self.heads.extend(id);
    }

    /// Sorts the lists. `head` is the full name of the branch that HEAD is on.
    pub(super) fn settle(&mut self, head: Option<&[u8]>) {
        for list in [&mut self.refs, &mut self.notes, &mut self.heads] {
            list.sort_unstable();
            list.dedup();
        }
        self.named.sort_unstable_by(|(a, _), (b, _)| {
            (Some(&a[..]) != head, a).cmp(&(Some(&b[..]) != head, b))
        });
    }
}

/// The most refs that lead to each other, as in git.
const LONGEST_CHAIN: usize = 5;

/// The refs of a git directory: those with a file of their own, and those of `packed-refs`.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// The targets by full name.
    pub(super) list: BTreeMap<Vec<u8>, RefTarget>,
    /// The names of refs that cannot be read, with the reason.
    pub(super) broken: Vec<(String, RefError)>,
}

impl Refs {
    /// Reads the refs of the git directory `directory`.
    pub(super) fn read(boundary: &Boundary, directory: &Path, format: ObjectFormat) -> Self {
        let mut refs = Self::default();
        let (packed, why) = read_packed_refs(boundary, &directory.join("packed-refs"), format);
        refs.list.extend(
            packed
                .into_iter()
                .map(|(name, id)| (name, RefTarget::Id(id))),
        );
        refs.broken
            .extend(why.map(|why| ("packed-refs".to_owned(), why)));
        // A file is newer than the packed refs.
        refs.add_files(boundary, directory, "refs", format);
        refs
    }

    /// The refs of a linked working tree: a bisection or a rebase has some of its own. `folder` is
    /// its git directory, `name` the path of that directory.
    pub(super) fn of_worktree(
        boundary: &Boundary,
        folder: &Path,
        name: &str,
        format: ObjectFormat,
    ) -> Self {
        let mut refs = Self::default();
        refs.add_files(boundary, folder, &format!("{name}/refs"), format);
        refs
    }

    fn add_files(
        &mut self,
        boundary: &Boundary,
        directory: &Path,
        name: &str,
        format: ObjectFormat,
    ) {
        visit(
            boundary,
            directory.join("refs"),
            name,
            format,
            &mut |name, target| match target {
                Ok(target) => drop(self.list.insert(name, target)),
                Err(why) => {
                    let shown = String::from_utf8_lossy(&name).into_owned();
                    self.broken.push((shown, why));
                }
            },
        );
    }

    /// The object that a ref leads to, through other refs.
    pub(super) fn resolve(&self, name: &[u8]) -> Option<ObjectId> {
        let mut name = name;
        for _ in 0..LONGEST_CHAIN {
            match self.list.get(name)? {
                RefTarget::Id(id) => return Some(*id),
                RefTarget::Ref(other) => name = other,
            }
        }
        None
    }
}

/// Calls `found` with the name and the target of each file of a ref below `folder`.
fn visit(
    boundary: &Boundary,
    folder: PathBuf,
    name: &str,
    format: ObjectFormat,
    found: &mut dyn FnMut(Vec<u8>, Result<RefTarget, RefError>),
) {
    let folder = match file_guard::folder(boundary, &folder) {
        Ok(Some(folder)) => folder,
        // A repository may keep all refs in one file.
        Ok(None) => return,
        Err(why) => return found(name.as_bytes().to_vec(), Err(why.into())),
    };
    let mut folders = vec![(folder, name.as_bytes().to_vec())];
    while let Some((folder, folder_name)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found(folder_name, Err(error.into()));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found(folder_name.clone(), Err(error.into()));
                    continue;
                }
            };
            let name = [
                &folder_name,
                &b"/"[..],
                entry.file_name().as_encoded_bytes(),
            ]
            .concat();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push((entry.path(), name));
            } else if !name.ends_with(b".lock")
                && let Some(target) = read_ref_file(boundary, &entry.path(), format)
            {
                found(name, target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refs_are_found_in_files_and_packed() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let (one, two) = ("1a".repeat(20), "2b".repeat(20));
        write(
            "packed-refs",
            &format!("{one} refs/heads/main\n{one} refs/heads/old\n"),
        );
        write("refs/heads/main", &format!("{two}\n"));
        write("refs/heads/main.lock", "");
        write("refs/remotes/origin/HEAD", "ref: refs/heads/old\n");
        write("refs/heads/round", "ref: refs/heads/round\n");
        write("refs/heads/deep/empty", "");
        write("refs/heads/long", &"0a".repeat(32));
        let outside = root.join("outside");
        std::fs::write(&outside, &one).unwrap();
        let git = root.join("refs");
        std::os::unix::fs::symlink("../../outside", git.join("heads/leaves")).unwrap();
        std::os::unix::fs::symlink("main", git.join("heads/same")).unwrap();
        std::os::unix::fs::symlink("nowhere", git.join("heads/dangling")).unwrap();
        let boundary = Boundary::around([&*git, &*root.join("packed-refs")]);
        let refs = Refs::read(&boundary, &root, ObjectFormat::Sha1);
        let id = |name: &str| refs.resolve(name.as_bytes()).map(|id| id.to_string());
        for (name, expected) in [
            ("refs/heads/main", Some(&two)),
            ("refs/heads/old", Some(&one)),
            ("refs/heads/same", Some(&two)),
            ("refs/remotes/origin/HEAD", Some(&one)),
            ("refs/heads/round", None),
            ("refs/heads/leaves", None),
            ("refs/heads/none", None),
        ] {
            assert_eq!(id(name).as_ref(), expected, "{name}");
        }
        let mut broken: Vec<_> = refs.broken.iter().map(|(name, _)| &**name).collect();
        broken.sort_unstable();
        let expected = ["dangling", "deep/empty", "leaves", "long"];
        assert_eq!(broken, expected.map(|name| format!("refs/heads/{name}")));
    }
}
