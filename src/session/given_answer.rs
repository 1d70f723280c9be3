//! An answer that a front end gives, and what it changes.

use jiff::Timestamp;

use crate::decide::answer::Answer;
use crate::inventory::entry::Outcome;
use crate::secret::SecretId;

/// What an answer changes, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Each secret with its outcome before and after.
    pub outcomes: Vec<(SecretId, Outcome, Outcome)>,
    /// The secrets that still have the question.
    pub still_asked: Vec<SecretId>,
    /// The secrets that have no open question any more.
    pub settled: usize,
    /// Statements that contradict this one, in words.
    pub contradictions: Vec<String>,
}

/// An answer that is to be given.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The secrets. The front end has shown each of them, or their number and a way to look at them.
    pub secrets: Vec<SecretId>,
    /// The answer.
    pub answer: Answer,
    /// The reason. An outcome needs one.
    pub reason: Option<String>,
    /// The moment.
    pub at: Timestamp,
}
