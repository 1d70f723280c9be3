//! The process that reads values of one repository again, until the command closes its pipe.
//!
//! It has no key: it offers values, and the command judges them.

use std::fs::File;
use std::io;
use std::sync::mpsc::{self, Receiver};

use zeroize::Zeroizing;

use super::command_end;
use super::finding_message::CandidateMessage;
use super::frame::{FrameReader, FrameWriter};
use super::reader_message::{ReaderOrder, ReaderReply};
use super::request::ReadRequest;
use super::worker_error::WorkerError;
use crate::process_hardening;
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
    while let Some(order) = pipes.order()? {
        let ReaderOrder::Find(place) = order else {
            return Err(WorkerError::UnexpectedOrder);
        };
        let mut failed = None;
        let found = reader.find(&place.0, &mut |candidates| {
            let judged = pipes.judge(candidates);
            judged.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        pipes.reply(&ReaderReply::Done(found.map(|value| value.is_some())))?;
    }
    Ok(())
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
