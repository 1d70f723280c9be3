//! What to look at before libgit2 opens a repository. It reads the files that it finds to their end: a named pipe or a
//! device in the place of one would hold the program up for ever, a huge one would fill its memory. `.git` is a part of a
//! target like any other, made by whoever made the rest.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::config_values;

/// Files of a git directory that libgit2 reads whole, and the bytes that each may have.
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

/// Of an id or a path, with room.
pub(super) const SMALL: u64 = 1 << 20;
/// Of a list that people or programs keep.
pub(super) const LARGE: u64 = 64 << 20;
/// Of a line for each file or ref.
pub(super) const HUGE: u64 = 4 << 30;

/// Configuration files include others to this depth; libgit2 stops at it, too.
const DEEPEST_INCLUDE: usize = 10;
/// One that includes itself twice is read a thousand times at that depth.
const MOST_INCLUDES: usize = 200;

/// Directories of objects that one borrows from.
const MOST_STORES: usize = 1000;

/// Folders of refs are not nested deeper.
const DEEPEST: usize = 64;

/// HeaderField what must not be opened of the repository at this folder.
pub(super) fn check(location: &Path) -> Result<(), String> {
    let dot_git = location.join(".git");
    let mut directories = vec![location.to_owned()];
    match std::fs::metadata(&dot_git) {
        Ok(meta) if meta.is_dir() => directories.push(dot_git),
        Ok(_) => {
            fit(&dot_git, SMALL)?;
            directories.extend(linked(location, &dot_git, "gitdir:"));
        }
        // libgit2 says what is wrong with it.
        Err(_) => {}
    }
    let common: Vec<PathBuf> = directories
        .iter()
        .filter_map(|directory| {
            let file = directory.join("commondir");
            fit(&file, SMALL)
                .ok()
                .and_then(|()| linked(directory, &file, ""))
        })
        .collect();
    directories.extend(common);
    // The folder of a working tree may have files of these names that mean nothing.
    let is_working_tree = directories.len() > 1 && !super::super::target::looks_bare(location);
    for directory in directories.iter().skip(usize::from(is_working_tree)) {
        for (name, limit) in READ {
            fit(&directory.join(name), limit)?;
        }
        refs(&directory.join("refs"), 0)?;
        for name in ["config", "config.worktree"] {
            includes(&directory.join(name), 0, &mut 0)?;
        }
    }
    Ok(())
}

/// HeaderField what must not be opened of a directory of objects, and of those that it borrows from.
pub(super) fn objects(directory: &Path) -> Result<(), String> {
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
            return Err(format!(
                "{} is one of too many folders that objects are borrowed from",
                directory.display()
            ));
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
                    // What is a file or a folder needs no second look; a link may lead to anything.
                    let plain = file
                        .file_type()
                        .is_ok_and(|kind| kind.is_file() || kind.is_dir());
                    if !plain && !file.path().is_dir() {
                        fit(&file.path(), u64::MAX)?;
                    }
                }
            }
        }
        let alternates = directory.join("info/alternates");
        if fit(&alternates, SMALL).is_ok() {
            let text = read(&alternates).unwrap_or_default();
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

/// Whether this is a regular file of at most so many bytes, or nothing: what a file is that may be read to its end.
pub(super) fn fit(path: &Path, limit: u64) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(meta) if !meta.is_file() => Err(format!("{} is no regular file", path.display())),
        Ok(meta) if meta.len() > limit => Err(format!(
            "{} is too large ({} bytes)",
            path.display(),
            meta.len()
        )),
        _ => Ok(()),
    }
}

/// The folder that a file names, after a word.
fn linked(base: &Path, file: &Path, word: &str) -> Option<PathBuf> {
    let text = read(file)?;
    let text = String::from_utf8_lossy(&text);
    Some(base.join(text.strip_prefix(word)?.trim()))
}

/// The bytes of a file that is [`fit`].
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    std::fs::File::open(path)
        .ok()?
        .take(LARGE)
        .read_to_end(&mut text)
        .ok()?;
    Some(text)
}

fn refs(folder: &Path, depth: usize) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                if depth == DEEPEST {
                    return Err(format!("{} is nested too deep", path.display()));
                }
                refs(&path, depth + 1)?;
            }
            Ok(kind) if kind.is_symlink() && path.is_dir() => {}
            _ => fit(&path, SMALL)?,
        }
    }
    Ok(())
}

/// Files that a configuration names are opened, too, wherever they are.
fn includes(path: &Path, depth: usize, count: &mut usize) -> Result<(), String> {
    *count += 1;
    if *count > MOST_INCLUDES {
        return Err(format!(
            "{} is one of too many files that the configuration includes",
            path.display()
        ));
    }
    fit(path, LARGE)?;
    let Some(text) = read(path) else {
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
            fit(&file, LARGE)?;
        }
    }
    for file in named(&["path"]).filter(|file| !file.is_dir()) {
        fit(&file, LARGE)?;
        if depth < DEEPEST_INCLUDE {
            includes(&file, depth + 1, count)?;
        }
    }
    Ok(())
}
