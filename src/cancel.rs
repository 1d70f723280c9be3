//! Cancellation: a request to stop, made once and seen by threads and async tasks alike.
//!
//! Long work checks for it between two items and ends in order: calls in flight are finished, no
//! new item is begun.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// The cancellation of the whole process, requested by Ctrl-C or SIGTERM (`cli::main`).
///
/// A scan reads it directly through [`interrupted`], so that no function on the way down to a
/// single object needs a parameter for it. Import, comparison and verification take a
/// [`Cancellation`] as an argument, because tests run several of them in one process.
pub static INTERRUPT: Cancellation = Cancellation::new();

/// True once the process was asked to stop. One relaxed load: cheap enough to call for every
/// object.
pub fn interrupted() -> bool {
    INTERRUPT.is_requested()
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
