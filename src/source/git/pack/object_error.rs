//! What can be wrong: with one object, and with a whole file.

use std::path::PathBuf;

use super::object_id::ObjectId;

/// Why one object cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    #[error("the entry lies outside its pack")]
    OutOfPack,
    #[error("the entry's header is malformed")]
    BadHeader,
    #[error("the checksum of the entry differs from the index")]
    BadChecksum,
    #[error("the compressed data are damaged")]
    BadZlib,
    #[error("{declared} bytes are declared, which the data cannot yield")]
    WrongSize { declared: u64 },
    #[error("the delta is malformed: {0}")]
    BadDelta(&'static str),
    #[error("the bytes have another id")]
    WrongId,
    #[error("its delta base {0} is missing")]
    MissingBase(ObjectId),
    #[error("its delta base cannot be read")]
    BrokenBase,
    #[error("it has {size} bytes, more than the limit")]
    TooLarge { size: u64 },
    #[error("its delta base has more bytes than the limit")]
    BaseTooLarge,
    #[error("the file cannot be read: {0}")]
    File(std::io::ErrorKind),
}

impl ObjectError {
    /// True where a limit, not damage, is the reason.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            ObjectError::TooLarge { .. } | ObjectError::BaseTooLarge
        )
    }
}

/// Something wrong with a file of the object database. What can be read in spite of it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct Flaw {
    pub path: PathBuf,
    pub why: String,
}

impl Flaw {
    pub(super) fn new(path: impl Into<PathBuf>, why: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            why: why.into(),
        }
    }
}
