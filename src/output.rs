//! Output to stdout or to a file that is written completely or not at all.
//!
//! A file is written under a temporary name in the same folder, synchronised to disk and then
//! renamed. A full disk or a kill therefore leaves the old file unchanged. Only the owner can read
//! the file, because it contains the places of secrets and, on request, their values.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use std::os::unix::fs::FileTypeExt;

use rustix::fs::{Mode, OFlags};
use thiserror::Error;

use crate::no_follow_open;

/// An output that could not be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// Writing to stdout failed.
    #[error("cannot write to stdout: {0}")]
    Stdout(#[source] io::Error),
    /// The path is not one that is written to.
    #[error("cannot write {}: {refusal}", .path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The reason.
        refusal: Refusal,
    },
    /// An operation of the file system failed.
    #[error("cannot write {}: {step}: {source}", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// The operation.
        step: Step,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// The reason why a path is refused.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The path is a folder.
    #[error("it is a folder")]
    Folder,
    /// The path is a symbolic link.
    #[error("it is a symbolic link; name the file that it leads to")]
    SymbolicLink,
    /// A folder on the way is a symbolic link of another user.
    #[error("{} is a symbolic link of another user", .0.display())]
    ForeignLink(PathBuf),
    /// The path is a named pipe, a socket or a disk.
    #[error("it is no regular file; write to standard output and redirect it")]
    Special,
    /// The path has no last component, like `..`.
    #[error("it names no file")]
    NoName,
    /// The folder of the file does not exist.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
}

/// An operation of writing a file.
#[derive(Clone, Copy, Debug, Error)]
pub enum Step {
    /// Reading the type of an existing file.
    #[error("cannot read its type")]
    Inspect,
    /// Opening a device.
    #[error("cannot open it")]
    Open,
    /// Creating the temporary file.
    #[error("cannot create a file in its folder")]
    Create,
    /// Writing the content.
    #[error("cannot write its content")]
    Write,
    /// Synchronising the content to disk.
    #[error("cannot synchronise it to disk")]
    Synchronise,
    /// Renaming the temporary file.
    #[error("cannot rename it to its final name")]
    Rename,
}

/// Runs `report` on `file`, or on stdout if there is no file.
///
/// # Errors
///
/// Errors of `report` and of the output. A closed pipe on stdout is not an error.
pub fn write(
    file: Option<&Path>,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    match file {
        Some(path) => write_file(path, report),
        None => write_stream(io::stdout().lock(), report).map_err(OutputError::Stdout),
    }
}

/// Writes to a pipe or terminal. A reader that closes the pipe (`| head`) ends the report without
/// an error.
fn write_stream(
    stream: impl Write,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(stream);
    let result = report(&mut out).and_then(|()| out.flush());
    // Dropping the writer would try again to write the bytes that the reader refused.
    let _ = out.into_parts();
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Checks whether [`write_file`] would refuse `path`, so that a command can report a wrong path
/// before a long scan.
///
/// # Errors
///
/// The path is refused, or its folder does not exist.
pub fn check(path: &Path) -> Result<(), OutputError> {
    if Stream::at(path).is_some() {
        return Ok(());
    }
    let kind = fs::symlink_metadata(path).map(|meta| meta.file_type());
    let refusal = refusal(path, kind.as_ref().ok()).or_else(|| {
        let folder = folder(path);
        (kind.is_err() && !folder.is_dir()).then(|| Refusal::NoFolder(folder.to_owned()))
    });
    match refusal {
        Some(refusal) => Err(OutputError::Refused {
            path: path.to_owned(),
            refusal,
        }),
        None => Ok(()),
    }
}

/// The reason to refuse a path. `kind` is the type of the file, if it exists.
///
/// A symbolic link is refused. If it were followed, anyone who can write to its folder could choose
/// where secrets are written. If it were replaced, a link that somebody made on purpose would be
/// lost.
fn refusal(path: &Path, kind: Option<&FileType>) -> Option<Refusal> {
    if let Some(link) = path.parent().and_then(no_follow_open::foreign_link) {
        return Some(Refusal::ForeignLink(link.to_owned()));
    }
    match kind {
        Some(kind) if kind.is_dir() => Some(Refusal::Folder),
        Some(kind) if kind.is_symlink() => Some(Refusal::SymbolicLink),
        Some(kind) if kind.is_fifo() || kind.is_socket() || kind.is_block_device() => {
            Some(Refusal::Special)
        }
        Some(_) => None,
        None => path.file_name().is_none().then_some(Refusal::NoName),
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes a file with mode 0600: completely or, on an error, not at all.
///
/// A character device (`/dev/null`) and an open stream (`/dev/stdout`, the pipe of a process
/// substitution) are written in place. A named pipe is refused: opening it waits for a reader,
/// perhaps for ever.
///
/// # Errors
///
/// Errors of `report`, a refused path, or an error of the file system.
pub fn write_file(
    path: &Path,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    let failed = |step| {
        move |source| OutputError::Failed {
            path: path.to_owned(),
            step,
            source,
        }
    };
    let refused = |refusal| OutputError::Refused {
        path: path.to_owned(),
        refusal,
    };
    if let Some(stream) = Stream::at(path) {
        return match stream {
            Stream::Out => write_stream(io::stdout().lock(), report),
            Stream::Error => write_stream(io::stderr().lock(), report),
            Stream::Open => write_stream(open_in_place(path).map_err(failed(Step::Open))?, report),
        }
        .map_err(failed(Step::Write));
    }
    let kind = match fs::symlink_metadata(path) {
        Ok(meta) => Some(meta.file_type()),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed(Step::Inspect)(error)),
    };
    if let Some(refusal) = refusal(path, kind.as_ref()) {
        return Err(refused(refusal));
    }
    if kind.is_some_and(|kind| !kind.is_file()) {
        let device = open_in_place(path).map_err(failed(Step::Open))?;
        return write_stream(device, report).map_err(failed(Step::Write));
    }
    let name = path.file_name().ok_or_else(|| refused(Refusal::NoName))?;
    let folder = folder(path);

    let (file, temporary) = Temporary::create(folder, name).map_err(failed(Step::Create))?;
    let mut out = BufWriter::new(file);
    report(&mut out)
        .and_then(|()| out.flush())
        .map_err(failed(Step::Write))?;
    out.get_ref()
        .sync_all()
        .map_err(failed(Step::Synchronise))?;
    temporary.become_file(path).map_err(failed(Step::Rename))?;
    // The content is on disk. Only the name could be lost in a crash. Some file systems refuse this
    // call.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// An open file of this process, by the name that the system gives it.
enum Stream {
    Out,
    Error,
    /// Another one, which the shell opened: `>(…)`.
    Open,
}

impl Stream {
    fn at(path: &Path) -> Option<Self> {
        let number = |folder| path.strip_prefix(folder).ok()?.to_str()?.parse().ok();
        let number: Option<u32> = number("/dev/fd").or_else(|| number("/proc/self/fd"));
        match (path.to_str(), number) {
            (Some("/dev/stdout"), _) | (_, Some(1)) => Some(Self::Out),
            (Some("/dev/stderr"), _) | (_, Some(2)) => Some(Self::Error),
            (_, Some(_)) => Some(Self::Open),
            _ => None,
        }
    }
}

/// Opens a device or a stream without waiting for whatever is on the other side.
fn open_in_place(path: &Path) -> io::Result<File> {
    let waiting = OFlags::NONBLOCK;
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | waiting;
    let open = rustix::fs::open(path, flags, Mode::empty())?;
    // Writing waits for a reader that is slower.
    let flags = rustix::fs::fcntl_getfl(&open)?;
    rustix::fs::fcntl_setfl(&open, flags - waiting)?;
    Ok(open.into())
}

/// A file that is removed unless it is renamed to its final name.
struct Temporary(Option<PathBuf>);

impl Temporary {
    fn create(folder: &Path, name: &std::ffi::OsStr) -> io::Result<(File, Self)> {
        let mut salt = [0; 6];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", crate::secret::hex(&salt)));
        let path = folder.join(hidden);
        let mut options = OpenOptions::new();
        // An existing name is an error. A planted link is not followed.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok((options.open(&path)?, Self(Some(path))))
    }

    fn become_file(mut self, target: &Path) -> io::Result<()> {
        if let Some(path) = &self.0 {
            fs::rename(path, target)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "a longer text that was here before").unwrap();
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn an_error_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let error = write_file(&path, |out| {
            out.write_all(&[b'x'; 100_000])?;
            Err(io::Error::new(
                ErrorKind::StorageFull,
                "no space left on device",
            ))
        });
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("report.json") && message.contains("no space left"),
            "{message}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[test]
    fn folders_and_missing_folders_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_file(folder.path(), |_| Ok(()))
            .unwrap_err()
            .to_string();
        assert!(error.ends_with("it is a folder"), "{error}");
        let error = write_file(&folder.path().join("none/report.json"), |_| Ok(()))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("cannot create a file in its folder"),
            "{error}"
        );
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_neither_followed_nor_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "untouched").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(write_file(&link, |out| out.write_all(b"new")).is_err());
        assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
        assert!(link.is_symlink());
    }

    #[test]
    fn a_pipe_without_a_reader_is_refused_and_a_stream_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let refused = [check(&path), write_file(&path, |_| Ok(()))];
        for error in refused.map(Result::unwrap_err) {
            let message = error.to_string();
            assert!(
                message.contains("it is no regular file; write to"),
                "{message}"
            );
        }
        let (read, write) = rustix::pipe::pipe().unwrap();
        let stream = PathBuf::from(format!(
            "/dev/fd/{}",
            std::os::fd::AsRawFd::as_raw_fd(&write)
        ));
        check(&stream).unwrap();
        write_file(&stream, |out| out.write_all(b"text")).unwrap();
        drop(write);
        let mut text = String::new();
        io::Read::read_to_string(&mut File::from(read), &mut text).unwrap();
        assert_eq!(text, "text");
        check(Path::new("/dev/stdout")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_in_place() {
        write_file(Path::new("/dev/null"), |out| out.write_all(b"gone")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let error = write_file(Path::new("/dev/full"), |out| out.write_all(b"few bytes"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("cannot write /dev/full: "), "{error}");
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        write_stream(Closed, |out| out.write_all(b"few bytes")).unwrap();
        write_stream(Closed, |out| out.write_all(&[b'x'; 100_000])).unwrap();
        assert!(write_stream(Closed, |_| Err(ErrorKind::StorageFull.into())).is_err());
    }
}
