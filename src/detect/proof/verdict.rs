//! The result of an offline proof.

use crate::finding::Confidence;

/// The result of an offline proof of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The value passed a check that a random value would fail: its confidence is high.
    Proved,
    /// The value has the proved format, and states an expiry date that has passed.
    Expired,
    /// The value failed a check that every genuine value passes.
    Refuted,
    /// The value has at most this confidence, for the given reason.
    Doubtful(Confidence, &'static str),
    /// The proof does not apply: not every genuine value of this shape carries the checked part.
    Silent,
}
