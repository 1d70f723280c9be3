//! The object directories of a repository: its own and its alternates, which
//! `objects/info/alternates` lists (gitrepository-layout(5)).

use std::path::{Path, PathBuf};

use super::object_error::Flaw;
use crate::source::git::boundary::{Boundary, Destination, OutsideReference, ReferenceKind};
use crate::source::git::file_guard;

/// Git follows alternates of alternates to this depth.
const DEEPEST: usize = 5;

/// The most bytes of a list of alternates.
const LONGEST: u64 = 1 << 20;

/// The most directories that a repository may borrow from.
const MOST: usize = 1000;

/// The directories that hold the objects of a repository.
#[derive(Debug, Default)]
pub(super) struct ObjectDirectories {
    /// The repository's own first, each once.
    pub(super) list: Vec<ObjectDirectory>,
    /// True if there are directories that are not read.
    pub(super) is_partial: bool,
}

/// A directory of objects.
#[derive(Clone, Debug)]
pub(super) struct ObjectDirectory {
    /// Its canonical path.
    pub(super) path: PathBuf,
    /// The places that reading it may lead to.
    pub(super) boundary: Boundary,
    /// It is outside the repository: its objects belong to this repository only as far as the
    /// repository reaches them.
    pub(super) is_borrowed: bool,
}

impl ObjectDirectories {
    /// Finds the directory `objects` and those that it borrows from.
    pub(super) fn find(objects: &Path, boundary: &Boundary, flaws: &mut Vec<Flaw>) -> Self {
        let mut found = Self::default();
        let before = flaws.len();
        let mut level = Vec::new();
        match file_guard::folder(boundary, objects) {
            Ok(Some(path)) => level.push(ObjectDirectory {
                path,
                boundary: boundary.clone(),
                is_borrowed: false,
            }),
            Ok(None) => flaws.push(Flaw::new(objects, "the object directory does not exist")),
            Err(why) => flaws.push(Flaw::new(objects, why.reason())),
        }
        for depth in 0..=DEEPEST {
            let mut next = Vec::new();
            for directory in std::mem::take(&mut level) {
                let path = &directory.path;
                if found.list.iter().any(|known| known.path == *path) {
                    continue;
                }
                if found.list.len() == MOST {
                    flaws.push(Flaw::new(
                        path,
                        "objects are borrowed from too many folders",
                    ));
                    break;
                }
                let borrowed = alternates(&directory, boundary, flaws);
                if depth == DEEPEST && !borrowed.is_empty() {
                    flaws.push(Flaw::new(path, "alternates are nested too deep"));
                } else {
                    next.extend(borrowed);
                }
                found.list.push(directory);
            }
            level = next;
        }
        found.is_partial = flaws.len() > before;
        found
    }
}

/// The directories that the list of alternates of a directory names, and that may be read for the
/// repository with this boundary.
fn alternates(
    directory: &ObjectDirectory,
    boundary: &Boundary,
    flaws: &mut Vec<Flaw>,
) -> Vec<ObjectDirectory> {
    let objects = &directory.path;
    let (info, file) = (objects.join("info"), objects.join("info/alternates"));
    // A link that leads outside is reported even if there is no list behind it now.
    if let Err(why) = file_guard::folder(&directory.boundary, &info) {
        flaws.push(Flaw::new(info, why.reason()));
        return Vec::new();
    }
    let text = match file_guard::read(&directory.boundary, &file, LONGEST) {
        Ok(text) => text.unwrap_or_default(),
        Err(why) => {
            flaws.push(Flaw::new(file, why.reason()));
            return Vec::new();
        }
    };
    // A relative path begins at the directory that names it.
    let mut lines: Vec<&[u8]> = text
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty() && line[0] != b'#')
        .collect();
    if lines.len() > MOST {
        flaws.push(Flaw::new(
            &file,
            "objects are borrowed from too many folders",
        ));
        lines.truncate(MOST);
    }
    let mut readable = Vec::new();
    for line in lines {
        let named = objects.join(path_of(line));
        let (path, of_lender) = match boundary.destination(&named) {
            Destination::Inside(real) if boundary.is_own(&real) => (real, None),
            Destination::Inside(real) | Destination::Outside(real) => {
                match boundary.of_lender(&real) {
                    Some(of_lender) => (real, Some(of_lender)),
                    None => {
                        let outside = OutsideReference {
                            file: file.clone(),
                            kind: ReferenceKind::Alternate,
                            to: real,
                        };
                        flaws.push(Flaw::new(&file, outside.reason()));
                        continue;
                    }
                }
            }
            Destination::Missing => {
                flaws.push(Flaw::new(named, "the object directory does not exist"));
                continue;
            }
            Destination::Unclear(kind) => {
                flaws.push(Flaw::new(named, kind.to_string()));
                continue;
            }
        };
        if !std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
            flaws.push(Flaw::new(named, "the object directory does not exist"));
            continue;
        }
        readable.push(ObjectDirectory {
            path,
            is_borrowed: of_lender.is_some(),
            boundary: of_lender.unwrap_or_else(|| boundary.clone()),
        });
    }
    readable
}

#[cfg(unix)]
fn path_of(line: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(line))
}

#[cfg(not(unix))]
fn path_of(line: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_and_gaps_of_alternates_end() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().canonicalize().unwrap().join(name);
        for (name, lines) in [
            ("a", "../b\n# none\n\n../gone\n"),
            ("b", "../a\n../c"),
            ("c", ""),
        ] {
            std::fs::create_dir_all(at(name).join("info")).unwrap();
            std::fs::write(at(name).join("info/alternates"), lines).unwrap();
        }
        let found = |boundary: &Boundary| {
            let mut flaws = Vec::new();
            let found = ObjectDirectories::find(&at("a"), boundary, &mut flaws);
            assert_eq!(found.is_partial, !flaws.is_empty());
            let paths = found.list.into_iter().map(|directory| directory.path);
            (paths.collect::<Vec<_>>(), flaws)
        };
        let (list, flaws) = found(&Boundary::unlimited());
        assert_eq!(list, [at("a"), at("b"), at("c")]);
        assert_eq!(flaws.len(), 1);
        // An alternate of an alternate, too.
        let (list, flaws) = found(&Boundary::around([&*at("a"), &*at("b")]));
        assert_eq!(list, [at("a"), at("b")]);
        assert_eq!(flaws.len(), 2);
        let (list, _) = found(&Boundary::around([&*at("a"), &*at("c")]));
        assert_eq!(list, [at("a")]);
        // Another target lends objects, and has no boundary but its own.
        let run = Boundary::of_targets([&*at("a"), &*at("b")]);
        let (list, flaws) = found(&run.within(&at("a")));
        assert_eq!(list, [at("a"), at("b")]);
        assert_eq!(flaws.len(), 2);
    }
}
