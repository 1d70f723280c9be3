//! Inflates small raw deflate streams (RFC 1951), of which a git pack holds hundreds of thousands. The set-up cost grows with
//! the codes that a block really has; general decompressors build tables of one size for every block.
//!
//! The crate refuses rare forms of streams ([`Error::BadData`]): the caller needs another decompressor, which decides about
//! every refused stream.

mod bits;
mod dynamic;
mod error;
mod fixed;
mod match_copy;
mod tables;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use match_copy::SLACK;

/// Up to this many packed bytes, a stream with codes of its own is inflated faster here than by libdeflate (measured on
/// rails/rails).
const SMALL: usize = 1024;

/// True if [`SmallInflater`] accepts raw deflate data of `packed` bytes, and is faster than general decompressors. Decided by
/// the start of the first block.
pub fn suits(data: &[u8], packed: usize) -> bool {
    fixed::is_all(data) || packed <= SMALL && dynamic::has_codes(data)
}

/// A decompressor for small streams. Its tables are kept and used again.
pub struct SmallInflater {
    dynamic: dynamic::DynamicBlocks,
}

impl SmallInflater {
    /// A decompressor with empty tables (28 KiB).
    pub fn new() -> Self {
        Self {
            dynamic: dynamic::DynamicBlocks::new(),
        }
    }

    /// Inflates the raw deflate data at the start of `data` into `out`, and returns the number of bytes made. Other bytes may
    /// follow the data. `out` must have room for [`SLACK`] bytes more than the data make; these bytes may be overwritten.
    ///
    /// # Errors
    /// [`Error::BadData`] for damaged data, for stored blocks, and for blocks in the fixed code next to other blocks.
    /// [`Error::InsufficientSpace`] if `out` is too small.
    #[inline]
    pub fn inflate(&mut self, data: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        if fixed::is_all(data) {
            fixed::inflate(data, out)
        } else {
            self.dynamic.inflate(data, out)
        }
    }
}

impl Default for SmallInflater {
    fn default() -> Self {
        Self::new()
    }
}
