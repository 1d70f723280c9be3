//! The work budget of a target for reading objects. A repository is counted by the bytes that it stores, and its walks share
//! what that count allows. Small repositories are counted at more bytes than they store: a repository of a few kilobytes may
//! hold large files of zeros. All repositories of a target share these further bytes, so that many small bombs in one target
//! cost little more than one.
//!
//! A complete walk is counted by its work, and one that was given up by all that it was allowed. Both depend on the repository
//! alone, so it does not depend on threads how much is left for the next walk and the next repository.

use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes at which the only repository of a target is counted at least.
pub(super) const LEAST: u64 = 512 << 10;
/// The supplement of a target with this many repositories, or more, is this part of that of one.
const MOST_PARTS: usize = 16;
/// A walk may cost this part of what the repository is allowed, however much the walks before it have needed: a bomb of
/// messages must not hide all files.
const RESERVE: u64 = 8;
/// The bytes at which packs without an index are counted beyond their own, for all packs of a target together.
pub(super) const LEAST_WITHOUT_INDEX: u64 = 256 << 10;

/// The bytes that the repositories of one target share.
#[derive(Debug)]
pub struct SizeSupplement {
    /// The bytes at which the present repository is counted at least.
    left: AtomicU64,
    /// The bytes that it has needed of these.
    drawn: AtomicU64,
    /// The bytes at which the walks of the present repository are counted so far.
    walked: AtomicU64,
    /// The rest of [`LEAST_WITHOUT_INDEX`].
    without_index: AtomicU64,
}

impl SizeSupplement {
    /// The supplement of a target with one repository.
    pub fn of_target() -> Self {
        Self::with(LEAST, 0, LEAST_WITHOUT_INDEX)
    }

    /// The supplement of a repository that is read by itself, and of which single objects are read without a walk before.
    pub fn of_one_repository() -> Self {
        Self::with(LEAST, LEAST, LEAST_WITHOUT_INDEX)
    }

    /// No supplement: every repository is counted by its bytes.
    pub fn none() -> Self {
        Self::with(0, 0, 0)
    }

    fn with(left: u64, drawn: u64, without_index: u64) -> Self {
        Self {
            left: AtomicU64::new(left),
            drawn: AtomicU64::new(drawn),
            walked: AtomicU64::new(0),
            without_index: AtomicU64::new(without_index),
        }
    }

    /// Sets the number of repositories of the target. The supplement comes on top of the bytes that
    /// they store, so it is smaller if there are several.
    pub fn share_among(&self, repositories: usize) {
        let parts = repositories.clamp(1, MOST_PARTS) as u64;
        self.left.store(LEAST / parts, Ordering::Relaxed);
    }

    /// Begins the next repository: what the one before has drawn is gone.
    pub fn begin_next(&self) {
        self.walked.store(0, Ordering::Relaxed);
        let drawn = self.drawn.swap(0, Ordering::Relaxed);
        let left = self.left.load(Ordering::Relaxed);
        self.left
            .store(left.saturating_sub(drawn), Ordering::Relaxed);
    }

    /// The bytes at which the present repository is counted at least in walks.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// The bytes at which the present repository is counted at least by readers of single objects. These draw nothing: several
    /// of them share the objects among them as chance will have it.
    pub(super) fn of_readers(&self) -> u64 {
        self.drawn.load(Ordering::Relaxed)
    }

    /// The bytes at which the next walk of a repository is counted, which itself is counted as `counted` bytes.
    pub(super) fn for_walk(&self, counted: u64) -> u64 {
        let rest = counted.saturating_sub(self.walked.load(Ordering::Relaxed));
        rest.max(counted / RESERVE)
    }

    /// Counts a walk at so many bytes. Returns the bytes of all walks of the repository so far.
    pub(super) fn count_walk(&self, bytes: u64) -> u64 {
        self.walked.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    /// Sets the bytes that the present repository has drawn, unless it has drawn more.
    pub(super) fn draw(&self, bytes: u64) {
        self.drawn.fetch_max(bytes, Ordering::Relaxed);
    }

    /// The bytes at which a pack without an index may be counted beyond its own.
    pub(super) fn left_without_index(&self) -> u64 {
        self.without_index.load(Ordering::Relaxed)
    }

    /// Takes bytes at which a pack without an index was counted beyond its own. Packs are opened one after another.
    pub(super) fn draw_without_index(&self, bytes: u64) {
        let left = self.left_without_index().saturating_sub(bytes);
        self.without_index.store(left, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_share_what_is_left() {
        for (repositories, least) in [(0, LEAST), (1, LEAST), (2, LEAST / 2), (500, LEAST / 16)] {
            let supplement = SizeSupplement::of_target();
            supplement.share_among(repositories);
            assert_eq!(supplement.left(), least);
        }
        let supplement = SizeSupplement::of_target();
        assert_eq!((supplement.left(), supplement.of_readers()), (LEAST, 0));
        supplement.draw(1000);
        supplement.draw(700);
        assert_eq!((supplement.left(), supplement.of_readers()), (LEAST, 1000));
        supplement.begin_next();
        assert_eq!(
            (supplement.left(), supplement.of_readers()),
            (LEAST - 1000, 0)
        );
        supplement.draw(LEAST);
        supplement.begin_next();
        supplement.begin_next();
        assert_eq!(supplement.left(), 0);
    }

    #[test]
    fn the_walks_of_a_repository_share_what_it_is_allowed() {
        let supplement = SizeSupplement::of_target();
        assert_eq!(supplement.for_walk(800), 800);
        assert_eq!(supplement.count_walk(300), 300);
        assert_eq!(supplement.for_walk(800), 500);
        assert_eq!(supplement.count_walk(500), 800);
        assert_eq!(supplement.for_walk(800), 800 / RESERVE);
        supplement.begin_next();
        assert_eq!(supplement.for_walk(800), 800);
    }

    #[test]
    fn the_packs_without_an_index_of_a_target_share_what_is_left() {
        let supplement = SizeSupplement::of_target();
        supplement.draw_without_index(1000);
        supplement.begin_next();
        assert_eq!(supplement.left_without_index(), LEAST_WITHOUT_INDEX - 1000);
        supplement.draw_without_index(LEAST_WITHOUT_INDEX);
        assert_eq!(supplement.left_without_index(), 0);
    }
}
