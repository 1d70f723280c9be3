//! Errors of one object, and of a file of the object database.

use std::path::PathBuf;

use super::object_id::ObjectId;

/// The reason why an object cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// Its offset is outside the pack.
    #[error("the entry lies outside its pack")]
    OutOfPack,
    /// Its header does not follow the format.
    #[error("the entry's header is malformed")]
    BadHeader,
    /// The CRC-32 of the entry differs from that in the index.
    #[error("the checksum of the entry differs from the index")]
    BadChecksum,
    /// The zlib stream is damaged.
    #[error("the compressed data are damaged")]
    BadZlib,
    /// The data make another number of bytes than declared.
    #[error("{declared} bytes are declared, which the data cannot yield")]
    WrongSize {
        /// The declared size in bytes.
        declared: u64,
    },
    /// The delta does not follow the format; the text says how.
    #[error("the delta is malformed: {0}")]
    BadDelta(&'static str),
    /// The hash of the bytes is not the id.
    #[error("the bytes have another id")]
    WrongId,
    /// The repository lacks the base of the delta.
    #[error("its delta base {0} is missing")]
    MissingBase(ObjectId),
    /// The base of the delta exists, and cannot be read.
    #[error("its delta base cannot be read")]
    BrokenBase,
    /// The object is larger than the limit.
    #[error("it has {size} bytes, more than the limit")]
    TooLarge {
        /// The size of the object in bytes.
        size: u64,
    },
    /// The base of the delta is larger than the limit.
    #[error("its delta base has more bytes than the limit")]
    BaseTooLarge,
    /// A named pipe, a device or a folder is in the place of the loose file.
    #[error("the file is no regular file")]
    NotRegular,
    /// The loose file is a link that leads outside the boundary.
    #[error(
        "the file leads outside the repository, and is not followed: give --follow-outside if you trust this repository"
    )]
    Outside,
    /// The objects of the repository would make too many bytes for its size, and this is not among those that are read.
    #[error("the repository makes too many bytes for its size")]
    Unplanned,
    /// The operating system refuses to read the loose file.
    #[error("the file cannot be read: {0}")]
    File(std::io::ErrorKind),
}

impl ObjectError {
    /// The error of the deltas on an object with this one.
    pub(super) fn below(&self) -> Self {
        match self {
            ObjectError::Unplanned => ObjectError::Unplanned,
            why if why.is_limit() => ObjectError::BaseTooLarge,
            _ => ObjectError::BrokenBase,
        }
    }

    /// True if the reason is a limit, not damage.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            ObjectError::TooLarge { .. } | ObjectError::BaseTooLarge | ObjectError::Unplanned
        )
    }
}

/// Damage of a file of the object database. Its undamaged parts are still read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct Flaw {
    /// The file or directory.
    pub path: PathBuf,
    /// The damage, in words.
    pub why: String,
}

impl Flaw {
    /// Damage of the file at `path`.
    pub(super) fn new(path: impl Into<PathBuf>, why: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            why: why.into(),
        }
    }
}
