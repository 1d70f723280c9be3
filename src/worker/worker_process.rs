//! The process that scans one target: it reads a request from stdin, writes its replies to stdout,
//! and ends.

use std::fs::File;
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::time::Duration;

use super::frame::FrameReader;
use super::reader_process;
use super::reply::Reply;
use super::reply_sender::{PipeProgress, ReplySender};
use super::request::{self, Request, RulesMessage, ScanRequest};
use crate::cancel;
use crate::detect::library::LibraryError;
use crate::inventory::inventory_key::InventoryKey;
use crate::process_hardening;
use crate::progress::{NoProgress, Progress};
use crate::scan::{self, TargetNeighbours};
use crate::source::git::{Boundary, Repo, revision};
use crate::source::target;

/// Why a worker could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A pipe, or a thread, failed.
    #[error("a pipe to the command failed: {0}")]
    Pipe(#[from] io::Error),
    /// The request, or a reply, has no valid form.
    #[error("a message has no valid form: {0}")]
    Message(#[from] postcard::Error),
    /// The rules that were sent cannot be read.
    #[error("the rules cannot be read: {0}")]
    Rules(#[from] serde_json::Error),
    /// The rules that were sent do not compile.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Nothing was asked for.
    #[error("no request was received: other commands of keyferry start this one")]
    NoRequest,
    /// An order came out of turn.
    #[error("an order was not expected")]
    UnexpectedOrder,
}

/// Answers the request on stdin.
///
/// # Errors
///
/// There is no valid request, or the pipes are closed.
pub fn run() -> Result<(), WorkerError> {
    // Without the buffers of the standard streams, which are not zeroized.
    let requests = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let replies = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut reader = FrameReader::new(requests.try_clone()?);
    let request = reader.next()?.ok_or(WorkerError::NoRequest)?;
    let decoded: Request = postcard::from_bytes(&request)?;
    drop(request);
    if let Request::ReadValues(request) = &decoded {
        return reader_process::run(request, reader, replies);
    }
    drop(reader);
    end_with_the_command(requests)?;
    let replies = ReplySender::new(replies);
    match decoded {
        Request::ReadValues(_) => {}
        Request::Scan(request) => scan_target(*request, &replies)?,
        Request::FindRevision { place, revision } => {
            // A repository that cannot be opened is reported by the scan.
            let unknown = Repo::open(&place.location, &Boundary::default())
                .ok()
                .and_then(|repo| revision::check(&repo, &revision).err());
            replies.send(&Reply::Revision(unknown.map(|why| why.to_string())));
        }
    }
    replies.send(&Reply::Done);
    replies.finish()?;
    Ok(())
}

/// Ends this process soon after the command closes its pipe.
fn end_with_the_command(mut requests: File) -> io::Result<()> {
    let wait = move || {
        // The command sends nothing after its request.
        let _ = requests.read(&mut [0]);
        end_soon();
    };
    let thread = std::thread::Builder::new().name("end of the command".into());
    thread.spawn(wait).map(drop)
}

/// Asks this process to stop, and ends it soon afterwards: the command has ended, was interrupted or
/// killed.
pub(super) fn end_soon() -> ! {
    /// The time for an orderly end.
    const GRACE: Duration = Duration::from_millis(700);
    cancel::interrupt();
    std::thread::sleep(GRACE);
    std::process::exit(1);
}

fn scan_target(request: ScanRequest, replies: &ReplySender) -> Result<(), WorkerError> {
    process_hardening::limit_memory(request.memory_limit);
    // The process ends with the scan: to free the rules one by one costs as much as the scan of a
    // small folder.
    let library = ManuallyDrop::new(RulesMessage::library(request.rules.as_ref())?);
    let engine = ManuallyDrop::new(request::engine(&library, request.now)?);
    let key = InventoryKey::from(&request.key);
    if let Some(limit) = request.time_limit {
        cancel::limit_time(limit)?;
    }
    let progress = PipeProgress::new(replies);
    let progress: &dyn Progress = match request.shows_progress {
        true => &progress,
        false => &NoProgress,
    };
    let around: TargetNeighbours = request.around.into();
    let options = request
        .options
        .around(&around.separate, &request.place.location);
    let unit = target::open(&request.place, &options.boundary);
    scan::scan_target(
        unit,
        &around,
        &engine,
        &key,
        &options,
        progress,
        &mut |part| replies.send_part(part),
    );
    Ok(())
}
