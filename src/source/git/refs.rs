//! The targets of refs. libgit2 reads the refs; it skips files that hold no ref, so these are
//! looked for here.

use std::path::{Path, PathBuf};

use super::pack::{ObjectFormat, ObjectId};
use super::ref_file::{RefError, RefTarget, read_ref_file};

/// The targets of all refs.
#[derive(Debug, Default)]
pub struct Tips {
    /// The targets of all refs but notes, each once, in order.
    pub refs: Vec<ObjectId>,
    /// The targets of the refs below `refs/notes/`, each once, in order.
    pub notes: Vec<ObjectId>,
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

    /// Sorts the lists. `head` is the full name of the branch that HEAD is on.
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

/// Adds the files below `refs` that hold neither an id nor the name of another ref
/// (gitrepository-layout(5), "refs").
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

/// Adds the refs of a linked working tree. `folder` is its folder in the git directory, `name` the
/// path of that folder.
pub(super) fn own(folder: &Path, name: &str, format: ObjectFormat, tips: &mut Tips) {
    visit(
        folder.join("refs"),
        &format!("{name}/refs"),
        format,
        &mut |name, target| match target {
            Ok(RefTarget::Id(id)) => tips.refs.push(id),
            // The other ref is read under its own name.
            Ok(RefTarget::Ref(_)) => {}
            Err(why) => tips.broken.push((name, why)),
        },
    );
}

/// Calls `found` with the name and the target of each file of a ref below `folder`.
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
