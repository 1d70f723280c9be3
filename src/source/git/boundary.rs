//! The places that reading a repository may lead to.
//!
//! The files of a repository name other places: `.git` files, `commondir`, alternates, included
//! configuration, symbolic links. Whoever wrote them wants these places to be read under the name
//! of this repository. A reference is followed only within the repository, and to a place that
//! names the repository in return ([`super::git_place`]). Objects may also be borrowed from other
//! named targets, which does not make them objects of this repository ([`super::own_objects`]).

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::path_bytes;

/// The places that may be read. The default holds none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// Canonical paths. Everything below them may be read.
    #[serde(with = "path_bytes::set")]
    places: BTreeSet<PathBuf>,
    /// Canonical paths of the targets that the user named. Objects may be borrowed from them.
    #[serde(with = "path_bytes::set")]
    lenders: BTreeSet<PathBuf>,
    /// Everything may be read.
    follows_outside: bool,
}

/// The place that a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A place that may be read, as a canonical path.
    Inside(PathBuf),
    /// A place that may not be read, as a canonical path.
    Outside(PathBuf),
    /// There is nothing.
    Missing,
    /// The way there cannot be followed: a circle of links, or a folder without permission.
    Unclear(ErrorKind),
}

impl Boundary {
    /// The boundary around some places. Paths that do not exist are left out.
    pub fn around<'a>(places: impl IntoIterator<Item = &'a Path>) -> Self {
        Self::default().and(places)
    }

    /// The boundary of a run with these targets: it holds nothing until one of them is read
    /// ([`Self::within`]). Paths that do not exist are left out.
    pub fn of_targets<'a>(targets: impl IntoIterator<Item = &'a Path>) -> Self {
        Self {
            lenders: canonical(targets).collect(),
            ..Self::default()
        }
    }

    /// No boundary: every reference is followed.
    pub fn unlimited() -> Self {
        Self::default().follow_outside(true)
    }

    /// The boundary of one repository of the run.
    #[must_use]
    pub fn within(&self, location: &Path) -> Self {
        Self {
            places: canonical([location]).collect(),
            ..self.clone()
        }
    }

    /// Adds places.
    #[must_use]
    pub fn and<'a>(mut self, more: impl IntoIterator<Item = &'a Path>) -> Self {
        self.places.extend(canonical(more));
        self
    }

    /// With `follow`, every reference is followed.
    #[must_use]
    pub fn follow_outside(mut self, follow: bool) -> Self {
        self.follows_outside = follow;
        self
    }

    /// True if the place with this canonical path may be read.
    pub fn encloses(&self, real: &Path) -> bool {
        self.follows_outside || self.is_own(real)
    }

    /// True if the place with this canonical path belongs to the repository itself.
    pub fn is_own(&self, real: &Path) -> bool {
        real.ancestors().any(|place| self.places.contains(place))
    }

    /// The boundary for reading objects that are borrowed from a place outside the repository, by
    /// its canonical path. `None` if objects may not be borrowed from there.
    pub fn of_lender(&self, real: &Path) -> Option<Self> {
        if self.follows_outside {
            return Some(self.clone());
        }
        let lender = real.ancestors().find(|place| self.lenders.contains(*place));
        lender.map(|lender| Self::around([lender]))
    }

    /// The place that a path leads to.
    pub fn destination(&self, path: &Path) -> Destination {
        match path.canonicalize() {
            Ok(real) if self.encloses(&real) => Destination::Inside(real),
            Ok(real) => Destination::Outside(real),
            Err(error) => match error.kind() {
                // No file has a path that the system cannot take.
                ErrorKind::NotFound
                | ErrorKind::NotADirectory
                | ErrorKind::InvalidFilename
                | ErrorKind::InvalidInput => Destination::Missing,
                kind => Destination::Unclear(kind),
            },
        }
    }
}

fn canonical<'a>(paths: impl IntoIterator<Item = &'a Path>) -> impl Iterator<Item = PathBuf> {
    paths
        .into_iter()
        .filter_map(|path| path.canonicalize().ok())
}

/// The kind of a reference from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// A symbolic link.
    Link,
    /// A file `.git` with the path of the git directory.
    GitFile,
    /// The file `commondir` of a git directory.
    CommonDirectory,
    /// A line of `objects/info/alternates`.
    Alternate,
    /// A variable of a configuration file.
    Variable(&'static str),
}

/// A reference that is not followed, because it leads outside the boundary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}{} leads to {}, {}, and is not followed", file.display(), kind.within(), to.display(), kind.boundary())]
pub struct OutsideReference {
    /// The file or link with the reference.
    pub file: PathBuf,
    /// The kind of reference.
    pub kind: ReferenceKind,
    /// The place that it leads to.
    pub to: PathBuf,
}

impl OutsideReference {
    /// The remedy for the user.
    pub fn hint(&self) -> &'static str {
        match self.kind {
            ReferenceKind::Alternate => {
                "name that repository as a target too, copy the objects with `git repack -a -d`, or give --follow-outside"
            }
            ReferenceKind::Link
            | ReferenceKind::GitFile
            | ReferenceKind::CommonDirectory
            | ReferenceKind::Variable(_) => {
                "name that place as a target of its own, or give --follow-outside if you trust this repository"
            }
        }
    }

    /// The reason in the coverage report, beside the file.
    pub fn reason(&self) -> String {
        let Self { kind, to, .. } = self;
        format!(
            "{}leads to {}, {}, and is not followed: {}",
            match kind {
                ReferenceKind::Variable(name) => format!("{name} "),
                _ => String::new(),
            },
            to.display(),
            kind.boundary(),
            self.hint()
        )
    }
}

impl ReferenceKind {
    /// The boundary that a reference of this kind must not leave.
    fn boundary(self) -> &'static str {
        match self {
            Self::Alternate => "outside the named targets",
            _ => "outside the repository",
        }
    }

    fn within(self) -> String {
        match self {
            Self::Variable(name) => format!(" ({name})"),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_named_place_is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["target/deep", "target-2", "other"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, root.join("target").join(name)).unwrap();
        };
        link("../other", "out");
        link("deep", "in");
        link("round", "round");
        link("nowhere", "dangling");
        let (target, other) = (root.join("target"), root.join("other"));
        let one = Boundary::around([&*target]);
        let two = one.clone().and([&*other, &*root.join("none")]);
        let inside = |path: &str| Destination::Inside(root.join(path));
        let outside = |path: &str| Destination::Outside(root.join(path));
        for (path, alone, both) in [
            ("deep", inside("target/deep"), inside("target/deep")),
            ("", inside("target"), inside("target")),
            ("in", inside("target/deep"), inside("target/deep")),
            ("deep/../../target", inside("target"), inside("target")),
            ("out", outside("other"), inside("other")),
            ("../other", outside("other"), inside("other")),
            ("in/../../other", outside("other"), inside("other")),
            // Its name begins like that of the target.
            ("../target-2", outside("target-2"), outside("target-2")),
            ("dangling", Destination::Missing, Destination::Missing),
        ] {
            assert_eq!(one.destination(&target.join(path)), alone, "{path}");
            assert_eq!(two.destination(&target.join(path)), both, "{path}");
        }
        assert!(matches!(
            two.destination(&target.join("round")),
            Destination::Unclear(_)
        ));
        assert!(Boundary::unlimited().encloses(&root.join("target-2")));
        assert!(!Boundary::default().encloses(&root));
    }

    #[test]
    fn other_targets_lend_objects_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["one/objects", "two/objects", "three/objects"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        let run = Boundary::of_targets([&*root.join("one"), &*root.join("two")]);
        assert!(!run.encloses(&root.join("one")));
        let one = run.within(&root.join("one"));
        let (own, lent) = (root.join("one/objects"), root.join("two/objects"));
        assert!(one.encloses(&own) && one.is_own(&own));
        assert!(!one.encloses(&lent) && !one.is_own(&lent));
        let lender = one.of_lender(&lent).unwrap();
        assert_eq!(lender, Boundary::around([&*root.join("two")]));
        assert_eq!(one.of_lender(&root.join("three/objects")), None);
        let all = one.follow_outside(true);
        assert!(all.encloses(&lent) && !all.is_own(&lent));
        assert!(all.of_lender(&root.join("three/objects")).is_some());
    }
}
