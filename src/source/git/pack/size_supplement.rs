//! The bytes at which small repositories are counted beyond those that they store: a repository of a few kilobytes may hold
//! large files of zeros. All repositories of a target share these bytes, so that many small bombs in one target cost little
//! more than one.
//!
//! Only complete walks draw on them, because the work of a walk depends on the repository alone. So it does not depend on
//! threads how much is left for the next repository.

use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes at which the only repository of a target is counted at least.
pub(super) const LEAST: u64 = 512 << 10;
/// The supplement of a target with this many repositories, or more, is this part of that of one.
const MOST_PARTS: usize = 16;

/// The bytes that the repositories of one target share.
#[derive(Debug)]
pub struct SizeSupplement {
    /// The bytes at which the present repository is counted at least.
    left: AtomicU64,
    /// The bytes that it has needed of these.
    drawn: AtomicU64,
}

impl SizeSupplement {
    /// The supplement of a target with one repository.
    pub fn of_target() -> Self {
        Self {
            left: AtomicU64::new(LEAST),
            drawn: AtomicU64::new(0),
        }
    }

    /// The supplement of a repository that is read by itself, and of which single objects are read without a walk before.
    pub fn of_one_repository() -> Self {
        Self {
            left: AtomicU64::new(LEAST),
            drawn: AtomicU64::new(LEAST),
        }
    }

    /// No supplement: every repository is counted by its bytes.
    pub fn none() -> Self {
        Self {
            left: AtomicU64::new(0),
            drawn: AtomicU64::new(0),
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

    /// Draws bytes. Of several walks of one repository, the one counts that needs the most.
    pub(super) fn draw(&self, bytes: u64) {
        self.drawn.fetch_max(bytes, Ordering::Relaxed);
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
}
