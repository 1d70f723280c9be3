//! The words for the properties of a finding in a report for people.

use std::borrow::Cow;

use super::options::Options;
use crate::escape;
use crate::finding::{Certainty, Finding, Introduction, Occurrence, Origin, is_weak};

/// Proof, commit and location of a finding.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a value is weak is said only where the value is shown"
)]
pub(super) fn details(finding: &Finding, options: &Options<'_>) -> Vec<String> {
    let occurrence = &finding.occurrence;
    let mut details = Vec::new();
    if options.show_secrets && is_weak(finding.value.expose()) {
        details.push("weak".to_owned());
    }
    if let Some(proof) = finding.proof {
        details.push(format!("proved by {}", escape::line(proof)));
    }
    if finding.expired {
        details.push("expired".to_owned());
    }
    match occurrence.certainty {
        Certainty::Exact => {}
        Certainty::Doubtful(doubt) => details.push(format!("doubtful ({})", doubt.name())),
        Certainty::InParts => details.push("in parts".to_owned()),
        Certainty::TooLong => details.push("too long".to_owned()),
    }
    // The heading of a commit message contains the commit.
    let named = matches!(
        occurrence.origin,
        Origin::CommitMessage | Origin::CommitHeader
    );
    let of_tag = matches!(occurrence.origin, Origin::TagMessage | Origin::TagHeader);
    let commit = occurrence.commit.as_deref().filter(|_| !named);
    let commit = commit.map(|commit| match of_tag {
        true => format!("tag of commit {}", short(commit)),
        false => format!("commit {}", short(commit)),
    });
    let author = occurrence.author.as_ref();
    let author = author.map(|author| format!("by {}", escape::line(author)));
    let date = occurrence.date.as_deref();
    let date = date.map(|date| format!("on {}", day(date)));
    let words: Vec<String> = [commit, author, date].into_iter().flatten().collect();
    details.extend(match occurrence.introduced {
        Introduction::At => Some(words.join(" ")).filter(|words| !words.is_empty()),
        Introduction::AtOrBefore => Some(format!("at or before {}", oldest(&words))),
    });
    if occurrence.origin == Origin::FileName {
        details.push("in the name".to_owned());
    }
    let location = match occurrence.origin {
        _ if occurrence.at_head => "at HEAD",
        _ if !occurrence.reachable => "unreachable",
        Origin::Worktree => "in the working tree",
        Origin::Staged => "staged",
        Origin::Blob => "history only",
        Origin::FileName => "history only",
        Origin::RefName => "name of a ref",
        Origin::Reflog => "in a reflog",
        Origin::GitDirectory => "not in a commit",
        // The heading contains the place of these.
        Origin::CommitMessage
        | Origin::TagMessage
        | Origin::CommitHeader
        | Origin::TagHeader
        | Origin::Note => "",
    };
    details.extend(Some(location.to_owned()).filter(|location| !location.is_empty()));
    if !occurrence.at_head {
        details.extend(held_by(occurrence));
    }
    details
}

/// The oldest known commit, by the words about it.
fn oldest(words: &[String]) -> String {
    let words = words.join(" ");
    match words.strip_prefix("on ") {
        Some(day) => format!("a commit of {day}"),
        None if words.is_empty() => "the oldest known commit".to_owned(),
        None => words,
    }
}

/// The branches and tags that contain the value, or the last commit that contained it.
fn held_by(occurrence: &Occurrence) -> Option<String> {
    match (&occurrence.last_commit, &occurrence.last_date) {
        (Some(last), Some(date)) => {
            return Some(format!("gone after {} of {}", short(last), day(date)));
        }
        (Some(last), None) => return Some(format!("gone after {}", short(last))),
        (None, Some(date)) => return Some(format!("gone after {}", day(date))),
        (None, None) => {}
    }
    let short = |name: &String| {
        let short = ["refs/heads/", "refs/remotes/", "refs/"]
            .iter()
            .find_map(|kind| name.strip_prefix(kind));
        escape::line(short.unwrap_or(name)).into_owned()
    };
    let more =
        (occurrence.refs.len() as u64 + occurrence.refs_more).saturating_sub(SHOWN_REFS as u64);
    let mut names: Vec<String> = occurrence.refs.iter().take(SHOWN_REFS).map(short).collect();
    names.extend((more > 0).then(|| format!("{more} more")));
    (!names.is_empty()).then(|| format!("held by {}", names.join(", ")))
}

/// Number of branches and tags listed for a finding.
const SHOWN_REFS: usize = 3;

/// The heading of a group of findings: their path or, without a path, their object.
pub(super) fn heading(occurrence: &Occurrence) -> String {
    let (what, of) = match occurrence.origin {
        Origin::Note if !occurrence.path.is_empty() => {
            return format!("note {}", escape::line(&occurrence.path));
        }
        _ if !occurrence.path.is_empty() => return escape::line(&occurrence.path).into_owned(),
        Origin::CommitMessage => ("message of", "commit"),
        Origin::TagMessage => ("message of", "tag"),
        Origin::CommitHeader => ("header of", "commit"),
        Origin::TagHeader => ("header of", "tag"),
        Origin::Note => ("", "note"),
        Origin::FileName => ("name in", "tree"),
        Origin::Blob
        | Origin::Worktree
        | Origin::Staged
        | Origin::RefName
        | Origin::Reflog
        | Origin::GitDirectory => ("", "blob"),
    };
    let object = match &occurrence.blob {
        Some(id) => format!("{what} {of} {}", short(id)),
        None => format!("{what} a {of}"),
    };
    object.trim_start().to_owned()
}

/// The day of an RFC 3339 date: its first ten characters.
fn day(date: &str) -> Cow<'_, str> {
    escape::line(date.get(..10).unwrap_or(date))
}

/// The first ten digits of an object id, which are unique in all but the largest repositories.
fn short(id: &str) -> Cow<'_, str> {
    escape::line(id.get(..10).unwrap_or(id))
}
