//! The reasons to refuse a stream.

/// Why a stream is refused. Streams that are only unusual are refused, too: the caller's other decompressor has the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The data are damaged, cut, or of a form that this crate does not read.
    BadData,
    /// The stream makes more bytes than the output has room for, [`crate::SLACK`] set aside.
    InsufficientSpace,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::BadData => "the compressed data are damaged or of an unusual form",
            Error::InsufficientSpace => {
                "the compressed data make more bytes than there is room for"
            }
        })
    }
}

impl std::error::Error for Error {}
