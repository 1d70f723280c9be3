//! Whose inventory it is: a folder that nobody named must not come from the author of a target.
//!
//! The default folder is `inventory` in the current folder. In a clone of a stranger's repository,
//! its policy, register and decisions would be the stranger's. The user's own inventory is
//! recognised by two facts. Git does not track it, so no commit of anybody put a file there. And
//! this user made or named it at this place: the folders of an inventory are recorded beside its
//! key.

use std::path::{Path, PathBuf};

use super::errors::CommandError;
use super::options::InventoryFolder;
use crate::inventory::decision_files;
use crate::inventory::file_names;
use crate::inventory::key_file;
use crate::inventory::known_folders;
use crate::inventory::store::Store;
use crate::source::git;

/// The reason for which an inventory is not used unless it is named.
#[derive(Debug, thiserror::Error)]
enum Distrust {
    #[error("{} is a symbolic link", .0.display())]
    Link(PathBuf),
    #[error(
        "git tracks {} in the repository {}: whoever can write to it would decide here", file.display(), repository.display()
    )]
    Tracked { file: PathBuf, repository: PathBuf },
    #[error("it is unknown whether git tracks {} in the repository {}: {why}", folder.display(), repository.display())]
    Unclear {
        folder: PathBuf,
        repository: PathBuf,
        why: String,
    },
    #[error(
        "{} is part of the target {}, and nothing shows that you made it", file.display(), target.display()
    )]
    OfTarget { file: PathBuf, target: PathBuf },
    #[error("the inventory {} was made in another folder: {}", folder.display(), known.display())]
    Elsewhere { folder: PathBuf, known: PathBuf },
}

/// Checks a folder before anything in it is read. `targets` are the canonical paths of the targets of
/// the command.
///
/// # Errors
///
/// The user did not name the folder, and somebody else could have made it.
pub fn check(folder: &InventoryFolder, targets: &[PathBuf]) -> Result<(), CommandError> {
    if folder.is_named() {
        return Ok(());
    }
    match distrust(folder, targets) {
        None => Ok(()),
        Some(reason) => Err(CommandError::usage(reason).hint(format!(
            "if this inventory is yours, name it: --inventory {}",
            folder.display()
        ))),
    }
}

/// Records that the user of this machine uses this folder. A failure has no effect but that the
/// folder must be named again. A machine that gets the key in the environment stores no files.
pub fn remember(store: &Store) {
    let keeps_files = matches!(key_file::from_environment(), Ok(None));
    if keeps_files && let Ok(folder) = store.folder.canonicalize() {
        let _ = known_folders::add(&store.identity.id, &folder);
    }
}

fn distrust(folder: &Path, targets: &[PathBuf]) -> Option<Distrust> {
    // A folder that does not exist is made by this command.
    let meta = std::fs::symlink_metadata(folder).ok()?;
    if meta.is_symlink() {
        return Some(Distrust::Link(folder.to_owned()));
    }
    let here = folder.canonicalize().ok()?;
    let names = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let mut files: Vec<String> = names.filter(|name| is_read(folder, name)).collect();
    files.sort();
    let file = folder.join(files.first()?);
    if let Some(tracked) = tracked(folder, &here) {
        return Some(tracked);
    }
    let id = known_folders::inventory_id(folder);
    let known = id.map(|id| known_folders::of(&id)).unwrap_or_default();
    if known.contains(&here) {
        return None;
    }
    let target = targets.iter().find(|target| here.starts_with(target));
    match (target, known.into_iter().next()) {
        (Some(target), _) => Some(Distrust::OfTarget {
            file,
            target: target.clone(),
        }),
        (None, Some(known)) => Some(Distrust::Elsewhere {
            folder: folder.to_owned(),
            known,
        }),
        (None, None) => None,
    }
}

/// The folders within the folder of an inventory whose files are read: statements, and places.
const READ_FOLDERS: [&str; 2] = [decision_files::FOLDER, file_names::PLACES];

/// Whether something directly in the folder is read: a file, or one of [`READ_FOLDERS`].
fn is_read(folder: &Path, name: &str) -> bool {
    let is_folder =
        || std::fs::read_dir(folder.join(name)).is_ok_and(|mut all| all.next().is_some());
    let name_read = name.to_lowercase();
    file_names::is_read(name) || (READ_FOLDERS.contains(&&*name_read) && is_folder())
}

/// The first file of the folder that a repository around it tracks. `here` is the canonical
/// path of the folder.
fn tracked(folder: &Path, here: &Path) -> Option<Distrust> {
    for repository in here.ancestors() {
        if std::fs::symlink_metadata(repository.join(".git")).is_err() {
            continue;
        }
        let paths = match git::tracked_files(repository) {
            Ok(paths) => paths,
            Err(error) => {
                return Some(Distrust::Unclear {
                    folder: folder.to_owned(),
                    repository: repository.to_owned(),
                    why: error.to_string(),
                });
            }
        };
        // A file system may ignore case.
        let below = here.strip_prefix(repository).ok()?.to_string_lossy();
        let below = below.to_lowercase();
        let name = |path: &String| {
            let lower = path.to_lowercase();
            let name = match below.is_empty() {
                true => &*lower,
                false => lower.strip_prefix(&below)?.strip_prefix('/')?,
            };
            let mut below = READ_FOLDERS.iter().filter_map(|folder| {
                let below = name.strip_prefix(folder)?;
                below.strip_prefix('/')
            });
            let name_read = below.next().unwrap_or(name);
            let is_read = !name_read.contains('/') && file_names::is_read(name_read);
            is_read.then(|| name.to_owned())
        };
        if let Some(name) = paths.iter().find_map(name) {
            return Some(Distrust::Tracked {
                file: folder.join(name),
                repository: repository.to_owned(),
            });
        }
    }
    None
}
