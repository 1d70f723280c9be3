//! What refs point to. libgit2 reads them; it passes over files that hold no ref, so these are looked for here.

use std::path::{Path, PathBuf};

use super::pack::{ObjectFormat, ObjectId};
use super::ref_file::{RefError, RefTarget, read_ref_file};

/// What refs point to.
#[derive(Debug, Default)]
pub struct Tips {
    pub refs: Vec<ObjectId>,
    pub notes: Vec<ObjectId>,
    /// Full names of all refs.
    pub names: Vec<Vec<u8>>,
    /// Branches and tags: that of HEAD first, then by name, branches before those of remotes before tags.
    pub named: Vec<(Vec<u8>, ObjectId)>,
    /// Refs that cannot be read, and why.
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

    /// Puts everything into order. `head` is the full name of the branch that HEAD is on.
    pub(super) fn settle(&mut self, head: Option<&[u8]>) {
        for list in [&mut self.refs, &mut self.notes] {
            list.sort_unstable();
            list.dedup();
        }
        self.named.sort_unstable_by(|(a, _), (b, _)| {
            (Some(&a[..]) != head, a).cmp(&(Some(&b[..]) != head, b))
        });
    }
}

/// Files below `refs` that hold neither an id nor the name of another ref (gitrepository-layout(5), "refs").
pub(super) fn broken(
    git_directory: &Path,
    format: ObjectFormat,
    found: &mut Vec<(String, RefError)>,
) {
    visit(
        git_directory.join("refs"),
        "refs",
        format,
        &mut |name, target| match target {
            Ok(_) => {}
            Err(why) => found.push((name, why)),
        },
    );
}

/// Refs below the folder of a working tree that was added to a repository. `name` is that of the folder.
pub(super) fn own(folder: &Path, name: &str, format: ObjectFormat, tips: &mut Tips) {
    visit(
        folder.join("refs"),
        &format!("{name}/refs"),
        format,
        &mut |name, target| match target {
            Ok(RefTarget::Id(id)) => tips.refs.push(id),
            // What another ref names is read by its own name.
            Ok(RefTarget::Ref(_)) => {}
            Err(why) => tips.broken.push((name, why)),
        },
    );
}

/// Calls `found` with the name of each file of a ref, and what it holds.
fn visit(
    folder: PathBuf,
    name: &str,
    format: ObjectFormat,
    found: &mut dyn FnMut(String, Result<RefTarget, RefError>),
) {
    let mut folders = vec![(folder, name.to_owned())];
    while let Some((folder, folder_name)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // A repository may keep all refs in one file, or elsewhere.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
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
            let name = format!("{folder_name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push((entry.path(), name));
            } else if !name.ends_with(".lock")
                && let Some(target) = read_ref_file(&entry.path(), format)
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
    fn files_without_a_ref_are_found() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join("refs").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("heads/main", &format!("{}\n", "0a".repeat(20)));
        write("heads/main.lock", "");
        write("remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
        write("heads/deep/empty", "");
        write("heads/long", &"0a".repeat(32));
        let broken = |format| {
            let mut found = Vec::new();
            broken(root.path(), format, &mut found);
            let mut names: Vec<String> = found.into_iter().map(|(name, _)| name).collect();
            names.sort();
            names
        };
        assert_eq!(
            broken(ObjectFormat::Sha1),
            ["refs/heads/deep/empty", "refs/heads/long"]
        );
        assert_eq!(
            broken(ObjectFormat::Sha256),
            ["refs/heads/deep/empty", "refs/heads/main"]
        );
    }
}
