//! Opens files and folders without following symbolic links and without blocking.
//!
//! A scanned tree can change while it is read: a folder becomes a symbolic link that leads out of
//! the target, a file becomes a named pipe that nobody writes to. A check before the file is opened
//! does not help, so the kernel checks while it resolves the path (openat2(2)), and the type is
//! read from the open file. Paths below an open [`Folder`] stay below it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Component, Path};

use rustix::fs::{self as sys, AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

/// The symbolic links that may be followed on the way to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// None: for paths in scanned trees.
    Refused,
    /// All but one in the place of the file itself: for the program's own files in a folder that
    /// the user chose.
    RefusedAtEnd,
    /// All: for a file that the user named.
    Followed,
}

/// Why a file or folder was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is a symbolic link, or leads through one.
    #[error("it is a symbolic link, or lies behind one")]
    SymbolicLink,
    /// The path is a folder, a named pipe, a socket or a device.
    #[error("it is no regular file")]
    NotRegular,
    /// The path leads out of the folder.
    #[error("it is not a path within its folder")]
    Outside,
    /// The file has more bytes than this.
    #[error("it is larger than {} MiB", .0 >> 20)]
    TooLarge(u64),
    /// The operating system refused.
    #[error(transparent)]
    Io(io::Error),
}

impl OpenError {
    /// True if there is no file or folder at the path.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<Errno> for OpenError {
    fn from(error: Errno) -> Self {
        match error {
            // Also the answer for a path through more links than the kernel follows.
            Errno::LOOP => Self::SymbolicLink,
            // A socket, or a device without a driver.
            Errno::NXIO => Self::NotRegular,
            error => Self::Io(error.into()),
        }
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(error) => error,
            error => Self::other(error),
        }
    }
}

/// A named pipe opens at once with `NONBLOCK`; `NOCTTY` keeps a terminal from becoming ours.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Opens a regular file for reading.
///
/// # Errors
/// The file does not exist, is no regular file, or is behind a link that is not followed.
pub fn open_file(path: &Path, links: Links) -> Result<File, OpenError> {
    let opened = match links {
        Links::Refused => open_without_links(sys::CWD, path, READ, false)?,
        Links::RefusedAtEnd => sys::openat(sys::CWD, path, READ | OFlags::NOFOLLOW, Mode::empty())?,
        Links::Followed => sys::openat(sys::CWD, path, READ, Mode::empty())?,
    };
    regular(opened)
}

/// Reads a regular file of at most `most` bytes.
///
/// # Errors
/// As for [`open_file`], or the file is larger or cannot be read.
pub fn read_at_most(path: &Path, links: Links, most: u64) -> Result<Vec<u8>, OpenError> {
    read_open(&open_file(path, links)?, most)
}

/// Reads the rest of an open file, of at most `most` bytes.
///
/// # Errors
/// The file is larger, or cannot be read.
pub fn read_open(file: &File, most: u64) -> Result<Vec<u8>, OpenError> {
    // The size first: a large file is not read in vain.
    let size = file.metadata().map_err(OpenError::Io)?.len();
    let mut bytes = Vec::new();
    if size <= most {
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(OpenError::Io)?;
    }
    if size.max(bytes.len() as u64) > most {
        return Err(OpenError::TooLarge(most));
    }
    Ok(bytes)
}

/// Opens a regular file for reading and writing, and creates it, readable by its owner only, if it
/// does not exist. A link in its place is not followed.
///
/// # Errors
/// The file cannot be opened or created, or is no regular file.
pub fn open_or_create(path: &Path, append: bool) -> Result<File, OpenError> {
    let mut flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW;
    flags |= OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    flags.set(OFlags::APPEND, append);
    regular(sys::openat(sys::CWD, path, flags, Mode::RUSR | Mode::WUSR)?)
}

/// Opens a file for reading. A link in its place is not followed. A named pipe is waited for: a file
/// of the user's own, in a folder that nobody else can write to, may be one.
///
/// # Errors
/// The file cannot be opened, or is a link.
pub fn open_own(path: &Path) -> Result<File, OpenError> {
    let flags = READ.difference(OFlags::NONBLOCK) | OFlags::NOFOLLOW;
    Ok(sys::openat(sys::CWD, path, flags, Mode::empty())?.into())
}

/// Creates a folder, and those above it that do not exist. Only their owner may enter them.
///
/// # Errors
/// A folder cannot be created, or something else is in its place.
pub fn create_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// The first part of a path that is a symbolic link of another user. Whoever can write to the folder
/// of such a link (`/tmp`) chooses where it leads. Links of this user and of root are their choice.
pub fn foreign_link(path: &Path) -> Option<&Path> {
    let user = rustix::process::geteuid().as_raw();
    let mut parts: Vec<&Path> = path.ancestors().collect();
    parts.reverse();
    parts.into_iter().find(|part| {
        std::fs::symlink_metadata(part)
            .is_ok_and(|meta| meta.is_symlink() && meta.uid() != 0 && meta.uid() != user)
    })
}

/// An open folder.
#[derive(Debug)]
pub struct Folder(OwnedFd);

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: OsString,
    /// The type, without following a link.
    pub kind: EntryKind,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    SymbolicLink,
    /// A named pipe, a socket or a device.
    Special,
}

impl From<FileType> for EntryKind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::SymbolicLink,
            _ => Self::Special,
        }
    }
}

impl Folder {
    /// Opens the folder at a canonical path. No link is followed: there was none when the path was
    /// made, so one that is there now was put there since.
    ///
    /// # Errors
    /// The folder does not exist, is none, or is behind a link.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open_without_links(sys::CWD, path, READ | OFlags::DIRECTORY, false).map(Self)
    }

    /// Opens a folder below this one; the empty path is the folder itself.
    ///
    /// # Errors
    /// As for [`Folder::open`], or the path leads out of this folder.
    pub fn folder(&self, below: &Path) -> Result<Self, OpenError> {
        let below = if below.as_os_str().is_empty() {
            Path::new(".")
        } else {
            below
        };
        open_without_links(self.0.as_fd(), below, READ | OFlags::DIRECTORY, true).map(Self)
    }

    /// Opens a regular file below this folder.
    ///
    /// # Errors
    /// The file does not exist, is no regular file, is behind a link, or the path leads out of this
    /// folder.
    pub fn file(&self, below: &Path) -> Result<File, OpenError> {
        regular(open_without_links(self.0.as_fd(), below, READ, true)?)
    }

    /// The entries in order of name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in sys::Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => match sys::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    // Gone by now.
                    Err(_) => continue,
                },
                kind => kind,
            };
            entries.push(Entry {
                name: OsString::from_vec(name.to_vec()),
                kind: kind.into(),
            });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// The size of an entry in bytes; of a link, that of the link itself. `None` if there is no
    /// such entry.
    pub fn size(&self, name: &OsStr) -> Option<u64> {
        let stat = sys::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        u64::try_from(stat.st_size).ok()
    }

    /// True if there is an entry with this name, whatever it is.
    pub fn has(&self, name: &OsStr) -> bool {
        self.size(name).is_some()
    }
}

fn regular(opened: OwnedFd) -> Result<File, OpenError> {
    let stat = sys::fstat(&opened)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(opened.into()),
        _ => Err(OpenError::NotRegular),
    }
}

/// Opens a path without following any link. With `beneath`, the path must not leave the folder `at`.
fn open_without_links(
    at: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    beneath: bool,
) -> Result<OwnedFd, OpenError> {
    if beneath && !stays_below(path) {
        return Err(OpenError::Outside);
    }
    #[cfg(target_os = "linux")]
    {
        let mut resolve = sys::ResolveFlags::NO_SYMLINKS;
        resolve.set(sys::ResolveFlags::BENEATH, beneath);
        match sys::openat2(at, path, flags | OFlags::NOFOLLOW, Mode::empty(), resolve) {
            // Linux before 5.6, and sandboxes that do not know the call.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
            other => return Ok(other?),
        }
    }
    open_step_by_step(at, path, flags)
}

/// True for a path that consists of names only.
fn stays_below(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Opens each folder of the path from the one before it.
fn open_step_by_step(at: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, OpenError> {
    #[cfg(target_os = "linux")]
    const STEP: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const STEP: OFlags = READ;
    let mut open: Option<OwnedFd> = None;
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        let from = open.as_ref().map_or(at, AsFd::as_fd);
        let (name, flags) = match parts.peek() {
            Some(_) => (part, STEP | OFlags::DIRECTORY),
            None => (part, flags),
        };
        let name = name.as_os_str();
        let next = sys::openat(from, name, flags | OFlags::NOFOLLOW, Mode::empty());
        open = Some(next.map_err(|error| {
            // With `DIRECTORY`, a link is "not a directory".
            let is_link = || {
                sys::statat(from, name, AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
            };
            if error == Errno::NOTDIR && is_link() {
                OpenError::SymbolicLink
            } else {
                error.into()
            }
        })?);
    }
    open.ok_or_else(|| OpenError::Io(io::ErrorKind::NotFound.into()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::*;

    fn tree() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("in/deep")).unwrap();
        std::fs::create_dir(root.join("out")).unwrap();
        std::fs::write(root.join("in/deep/a"), "inside").unwrap();
        std::fs::write(root.join("out/a"), "outside").unwrap();
        symlink("../out", root.join("in/folder")).unwrap();
        symlink("deep/a", root.join("in/file")).unwrap();
        symlink("loop", root.join("in/loop")).unwrap();
        let fifo = root.join("in/pipe");
        sys::mknodat(sys::CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        (folder, root)
    }

    /// What each way of opening says: the content of a file, or the error.
    fn outcome(opened: Result<impl Into<OwnedFd>, OpenError>) -> String {
        match opened {
            Ok(opened) => {
                let mut text = String::new();
                let file = File::from(opened.into());
                match file.metadata().unwrap().is_dir() {
                    true => "folder".to_owned(),
                    false => {
                        (&file).read_to_string(&mut text).unwrap();
                        text
                    }
                }
            }
            Err(OpenError::SymbolicLink) => "link".to_owned(),
            Err(OpenError::NotRegular) => "special".to_owned(),
            Err(OpenError::Outside) => "leaves".to_owned(),
            Err(OpenError::TooLarge(_)) => "large".to_owned(),
            Err(error) if error.is_not_found() => "none".to_owned(),
            Err(OpenError::Io(error)) => format!("{:?}", error.kind()),
        }
    }

    #[test]
    fn no_link_is_followed_and_no_pipe_blocks() {
        let (_keep, root) = tree();
        let base = Folder::open(&root.join("in")).unwrap();
        for (path, expected) in [
            ("deep/a", "inside"),
            ("./deep/a", "inside"),
            ("file", "link"),
            ("folder/a", "link"),
            ("loop", "link"),
            ("loop/a", "link"),
            ("pipe", "special"),
            ("deep", "special"),
            ("../out/a", "leaves"),
            ("deep/../../out/a", "leaves"),
            ("/etc/passwd", "leaves"),
            ("none", "none"),
            ("deep/a/b", "NotADirectory"),
        ] {
            assert_eq!(outcome(base.file(Path::new(path))), expected, "{path}");
            if expected == "leaves" || path.starts_with('.') {
                continue;
            }
            let absolute = root.join("in").join(path);
            let opened = open_file(&absolute, Links::Refused);
            assert_eq!(outcome(opened), expected, "{path}");
            let opened = open_step_by_step(base.0.as_fd(), Path::new(path), READ).and_then(regular);
            assert_eq!(outcome(opened), expected, "{path}, step by step");
            let opened = open_step_by_step(sys::CWD, &absolute, READ).and_then(regular);
            assert_eq!(outcome(opened), expected, "{path}, step by step");
        }
        for (path, expected) in [
            ("deep", "folder"),
            ("", "folder"),
            ("folder", "link"),
            ("loop", "link"),
            ("..", "leaves"),
            ("deep/a", "NotADirectory"),
        ] {
            let opened = base.folder(Path::new(path)).map(|folder| folder.0);
            // The kernel does not tell a link from a file here.
            let expected = match (expected, path) {
                ("link", _) => vec!["link", "NotADirectory"],
                (other, _) => vec![other],
            };
            let outcome = outcome(opened);
            assert!(expected.contains(&&*outcome), "{path}: {outcome}");
        }
        assert!(Folder::open(&root.join("in/folder")).is_err());
    }

    #[test]
    fn links_of_the_user_are_followed_where_that_is_asked_for() {
        let (_keep, root) = tree();
        for (path, at_end, anywhere) in [
            ("in/deep/a", "inside", "inside"),
            ("in/folder/a", "outside", "outside"),
            ("in/file", "link", "inside"),
            ("in/pipe", "special", "special"),
        ] {
            let path = root.join(path);
            assert_eq!(outcome(open_file(&path, Links::RefusedAtEnd)), at_end);
            assert_eq!(outcome(open_file(&path, Links::Followed)), anywhere);
        }
    }

    #[test]
    fn entries_have_their_own_type_and_size() {
        let (_keep, root) = tree();
        let folder = Folder::open(&root.join("in")).unwrap();
        let entries: Vec<_> = folder
            .entries()
            .unwrap()
            .into_iter()
            .map(|entry| (entry.name.into_string().unwrap(), entry.kind))
            .collect();
        let expected = [
            ("deep", EntryKind::Folder),
            ("file", EntryKind::SymbolicLink),
            ("folder", EntryKind::SymbolicLink),
            ("loop", EntryKind::SymbolicLink),
            ("pipe", EntryKind::Special),
        ];
        assert_eq!(
            entries,
            expected.map(|(name, kind)| (name.to_owned(), kind))
        );
        let deep = folder.folder(Path::new("deep")).unwrap();
        assert_eq!(deep.size(OsStr::new("a")), Some(6));
        assert!(folder.has(OsStr::new("loop")) && !folder.has(OsStr::new("none")));
    }

    #[test]
    fn own_files_and_folders_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_keep, root) = tree();
        let mode = |path: &str| {
            let meta = std::fs::symlink_metadata(root.join(path)).unwrap();
            meta.permissions().mode() & 0o777
        };
        create_folder(&root.join("new/deep")).unwrap();
        assert_eq!((mode("new"), mode("new/deep")), (0o700, 0o700));
        let made = open_or_create(&root.join("new/file"), true);
        assert_eq!((outcome(made), mode("new/file")), (String::new(), 0o600));
        for (path, expected) in [("in/file", "link"), ("in/pipe", "special")] {
            let opened = open_or_create(&root.join(path), false);
            assert_eq!(outcome(opened), expected, "{path}");
        }
        // A link to nothing would create its target.
        symlink("nothing", root.join("in/dangling")).unwrap();
        let opened = open_or_create(&root.join("in/dangling"), false);
        assert_eq!(outcome(opened), "link");
        assert!(!root.join("in/nothing").exists());
    }

    #[test]
    fn a_link_of_another_user_is_recognised() {
        let (_keep, root) = tree();
        let path = root.join("in/folder/a");
        assert_eq!(foreign_link(&path), None);
        // Only root can give a link away.
        if std::os::unix::fs::lchown(root.join("in/folder"), Some(65534), None).is_ok() {
            assert_eq!(foreign_link(&path), Some(&*root.join("in/folder")));
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let (_keep, root) = tree();
        let read = |most| read_at_most(&root.join("in/deep/a"), Links::Refused, most);
        assert_eq!(read(6).unwrap(), b"inside");
        assert!(matches!(read(5), Err(OpenError::TooLarge(5))));
    }
}
