//! Reads the value of an occurrence again: from the git object with the recorded id, else from the
//! file.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::git::pack::{Forest, ObjectId, ObjectKind};
use super::git::{self, Boundary, Repo, RepositoryError, commits, object_header, pack, tree_entry};
use super::value_search::{self, IsWanted};
use crate::finding::{Occurrence, Origin};
use crate::machine;
use crate::no_follow_open::{self, Folder, Links, OpenError};
use crate::object_ids::without_ids;
use crate::secret::SecretValue;

/// Bytes of a file that are searched for a value whose lines have moved.
const SEARCHED_MAX: u64 = 64 << 20;

/// Why a value cannot be read again. No variant holds bytes of the value, its length, or the id of
/// an object: the journal records these errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RereadError {
    /// The inventory has no location of this repository.
    #[error("the inventory does not say where {0} is")]
    UnknownRepository(String),
    /// The recorded path leads out of the repository.
    #[error("{0} is not a path within its repository")]
    Outside(String),
    /// The file, object or ref cannot be read.
    #[error("cannot read {what}: {why}")]
    Unreadable {
        /// The path, object or ref.
        what: String,
        /// The error of the operating system or of git.
        why: String,
    },
    /// The file or object is shorter than the recorded range.
    #[error("{0} is shorter now than it was")]
    Short(String),
    /// The bytes at the recorded place no longer have the recorded encoding.
    #[error("the bytes at {0} are no longer encoded as they were")]
    Encoding(String),
}

/// Reads values again, with the location of each repository on this machine.
pub struct ValueReader {
    locations: BTreeMap<String, PathBuf>,
    /// The boundary of a run with all repositories of the inventory as targets.
    boundary: Boundary,
    /// The objects of each repository that was read from, by location.
    forests: Mutex<BTreeMap<PathBuf, Forest>>,
}

impl ValueReader {
    /// A reader for the repositories at these locations, by name.
    pub fn new(locations: BTreeMap<String, PathBuf>) -> Self {
        let boundary = Boundary::of_targets(locations.values().map(PathBuf::as_path));
        Self {
            locations,
            boundary,
            forests: Mutex::default(),
        }
    }

    /// With `follow`, references of a repository are followed wherever they lead.
    #[must_use]
    pub fn follow_outside(mut self, follow: bool) -> Self {
        self.boundary = self.boundary.follow_outside(follow);
        self
    }

    /// The value of an occurrence, as it is now: at the recorded place, else at another place of the
    /// same file, if its lines have moved. `None`: the place can be read and holds another value.
    ///
    /// `is_wanted` judges each candidate, by the recorded fingerprint. A file that no longer holds
    /// the value counts, whatever older version of it git still has: an application that reads this
    /// file has another value.
    ///
    /// # Errors
    ///
    /// The repository, file, object or ref cannot be read, or no longer holds an encoded value at
    /// the recorded place.
    pub fn find(
        &self,
        occurrence: &Occurrence,
        is_wanted: IsWanted<'_>,
    ) -> Result<Option<SecretValue>, RereadError> {
        let location = self
            .locations
            .get(&occurrence.repository)
            .ok_or_else(|| RereadError::UnknownRepository(occurrence.repository.clone()))?;
        let (what, bytes) = self.present(location, occurrence, occurrence.end)?;
        let at_place = match value_search::raw_at(&bytes, occurrence) {
            None => Err(RereadError::Short(what)),
            Some(raw) => value_search::decoded(raw, occurrence).ok_or(RereadError::Encoding(what)),
        };
        match at_place {
            Ok(value) if is_wanted(&value) => return Ok(Some(value)),
            _ if !changes(occurrence) => {}
            _ => {
                let moved = self.find_moved(location, occurrence, is_wanted)?;
                if moved.is_some() {
                    return Ok(moved);
                }
            }
        }
        at_place.map(|_| None)
    }

    /// Searches the present version of a file for a value whose lines have moved.
    fn find_moved(
        &self,
        location: &Path,
        occurrence: &Occurrence,
        is_wanted: IsWanted<'_>,
    ) -> Result<Option<SecretValue>, RereadError> {
        let (_, bytes) = self.present(location, occurrence, SEARCHED_MAX)?;
        // The version that was scanned says what to look for, if git has it.
        let recorded = occurrence
            .blob
            .as_ref()
            .and_then(|id| self.object(location, id, occurrence, false).ok())
            .map(Zeroizing::new);
        let known = recorded
            .as_ref()
            .and_then(|recorded| value_search::raw_at(recorded, occurrence))
            .filter(|raw| {
                value_search::decoded(raw, occurrence).is_some_and(|value| is_wanted(&value))
            });
        Ok(value_search::find_moved(
            &bytes, occurrence, known, is_wanted,
        ))
    }

    /// The present bytes of the file, object or name that an occurrence is in, and how to call it.
    /// Of a file, the first `most` bytes.
    fn present(
        &self,
        location: &Path,
        occurrence: &Occurrence,
        most: u64,
    ) -> Result<(String, Zeroizing<Vec<u8>>), RereadError> {
        let path = || occurrence.path.clone();
        let (what, bytes) = match (&occurrence.blob, occurrence.origin) {
            // The file of the working tree counts, whatever version git still holds.
            (Some(_), Origin::Worktree) if is_exact(&occurrence.path) => {
                (path(), file(location, &occurrence.path, most)?)
            }
            (Some(id), _) => (
                object_of(occurrence),
                self.object(location, id, occurrence, changes(occurrence))?,
            ),
            (None, Origin::Reflog | Origin::GitDirectory) => {
                (path(), self.file_of_git(location, &occurrence.path, most)?)
            }
            (None, Origin::RefName) => (path(), self.name_of_ref(location, occurrence)?),
            (None, Origin::FileName) => {
                let why = "the repository does not hold what has this name".to_owned();
                return Err(RereadError::Unreadable { what: path(), why });
            }
            (None, _) => (path(), file(location, &occurrence.path, most)?),
        };
        Ok((what, Zeroizing::new(bytes)))
    }

    /// The blob that HEAD has at `path` now; `None` if it has none.
    fn blob_at_head(
        &self,
        location: &Path,
        reader: &mut pack::ObjectReader,
        path: &str,
    ) -> Result<Option<ObjectId>, RepositoryError> {
        let head = Repo::open(location, &self.boundary)?.head();
        Ok(head.and_then(|head| {
            let (_, commit) = reader.object(head)?.ok()?;
            tree_entry::find(reader, commits::tree_of(&commit)?, path.as_bytes())
        }))
    }

    /// The name of the one ref that equals the recorded name around the value.
    fn name_of_ref(
        &self,
        location: &Path,
        occurrence: &Occurrence,
    ) -> Result<Vec<u8>, RereadError> {
        let unreadable = |why: &str| RereadError::Unreadable {
            what: format!("the ref {}", occurrence.path),
            why: why.to_owned(),
        };
        let repo =
            Repo::open(location, &self.boundary).map_err(|error| unreadable(&error.to_string()))?;
        let path = occurrence.path.as_bytes();
        let range = usize::try_from(occurrence.start)
            .ok()
            .zip(usize::try_from(occurrence.end).ok());
        let (start, end) = range.ok_or_else(|| unreadable("no such place"))?;
        let fits = |name: &Vec<u8>| {
            let around = name.get(..start).zip(name.get(end..));
            around.is_some_and(|(before, after)| path.starts_with(before) && path.ends_with(after))
        };
        let mut names = repo.ref_names().into_iter().filter(fits);
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name),
            (Some(_), Some(_)) => Err(unreadable("several refs have a name like this")),
            _ => Err(unreadable("no ref has a name like this")),
        }
    }

    /// Reads a file of the git directory, wherever that directory is.
    fn file_of_git(&self, location: &Path, path: &str, most: u64) -> Result<Vec<u8>, RereadError> {
        let unreadable = |why: String| RereadError::Unreadable {
            what: path.to_owned(),
            why,
        };
        let repo =
            Repo::open(location, &self.boundary).map_err(|error| unreadable(error.to_string()))?;
        let directory = repo.directory();
        let shown = git::layout::shown_directory(location, directory);
        let below = path
            .strip_prefix(shown)
            .ok_or_else(|| RereadError::Outside(path.to_owned()))?;
        file(directory, below, most)
    }

    /// The object with this id, or the one that HEAD has in its place now.
    fn object(
        &self,
        location: &Path,
        id: &str,
        occurrence: &Occurrence,
        of_head: bool,
    ) -> Result<Vec<u8>, RereadError> {
        let unreadable = |why: &dyn Display| RereadError::Unreadable {
            what: object_of(occurrence),
            why: without_ids(&why.to_string()),
        };
        let mut forests = self.forests.lock().unwrap_or_else(PoisonError::into_inner);
        if !forests.contains_key(location) {
            let repo = Repo::open(location, &self.boundary).map_err(|error| unreadable(&error))?;
            let objects = repo.objects().map_err(|error| unreadable(&error))?;
            let forest =
                Forest::open_within(repo.boundary(), &objects, repo.format(), machine::cores())
                    .map_err(|flaw| unreadable(&flaw))?;
            forests.insert(location.to_owned(), forest);
        }
        let id = ObjectId::from_hex(id.as_bytes())
            .ok_or_else(|| unreadable(&"not the id of an object"))?;
        let mut reader = pack::ObjectReader::new(&forests[location], u64::MAX);
        let id = if of_head {
            self.blob_at_head(location, &mut reader, &occurrence.path)
                .map_err(|error| unreadable(&error))?
                .ok_or_else(|| unreadable(&format!("HEAD no longer holds {}", occurrence.path)))?
        } else {
            id
        };
        let object = reader
            .object(id)
            .ok_or_else(|| unreadable(&"no such object"))?;
        let (kind, mut bytes) = object.map_err(|error| unreadable(&error))?;
        let in_header = matches!(occurrence.origin, Origin::CommitHeader | Origin::TagHeader);
        if matches!(kind, ObjectKind::Commit | ObjectKind::Tag) && !in_header {
            bytes.drain(..object_header::message_start(&bytes));
        }
        Ok(bytes)
    }
}

/// True for a place whose text can change: a file, or the version of a file that HEAD holds. An
/// object never changes.
fn changes(occurrence: &Occurrence) -> bool {
    match occurrence.origin {
        Origin::Worktree => occurrence.blob.is_none() || is_exact(&occurrence.path),
        // The version that HEAD holds now counts, whatever older version git still holds.
        Origin::Blob => occurrence.at_head && is_exact(&occurrence.path),
        Origin::Reflog | Origin::GitDirectory => occurrence.blob.is_none(),
        _ => false,
    }
}

/// The object of an occurrence, in words.
fn object_of(occurrence: &Occurrence) -> String {
    format!("the git object of {}", occurrence.repository)
}

/// True for a path that is exactly the file's own: paths that are not UTF-8, and paths that hold a
/// value, are shown otherwise.
fn is_exact(path: &str) -> bool {
    !path.contains(['\u{fffd}', '…'])
}

/// Reads the first `most` bytes of a file below `location`, and nothing outside it, wherever
/// symbolic links lead. The location was canonical when it was recorded.
fn file(location: &Path, path: &str, most: u64) -> Result<Vec<u8>, RereadError> {
    let unreadable = |why: OpenError| RereadError::Unreadable {
        what: path.to_owned(),
        why: why.to_string(),
    };
    let opened = match Folder::open(location) {
        Ok(root) => with_hidden_names(&root, path).and_then(|below| root.file(&below)),
        // A target that is a single file.
        Err(OpenError::Io(error)) if error.kind() == ErrorKind::NotADirectory => {
            no_follow_open::open_file(location, Links::Refused)
        }
        Err(error) => Err(error),
    };
    let mut bytes = Vec::new();
    match opened {
        Err(OpenError::Outside) => return Err(RereadError::Outside(path.to_owned())),
        opened => opened
            .map_err(unreadable)?
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(OpenError::Io(error)))?,
    };
    Ok(bytes)
}

/// The path of the file at a path in which values are replaced by `…` (`keys/ghp_….txt`): the only
/// file with a name that fits.
fn with_hidden_names(root: &Folder, path: &str) -> Result<PathBuf, OpenError> {
    let mut below = PathBuf::new();
    for name in path.split('/') {
        let (Some((before, _)), Some((_, after))) = (name.split_once('…'), name.rsplit_once('…'))
        else {
            below.push(name);
            continue;
        };
        let folder = root.folder(&below)?;
        if folder.has(OsStr::new(name)) {
            below.push(name);
            continue;
        }
        let fits = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            name.len() > before.len() + after.len()
                && name.starts_with(before.as_bytes())
                && name.ends_with(after.as_bytes())
        };
        let entries = folder.entries().map_err(OpenError::Io)?;
        let mut names = entries.into_iter().filter(|entry| fits(&entry.name));
        match (names.next(), names.next()) {
            (Some(entry), None) => below.push(entry.name),
            (None, _) => return Err(OpenError::Io(ErrorKind::NotFound.into())),
            _ => {
                let error = std::io::Error::other("several files have a name like this");
                return Err(OpenError::Io(error));
            }
        }
    }
    Ok(below)
}
