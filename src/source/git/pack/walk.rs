//! The walk over a forest. Workers take a few roots at a time. Below a root a worker descends depth
//! first, and holds the bytes of a base only while children of it are left to make. The child with
//! the most descendants comes last, and the base is released before its subtree is entered. Each
//! base that a worker holds thus halves the objects below, so it holds at most about log₂(objects)
//! bases.

use super::forest::Forest;
use super::read_limits::PLANNED;
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
    let plan = |most| ReadPlan::new(forest, options, visitor, most);
    let attempt = |plan, part| {
        let tasks = WalkTasks::new(forest, visitor, options, progress, plan, part);
        let done = attempt(&tasks);
        (done, tasks.meter)
    };
    let (done, meter) = attempt(None, 1);
    if !meter.is_spent() {
        meter.draw();
        return done;
    }
    drop(done);
    visitor.restart();
    let most = meter.planned();
    // Texts of one size differ in cost: where every line is a secret, reading a plan can cost as much as reading everything.
    let (mut done, planned) = attempt(Some(plan(most)), PLANNED / 2);
    if planned.is_spent() {
        drop(done);
        visitor.restart();
        (done, _) = attempt(Some(plan(most / PLANNED)), 0);
    }
    meter.draw();
    done
}

/// Walks over all objects, or those of a plan.
fn attempt<V: Visitor>(tasks: &WalkTasks<V>) -> Vec<V::Worker> {
    let workers = tasks.options.workers.max(1);
    let done = std::thread::scope(|scope| {
        let run = || {
            // A worker that panics must not leave the others waiting.
            let _closer = Closer(tasks);
            WalkWorker::new(tasks).run()
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
    done
}

struct Closer<'a, 'b, V: Visitor>(&'a WalkTasks<'b, V>);

impl<V: Visitor> Drop for Closer<'_, '_, V> {
    fn drop(&mut self) {
        if std::thread::panicking() || self.0.ends() {
            self.0.queue.close();
        }
    }
}
