//! Reads `.env`.

use super::{Collector, Stop, Unit};
use crate::finding::Escapes;

/// Reads the expression that begins at `at`, and returns the offset behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let _ = (text, at, out);
    Err(Stop::NoLiteral)
}

/// The unit at the beginning of `rest`.
pub(super) fn unit(rest: &[u8], escapes: Escapes) -> Unit {
    let _ = (rest, escapes);
    Unit::Verbatim(1)
}
