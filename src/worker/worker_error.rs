//! Why a worker could not do its work.

use std::io;

use crate::detect::library::LibraryError;

/// Why a worker could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A pipe, or a thread, failed.
    #[error("a pipe to the command failed: {0}")]
    Pipe(#[from] io::Error),
    /// The request, or a reply, has no valid form.
    #[error("a message has no valid form: {0}")]
    Message(#[from] postcard::Error),
    /// The rules that were sent cannot be read.
    #[error("the rules cannot be read: {0}")]
    Rules(#[from] serde_json::Error),
    /// The rules that were sent do not compile.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Nothing was asked for.
    #[error("no request was received: other commands of keyferry start this one")]
    NoRequest,
    /// An order came out of turn.
    #[error("an order was not expected")]
    UnexpectedOrder,
}
