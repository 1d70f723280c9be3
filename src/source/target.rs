//! Resolves targets, as the user names them, into units: repositories, plain folders and single
//! files.
//!
//! A target is resolved in two steps. [`locate`] asks the file system whether there is a file or
//! folder, and reads nothing of it. [`open`] reads the repository, whose files are hostile: only the
//! process that scans the target calls it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::git::{Boundary, Repo, RepositoryError, layout, remote_url};
use crate::no_follow_open::{Entry, Folder};
use crate::path_bytes;

/// A source that is read as one: a repository, or a folder or file outside any repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unit {
    /// The name in findings and in the inventory (`super::unit_naming`). Until it is given: the name
    /// that the unit claims, which is the path of the remote `origin` (`github.com/acme/shop`) if
    /// there is one, otherwise the name of the folder.
    pub name: String,
    /// The absolute path of the working tree, the bare repository, the folder, or the file.
    #[serde(with = "path_bytes")]
    pub location: PathBuf,
    /// The path from the target that the user named to this unit: empty, or ending in `/`.
    pub prefix: String,
    /// The kind of source.
    pub shape: Shape,
}

/// The kind of source that a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Shape {
    /// A repository with a working tree.
    Worktree,
    /// A repository without a working tree, or a `.git` folder named by itself.
    Bare,
    /// A folder outside any repository, or below the root of one.
    Folder,
    /// A single file.
    File,
}

/// Why a target cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The path does not exist.
    #[error("no such file or folder: {}", .0.display())]
    Missing(PathBuf),
    /// The operating system refuses access to the path.
    #[error("cannot read {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The path is a device, a socket or a named pipe.
    #[error("{} is not a file or a folder", .0.display())]
    Special(PathBuf),
}

/// A file or folder that the user named as a target. Nothing of it has been read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Its absolute path, without symbolic links.
    #[serde(with = "path_bytes")]
    pub location: PathBuf,
    /// The path as the user wrote it.
    #[serde(with = "path_bytes")]
    pub named: PathBuf,
    /// A folder, not a file.
    pub is_folder: bool,
}

impl Place {
    /// True for a folder with the outward form of a repository.
    pub fn looks_like_repository(&self) -> bool {
        self.is_folder && layout::looks_like_repository(&self.location)
    }

    /// A fact about the target that the user may not expect.
    pub fn note(&self) -> Option<String> {
        if !self.is_folder || self.looks_like_repository() {
            return None;
        }
        let above = self
            .location
            .ancestors()
            .skip(1)
            .find(|folder| folder.join(".git").exists())?;
        Some(format!(
            "{} is part of the repository {}: its history is read only when the repository itself is the target",
            self.named.display(),
            above.display()
        ))
    }
}

/// Finds the file or folder of a target, and reads nothing of it.
///
/// # Errors If the path does not exist, cannot be read, or is no file or folder.
pub fn locate(path: &Path) -> Result<Place, TargetError> {
    let unreadable = |error| TargetError::Unreadable(path.to_owned(), error);
    let location = path.canonicalize().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => TargetError::Missing(path.to_owned()),
        _ => unreadable(error),
    })?;
    let meta = std::fs::metadata(&location).map_err(unreadable)?;
    if meta.is_dir() {
        std::fs::read_dir(&location).map_err(unreadable)?;
    } else if !meta.is_file() {
        return Err(TargetError::Special(path.to_owned()));
    }
    Ok(Place {
        location,
        named: path.to_owned(),
        is_folder: meta.is_dir(),
    })
}

/// The unit of a target. Repositories within it are found later, by the walk of the working tree
/// ([`super::worktree::list`]). A folder that looks like a repository, and cannot be opened as one
/// or may not be, is a plain folder: the scan reads its files, and reports the rest.
pub fn open(place: &Place, boundary: &Boundary) -> Unit {
    let repository = match place.is_folder {
        true => repository(&place.location, boundary).ok().flatten(),
        false => None,
    };
    repository.unwrap_or_else(|| Unit {
        name: folder_name(&place.location),
        location: place.location.clone(),
        prefix: String::new(),
        shape: match place.is_folder {
            true => Shape::Folder,
            false => Shape::File,
        },
    })
}

/// The repository whose root is this folder; `None` if the folder is not the root of a repository.
///
/// # Errors If the folder looks like a repository, but cannot be opened as one, or may not be.
pub fn repository(location: &Path, boundary: &Boundary) -> Result<Option<Unit>, RepositoryError> {
    if !layout::looks_like_repository(location) {
        return Ok(None);
    }
    let repo = Repo::open(location, boundary)?;
    let shape = if repo.is_bare() {
        Shape::Bare
    } else {
        Shape::Worktree
    };
    let name = repo.remote_name().unwrap_or_else(|| folder_name(location));
    Ok(Some(Unit {
        name,
        location: location.to_owned(),
        prefix: String::new(),
        shape,
    }))
}

/// The last component of a path, without `.git`.
fn folder_name(location: &Path) -> String {
    let component = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let name = component(location).unwrap_or_else(|| "root".into());
    let name = match name.strip_suffix(".git") {
        Some("") => location.parent().and_then(component).unwrap_or(name),
        Some(stem) => stem.to_owned(),
        None => name,
    };
    remote_url::number_encoded(name)
}

/// The files that configure a system of pipelines, and the name of the system.
const PIPELINES: [(&str, &str); 12] = [
    (".gitlab-ci.yml", "gitlab-ci"),
    ("Jenkinsfile", "jenkins"),
    ("azure-pipelines.yml", "azure-pipelines"),
    ("azure-pipelines.yaml", "azure-pipelines"),
    ("bitbucket-pipelines.yml", "bitbucket-pipelines"),
    ("buildspec.yml", "codebuild"),
    ("buildspec.yaml", "codebuild"),
    (".circleci/config.yml", "circleci"),
    (".travis.yml", "travis-ci"),
    (".drone.yml", "drone"),
    (".buildkite/pipeline.yml", "buildkite"),
    (".woodpecker.yml", "woodpecker"),
];

/// The systems of pipelines that a working tree has a configuration for. The files are not read.
pub fn pipelines(location: &Path) -> BTreeSet<String> {
    let Ok(root) = Folder::open(location) else {
        return BTreeSet::new();
    };
    let has = |path: &str| root.file(Path::new(path)).is_ok();
    let named = PIPELINES.iter().filter(|(path, _)| has(path));
    let mut systems: BTreeSet<String> = named.map(|(_, name)| (*name).to_owned()).collect();
    let workflows = root.folder(Path::new(".github/workflows"));
    let entries = workflows.map(|folder| folder.entries().unwrap_or_default());
    let is_workflow = |entry: &Entry| {
        let name = entry.name.to_string_lossy();
        name.ends_with(".yml") || name.ends_with(".yaml")
    };
    if entries.unwrap_or_default().iter().any(is_workflow) {
        systems.insert("github-actions".to_owned());
    }
    systems
}

/// The text of the CODEOWNERS file of a working tree, if it has one. Facts about owners are taken
/// from it, never configuration.
pub fn codeowners(location: &Path) -> Option<String> {
    // GitHub reads up to 3 MB.
    const LARGEST: u64 = 3 << 20;
    let root = Folder::open(location).ok()?;
    [
        "CODEOWNERS",
        ".github/CODEOWNERS",
        ".gitlab/CODEOWNERS",
        "docs/CODEOWNERS",
    ]
    .into_iter()
    .find_map(|path| {
        let mut text = String::new();
        let file = root.file(Path::new(path)).ok()?;
        let length = file.take(LARGEST + 1).read_to_string(&mut text).ok()?;
        (length as u64 <= LARGEST).then_some(text)
    })
}
