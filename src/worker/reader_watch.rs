//! A running reader, as the command sees it: it gets orders and sends replies in turns, and is killed
//! if a reply does not come when it must.

use std::io;
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::finding_message::PlaceMessage;
use super::frame::{FrameReader, FrameWriter};
use super::process_end::ProcessEnd;
use super::reader_message::{ReaderOrder, ReaderReply};
use super::request::Request;
use super::worker_watch::{EXIT_GRACE, TICK, collect, start};
use crate::cancel;
use crate::finding::Occurrence;
use crate::scan::place_line::{LineWish, PlaceLine};
use crate::secret::SecretValue;
use crate::source::value_reader::RereadError;

/// Why a reader is no longer used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderEnd {
    /// Its process ended.
    #[error("{0}")]
    Process(ProcessEnd),
    /// It did not answer within its time.
    #[error("its process took longer than it may")]
    Overrun,
    /// The user interrupted the command.
    #[error("interrupted")]
    Interrupted,
}

/// A reader. It is killed when it is dropped: it has nothing to finish.
pub(super) struct ReaderWatch {
    process: Child,
    orders: SyncSender<ReaderOrder>,
    /// `None`: it sent something that is not a reply.
    replies: Receiver<Option<ReaderReply>>,
    said: Option<JoinHandle<String>>,
}

impl ReaderWatch {
    /// Starts a reader.
    pub(super) fn start(request: Request) -> Result<Self, ReaderEnd> {
        let not_started = |why: String| ReaderEnd::Process(ProcessEnd::NotStarted(why));
        let mut process = start().map_err(|error| not_started(error.to_string()))?;
        let (orders, sent) = mpsc::sync_channel(1);
        let (received, replies) = mpsc::sync_channel(1);
        let pipes = (process.stdin.take(), process.stdout.take());
        let said = process.stderr.take();
        let said = said.map(|stderr| std::thread::spawn(move || collect(stderr)));
        if let (Some(stdin), Some(stdout)) = pipes {
            std::thread::spawn(move || exchange(&request, stdin, stdout, &sent, &received));
        }
        Ok(Self {
            process,
            orders,
            replies,
            said,
        })
    }

    /// Finds the value of a place. `None`: the place can be read and holds another value.
    pub(super) fn find(
        &mut self,
        occurrence: &Occurrence,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
        deadline: Option<Instant>,
    ) -> Result<Result<Option<SecretValue>, RereadError>, ReaderEnd> {
        let order = ReaderOrder::Find(Box::new(PlaceMessage(occurrence.clone())));
        match self.answer(order, is_wanted, deadline)? {
            (ReaderReply::Done(Ok(true)), Some(value)) => Ok(Ok(Some(value))),
            (ReaderReply::Done(Ok(false)), _) => Ok(Ok(None)),
            (ReaderReply::Done(Err(error)), _) => Ok(Err(error)),
            _ => Err(ReaderEnd::Process(ProcessEnd::NoReply)),
        }
    }

    /// Reads the line of a place. `None`: the place can be read and holds another value.
    pub(super) fn line(
        &mut self,
        occurrence: &Occurrence,
        wish: LineWish,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
        deadline: Option<Instant>,
    ) -> Result<Result<Option<PlaceLine>, RereadError>, ReaderEnd> {
        let order = ReaderOrder::ReadLine(Box::new(PlaceMessage(occurrence.clone())), wish);
        match self.answer(order, is_wanted, deadline)? {
            (ReaderReply::Line(Ok(Some(line))), Some(_)) => Ok(Ok(Some(*line))),
            (ReaderReply::Line(Ok(None)), _) => Ok(Ok(None)),
            (ReaderReply::Line(Err(error)), _) => Ok(Err(error)),
            _ => Err(ReaderEnd::Process(ProcessEnd::NoReply)),
        }
    }

    /// The last reply to an order, and the last candidate that was wanted.
    fn answer(
        &mut self,
        mut order: ReaderOrder,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
        deadline: Option<Instant>,
    ) -> Result<(ReaderReply, Option<SecretValue>), ReaderEnd> {
        let mut wanted = None;
        loop {
            match self.reply(order, deadline)? {
                ReaderReply::Candidates(candidates) => {
                    let mut values = candidates.into_iter().map(|candidate| candidate.0);
                    let found = values
                        .by_ref()
                        .enumerate()
                        .find(|(_, value)| is_wanted(value));
                    let index = found
                        .as_ref()
                        .and_then(|(index, _)| u32::try_from(*index).ok());
                    wanted = found.map(|(_, value)| value);
                    order = ReaderOrder::Verdict(index);
                }
                last => return Ok((last, wanted)),
            }
        }
    }

    /// Sends an order and waits for the reply.
    fn reply(
        &mut self,
        order: ReaderOrder,
        deadline: Option<Instant>,
    ) -> Result<ReaderReply, ReaderEnd> {
        if self.orders.send(order).is_err() {
            return Err(self.end());
        }
        loop {
            match self.replies.recv_timeout(TICK) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => return Err(ReaderEnd::Process(ProcessEnd::NoReply)),
                Err(RecvTimeoutError::Disconnected) => return Err(self.end()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if cancel::interrupted() {
                return Err(ReaderEnd::Interrupted);
            }
            if deadline.is_some_and(|end| Instant::now() >= end) {
                return Err(ReaderEnd::Overrun);
            }
        }
    }

    /// How the process ended, whose pipes are closed.
    fn end(&mut self) -> ReaderEnd {
        let closed = Instant::now();
        let status = loop {
            match self.process.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if closed.elapsed() < EXIT_GRACE && !cancel::interrupted() => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok(None) => {
                    // It may have ended by now.
                    let _ = self.process.kill();
                    break self.process.wait();
                }
                Err(error) => break Err(error),
            }
        };
        let said = self.said.take().and_then(|said| said.join().ok());
        ReaderEnd::Process(match status {
            Ok(status) if status.success() => ProcessEnd::NoReply,
            Ok(status) => ProcessEnd::of(status, &said.unwrap_or_default()),
            Err(error) => ProcessEnd::Code(None, error.to_string()),
        })
    }
}

impl Drop for ReaderWatch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends the request, then orders, and receives the reply to each.
fn exchange(
    request: &Request,
    stdin: ChildStdin,
    stdout: ChildStdout,
    orders: &Receiver<ReaderOrder>,
    replies: &SyncSender<Option<ReaderReply>>,
) {
    let mut writer = FrameWriter::new(stdin);
    let mut reader = FrameReader::new(stdout);
    // If the process has ended, its exit status says why.
    if writer.write(request).and_then(|()| writer.flush()).is_err() {
        return;
    }
    while let Ok(order) = orders.recv() {
        if writer.write(&order).and_then(|()| writer.flush()).is_err() {
            return;
        }
        let reply = match reader.next() {
            Ok(Some(message)) => postcard::from_bytes(&message).ok(),
            Ok(None) => return,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
            Err(_) => None,
        };
        if replies.send(reply).is_err() {
            return;
        }
    }
}
