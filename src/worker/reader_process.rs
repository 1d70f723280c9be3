//! The process that reads values of one repository again, until the command closes its pipe.
//!
//! It has no key: it offers values, and the command judges them.

use std::cell::OnceCell;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::sync::mpsc::{self, Receiver};

use zeroize::Zeroizing;

use super::command_end;
use super::finding_message::CandidateMessage;
use super::frame::{FrameReader, FrameWriter};
use super::reader_message::{ReaderOrder, ReaderReply};
use super::request::{self, ReadRequest, RulesMessage};
use super::worker_error::WorkerError;
use crate::detect::engine::Engine;
use crate::process_hardening;
use crate::scan::place_line::PlaceLine;
use crate::secret::SecretValue;
use crate::source::value_reader::{OpenedObjects, ValueReader};

/// Answers the orders of the command.
///
/// # Errors
///
/// An order has no valid form, or the pipes are closed.
pub(super) fn run(
    request: &ReadRequest,
    orders: FrameReader<File>,
    replies: File,
) -> Result<(), WorkerError> {
    process_hardening::limit_memory(request.memory_limit);
    let mut pipes = Pipes {
        orders: received(orders)?,
        replies: FrameWriter::new(replies),
    };
    let opened = OpenedObjects::default();
    let ReadRequest {
        location, boundary, ..
    } = request;
    let mut reader = ValueReader::new(location, boundary, request.largest, &opened);
    let engine = LazyEngine::new(request);
    while let Some(order) = pipes.order()? {
        let mut failed = None;
        let mut judge = |candidates: &[SecretValue]| {
            let judged = pipes.judge(candidates);
            judged.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        };
        let reply = match order {
            ReaderOrder::Find(place) => {
                let found = reader.find(&place.0, &mut judge);
                ReaderReply::Done(found.map(|value| value.is_some()))
            }
            ReaderOrder::ReadLine(place, wish) => {
                let line = match reader.locate(&place.0, &mut judge) {
                    Ok(Some(located)) => {
                        let line = PlaceLine::of(engine.get()?, &place.0, located, wish);
                        Ok(Some(Box::new(line)))
                    }
                    Ok(None) => Ok(None),
                    Err(error) => Err(error),
                };
                ReaderReply::Line(line)
            }
            ReaderOrder::Verdict(_) => return Err(WorkerError::UnexpectedOrder),
        };
        if let Some(error) = failed {
            return Err(error);
        }
        pipes.reply(&reply)?;
    }
    Ok(())
}

/// The rules, compiled when the first line is read. The process ends without freeing them.
struct LazyEngine<'a> {
    request: &'a ReadRequest,
    engine: OnceCell<ManuallyDrop<Engine>>,
}

impl<'a> LazyEngine<'a> {
    fn new(request: &'a ReadRequest) -> Self {
        Self {
            request,
            engine: OnceCell::new(),
        }
    }

    fn get(&self) -> Result<&Engine, WorkerError> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let library = RulesMessage::library(self.request.rules.as_ref())?;
        let engine = request::engine(&library, self.request.now)?;
        Ok(self.engine.get_or_init(|| ManuallyDrop::new(engine)))
    }
}

/// The two pipes to the command.
struct Pipes {
    orders: Receiver<Zeroizing<Vec<u8>>>,
    replies: FrameWriter<File>,
}

impl Pipes {
    /// The next order; `None` at the end.
    fn order(&self) -> Result<Option<ReaderOrder>, WorkerError> {
        let Ok(order) = self.orders.recv() else {
            return Ok(None);
        };
        Ok(Some(postcard::from_bytes(&order)?))
    }

    fn reply(&mut self, reply: &ReaderReply) -> io::Result<()> {
        self.replies.write(reply)?;
        self.replies.flush()
    }

    /// Asks the command for the wanted one of some candidates.
    fn judge(&mut self, candidates: &[SecretValue]) -> Result<Option<usize>, WorkerError> {
        let candidates = candidates.iter().cloned().map(CandidateMessage);
        self.reply(&ReaderReply::Candidates(candidates.collect()))?;
        match self.order()? {
            Some(ReaderOrder::Verdict(index)) => Ok(index.map(|index| index as usize)),
            _ => Err(WorkerError::UnexpectedOrder),
        }
    }
}

/// Receives the orders in a thread of its own, so that the process ends with the command, even while
/// it reads.
fn received(mut orders: FrameReader<File>) -> io::Result<Receiver<Zeroizing<Vec<u8>>>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let receive = move || {
        while let Ok(Some(order)) = orders.next() {
            if sender.send(order).is_err() {
                return;
            }
        }
        drop(sender);
        command_end::end_soon();
    };
    let thread = std::thread::Builder::new().name("orders".into());
    thread.spawn(receive)?;
    Ok(receiver)
}
