//! A queue of tasks that busy workers leave to idle ones. It detects the end of all work.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The tasks of a fixed number of workers. A worker that finds no task waits; when all wait, the
/// work is done.
pub(super) struct WorkQueue<T> {
    inner: Mutex<Inner<T>>,
    bell: Condvar,
    /// The number of waiting workers for which there is no task yet.
    hungry: AtomicUsize,
    workers: usize,
}

struct Inner<T> {
    tasks: VecDeque<T>,
    waiting: usize,
    closed: bool,
}

impl<T> WorkQueue<T> {
    /// An empty queue for this number of workers.
    pub(super) fn new(workers: usize) -> Self {
        let inner = Mutex::new(Inner {
            tasks: VecDeque::new(),
            waiting: 0,
            closed: false,
        });
        Self {
            inner,
            bell: Condvar::new(),
            hungry: AtomicUsize::new(0),
            workers,
        }
    }

    /// True if a new task would go to a waiting worker. The check is cheap enough to be made for
    /// each object.
    pub(super) fn hungry(&self) -> bool {
        self.hungry.load(Ordering::Relaxed) > 0
    }

    /// Adds a task, and wakes a worker.
    pub(super) fn give(&self, task: T) {
        let mut inner = self.lock();
        inner.tasks.push_back(task);
        self.count(&inner);
        drop(inner);
        self.bell.notify_one();
    }

    /// Waits for a task; `None` when there will be none.
    pub(super) fn take(&self) -> Option<T> {
        let mut inner = self.lock();
        inner.waiting += 1;
        loop {
            if inner.closed {
                return None;
            }
            if let Some(task) = inner.tasks.pop_front() {
                inner.waiting -= 1;
                self.count(&inner);
                return Some(task);
            }
            if inner.waiting == self.workers {
                inner.closed = true;
                self.bell.notify_all();
                return None;
            }
            self.count(&inner);
            inner = self
                .bell
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The tasks that nobody took.
    pub(super) fn take_rest(&self) -> VecDeque<T> {
        std::mem::take(&mut self.lock().tasks)
    }

    /// Ends the work of all workers at once.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    fn count(&self, inner: &Inner<T>) {
        self.hungry.store(
            inner.waiting.saturating_sub(inner.tasks.len()),
            Ordering::Relaxed,
        );
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tasks_are_done_once_and_all_workers_end() {
        let queue = WorkQueue::new(3);
        queue.give(10u32);
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while let Some(task) = queue.take() {
                        done.fetch_add(1, Ordering::Relaxed);
                        // Each task leaves two smaller ones.
                        (0..2)
                            .filter(|_| task > 0)
                            .for_each(|_| queue.give(task - 1));
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), (1 << 11) - 1);
    }

    #[test]
    fn closing_ends_those_who_wait() {
        let queue = WorkQueue::<()>::new(2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.take());
            queue.close();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }
}
