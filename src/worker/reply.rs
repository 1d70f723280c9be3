//! The replies of a worker.

use serde::{Deserialize, Serialize};

use super::finding_message::{FindingMessage, ReceivedValues};
use crate::coverage::Coverage;
use crate::finding::HistoryExtent;
use crate::finding::repository_identity::UnitIdentity;
use crate::scan::{TargetPart, UnitScan};
use crate::source::target::Unit;

/// A message of a worker.
#[derive(Serialize, Deserialize)]
pub(super) enum Reply {
    /// A stage begins, with this number of steps.
    Stage(String, u64),
    /// Steps of the stage are done.
    Advance(u64),
    /// The name of the target.
    Name(String),
    /// A unit was searched, and has this number of findings, which follow.
    Unit(Box<UnitMessage>),
    /// A finding of the last unit.
    Finding(Box<FindingMessage>),
    /// A coverage report of the time since the last one.
    Coverage(Box<Coverage>),
    /// Why the repository has no such revision; `None` if it has.
    Revision(Option<String>),
    /// The worker has done its work. Nothing follows.
    Done,
}

/// A unit without its findings.
#[derive(Serialize, Deserialize)]
pub(super) struct UnitMessage {
    unit: Unit,
    prefix: String,
    findings: u64,
    extent: HistoryExtent,
    identity: UnitIdentity,
}

impl UnitMessage {
    pub(super) fn of(scanned: &UnitScan) -> Self {
        let UnitScan {
            unit,
            prefix,
            findings,
            extent,
            identity,
        } = scanned;
        Self {
            unit: unit.clone(),
            prefix: prefix.clone(),
            findings: findings.len() as u64,
            extent: *extent,
            identity: identity.clone(),
        }
    }
}

/// The reply is not one that a worker sends at this point.
#[derive(Debug)]
pub(super) struct UnexpectedReply;

/// Puts replies together into parts of a result.
#[derive(Default)]
pub(super) struct PartAssembly {
    values: ReceivedValues,
    /// The unit whose findings are arriving, and the number of those that are missing.
    open: Option<(UnitScan, u64)>,
}

impl PartAssembly {
    /// The part that a unit, a finding or a coverage report completes.
    pub(super) fn add(&mut self, reply: Reply) -> Result<Option<TargetPart>, UnexpectedReply> {
        match reply {
            Reply::Name(name) => return Ok(Some(TargetPart::Name(name))),
            Reply::Coverage(coverage) => return Ok(Some(TargetPart::Coverage(*coverage))),
            Reply::Unit(message) if self.open.is_none() => {
                let UnitMessage {
                    unit,
                    prefix,
                    findings,
                    extent,
                    identity,
                } = *message;
                let unit = UnitScan {
                    unit,
                    prefix,
                    findings: Vec::new(),
                    extent,
                    identity,
                };
                self.open = Some((unit, findings));
            }
            Reply::Finding(message) => {
                let (unit, missing) = self.open.as_mut().ok_or(UnexpectedReply)?;
                let finding = self.values.finding(*message).ok_or(UnexpectedReply)?;
                *missing = missing.checked_sub(1).ok_or(UnexpectedReply)?;
                unit.findings.push(finding);
            }
            _ => return Err(UnexpectedReply),
        }
        let complete = self.open.take_if(|(_, missing)| *missing == 0);
        Ok(complete.map(|(unit, _)| TargetPart::Unit(unit)))
    }
}
