//! Reads INI.

use super::{Collector, Stop};

/// Reads the expression that begins at `at`, and returns the offset behind it.
pub(super) fn read(text: &[u8], at: usize, out: &mut Collector) -> Result<usize, Stop> {
    let _ = (text, at, out);
    Err(Stop::NoLiteral)
}
