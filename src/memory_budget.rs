//! One budget of memory for everything that the threads of a scan hold at the same time: bases of
//! deltas, whole texts with the layers that are decoded from them, and findings.
//!
//! The budget counts in coarse amounts, so that no thread writes the shared counter often. What is
//! counted by [`MemoryBudget::add`] and [`MemoryBudget::share`] never waits: its owner looks at
//! [`MemoryBudget::is_spent_with`] and gives memory back, or stops to take more. Large texts wait for
//! their turn: if the budget is short, they are searched one after another.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cancel;

/// A text of fewer bytes is not counted: each thread holds one.
const SMALL: u64 = 1 << 20;

/// A waiting thread looks so often whether the scan must stop.
const GLANCE: Duration = Duration::from_millis(50);

/// The memory that a scan may hold, and the memory that it holds.
#[derive(Debug)]
pub struct MemoryBudget {
    limit: u64,
    held: AtomicI64,
    /// The number of large texts that are being searched.
    texts: Mutex<usize>,
    bell: Condvar,
}

/// A text needs more memory than the whole budget has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs about {needed} bytes of memory; the budget is {limit} bytes")]
pub struct BudgetError {
    /// The bytes that the text needs.
    pub needed: u64,
    /// The bytes of the budget.
    pub limit: u64,
}

impl MemoryBudget {
    /// A budget of `limit` bytes, of which nothing is held.
    pub const fn new(limit: u64) -> Self {
        Self {
            limit,
            held: AtomicI64::new(0),
            texts: Mutex::new(0),
            bell: Condvar::new(),
        }
    }

    /// The bytes that may be held.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Whether more is held than the budget has, with `untold` bytes that the caller has not
    /// counted yet. One relaxed load.
    pub fn is_spent_with(&self, untold: i64) -> bool {
        let held = self.held.load(Ordering::Relaxed).saturating_add(untold);
        held > i64::try_from(self.limit).unwrap_or(i64::MAX)
    }

    /// Counts bytes that were taken, or, if negative, given back.
    pub fn add(&self, bytes: i64) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes until the share is dropped. Never waits.
    pub fn share(&self, bytes: u64) -> MemoryShare<'_> {
        self.add(amount(bytes));
        MemoryShare {
            budget: self,
            bytes,
        }
    }

    /// Takes the memory for a text that needs `bytes` while it is searched, as [`Self::turn`] does.
    ///
    /// # Errors
    /// The text alone needs more than the budget has.
    pub fn text(&self, bytes: u64) -> Result<TextMemory<'_>, BudgetError> {
        if bytes > self.limit.max(SMALL) {
            return Err(BudgetError {
                needed: bytes,
                limit: self.limit,
            });
        }
        Ok(self.turn(bytes))
    }

    /// Takes the memory for a text that needs `bytes` while it is searched. Waits while the budget
    /// is short and another large text is being searched; a thread must not hold two at a time.
    pub fn turn(&self, bytes: u64) -> TextMemory<'_> {
        let mut memory = TextMemory {
            budget: self,
            bytes: 0,
        };
        if bytes >= SMALL {
            let mut texts = self.texts();
            let limit = amount(self.limit);
            let is_short = || self.held.load(Ordering::Relaxed) + amount(bytes) > limit;
            while *texts > 0 && is_short() && !cancel::stopped() {
                let woken = self.bell.wait_timeout(texts, GLANCE);
                texts = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
            *texts += 1;
            memory.bytes = bytes;
            self.add(amount(bytes));
        }
        memory
    }

    fn texts(&self) -> MutexGuard<'_, usize> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn amount(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX / 4)
}

/// Memory that is counted until this is dropped.
#[derive(Debug)]
pub struct MemoryShare<'a> {
    budget: &'a MemoryBudget,
    bytes: u64,
}

impl Drop for MemoryShare<'_> {
    fn drop(&mut self) {
        self.budget.add(-amount(self.bytes));
    }
}

/// The memory of a text that is being searched; given back when this is dropped.
#[derive(Debug)]
pub struct TextMemory<'a> {
    budget: &'a MemoryBudget,
    /// Zero for a small text, which is not counted.
    bytes: u64,
}

impl Drop for TextMemory<'_> {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.add(-amount(self.bytes));
            *self.budget.texts() -= 1;
            self.budget.bell.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn large_texts_take_turns_and_small_ones_do_not_wait() {
        let budget = MemoryBudget::new(10 * SMALL);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (budget, now, most) = (&budget, &now, &most);
                scope.spawn(move || {
                    for _ in 0..50 {
                        let size = (1 + n % 6) * SMALL;
                        let _memory = budget.text(size).unwrap();
                        let held = now.fetch_add(size, Ordering::SeqCst) + size;
                        most.fetch_max(held, Ordering::SeqCst);
                        now.fetch_sub(size, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 10 * SMALL);
        let _whole = budget.text(10 * SMALL).unwrap();
        drop(budget.text(SMALL - 1).unwrap());
        assert!(!budget.is_spent_with(0));
    }

    #[test]
    fn a_text_alone_does_not_wait_for_other_memory() {
        let budget = MemoryBudget::new(4 * SMALL);
        let share = budget.share(100 * SMALL);
        assert!(budget.is_spent_with(0));
        drop(budget.text(4 * SMALL).unwrap());
        drop(share);
        assert!(!budget.is_spent_with(0));
        budget.add(1);
        assert_eq!(budget.held.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_text_that_never_fits_is_an_error() {
        let error = MemoryBudget::new(2 * SMALL).text(3 * SMALL).unwrap_err();
        assert_eq!((error.needed, error.limit), (3 * SMALL, 2 * SMALL));
        // A small one always fits.
        assert!(MemoryBudget::new(1).text(SMALL - 1).is_ok());
    }
}
