//! Leaves out the findings that are older than `--since`.

use std::collections::HashSet;

use super::history::history_matches::HistoryMatches;
use super::since::Since;
use crate::coverage::{Coverage, Skip};
use crate::finding::{Finding, Origin};
use crate::source::git::Repo;
use crate::source::git::commits::{CommitIndex, Commits};
use crate::source::git::pack::ObjectId;
use crate::source::git::revision::{self, RevisionError};
use crate::source::target::Unit;

/// The repository does not have the revision that `--since` names.
#[derive(Debug, thiserror::Error)]
#[error("--since {revision}: {reason}")]
pub(crate) struct SinceError {
    /// As the user wrote it.
    revision: String,
    /// The reason.
    #[source]
    reason: RevisionError,
}

/// The commits whose findings are not reported.
///
/// # Errors
/// The repository does not have the revision.
pub(crate) fn older(
    since: &Since,
    repo: &Repo,
    commits: &Commits,
) -> Result<HashSet<ObjectId>, SinceError> {
    let revision = match since {
        Since::Time(time) => {
            let older = commits.list.iter().filter(|commit| commit.time < *time);
            return Ok(older.map(|commit| commit.id).collect());
        }
        Since::Revision(revision) => revision,
    };
    let start = revision::resolve(repo, commits, revision).map_err(|reason| SinceError {
        revision: revision.clone(),
        reason,
    })?;
    let mut stack: Vec<CommitIndex> = vec![start];
    let mut seen: HashSet<CommitIndex> = stack.iter().copied().collect();
    while let Some(at) = stack.pop() {
        stack.extend(
            commits
                .parents(at)
                .iter()
                .copied()
                .filter(|&parent| seen.insert(parent)),
        );
    }
    Ok(seen
        .into_iter()
        .map(|at| commits.list[at.index()].id)
        .collect())
}

/// Removes the findings of older commits, and those of objects that no commit holds and that are
/// not staged: their age is unknown. Counts each in the coverage report.
pub(crate) fn retain(
    findings: &mut Vec<Finding>,
    history: &HistoryMatches,
    unit: &Unit,
    coverage: &mut Coverage,
) {
    let Some(older) = &history.older else { return };
    findings.retain(|finding| {
        let at = &finding.occurrence;
        let new = match at
            .commit
            .as_deref()
            .and_then(|id| ObjectId::from_hex(id.as_bytes()))
        {
            Some(commit) => !older.contains(&commit),
            None => matches!(
                at.origin,
                Origin::Worktree | Origin::Staged | Origin::GitDirectory
            ),
        };
        if !new {
            coverage.skip(
                Skip::BeforeSince,
                format!("{} {}:{}", unit.name, at.path, at.line),
            );
        }
        new
    });
}
