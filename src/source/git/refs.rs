//! What refs point to. libgit2 reads them; it passes over files that hold no ref, so these are looked for here.

use std::io::Read;
use std::path::Path;

use super::linked::{self, Pointer};
use super::pack::ObjectId;

/// What refs point to.
#[derive(Debug, Default)]
pub struct Tips {
    pub refs: Vec<ObjectId>,
    pub notes: Vec<ObjectId>,
    /// Full names of all refs.
    pub names: Vec<Vec<u8>>,
    /// Refs that cannot be read, and why.
    pub broken: Vec<(String, String)>,
}

/// Folders of refs are not nested deeper.
const DEEPEST: usize = 64;

/// Files below `refs` that hold neither an id nor the name of another ref (gitrepository-layout(5), "refs").
pub(super) fn broken(git_directory: &Path, found: &mut Vec<(String, String)>) {
    visit(&git_directory.join("refs"), "refs", 0, found);
}

fn visit(folder: &Path, name: &str, depth: usize, found: &mut Vec<(String, String)>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // A repository may keep all refs in one file, or elsewhere.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return found.push((name.to_owned(), error.to_string())),
    };
    for entry in entries.flatten() {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth < DEEPEST {
            visit(&entry.path(), &name, depth + 1, found);
        } else if kind.is_file() && !name.ends_with(".lock") {
            match holds_ref(&entry.path()) {
                Ok(true) => {}
                Ok(false) => found.push((name, "neither an id nor the name of a ref".to_owned())),
                Err(error) => found.push((name, error.to_string())),
            }
        }
    }
}

/// Refs below the folder of a working tree that was added to a repository. `name` is that of the folder.
pub(super) fn own(folder: &Path, name: &str, tips: &mut Tips) {
    let mut folders = vec![(folder.join("refs"), format!("{name}/refs"), 0)];
    while let Some((folder, name, depth)) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth < DEEPEST {
                    folders.push((entry.path(), name, depth + 1));
                }
                continue;
            }
            match linked::pointer(&entry.path()) {
                Some(Ok(Pointer::Id(id))) => tips.refs.push(id),
                Some(Err(why)) => tips.broken.push((name, why)),
                // What another ref names is read by its own name.
                Some(Ok(Pointer::Ref(_))) | None => {}
            }
        }
    }
}

fn holds_ref(path: &Path) -> std::io::Result<bool> {
    let mut text = Vec::new();
    std::fs::File::open(path)?.take(4096).read_to_end(&mut text)?;
    Ok(text.starts_with(b"ref: ") || ObjectId::from_hex(text.trim_ascii_end()).is_some())
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
        let mut found = Vec::new();
        broken(root.path(), &mut found);
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["refs/heads/deep/empty"]);
    }
}
