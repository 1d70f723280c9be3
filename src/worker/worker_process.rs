//! The process that scans one target: it reads a request from stdin, writes its replies to stdout,
//! and ends.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;

use super::command_end::end_with_the_command;
use super::frame::FrameReader;
use super::reader_process;
use super::reply::Reply;
use super::reply_sender::{PipeProgress, ReplySender};
use super::request::{self, Request, RulesMessage, ScanRequest};
use super::worker_error::WorkerError;
use crate::cancel;
use crate::inventory::inventory_key::InventoryKey;
use crate::process_hardening;
use crate::progress::{NoProgress, Progress};
use crate::scan::{self, TargetNeighbours};
use crate::source::git::{Boundary, Repo, revision};
use crate::source::target;

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
