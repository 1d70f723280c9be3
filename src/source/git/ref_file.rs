//! A file that holds one ref: `HEAD`, and those below `refs` (gitrepository-layout(5), "HEAD", "refs").

use std::path::Path;

use super::file_guard::{self, UnsafeFile};
use super::pack::{ObjectFormat, ObjectId};

/// The target of a ref.
pub(super) enum RefTarget {
    /// The object with this id.
    Id(ObjectId),
    /// Another ref, by its full name.
    Ref(String),
}

/// Why a ref cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RefError {
    /// The file is not safe to read.
    #[error(transparent)]
    UnsafeFile(#[from] UnsafeFile),
    /// The operating system refused to read the file or folder.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The text of the file is no ref.
    #[error("neither an id nor the name of a ref")]
    Malformed,
    /// libgit2 refused to list or read the ref.
    #[error("{}", .0.message())]
    Git(#[from] git2::Error),
}

/// Reads the file of a ref; `None` if there is no such file.
pub(super) fn read_ref_file(
    path: &Path,
    format: ObjectFormat,
) -> Option<Result<RefTarget, RefError>> {
    std::fs::symlink_metadata(path)
        .is_ok()
        .then(|| target_of(path, format))
}

fn target_of(path: &Path, format: ObjectFormat) -> Result<RefTarget, RefError> {
    file_guard::check_file(path, file_guard::SMALL)?;
    let text = std::fs::read(path)?;
    let text = text.trim_ascii();
    match text.strip_prefix(b"ref:") {
        Some(name) => Ok(RefTarget::Ref(
            String::from_utf8_lossy(name.trim_ascii()).into_owned(),
        )),
        None => format
            .from_hex(text)
            .map(RefTarget::Id)
            .ok_or(RefError::Malformed),
    }
}
