//! Cancellation: a request to stop, made once and seen by threads and async tasks alike.
//!
//! Long work checks for it between two items and ends in order: calls in flight are finished, no
//! new item is begun.
//!
//! A scan has two reasons to stop: the user interrupted it, or its time limit is over. Both are
//! bits of one number, so that a check costs one relaxed load and needs no clock.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// The cancellation of the whole process, requested by Ctrl-C or SIGTERM (`cli::main`).
///
/// A scan reads it through [`stopped`], so that no function on the way down to a single object
/// needs a parameter for it. Import, comparison and verification take a [`Cancellation`] as an
/// argument, because tests run several of them in one process.
pub static INTERRUPT: Cancellation = Cancellation::new();

/// The reasons for which the scan of this process stops: [`INTERRUPTED`], [`OUT_OF_TIME`].
static STOP: AtomicU8 = AtomicU8::new(0);
const INTERRUPTED: u8 = 1;
const OUT_OF_TIME: u8 = 2;

/// Whether a scan must stop, for whatever reason. One relaxed load: cheap enough to call for every
/// object and for every block of a long text.
pub fn stopped() -> bool {
    STOP.load(Ordering::Relaxed) != 0
}

/// Whether the user asked the process to stop.
pub fn interrupted() -> bool {
    STOP.load(Ordering::Relaxed) & INTERRUPTED != 0
}

/// Whether the time limit of this process's scan is over.
pub fn out_of_time() -> bool {
    STOP.load(Ordering::Relaxed) & OUT_OF_TIME != 0
}

/// Asks the whole process to stop. Returns true if it had been asked before.
pub fn interrupt() -> bool {
    STOP.fetch_or(INTERRUPTED, Ordering::SeqCst);
    INTERRUPT.request()
}

/// Limits the time of the scan of this process: after `limit`, [`stopped`] is true. For a process
/// that scans one target; the limit cannot be withdrawn.
///
/// # Errors
///
/// The thread that waits for the end of the limit cannot be started.
pub fn limit_time(limit: Duration) -> std::io::Result<()> {
    let wait = move || {
        std::thread::sleep(limit);
        STOP.fetch_or(OUT_OF_TIME, Ordering::SeqCst);
    };
    let thread = std::thread::Builder::new().name("time limit".into());
    thread.spawn(wait).map(drop)
}

/// A request to stop. It cannot be withdrawn.
#[derive(Debug, Default)]
pub struct Cancellation {
    requested: AtomicBool,
    waiters: Notify,
}

impl Cancellation {
    /// A cancellation that nobody has requested yet.
    pub const fn new() -> Self {
        Self {
            requested: AtomicBool::new(false),
            waiters: Notify::const_new(),
        }
    }

    /// Requests the stop and wakes every task that awaits [`Cancellation::requested`]. Callable
    /// from any thread. Returns true if the stop had been requested before.
    pub fn request(&self) -> bool {
        let before = self.requested.swap(true, Ordering::SeqCst);
        self.waiters.notify_waiters();
        before
    }

    /// True once the stop was requested.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }

    /// Ends when the stop is requested; at once if that has happened already.
    pub async fn requested(&self) {
        // Registered before the check: a request between the two would otherwise wake nobody.
        let notified = self.waiters.notified();
        if !self.is_requested() {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_request_from_another_thread_wakes_a_waiting_task() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let cancel = Cancellation::new();
        assert!(!cancel.is_requested());
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(!cancel.request()));
            runtime
                .block_on(async {
                    tokio::time::timeout(Duration::from_secs(60), cancel.requested()).await
                })
                .unwrap();
        });
        assert!(cancel.is_requested() && cancel.request());
        // A late waiter does not wait.
        runtime.block_on(cancel.requested());
    }
}
