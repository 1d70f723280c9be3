//! Sends replies from all threads of a worker.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::finding_message::SentValues;
use super::frame::FrameWriter;
use super::reply::{Reply, UnitMessage};
use crate::cancel;
use crate::progress::Progress;
use crate::scan::TargetPart;

/// The pipe to the command.
pub(super) struct ReplySender {
    state: Mutex<State>,
}

struct State {
    out: FrameWriter<File>,
    values: SentValues,
    /// The first failure: nothing is sent after it.
    failed: Option<io::Error>,
}

impl ReplySender {
    pub(super) fn new(out: File) -> Self {
        let state = Mutex::new(State {
            out: FrameWriter::new(out),
            values: SentValues::default(),
            failed: None,
        });
        Self { state }
    }

    /// Sends a reply at once.
    pub(super) fn send(&self, reply: &Reply) {
        let mut state = self.lock();
        state.write(reply);
        state.flush();
    }

    /// Sends a part of the result at once.
    pub(super) fn send_part(&self, part: TargetPart) {
        let mut state = self.lock();
        match part {
            TargetPart::Name(name) => state.write(&Reply::Name(name)),
            TargetPart::Coverage(coverage) => state.write(&Reply::Coverage(Box::new(coverage))),
            TargetPart::Unit(unit) => {
                state.write(&Reply::Unit(Box::new(UnitMessage::of(&unit))));
                for finding in unit.findings {
                    let message = state.values.message(finding);
                    state.write(&Reply::Finding(Box::new(message)));
                }
            }
        }
        state.flush();
    }

    /// Whether everything was sent.
    pub(super) fn finish(self) -> io::Result<()> {
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.failed.map_or(Ok(()), Err)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, message: &Reply) {
        if self.failed.is_none() {
            let written = self.out.write(message);
            self.note(written);
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            let flushed = self.out.flush();
            self.note(flushed);
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        if let Err(error) = result {
            self.failed = Some(error);
            // Nobody waits for the result any more.
            cancel::interrupt();
        }
    }
}

/// Sends progress, a few times a second at most.
pub(super) struct PipeProgress<'a> {
    replies: &'a ReplySender,
    start: Instant,
    /// Steps that have not been sent.
    steps: AtomicU64,
    /// When steps were sent last, in milliseconds since the start.
    sent: AtomicU64,
}

impl<'a> PipeProgress<'a> {
    const INTERVAL: u64 = 100;

    pub(super) fn new(replies: &'a ReplySender) -> Self {
        Self {
            replies,
            start: Instant::now(),
            steps: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        }
    }
}

impl Progress for PipeProgress<'_> {
    fn stage(&self, name: &str, total: u64) {
        self.steps.store(0, Ordering::Relaxed);
        self.replies.send(&Reply::Stage(name.to_owned(), total));
    }

    fn advance(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
        let now = self.start.elapsed().as_millis() as u64;
        let sent = self.sent.load(Ordering::Relaxed);
        let (due, relaxed) = (
            now.saturating_sub(sent) >= Self::INTERVAL,
            Ordering::Relaxed,
        );
        if due
            && self
                .sent
                .compare_exchange(sent, now, relaxed, relaxed)
                .is_ok()
        {
            let steps = self.steps.swap(0, Ordering::Relaxed);
            self.replies.send(&Reply::Advance(steps));
        }
    }

    fn finish(&self) {}
}
