//! Starts a worker for each target, receives its results, and ends it if it overruns.
//!
//! A worker is not trusted to end, to answer or to stay alive. Its end, whatever it is, becomes one
//! line of the coverage report; the parts of the result that it sent before are kept.

use std::time::Duration;

use super::process_end::ProcessEnd;
use super::reply::{PartAssembly, Reply};
use super::request::{KeyMessage, Request, RulesMessage, ScanRequest};
use super::worker_watch::{self, Ended};
use crate::coverage::Limit;
use crate::detect::library::Library;
use crate::inventory::inventory_key::InventoryKey;
use crate::progress::Progress;
use crate::scan::{Options, TargetNeighbours, TargetScan};
use crate::source::target::Place;

/// The memory that a worker may have beyond its budget (`--memory`), which does not count the rules,
/// the threads and the tables of objects. These tables have up to 320 bytes for each object
/// (measured: less than 400 MB for 1.2 million objects); the largest public repositories have about
/// 10 million. The limits within a scan end what needs more; this one ends the process if they fail.
pub(super) const UNCOUNTED_MEMORY: u64 = 4 << 30;

/// Scans targets, each in a process of its own.
pub struct Workers<'a> {
    /// The options of the scan.
    pub options: &'a Options,
    /// All rules, if there are others than the built-in ones.
    pub rules: Option<&'a Library>,
    /// The key that makes ids.
    pub key: &'a InventoryKey,
    /// The time of the scan, in seconds since 1970.
    pub now: i64,
    /// The time that the scan of a target may take.
    pub time_limit: Option<Duration>,
    /// Receives the progress of workers.
    pub progress: &'a dyn Progress,
}

/// Why a revision is not found.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// The repository cannot be opened, or has no such revision.
    #[error("{0}")]
    Unknown(String),
    /// The worker ended without an answer.
    #[error("{0}")]
    Ended(ProcessEnd),
}

impl Workers<'_> {
    /// Scans a target. If its worker ends early, the result has the parts that were sent before.
    pub fn scan(&self, place: &Place, around: &TargetNeighbours) -> TargetScan {
        let mut result = TargetScan::default();
        let mut assembly = PartAssembly::default();
        let request = self.request(place, around);
        let ended = request.and_then(|request| {
            worker_watch::run(request, self.time_limit, &mut |reply| match reply {
                Reply::Stage(name, total) => {
                    self.progress.stage(&name, total);
                    true
                }
                Reply::Advance(steps) => {
                    self.progress.advance(steps);
                    true
                }
                other => match assembly.add(other) {
                    Ok(part) => {
                        if let Some(part) = part {
                            result.add(part);
                        }
                        true
                    }
                    Err(_) => false,
                },
            })
        });
        let name = result.name.clone();
        let name = name.unwrap_or_else(|| place.named.display().to_string());
        match ended {
            Ok(Ended::Done) => {}
            Ok(Ended::Interrupted) => result.coverage.interrupted = true,
            Ok(Ended::Overrun) => result.coverage.cut(Limit::Time, name),
            Err(end) => {
                let hint = match end {
                    ProcessEnd::OutOfMemory => " (--memory raises the limit)",
                    _ => "",
                };
                result.coverage.unreadable(name, format!("{end}{hint}"));
            }
        }
        result.close(around);
        result
    }

    fn request(&self, place: &Place, around: &TargetNeighbours) -> Result<Request, ProcessEnd> {
        let rules = self.rules.map(RulesMessage::of).transpose();
        Ok(Request::Scan(Box::new(ScanRequest {
            place: place.clone(),
            around: around.into(),
            options: self.options.clone(),
            rules: rules.map_err(|error| ProcessEnd::NotStarted(error.to_string()))?,
            key: KeyMessage::from(self.key),
            now: self.now,
            memory_limit: self.options.memory.saturating_add(UNCOUNTED_MEMORY),
            time_limit: self.time_limit,
            shows_progress: self.progress.is_shown(),
        })))
    }
}

/// Looks for a revision in a repository, in a process of its own.
///
/// # Errors
///
/// The repository has no such revision, or cannot be opened.
pub fn find_revision(place: &Place, revision: &str) -> Result<(), RevisionError> {
    let request = Request::FindRevision {
        place: place.clone(),
        revision: revision.to_owned(),
    };
    let mut answer = Err(RevisionError::Ended(ProcessEnd::NoReply));
    let ended = worker_watch::run(request, None, &mut |reply| match reply {
        Reply::Revision(why) => {
            answer = why.map_or(Ok(()), |why| Err(RevisionError::Unknown(why)));
            true
        }
        _ => false,
    });
    match ended {
        Ok(Ended::Done) => answer,
        // The command ends before anything is done.
        Ok(Ended::Interrupted | Ended::Overrun) => Ok(()),
        Err(end) => Err(RevisionError::Ended(end)),
    }
}
