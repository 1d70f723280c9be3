//! Reads the value of an occurrence again: from the git object with the recorded id, else from the
//! file.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::git::pack::{Forest, ObjectId, ObjectKind, ObjectReader, SizeSupplement};
use super::git::{self, Boundary, Repo, commits, object_header, tree_entry};
use super::value_search::{self, Judge};
use crate::finding::{Occurrence, Origin};
use crate::machine;
use crate::no_follow_open::{self, Folder, Links, OpenError};
use crate::object_ids::without_ids;
use crate::secret::SecretValue;

/// Bytes of a file that are searched for a value whose lines have moved.
const SEARCHED_MAX: u64 = 64 << 20;

/// Why a value cannot be read again. No variant holds bytes of the value, its length, or the id of
/// an object: the journal records these errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum RereadError {
    /// The location of the repository is a symbolic link now, or lies behind one, or is gone.
    #[error("{0} is no longer at its place: there is nothing, or a symbolic link")]
    Moved(String),
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

/// The objects of a repository, opened when the first of them is read, and only once: a
/// [`ValueReader`] borrows them.
#[derive(Default)]
pub struct OpenedObjects(OnceCell<Result<Forest, String>>);

/// The bytes of an object, which several values share.
type ObjectBytes = Rc<Zeroizing<Vec<u8>>>;

/// Reads values of one repository, folder or file again.
pub struct ValueReader<'a> {
    location: &'a Path,
    /// The boundary of a run with all repositories of the inventory as targets.
    boundary: &'a Boundary,
    /// The most bytes of an object, or of a value, that are read.
    largest: u64,
    opened: &'a OpenedObjects,
    objects: Option<ObjectReader<'a>>,
    /// The object that was read last: many values are in the same one.
    last: Option<(ObjectId, ObjectKind, ObjectBytes)>,
}

/// The text that an occurrence is in.
enum Text {
    File(File),
    /// The bytes from this index on.
    Bytes(ObjectBytes, usize),
}

/// The text that holds a value.
pub struct LocatedValue {
    /// The text: a file, a message, or a whole object for its header; at most 64 MiB.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The raw value within it.
    pub range: Range<usize>,
    /// The value is not at the recorded place.
    pub is_moved: bool,
}

impl<'a> ValueReader<'a> {
    /// A reader for the repository, folder or file at this canonical path.
    pub fn new(
        location: &'a Path,
        boundary: &'a Boundary,
        largest: u64,
        opened: &'a OpenedObjects,
    ) -> Self {
        Self {
            location,
            boundary,
            largest,
            opened,
            objects: None,
            last: None,
        }
    }

    /// The value of an occurrence, as it is now: at the recorded place, else at another place of the
    /// same file, if its lines have moved. `None`: the place can be read and holds another value.
    ///
    /// `judge` says which of some candidates is the value, by the recorded fingerprint. A file that
    /// no longer holds the value counts, whatever older version of it git still has: an application
    /// that reads this file has another value.
    ///
    /// # Errors
    ///
    /// The repository, file, object or ref cannot be read, or no longer holds an encoded value at
    /// the recorded place.
    pub fn find(
        &mut self,
        occurrence: &Occurrence,
        judge: Judge<'_>,
    ) -> Result<Option<SecretValue>, RereadError> {
        // A link that is there now was put there since.
        if self.location.canonicalize().ok().as_deref() != Some(self.location) {
            return Err(RereadError::Moved(occurrence.repository.clone()));
        }
        let (what, text) = self.text(occurrence)?;
        let at_place = match self.raw(&text, occurrence, &what)? {
            None => Err(RereadError::Short(what.clone())),
            Some(raw) => value_search::decoded(&raw, occurrence)
                .ok_or_else(|| RereadError::Encoding(what.clone())),
        };
        if let Ok(value) = &at_place
            && judge(std::slice::from_ref(value)).is_some()
        {
            return at_place.map(Some);
        }
        if changes(occurrence) {
            let bytes = self.beginning(&text, &what)?;
            let known = self.known(occurrence, judge);
            let known = known.as_ref().map(|known| known.as_slice());
            let moved = value_search::find_moved(&bytes, occurrence, known, judge);
            if let Some((_, value)) = moved {
                return Ok(Some(value));
            }
        }
        at_place.map(|_| None)
    }

    /// The value of an occurrence as [`Self::find`] finds it, with the text around it. Reads the first 64 MiB of the text.
    /// `None`: the place can be read and holds another value.
    ///
    /// # Errors
    ///
    /// As for [`Self::find`]; the value is behind the part that is read.
    pub fn locate(
        &mut self,
        occurrence: &Occurrence,
        judge: Judge<'_>,
    ) -> Result<Option<LocatedValue>, RereadError> {
        if self.location.canonicalize().ok().as_deref() != Some(self.location) {
            return Err(RereadError::Moved(occurrence.repository.clone()));
        }
        if matches!(occurrence.origin, Origin::FileName | Origin::RefName) {
            let what = occurrence.origin.name().to_owned();
            let why = "it has no lines".to_owned();
            return Err(RereadError::Unreadable { what, why });
        }
        let (what, text) = self.text(occurrence)?;
        let bytes = self.beginning(&text, &what)?;
        let raw = value_search::raw_at(&bytes, occurrence);
        let value = raw.and_then(|raw| value_search::decoded(raw, occurrence));
        let at_place = value.filter(|value| judge(std::slice::from_ref(value)).is_some());
        let start = match at_place {
            Some(_) => Some(occurrence.start as usize),
            None if changes(occurrence) => {
                let known = self.known(occurrence, judge);
                let known = known.as_ref().map(|known| known.as_slice());
                let moved = value_search::find_moved(&bytes, occurrence, known, judge);
                moved.map(|(start, _)| start)
            }
            None if occurrence.end > bytes.len() as u64 => return Err(RereadError::Short(what)),
            None => None,
        };
        let length = occurrence.end.saturating_sub(occurrence.start) as usize;
        Ok(start.map(|start| LocatedValue {
            is_moved: start as u64 != occurrence.start,
            range: start..start + length,
            bytes,
        }))
    }

    /// The raw bytes at the recorded range of a text; `None` if the text is shorter now.
    fn raw(
        &self,
        text: &Text,
        place: &Occurrence,
        what: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, RereadError> {
        let length = place.end.saturating_sub(place.start);
        if length > self.largest {
            let why = OpenError::TooLarge(self.largest).to_string();
            let what = what.to_owned();
            return Err(RereadError::Unreadable { what, why });
        }
        match text {
            Text::Bytes(bytes, from) => Ok(bytes
                .get(*from..)
                .and_then(|bytes| value_search::raw_at(bytes, place))
                .map(|raw| Zeroizing::new(raw.to_vec()))),
            Text::File(file) => {
                let failed = unreadable(what);
                if place.end > file.metadata().map_err(failed)?.len() {
                    return Ok(None);
                }
                let mut raw = Zeroizing::new(vec![0; length as usize]);
                match file.read_exact_at(&mut raw, place.start) {
                    Ok(()) => Ok(Some(raw)),
                    // It was cut short in between.
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(failed(error)),
                }
            }
        }
    }

    /// The beginning of a text, in which a value is searched for whose lines have moved.
    fn beginning(&self, text: &Text, what: &str) -> Result<Zeroizing<Vec<u8>>, RereadError> {
        let mut bytes = Zeroizing::new(Vec::new());
        match text {
            Text::Bytes(all, from) => {
                bytes.extend(all.iter().skip(*from).take(SEARCHED_MAX as usize));
            }
            Text::File(file) => {
                file.take(SEARCHED_MAX)
                    .read_to_end(&mut bytes)
                    .map_err(unreadable(what))?;
            }
        }
        Ok(bytes)
    }

    /// The raw bytes of the value in the version of its file that was scanned, if git has it: what to
    /// look for in the present version.
    fn known(&mut self, occurrence: &Occurrence, judge: Judge<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let id = occurrence.blob.as_ref()?;
        let Ok(Text::Bytes(bytes, from)) = self.object(id, occurrence, false) else {
            return None;
        };
        let raw = value_search::raw_at(bytes.get(from..)?, occurrence)?;
        let value = value_search::decoded(raw, occurrence)?;
        judge(&[value]).map(|_| Zeroizing::new(raw.to_vec()))
    }

    /// The present file, object or name that an occurrence is in, and how to call it.
    fn text(&mut self, occurrence: &Occurrence) -> Result<(String, Text), RereadError> {
        let path = || occurrence.path.clone();
        Ok(match (&occurrence.blob, occurrence.origin) {
            // The file of the working tree counts, whatever version git still holds.
            (Some(_), Origin::Worktree) if is_exact(&occurrence.path) => {
                (path(), file(self.location, &occurrence.path)?)
            }
            (Some(id), _) => (
                object_of(occurrence),
                self.object(id, occurrence, changes(occurrence))?,
            ),
            (None, Origin::Reflog | Origin::GitDirectory) => {
                (path(), self.file_of_git(&occurrence.path)?)
            }
            (None, Origin::RefName) => {
                let name = Zeroizing::new(self.name_of_ref(occurrence)?);
                (path(), Text::Bytes(Rc::new(name), 0))
            }
            (None, Origin::FileName) => {
                let why = "the repository does not hold what has this name".to_owned();
                return Err(RereadError::Unreadable { what: path(), why });
            }
            (None, _) => (path(), file(self.location, &occurrence.path)?),
        })
    }

    /// The name of the one ref that equals the recorded name around the value.
    fn name_of_ref(&self, occurrence: &Occurrence) -> Result<Vec<u8>, RereadError> {
        let unreadable = |why: &str| RereadError::Unreadable {
            what: format!("the ref {}", occurrence.path),
            why: why.to_owned(),
        };
        let repo = Repo::open(self.location, self.boundary)
            .map_err(|error| unreadable(&error.to_string()))?;
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

    /// A file of the git directory, wherever that directory is.
    fn file_of_git(&self, path: &str) -> Result<Text, RereadError> {
        let repo = Repo::open(self.location, self.boundary).map_err(unreadable(path))?;
        let directory = repo.directory();
        let shown = git::layout::shown_directory(self.location, directory);
        let below = path
            .strip_prefix(shown)
            .ok_or_else(|| RereadError::Outside(path.to_owned()))?;
        file(directory, below)
    }

    /// The object with this id, or the one that HEAD has in its place now.
    fn object(
        &mut self,
        id: &str,
        occurrence: &Occurrence,
        of_head: bool,
    ) -> Result<Text, RereadError> {
        let unreadable = |why: &dyn Display| RereadError::Unreadable {
            what: object_of(occurrence),
            why: without_ids(&why.to_string()),
        };
        let id = ObjectId::from_hex(id.as_bytes())
            .ok_or_else(|| unreadable(&"not the id of an object"))?;
        let id = if of_head {
            self.blob_at_head(&occurrence.path)
                .map_err(|error| unreadable(&error))?
                .ok_or_else(|| unreadable(&format!("HEAD no longer holds {}", occurrence.path)))?
        } else {
            id
        };
        if self.last.as_ref().is_none_or(|(last, ..)| *last != id) {
            let objects = self.objects().map_err(|why| unreadable(&why))?;
            let object = objects.object(id);
            let object = object.ok_or_else(|| unreadable(&"no such object"))?;
            let (kind, bytes) = object.map_err(|error| unreadable(&error))?;
            self.last = Some((id, kind, Rc::new(Zeroizing::new(bytes))));
        }
        let (_, kind, bytes) = self
            .last
            .as_ref()
            .ok_or_else(|| unreadable(&"no such object"))?;
        let in_header = matches!(occurrence.origin, Origin::CommitHeader | Origin::TagHeader);
        let from = match kind {
            ObjectKind::Commit | ObjectKind::Tag if !in_header => {
                object_header::message_start(bytes)
            }
            _ => 0,
        };
        Ok(Text::Bytes(Rc::clone(bytes), from))
    }

    /// The blob that HEAD has at `path` now; `None` if it has none.
    fn blob_at_head(&mut self, path: &str) -> Result<Option<ObjectId>, String> {
        let repo = Repo::open(self.location, self.boundary).map_err(|error| error.to_string())?;
        let head = repo.head();
        let objects = self.objects()?;
        Ok(head.and_then(|head| {
            let (_, commit) = objects.object(head)?.ok()?;
            tree_entry::find(objects, commits::tree_of(&commit)?, path.as_bytes())
        }))
    }

    /// The reader of objects, which may spend on the next value as much as on the first.
    fn objects(&mut self) -> Result<&mut ObjectReader<'a>, String> {
        let (location, boundary, largest) = (self.location, self.boundary, self.largest);
        let forest = self.opened.0.get_or_init(|| forest(location, boundary));
        let forest = forest.as_ref().map_err(String::clone)?;
        let objects = self
            .objects
            .get_or_insert_with(|| ObjectReader::new(forest, largest));
        objects.renew_allowance();
        Ok(objects)
    }
}

/// The objects of the repository at this place.
fn forest(location: &Path, boundary: &Boundary) -> Result<Forest, String> {
    let repo = Repo::open(location, boundary).map_err(|error| error.to_string())?;
    let objects = repo.objects().map_err(|error| error.to_string())?;
    let supplement = Arc::new(SizeSupplement::of_one_repository());
    let (boundary, format) = (repo.boundary(), repo.format());
    Forest::open_within(boundary, &objects, format, machine::cores(), &supplement)
        .map_err(|flaw| flaw.to_string())
}

/// Makes the error of a file or ref that cannot be read.
fn unreadable<E: Display>(what: &str) -> impl Fn(E) -> RereadError + Copy {
    move |why| RereadError::Unreadable {
        what: what.to_owned(),
        why: why.to_string(),
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

/// Opens a file below `location`, and nothing outside it, wherever symbolic links lead.
fn file(location: &Path, path: &str) -> Result<Text, RereadError> {
    let opened = match Folder::open(location) {
        Ok(root) => with_hidden_names(&root, path).and_then(|below| root.file(&below)),
        // A target that is a single file.
        Err(OpenError::Io(error)) if error.kind() == ErrorKind::NotADirectory => {
            no_follow_open::open_file(location, Links::Refused)
        }
        Err(error) => Err(error),
    };
    match opened {
        Err(OpenError::Outside) => Err(RereadError::Outside(path.to_owned())),
        opened => opened.map(Text::File).map_err(unreadable(path)),
    }
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
