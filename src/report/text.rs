//! `--format text`, for people: findings by repository and path, then the coverage report, then
//! totals.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::coverage_report;
use super::finding_order::{object, ordered};
use super::number::{count, dismissed_in_words};
use super::options::Options;
use super::table::{self, Align};
use crate::coverage::Coverage;
use crate::coverage::shortfall::Shortfall;
use crate::escape;
use crate::finding::{Certainty, Confidence, Finding, Introduction, Occurrence, Origin, is_weak};

/// Writes the text report.
///
/// # Errors
///
/// Errors of `out`.
pub fn write(
    out: &mut dyn Write,
    findings: &[Finding],
    coverage: &Coverage,
    options: &Options<'_>,
) -> io::Result<()> {
    let paint = Paint(options.color);
    let ordered = ordered(findings);
    for repository in ordered.chunk_by(|a, b| a.occurrence.repository == b.occurrence.repository) {
        let name = match repository[0].occurrence.repository.as_str() {
            "" => Cow::Borrowed("(no repository)"),
            name => escape::line(name),
        };
        writeln!(out, "{}", paint.bold(&name))?;
        let same_place = |a: &&Finding, b: &&Finding| {
            a.occurrence.path == b.occurrence.path && object(&a.occurrence) == object(&b.occurrence)
        };
        for place in repository.chunk_by(same_place) {
            writeln!(out, "  {}", paint.bold(&heading(&place[0].occurrence)))?;
            write_place(out, place, paint, options)?;
        }
        writeln!(out)?;
    }
    coverage_report::write(out, coverage)?;
    let in_git = |finding: &Finding| finding.occurrence.date.is_some();
    if options.object_ids && !options.show_secrets {
        writeln!(out, "{IDS_SHOWN}")?;
    } else if !options.object_ids && findings.iter().any(in_git) {
        writeln!(out, "{IDS_LEFT_OUT}")?;
    }
    writeln!(
        out,
        "\n{}",
        paint.bold(&last_line(findings, coverage, options.dismissed))
    )
}

const IDS_SHOWN: &str =
    "  ids         of git objects are shown: with them, anyone can test guesses of a weak value";
const IDS_LEFT_OUT: &str =
    "  ids         of commits and blobs are left out (--show-ids shows them)";

/// Writes the findings of one file, message or blob in columns.
fn write_place(
    out: &mut dyn Write,
    place: &[&Finding],
    paint: Paint,
    options: &Options<'_>,
) -> io::Result<()> {
    let rows: Vec<Vec<String>> = place
        .iter()
        .map(|finding| cells(finding, options))
        .collect();
    let widths = table::widths(&rows);
    let mut rows = place.iter().zip(&rows).peekable();
    while let Some((finding, row)) = rows.next() {
        let pad = |column: usize, align| table::pad(&row[column], widths[column], align);
        let line = format!(
            "    {}  {}  {}  {}  {}",
            pad(0, Align::Right),
            pad(1, Align::Left),
            paint.confidence(&pad(2, Align::Left), finding.confidence),
            pad(3, Align::Left),
            row[4],
        );
        writeln!(out, "{}", line.trim_end())?;
        let alike = count_alike(rows.clone(), finding, row);
        if alike >= LEAST_ALIKE {
            let column = " ".repeat(widths[0]);
            writeln!(out, "    {column}  and {alike} more like it on this line")?;
            rows.by_ref().take(alike).for_each(drop);
        }
    }
    Ok(())
}

/// The least number of rows that differ only in their columns and that one row stands for.
const LEAST_ALIKE: usize = 3;

/// The number of findings behind one that are on the same line and look the same but for their columns: the expired tokens
/// of a line of data. Their values differ, and each is a secret, so only this format, which people read, counts them.
fn count_alike<'f>(
    rows: impl Iterator<Item = (&'f &'f Finding, &'f Vec<String>)>,
    finding: &Finding,
    row: &[String],
) -> usize {
    let line = finding.occurrence.line;
    rows.take_while(|(other, cells)| {
        other.occurrence.line == line
            && other.detector == finding.detector
            && cells[1..] == row[1..]
    })
    .count()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user asks for values with --show-secrets"
)]
fn cells(finding: &Finding, options: &Options<'_>) -> Vec<String> {
    let occurrence = &finding.occurrence;
    let shown = match () {
        () if options.show_secrets => escape::bytes(finding.value.expose()),
        () => {
            let redacted = if finding.redacted.is_empty() {
                "…"
            } else {
                &finding.redacted
            };
            Cow::Owned(escape::line(&format!("{}{redacted}", name(finding))).into_owned())
        }
    };
    vec![
        format!("{}:{}", occurrence.line, occurrence.column),
        escape::line(options.detectors.name(&finding.detector)).into_owned(),
        finding.confidence.name().to_owned(),
        shown.into_owned(),
        details(finding, options).join(", "),
    ]
}

/// The name of the value: the key that it is assigned to, or its user and host. People recognise a
/// secret by its name, not by its line.
fn name(finding: &Finding) -> String {
    let context = &finding.context;
    match (&context.key, &context.user, &context.host) {
        (Some(key), ..) => format!("{key}="),
        (None, Some(user), Some(host)) => format!("{user}@{host}: "),
        (None, None, Some(host)) => format!("{host}: "),
        _ => String::new(),
    }
}

/// Proof, commit and location of a finding.
#[expect(
    clippy::disallowed_methods,
    reason = "whether a value is weak is said only where the value is shown"
)]
fn details(finding: &Finding, options: &Options<'_>) -> Vec<String> {
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
fn heading(occurrence: &Occurrence) -> String {
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

/// The totals.
fn last_line(findings: &[Finding], coverage: &Coverage, dismissed: Option<u64>) -> String {
    let mut line = if findings.is_empty() {
        "no secrets found".to_owned()
    } else {
        let secrets: BTreeSet<_> = findings.iter().map(|finding| &finding.secret_id).collect();
        let places: BTreeSet<_> = findings
            .iter()
            .map(|finding| &finding.occurrence.repository)
            .collect();
        let of = |confidence| {
            findings
                .iter()
                .filter(|finding| finding.confidence == confidence)
                .count()
        };
        format!(
            "{} of {}{}: {} high, {} medium, {} low confidence",
            count(findings.len() as u64, "finding", "findings"),
            count(secrets.len() as u64, "secret", "secrets"),
            within(places.len() as u64, coverage),
            of(Confidence::High),
            of(Confidence::Medium),
            of(Confidence::Low),
        )
    };
    if let Some(dismissed @ 1..) = dismissed {
        line.push_str("; ");
        line.push_str(&dismissed_in_words(dismissed));
    }
    let shortfall = Shortfall::of(coverage);
    if !shortfall.is_none() {
        line.push_str("; the scan is incomplete: ");
        line.push_str(&main_shortfall(shortfall));
    }
    line
}

/// The most serious shortfall. The coverage report has them all.
fn main_shortfall(shortfall: Shortfall) -> String {
    let kinds = [
        (
            shortfall.unreadable,
            "thing could not be read",
            "things could not be read",
        ),
        (
            shortfall.cut_off,
            "thing was cut off",
            "things were cut off",
        ),
        (
            shortfall.contradictions,
            "object contradicts its id",
            "objects contradict their ids",
        ),
        (
            shortfall.too_large,
            "thing was too large",
            "things were too large",
        ),
    ];
    let first = kinds.into_iter().find(|&(n, ..)| n > 0);
    first.map_or_else(
        || "interrupted".to_owned(),
        |(n, one, many)| count(n, one, many),
    )
}

/// The number of repositories or folders with findings. Findings do not distinguish the two, so the
/// coverage report decides on the noun.
fn within(places: u64, coverage: &Coverage) -> String {
    match (coverage.repositories, coverage.folders) {
        // The targets are single files.
        (0, 0) => String::new(),
        (_, 0) => format!(" in {}", count(places, "repository", "repositories")),
        (0, _) => format!(" in {}", count(places, "folder", "folders")),
        _ => format!(
            " in {}",
            count(places, "repository or folder", "repositories and folders")
        ),
    }
}

/// Colours, if they are enabled.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn bold<'a>(self, text: &'a str) -> Cow<'a, str> {
        self.with("1", text)
    }

    fn confidence<'a>(self, text: &'a str, confidence: Confidence) -> Cow<'a, str> {
        let code = match confidence {
            Confidence::High => "31",
            Confidence::Medium => "33",
            Confidence::Low => "2",
        };
        self.with(code, text)
    }

    fn with<'a>(self, code: &str, text: &'a str) -> Cow<'a, str> {
        if self.0 {
            Cow::Owned(format!("\x1b[{code}m{text}\x1b[0m"))
        } else {
            Cow::Borrowed(text)
        }
    }
}
