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
    /// Canonical paths, the repository's own first, each once.
    pub(super) list: Vec<PathBuf>,
    /// The places that may be read.
    pub(super) boundary: Boundary,
    /// True if there are directories that are not read.
    pub(super) is_partial: bool,
}

impl ObjectDirectories {
    /// Finds the directory `objects` and those that it borrows from.
    pub(super) fn find(objects: &Path, boundary: &Boundary, flaws: &mut Vec<Flaw>) -> Self {
        let mut found = Self {
            boundary: boundary.clone(),
            ..Self::default()
        };
        let before = flaws.len();
        let mut level = vec![objects.to_owned()];
        for depth in 0..=DEEPEST {
            let mut next = Vec::new();
            for path in std::mem::take(&mut level) {
                let real = match file_guard::folder(boundary, &path) {
                    Ok(Some(real)) => real,
                    Ok(None) => {
                        flaws.push(Flaw::new(path, "the object directory does not exist"));
                        continue;
                    }
                    Err(why) => {
                        flaws.push(Flaw::new(path, why.reason()));
                        continue;
                    }
                };
                if found.list.contains(&real) {
                    continue;
                }
                if found.list.len() == MOST {
                    flaws.push(Flaw::new(
                        real,
                        "objects are borrowed from too many folders",
                    ));
                    break;
                }
                let borrowed = alternates(&real, boundary, flaws);
                if depth == DEEPEST && !borrowed.is_empty() {
                    flaws.push(Flaw::new(&real, "alternates are nested too deep"));
                } else {
                    next.extend(borrowed);
                }
                found.list.push(real);
            }
            level = next;
        }
        found.is_partial = flaws.len() > before;
        found
    }
}

/// The directories that the list of alternates of `objects` names, and that may be read.
fn alternates(objects: &Path, boundary: &Boundary, flaws: &mut Vec<Flaw>) -> Vec<PathBuf> {
    let file = objects.join("info/alternates");
    let text = match file_guard::read(boundary, &file, LONGEST) {
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
    let mut inside = Vec::new();
    for line in lines {
        let named = objects.join(path_of(line));
        match boundary.destination(&named) {
            Destination::Outside(to) => {
                let outside = OutsideReference {
                    file: file.clone(),
                    kind: ReferenceKind::Alternate,
                    to,
                };
                flaws.push(Flaw::new(&file, outside.reason()));
            }
            _ => inside.push(named),
        }
    }
    inside
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
            (found.list, flaws)
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
    }
}
