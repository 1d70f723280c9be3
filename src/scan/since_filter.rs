//! What is new: `--since` leaves out what commits brought in that are older than a date, or that a revision holds already.

use std::collections::HashSet;

use crate::coverage::{Coverage, Skip};
use crate::finding::{Finding, Origin};
use crate::scan::history::full_read::HistoryHits;
use crate::source::git::Repo;
use crate::source::git::commits::Commits;
use crate::source::git::pack::ObjectId;
use crate::source::target::Unit;

/// From where on a history is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// Committed at this time or later, in seconds since 1970.
    Time(i64),
    /// Not among the commits that this revision leads to: a branch, a tag, an id, `HEAD~10`.
    Revision(String),
}

impl std::str::FromStr for Since {
    type Err = String;

    /// A day (`2026-01-31`, in UTC) or a moment (RFC 3339); whatever is neither is a revision.
    fn from_str(text: &str) -> Result<Self, String> {
        let day = || {
            text.parse::<jiff::civil::Date>()
                .ok()?
                .to_zoned(jiff::tz::TimeZone::UTC)
                .ok()
        };
        let moment = || text.parse::<jiff::Timestamp>().ok();
        if text.is_empty() {
            return Err(
                "a day (2026-01-31), a moment (RFC 3339) or a revision is expected".to_owned(),
            );
        }
        match moment().or_else(|| day().map(|day| day.timestamp())) {
            Some(moment) => Ok(Since::Time(moment.as_second())),
            None => Ok(Since::Revision(text.to_owned())),
        }
    }
}

/// The commits whose findings are not told. An error names what the repository does not know.
pub(crate) fn older(
    since: &Since,
    repo: &Repo,
    commits: &Commits,
) -> Result<HashSet<ObjectId>, String> {
    let revision = match since {
        Since::Time(time) => {
            let older = commits.list.iter().filter(|commit| commit.time < *time);
            return Ok(older.map(|commit| commit.id).collect());
        }
        Since::Revision(revision) => revision,
    };
    let id = repo
        .commit(revision)
        .map_err(|why| format!("--since {revision}: {why}"))?;
    let mut stack: Vec<usize> = commits.find(id).into_iter().collect();
    let mut seen: HashSet<usize> = stack.iter().copied().collect();
    while let Some(at) = stack.pop() {
        stack.extend(
            commits
                .parents(at)
                .iter()
                .map(|&parent| parent as usize)
                .filter(|&parent| seen.insert(parent)),
        );
    }
    Ok(seen.into_iter().map(|at| commits.list[at].id).collect())
}

/// Takes out the findings of older commits, and those of objects that no commit holds and nobody staged: nobody knows how
/// old they are. Each is counted.
pub(crate) fn retain(
    findings: &mut Vec<Finding>,
    history: &HistoryHits,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_moments_and_revisions() {
        assert_eq!("2023-11-15".parse(), Ok(Since::Time(1_700_006_400)));
        assert_eq!(
            "2023-11-15T01:00:00+01:00".parse(),
            Ok(Since::Time(1_700_006_400))
        );
        assert_eq!("v1.2".parse(), Ok(Since::Revision("v1.2".into())));
        assert!("".parse::<Since>().is_err());
    }
}
