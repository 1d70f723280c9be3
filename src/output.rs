//! Where a report goes: stdout, or a file that is whole or not there at all.
//!
//! A file is written beside its place under a temporary name, brought to disk and then renamed, so that a full disk or
//! a kill leaves the old report as it was. It is readable by its owner alone, since it tells where secrets stand and, if
//! asked, what they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

#[derive(Debug, Error)]
pub enum OutputError {
    #[error("cannot write to stdout: {0}")]
    Stdout(#[source] io::Error),
    #[error("cannot write {path}: {what}")]
    Refused { path: PathBuf, what: &'static str },
    #[error("cannot write {path}: {step}: {source}")]
    Failed {
        path: PathBuf,
        step: &'static str,
        source: io::Error,
    },
}

/// Runs `report` on stdout, or on `file` when there is one.
pub fn write(
    file: Option<&Path>,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    match file {
        Some(path) => write_file(path, report),
        None => write_stream(io::stdout().lock(), report).map_err(OutputError::Stdout),
    }
}

/// Writes to a pipe or terminal. A reader that has seen enough (`| head`) ends the report quietly.
fn write_stream(
    stream: impl Write,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::new(stream);
    let result = report(&mut out).and_then(|()| out.flush());
    // Dropping the writer would try once more to write what the reader refused.
    let _ = out.into_parts();
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a file with mode 0600: all of it or, on an error, nothing.
///
/// A symbolic link is refused. To follow it would let whoever can write in its folder choose where secrets land; to
/// replace it would lose a link that somebody made on purpose. A device or pipe (`/dev/null`, a process
/// substitution's named pipe) is written in place, since a rename would put a file where the device was.
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
    let refused = |what| {
        Err(OutputError::Refused {
            path: path.to_owned(),
            what,
        })
    };
    match fs::symlink_metadata(path).map(|meta| meta.file_type()) {
        Ok(kind) if kind.is_dir() => return refused("it is a folder"),
        Ok(kind) if kind.is_symlink() => {
            return refused("it is a symbolic link; name the file that it leads to");
        }
        Ok(kind) if !kind.is_file() => {
            let device = OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(failed("cannot open it"))?;
            return write_stream(device, report).map_err(failed("cannot write"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed("cannot look at it")(error)),
    }
    let Some(name) = path.file_name() else {
        return refused("it names no file");
    };
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));

    let (file, temporary) =
        Temporary::create(folder, name).map_err(failed("cannot create a file in its folder"))?;
    let mut out = BufWriter::new(file);
    report(&mut out)
        .and_then(|()| out.flush())
        .map_err(failed("cannot write its content"))?;
    out.get_ref()
        .sync_all()
        .map_err(failed("cannot bring it to disk"))?;
    temporary
        .become_file(path)
        .map_err(failed("cannot put it in its place"))?;
    // The content is safe already; only the name could be lost in a crash, and some file systems refuse this.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A file that is removed unless it takes its final name.
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
        // A name that exists, be it a planted link, is an error and not followed.
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
