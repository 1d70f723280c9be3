//! The walk over a forest: what a visitor sees, and how the work is laid out. Roots are handed out a few at a time; below a root
//! a worker goes depth first, so that it holds the bytes of a base only while children of it are left to make. Of the
//! children the one with the most descendants comes last, and the base is let go before its subtree is entered: each base
//! that a worker holds halves what is below, so it holds about log₂(objects) of them at most.

use super::forest::Forest;
use super::visitor::{Options, Visitor};
use super::walk_tasks::WalkTasks;
use super::walk_worker::WalkWorker;
use crate::cancel;
use crate::progress::Progress;

/// Shows `visitor` all objects of the kinds that `options` name, and returns the states of the workers. `progress` advances
/// by one for each object, shown or not. Stops early when interrupted.
pub fn walk<V: Visitor>(
    forest: &Forest,
    options: &Options,
    visitor: &V,
    progress: &dyn Progress,
) -> Vec<V::Worker> {
    let workers = options.workers.max(1);
    let tasks = WalkTasks::new(forest, visitor, options, progress);
    std::thread::scope(|scope| {
        let run = || {
            // Whoever panics must not leave the others waiting.
            let _closer = Closer(&tasks);
            WalkWorker::new(&tasks).run()
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}

struct Closer<'a, 'b, V: Visitor>(&'a WalkTasks<'b, V>);

impl<V: Visitor> Drop for Closer<'_, '_, V> {
    fn drop(&mut self) {
        if std::thread::panicking() || cancel::interrupted() {
            self.0.queue.close();
        }
    }
}
