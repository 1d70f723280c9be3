//! Checks the files that libgit2 reads to their end, before it opens a repository. A named pipe or
//! a device in the place of such a file would block the program for ever, a huge file would fill
//! its memory. The folder `.git` is as untrusted as the rest of a target.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{config_values, layout};

/// The files of a git directory that libgit2 reads whole, and the most bytes that each may have.
const READ: [(&str, u64); 9] = [
    ("HEAD", SMALL),
    ("commondir", SMALL),
    ("gitdir", SMALL),
    ("config", LARGE),
    ("config.worktree", LARGE),
    ("info/exclude", LARGE),
    ("shallow", LARGE),
    ("packed-refs", HUGE),
    ("index", HUGE),
];

/// The limit for a file with an id or a path, with room to spare.
pub(super) const SMALL: u64 = 1 << 20;
/// The limit for a list that people or programs maintain.
pub(super) const LARGE: u64 = 64 << 20;
/// The limit for a file with a line or an entry for each file or ref.
pub(super) const HUGE: u64 = 4 << 30;

/// The depth to which included configuration files are checked; libgit2 stops at the same depth.
const DEEPEST_INCLUDE: usize = 10;
/// The most included configuration files: one that includes itself twice would be read 1000 times
/// at that depth.
const MOST_INCLUDES: usize = 200;

/// The most directories of objects that a repository may borrow from.
const MOST_STORES: usize = 1000;

/// The depth to which folders of refs are followed.
const DEEPEST: usize = 64;

/// A file of a git directory that is not safe to read to its end, or a structure that is too large to follow.
#[derive(Debug, thiserror::Error)]
pub enum UnsafeFile {
    /// A named pipe, a device or a folder is in the place of a regular file.
    #[error("{} is no regular file", .0.display())]
    NotRegular(PathBuf),
    /// The file is larger than git's own files of this purpose get.
    #[error("{} is too large ({size} bytes)", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// The folders of refs are nested too deep.
    #[error("{} is nested too deep", .0.display())]
    TooDeep(PathBuf),
    /// The configuration includes more files than are followed.
    #[error("{} is one of too many files that the configuration includes", .0.display())]
    TooManyIncludes(PathBuf),
    /// Alternates name more directories of objects than are followed.
    #[error("{} is one of too many folders that objects are borrowed from", .0.display())]
    TooManyObjectDirectories(PathBuf),
}

/// Checks the repository at this folder before it is opened.
///
/// # Errors The first file that is not safe to read.
pub(super) fn check_repository(location: &Path) -> Result<(), UnsafeFile> {
    let dot_git = location.join(".git");
    let mut directories = vec![location.to_owned()];
    match std::fs::metadata(&dot_git) {
        Ok(meta) if meta.is_dir() => directories.push(dot_git),
        Ok(_) => {
            check_file(&dot_git, SMALL)?;
            directories.extend(named_folder(location, &dot_git, "gitdir:"));
        }
        // libgit2 reports the error.
        Err(_) => {}
    }
    let common: Vec<PathBuf> = directories
        .iter()
        .filter_map(|directory| {
            let file = directory.join("commondir");
            check_file(&file, SMALL)
                .ok()
                .and_then(|()| named_folder(directory, &file, ""))
        })
        .collect();
    directories.extend(common);
    // The folder of a working tree may have files with these names that have no meaning to git.
    let is_working_tree = directories.len() > 1 && !layout::looks_bare(location);
    for directory in directories.iter().skip(usize::from(is_working_tree)) {
        for (name, limit) in READ {
            check_file(&directory.join(name), limit)?;
        }
        check_refs(&directory.join("refs"), 0)?;
        for name in ["config", "config.worktree"] {
            check_includes(&directory.join(name), 0, &mut 0)?;
        }
    }
    Ok(())
}

/// Checks a directory of objects, and those that it borrows from.
///
/// # Errors The first file that is not safe to read.
pub(super) fn check_objects(directory: &Path) -> Result<(), UnsafeFile> {
    let mut left = vec![directory.to_owned()];
    let mut seen = HashSet::new();
    while let Some(directory) = left.pop() {
        if !seen.insert(
            directory
                .canonicalize()
                .unwrap_or_else(|_| directory.clone()),
        ) {
            continue;
        }
        if seen.len() > MOST_STORES {
            return Err(UnsafeFile::TooManyObjectDirectories(directory));
        }
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name();
            // Loose objects are in folders of two digits.
            if name == "pack"
                || (name.len() == 2 && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit))
            {
                for file in std::fs::read_dir(entry.path())
                    .into_iter()
                    .flatten()
                    .flatten()
                {
                    // A regular file or a folder needs no second look; a symbolic link may lead to
                    // anything.
                    let plain = file
                        .file_type()
                        .is_ok_and(|kind| kind.is_file() || kind.is_dir());
                    if !plain && !file.path().is_dir() {
                        check_file(&file.path(), u64::MAX)?;
                    }
                }
            }
        }
        let alternates = directory.join("info/alternates");
        if check_file(&alternates, SMALL).is_ok() {
            let text = bounded_bytes(&alternates).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            left.extend(
                text.lines()
                    .filter(|line| !line.is_empty())
                    .map(|line| directory.join(line)),
            );
        }
    }
    Ok(())
}

/// Checks that the path is a regular file of at most `limit` bytes, or does not exist.
///
/// # Errors If it is something else, or larger.
pub(super) fn check_file(path: &Path, limit: u64) -> Result<(), UnsafeFile> {
    match std::fs::metadata(path) {
        Ok(meta) if !meta.is_file() => Err(UnsafeFile::NotRegular(path.to_owned())),
        Ok(meta) if meta.len() > limit => Err(UnsafeFile::TooLarge {
            path: path.to_owned(),
            size: meta.len(),
        }),
        _ => Ok(()),
    }
}

/// The folder that a file names, after the prefix `word`.
fn named_folder(base: &Path, file: &Path, word: &str) -> Option<PathBuf> {
    let text = bounded_bytes(file)?;
    let text = String::from_utf8_lossy(&text);
    Some(base.join(text.strip_prefix(word)?.trim()))
}

/// The first [`LARGE`] bytes of a file that [`check_file`] accepts.
fn bounded_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    std::fs::File::open(path)
        .ok()?
        .take(LARGE)
        .read_to_end(&mut text)
        .ok()?;
    Some(text)
}

fn check_refs(folder: &Path, depth: usize) -> Result<(), UnsafeFile> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                if depth == DEEPEST {
                    return Err(UnsafeFile::TooDeep(path));
                }
                check_refs(&path, depth + 1)?;
            }
            Ok(kind) if kind.is_symlink() && path.is_dir() => {}
            _ => check_file(&path, SMALL)?,
        }
    }
    Ok(())
}

/// Checks a configuration file and the files that it names: libgit2 opens these, wherever they are.
fn check_includes(path: &Path, depth: usize, count: &mut usize) -> Result<(), UnsafeFile> {
    *count += 1;
    if *count > MOST_INCLUDES {
        return Err(UnsafeFile::TooManyIncludes(path.to_owned()));
    }
    check_file(path, LARGE)?;
    let Some(text) = bounded_bytes(path) else {
        return Ok(());
    };
    let named = |wanted: &[&str]| {
        let base = path.parent().unwrap_or(path);
        config_values::values(&text, wanted)
            .into_iter()
            .map(|name| match name.strip_prefix("~/") {
                Some(rest) => std::env::home_dir().unwrap_or_default().join(rest),
                None => base.join(name),
            })
    };
    for file in named(&["excludesfile", "attributesfile"]) {
        if !file.is_dir() {
            check_file(&file, LARGE)?;
        }
    }
    for file in named(&["path"]).filter(|file| !file.is_dir()) {
        check_file(&file, LARGE)?;
        if depth < DEEPEST_INCLUDE {
            check_includes(&file, depth + 1, count)?;
        }
    }
    Ok(())
}
