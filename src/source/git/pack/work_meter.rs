//! The work that reading a repository may cost, in proportion to the bytes that it stores. A few kilobytes of deltas can make
//! terabytes: each delta can double its base, and thousands of deltas can stand on one large object.
//!
//! The workers of a walk count as they go. Both sums depend on the repository alone, not on the order in which workers read
//! it; so it also depends on the repository alone whether a limit is exceeded. A walk that exceeds one is begun anew, with the
//! objects that a [`super::read_plan::ReadPlan`] chooses.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use super::forest::Forest;
use super::object_error::ObjectError;
use super::read_limits::{LEAST, MADE, WorkLimits};

/// The bytes that one reader of single objects may make.
pub(super) struct ReadAllowance {
    left: u64,
    expansion: u64,
    /// True if the size of the repository is counted in.
    whole: bool,
}

impl ReadAllowance {
    /// The bytes that a small repository may make.
    pub(super) fn new(expansion: u64) -> Self {
        Self {
            left: LEAST.saturating_mul(expansion).saturating_mul(MADE),
            expansion,
            whole: false,
        }
    }

    /// The bytes that were taken of those that a small repository may make.
    #[cfg(test)]
    pub(super) fn spent(&self) -> u64 {
        Self::new(self.expansion).left - self.left
    }

    /// Takes bytes that were made.
    ///
    /// # Errors If there are none left.
    pub(super) fn spend(&mut self, forest: &Forest, bytes: u64) -> Result<(), ObjectError> {
        if bytes > self.left && !std::mem::replace(&mut self.whole, true) {
            let all = WorkLimits::of(forest.stored_bytes(), self.expansion).made;
            let least = LEAST.saturating_mul(self.expansion).saturating_mul(MADE);
            self.left += all.saturating_sub(least);
        }
        self.left = self.left.checked_sub(bytes).ok_or(ObjectError::Unplanned)?;
        Ok(())
    }
}

/// Counts the work of all workers of a walk.
pub(super) struct WorkMeter<'a> {
    forest: &'a Forest,
    expansion: u64,
    made: CachePadded<AtomicU64>,
    searched: CachePadded<AtomicU64>,
    spent: AtomicBool,
}

impl<'a> WorkMeter<'a> {
    /// A meter at zero.
    pub(super) fn new(forest: &'a Forest, expansion: u64) -> Self {
        Self {
            forest,
            expansion,
            made: AtomicU64::new(0).into(),
            searched: AtomicU64::new(0).into(),
            spent: false.into(),
        }
    }

    /// Adds the work of one worker.
    pub(super) fn add(&self, made: u64, searched: u64) {
        let made = self.made.fetch_add(made, Ordering::Relaxed) + made;
        let searched = self.searched.fetch_add(searched, Ordering::Relaxed) + searched;
        // The sizes of loose files are asked for only if they matter.
        let least = LEAST.saturating_mul(self.expansion);
        if searched > least || made > least.saturating_mul(MADE) {
            let limits = WorkLimits::of(self.forest.stored_bytes(), self.expansion);
            if made > limits.made || searched > limits.searched {
                self.spent.store(true, Ordering::Relaxed);
            }
        }
    }

    /// True if a limit is exceeded. One relaxed load.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }
}
