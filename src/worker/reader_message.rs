//! The messages between the command and a reader, after the request: they take turns.
//!
//! ```text
//! command ──Find──────▶ reader
//! command ◀─Candidates─ reader     values, of which the command says whether one is wanted
//! command ──Verdict───▶ reader     (none, one or many times)
//! command ◀─Done─────── reader
//! ```
//!
//! `ReadLine` in place of `Find` is answered by `Line`.

use serde::{Deserialize, Serialize};

use super::finding_message::{CandidateMessage, PlaceMessage};
use crate::scan::place_line::{LineWish, PlaceLine};
use crate::source::value_reader::RereadError;

/// A message of the command.
#[derive(Serialize, Deserialize)]
pub(super) enum ReaderOrder {
    /// Find the value of this place.
    Find(Box<PlaceMessage>),
    /// Find the value of this place, and send its line.
    ReadLine(Box<PlaceMessage>, LineWish),
    /// The first candidate that is the wanted value, by its index.
    Verdict(Option<u32>),
}

/// A message of the reader.
#[derive(Serialize, Deserialize)]
pub(super) enum ReaderReply {
    /// Values that the place may have.
    Candidates(Vec<CandidateMessage>),
    /// The search is over. True: the place has the last candidate that was wanted.
    Done(Result<bool, RereadError>),
    /// The search is over. The line of the last candidate that was wanted.
    Line(Result<Option<Box<PlaceLine>>, RereadError>),
}
