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
use super::read_limits::{MADE, WorkLimits};

/// The bytes that an object takes at least: a header and an empty stream.
const SMALLEST: u64 = 8;

/// The bytes that one reader of single objects may make.
pub(super) struct ReadAllowance {
    spent: u64,
    expansion: u64,
}

impl ReadAllowance {
    /// Nothing is made so far.
    pub(super) fn new(expansion: u64) -> Self {
        Self {
            spent: 0,
            expansion,
        }
    }

    /// The bytes that were taken.
    #[cfg(test)]
    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    /// Takes bytes that were made.
    ///
    /// # Errors If there are none left.
    pub(super) fn spend(&mut self, forest: &Forest, bytes: u64) -> Result<(), ObjectError> {
        let spent = self.spent.saturating_add(bytes);
        let most = |counted| WorkLimits::of(counted, self.expansion).made;
        let least = forest.supplement.of_readers();
        // The sizes of loose files are asked for only if they matter.
        if spent > most(least) && spent > most(forest.stored_bytes().max(least)) {
            return Err(ObjectError::Unplanned);
        }
        self.spent = spent;
        Ok(())
    }
}

/// Counts the work of all workers of one attempt of a walk.
pub(super) struct WorkMeter<'a> {
    forest: &'a Forest,
    expansion: u64,
    /// The bytes at which the repository is counted at least.
    least: u64,
    /// The attempt may search this part of the bytes that the walk may search, and make this part of those that it may make.
    /// Zero: it has no limit.
    part: u64,
    made: CachePadded<AtomicU64>,
    searched: CachePadded<AtomicU64>,
    spent: AtomicBool,
}

impl<'a> WorkMeter<'a> {
    /// A meter at zero. `part` is the part of the work of a walk after which the attempt ends; zero if it does not.
    pub(super) fn new(forest: &'a Forest, expansion: u64, part: u64) -> Self {
        Self {
            forest,
            expansion,
            least: forest.supplement.left(),
            part,
            made: AtomicU64::new(0).into(),
            searched: AtomicU64::new(0).into(),
            spent: false.into(),
        }
    }

    /// Adds the work of one worker.
    pub(super) fn add(&self, made: u64, searched: u64) {
        let made = self.made.fetch_add(made, Ordering::Relaxed) + made;
        let searched = self.searched.fetch_add(searched, Ordering::Relaxed) + searched;
        let is_exceeded = |counted| {
            let limits = self.limits(counted);
            let exceeds = |work: u64, limit: u64| {
                limit
                    .checked_div(self.part)
                    .is_some_and(|limit| work > limit)
            };
            exceeds(made, limits.made) || exceeds(searched, limits.searched)
        };
        // The sizes of loose files are asked for only if they matter.
        if is_exceeded(self.least) && is_exceeded(self.forest.stored_bytes().max(self.least)) {
            self.spent.store(true, Ordering::Relaxed);
        }
    }

    /// The limits of the walk, if the repository is counted as so many bytes.
    fn limits(&self, counted: u64) -> WorkLimits {
        let counted = self.forest.supplement.for_walk(counted);
        WorkLimits::of(counted, self.expansion)
    }

    /// The bytes of the objects that a plan of the walk chooses.
    pub(super) fn planned(&self) -> u64 {
        self.limits(self.forest.stored_bytes().max(self.least))
            .planned
    }

    /// True if a limit is exceeded. One relaxed load.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// At the end of a walk, counts it by its attempt without a plan, and draws the bytes that the repository has counted beyond
    /// those that it stores.
    pub(super) fn draw(&self) {
        let supplement = &self.forest.supplement;
        let counted = if self.is_spent() {
            // How far a walk came that was given up depends on chance; that it needed all does not.
            supplement.for_walk(self.forest.stored_bytes().max(self.least))
        } else {
            let made = self.made.load(Ordering::Relaxed);
            let searched = self.searched.load(Ordering::Relaxed);
            made.div_ceil(MADE)
                .max(searched)
                .div_ceil(self.expansion.max(1))
        };
        let counted = supplement.count_walk(counted).min(self.least);
        // The sizes of loose files are asked for only if they matter.
        if counted > u64::from(self.forest.nodes()) * SMALLEST {
            supplement.draw(counted.saturating_sub(self.forest.stored_bytes()));
        }
    }
}
