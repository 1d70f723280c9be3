//! The limits of reading a repository: the sizes of objects that are read, and the work that they may
//! cost. They depend on no object, so that every reader can have them.

/// Limits of a walk, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Larger objects are reported as [`super::ObjectError::TooLarge`] and not shown. Those with children
    /// are still made, up to `decode`, for their children.
    pub visit: u64,
    /// Nothing larger is made. Deltas on such an object are reported as
    /// [`super::ObjectError::BaseTooLarge`].
    pub decode: u64,
    /// The bytes of bases that all workers together hold, within 256 KiB for each of them. Above it
    /// no work is shared, and bases are dropped and made again when their next child is due. Each
    /// worker also holds one base and one child.
    pub memory: u64,
    /// The visitor may search this many times the bytes that the repository stores, and 16 times as
    /// many may be made. If that does not suffice for all objects, the smallest are shown, and the
    /// others reported as [`super::ObjectError::Unplanned`].
    pub expansion: u64,
}

impl Limits {
    /// The usual [`Self::expansion`]. Of large repositories with long histories, 2 to 10 times the
    /// bytes are searched, and up to 100 times made.
    pub const EXPANSION: u64 = 256;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            visit: 64 << 20,
            decode: 128 << 20,
            memory: 512 << 20,
            expansion: Self::EXPANSION,
        }
    }
}

/// So many bytes may be made for one that may be searched. Applying a delta copies bytes, which costs as little.
pub(super) const MADE: u64 = 16;
/// A walk with a plan makes this part of the bytes that may be searched: a text can be so much dearer than another one of its
/// size.
pub(super) const PLANNED: u64 = 8;

/// The bytes that may be made and searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WorkLimits {
    /// Bytes of objects and deltas that are made.
    pub(super) made: u64,
    /// Bytes that the visitor searches ([`super::visitor::Visitor::searched`]).
    pub(super) searched: u64,
    /// Bytes of the objects that a plan chooses.
    pub(super) planned: u64,
}

impl WorkLimits {
    /// The limits of a repository that counts as so many bytes: `expansion` times as many may be
    /// searched.
    pub(super) fn of(counted: u64, expansion: u64) -> Self {
        let searched = counted.saturating_mul(expansion);
        Self {
            made: searched.saturating_mul(MADE),
            searched,
            planned: searched / PLANNED,
        }
    }
}
