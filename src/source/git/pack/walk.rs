//! The walk over a forest. Workers take a few roots at a time. Below a root a worker descends depth
//! first, and holds the bytes of a base only while children of it are left to make. The child with
//! the most descendants comes last, and the base is released before its subtree is entered. Each
//! base that a worker holds thus halves the objects below, so it holds at most about log₂(objects)
//! bases.

use super::forest::Forest;
use super::read_limits::WorkLimits;
use super::read_plan::ReadPlan;
use super::visitor::{Options, Visitor};
use super::walk_tasks::WalkTasks;
use super::walk_worker::WalkWorker;
use crate::progress::Progress;

/// Shows `visitor` all objects of the kinds that `options` name, and returns the states of the workers. `progress` advances
/// by one for each object, shown or not. Stops early when interrupted.
pub fn walk<V: Visitor>(
    forest: &Forest,
    options: &Options,
    visitor: &V,
    progress: &dyn Progress,
) -> Vec<V::Worker> {
    // A folder can hold thousands of repositories without an object.
    if forest.nodes() == 0 {
        return Vec::new();
    }
    if let Some(workers) = attempt(forest, options, visitor, progress, None) {
        return workers;
    }
    visitor.restart();
    let counted = forest.stored_bytes().max(forest.supplement.left());
    let most = WorkLimits::of(counted, options.limits.expansion).planned;
    let plan = ReadPlan::new(forest, options, visitor, most);
    attempt(forest, options, visitor, progress, Some(plan)).unwrap_or_default()
}

/// Walks over all objects, or those of a plan. `None` without a plan if that costs too much.
fn attempt<V: Visitor>(
    forest: &Forest,
    options: &Options,
    visitor: &V,
    progress: &dyn Progress,
    plan: Option<ReadPlan>,
) -> Option<Vec<V::Worker>> {
    let workers = options.workers.max(1);
    let planned = plan.is_some();
    let tasks = WalkTasks::new(forest, visitor, options, progress, plan);
    let done = std::thread::scope(|scope| {
        let run = || {
            // A worker that panics must not leave the others waiting.
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
    });
    tasks.release_rest();
    if !planned {
        tasks.meter.draw();
    }
    (planned || !tasks.meter.is_spent()).then_some(done)
}

struct Closer<'a, 'b, V: Visitor>(&'a WalkTasks<'b, V>);

impl<V: Visitor> Drop for Closer<'_, '_, V> {
    fn drop(&mut self) {
        if std::thread::panicking() || self.0.ends() {
            self.0.queue.close();
        }
    }
}
