//! Leaves out the places that are older than `--since`, and those of unknown age.

use super::history::history_matches::HistoryMatches;
use super::placement::placed_matches::PlacedMatches;
use super::since::Since;
use crate::coverage::{Coverage, Skip};
use crate::finding::{Introduction, Origin};
use crate::source::git::Repo;
use crate::source::git::attribution::OlderCommits;
use crate::source::git::commits::{CommitIndex, Commits};
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
) -> Result<OlderCommits, SinceError> {
    let revision = match since {
        Since::Time(time) => {
            let older = commits.list.iter().map(|commit| commit.time < *time);
            return Ok(OlderCommits(older.collect()));
        }
        Since::Revision(revision) => revision,
    };
    let start = revision::resolve(repo, commits, revision).map_err(|reason| SinceError {
        revision: revision.clone(),
        reason,
    })?;
    let mut seen = vec![false; commits.list.len()];
    let mut stack: Vec<CommitIndex> = vec![start];
    while let Some(at) = stack.pop() {
        if !std::mem::replace(&mut seen[at.index()], true) {
            stack.extend_from_slice(commits.parents(at));
        }
    }
    Ok(OlderCommits(seen))
}

/// The age of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    New,
    Old,
    Unknown,
}

/// Removes the places that are old, and those whose age is unknown. Counts each of their matches in the
/// coverage report.
pub(crate) fn retain(
    places: &mut Vec<PlacedMatches>,
    since: &Since,
    history: &HistoryMatches,
    unit: &Unit,
    coverage: &mut Coverage,
) {
    let mut unknown = 0;
    places.retain(|place| {
        let reason = match age(place, since, history, coverage) {
            Age::New => return true,
            Age::Old => Skip::BeforeSince,
            Age::Unknown => Skip::UnknownAge,
        };
        for located in &place.matches {
            let line = located.position.line;
            coverage.skip(reason, format!("{} {}:{line}", unit.name, place.path));
        }
        if reason == Skip::UnknownAge {
            unknown += place.matches.len();
        }
        false
    });
    // To leave out a finding that may be new is no clean result.
    if unknown > 0 {
        coverage.unreadable(
            format!("{} history", unit.name),
            format!(
                "it does not reach back to --since, and the age of findings is unknown: {unknown} (git fetch --unshallow, or --shallow-since)"
            ),
        );
    }
}

/// The age of a place, as far as the commits of the clone determine it.
///
/// A place that an older commit has is old. Of the others, those are new that a commit introduced. If only
/// the oldest known commit is known, it depends: a place that a revision does not have is new in
/// comparison with it, but nobody knows whether it is newer than a day.
fn age(place: &PlacedMatches, since: &Since, history: &HistoryMatches, coverage: &Coverage) -> Age {
    let attribution = &place.attribution;
    let at = attribution.commit.and_then(|id| history.commits.find(id));
    let older = history.older.as_ref();
    match at {
        _ if attribution.is_older => Age::Old,
        Some(at) if older.is_some_and(|older| older.contains(at)) => Age::Old,
        Some(_) if attribution.introduced == Introduction::At => Age::New,
        Some(_) => match since {
            Since::Time(_) => Age::Unknown,
            // Of a partial clone, the revision's own version may be missing.
            Since::Revision(_) if coverage.skipped.contains_key(&Skip::Partial) => Age::Unknown,
            Since::Revision(_) => Age::New,
        },
        // The age of objects that no commit holds is unknown, and no older history would show it.
        None => match place.origin {
            Origin::Worktree | Origin::Staged | Origin::GitDirectory => Age::New,
            _ => Age::Old,
        },
    }
}
