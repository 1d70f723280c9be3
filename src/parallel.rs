//! Threads that share a list of items: each takes the next item when it is free.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cancel::stopped;
use crate::progress::Progress;

/// Runs `work` on every item and reports one step of progress for each; ends early when the scan
/// must stop.
///
/// `workers` threads each have a state of their own, made by `init`; the states are returned. Items
/// are handed out one by one, so that a slow item keeps only one worker busy.
pub fn for_each<T: Sync, S: Send>(
    items: &[T],
    workers: usize,
    progress: &dyn Progress,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) + Sync,
) -> Vec<S> {
    let work = |state: &mut S, item: &T| {
        work(state, item);
        progress.advance(1);
    };
    run_workers(items, workers, stopped, init, work)
}

/// As [`for_each`], but goes on after a stop: for quick work that the results found so far
/// depend on.
pub fn for_each_uninterrupted<T: Sync, S: Send>(
    items: &[T],
    workers: usize,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) + Sync,
) -> Vec<S> {
    run_workers(items, workers, || false, init, work)
}

fn run_workers<T: Sync, S: Send>(
    items: &[T],
    workers: usize,
    stop: impl Fn() -> bool + Sync,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) + Sync,
) -> Vec<S> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut state = init();
        while !stop() {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            work(&mut state, item);
        }
        state
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.clamp(1, items.len().max(1)))
            .map(|_| scope.spawn(run))
            .collect();
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
