//! Work on all cores, progress and interruption.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Set by Ctrl-C. Long work looks at it between two items and stops.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Where long work tells how far it is. Called from several threads.
pub trait Progress: Sync {
    /// A stage of `total` steps begins; the one before has ended.
    fn stage(&self, name: &str, total: u64);
    fn advance(&self, steps: u64);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// Runs `work` on every item, on `workers` threads, each with a state of its own, and returns the states. Items are
/// handed out one by one, so that one slow item keeps one worker busy and no more. Stops early when interrupted.
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
    each(items, workers, interrupted, init, work)
}

/// Like [`for_each`], for what is quickly done and needed for what was found before an interruption.
pub fn for_all<T: Sync, S: Send>(
    items: &[T],
    workers: usize,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) + Sync,
) -> Vec<S> {
    each(items, workers, || false, init, work)
}

fn each<T: Sync, S: Send>(
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

/// Number of threads when nobody says otherwise.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes of memory that the machine has; 2 GiB where it does not say.
pub fn memory() -> u64 {
    let total = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    total().map_or(2 << 30, |kib| kib << 10)
}
