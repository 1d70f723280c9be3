//! `--format sarif`: a SARIF 2.1.0 log for code-scanning services, with one run and one result for
//! each occurrence.
//!
//! The log never contains a value, neither in a snippet nor with `--show-secrets`, because it is
//! made to be uploaded. Source of field names and shapes: OASIS, "Static Analysis Results
//! Interchange Format (SARIF) Version 2.1.0", section 3.

mod location;
mod message;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use location::{Bases, Location, PhysicalLocation, UriBase};
use message::Message;

use crate::coverage::{Coverage, Skip};
use crate::finding::{Confidence, Doubt, Finding, Introduction, Kind, Origin, ReadingName};
use crate::report::catalogue::Catalogue;
use crate::report::finding_order::ordered;
use crate::report::json::{self, Tool};
use crate::report::number::count;
use crate::report::options::Options;
use crate::report::row::introduction;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes `findings` as a SARIF log.
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
    let findings = ordered(findings);
    let detectors: BTreeSet<&str> = findings
        .iter()
        .map(|finding| finding.detector.as_str())
        .collect();
    let detectors: Vec<&str> = detectors.into_iter().collect();
    let bases = Bases::of(&findings, options.targets);
    let run = Run {
        tool: ToolComponent {
            driver: Driver {
                name: Tool::THIS.name,
                version: Tool::THIS.version,
                rules: detectors
                    .iter()
                    .map(|id| Rule::of(id, options.detectors))
                    .collect(),
            },
        },
        invocations: [Invocation {
            execution_successful: coverage.complete(),
            tool_execution_notifications: notifications(coverage),
        }],
        original_uri_base_ids: bases.declared(),
        column_kind: "unicodeCodePoints",
        results: findings
            .iter()
            .map(|finding| {
                let rule_index = detectors
                    .binary_search(&finding.detector.as_str())
                    .expect("made of the same findings");
                Outcome::of(finding, rule_index, &bases, options.detectors)
            })
            .collect(),
        properties: RunProperties {
            object_ids: options.object_ids,
            dismissed: options.dismissed,
            coverage,
        },
    };
    json::write_pretty(
        out,
        &Log {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [run],
        },
    )
}

/// `sarifLog` (3.13): the whole document.
#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

/// `run` (3.14): one scan.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: ToolComponent<'a>,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'a str, UriBase<'a>>,
    column_kind: &'static str,
    results: Vec<Outcome<'a>>,
    properties: RunProperties<'a>,
}

#[derive(Serialize)]
struct RunProperties<'a> {
    object_ids: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dismissed: Option<u64>,
    coverage: &'a Coverage,
}

#[derive(Serialize)]
struct ToolComponent<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'a str,
    version: &'a str,
    rules: Vec<Rule<'a>>,
}

/// `reportingDescriptor` (3.49): one detector.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    name: &'a str,
    short_description: Message,
    full_description: Message,
    help: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'a str>,
    properties: RuleProperties,
}

#[derive(Serialize)]
struct RuleProperties {
    tags: [&'static str; 2],
}

impl<'a> Rule<'a> {
    fn of(id: &'a str, detectors: &'a Catalogue) -> Self {
        let name = detectors.name(id);
        let entry = detectors.get(id);
        let what = match entry {
            Some(entry) => format!("A secret of {}: {}.", entry.provider, entry.name),
            None => format!("A secret that the detector {id} finds."),
        };
        let opens = entry
            .map(|entry| format!(" What a holder can do: {}", entry.opens))
            .unwrap_or_default();
        let is_hash = entry.is_some_and(|entry| entry.kind == Kind::PasswordHash);
        let remedy = if is_hash {
            "Change the password if it may be weak, and keep the hash from readers who do not need it."
        } else {
            "Revoke or rotate it, take it out of the source, and read it from a store at run time."
        };
        let help = format!("{what}{opens} {remedy}");
        Self {
            id,
            name,
            short_description: Message::plain(name),
            full_description: Message::plain(&what),
            help: Message::plain(&help),
            help_uri: entry.and_then(|entry| entry.reference.as_deref()),
            properties: RuleProperties {
                tags: ["security", "secret"],
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

/// `notification` (3.58): one entry of the coverage report.
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

/// The coverage report as notifications.
fn notifications(coverage: &Coverage) -> Vec<Notification> {
    let mut all = Vec::new();
    let mut notify = |level, text: &str| {
        all.push(Notification {
            level,
            message: Message::plain(text),
        })
    };
    if coverage.interrupted {
        notify(
            "error",
            "The scan was interrupted before everything was read.",
        );
    }
    for unreadable in &coverage.unreadable {
        notify(
            "error",
            &format!("Could not read {}: {}", unreadable.what, unreadable.why),
        );
    }
    for (limit, cut) in &coverage.cut_off {
        let things = count(cut.count, "thing", "things");
        notify(
            "error",
            &format!("Cut off {things} at the limit of {}.", limit.name()),
        );
    }
    for (contradiction, objects) in &coverage.contradictions {
        let objects = count(objects.count, "object", "objects");
        notify(
            "error",
            &format!(
                "Searched {objects} with a contradiction: {}.",
                contradiction.name()
            ),
        );
    }
    for (&reason, skipped) in &coverage.skipped {
        let counts = reason == Skip::TooLarge && coverage.strict;
        notify(
            if counts { "error" } else { "note" },
            &format!(
                "Skipped {}: {}.",
                count(skipped.count, "thing", "things"),
                reason.name()
            ),
        );
    }
    all
}

/// `result` (3.27): one occurrence.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location<'a>; 1],
    partial_fingerprints: PartialFingerprints<'a>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct PartialFingerprints<'a> {
    #[serde(rename = "secretId/v1")]
    secret_id: &'a str,
}

/// The fields of a [`Row`](crate::report::row::Row) that SARIF does not define, under the same
/// names.
#[derive(Serialize)]
struct Properties<'a> {
    kind: Kind,
    confidence: Confidence,
    proof: Option<&'a str>,
    origin: Origin,
    repository: &'a str,
    blob: Option<&'a str>,
    commit: Option<&'a str>,
    introduced: Option<Introduction>,
    author: Option<&'a str>,
    date: Option<&'a str>,
    reachable: bool,
    at_head: bool,
    refs: &'a [String],
    refs_more: u64,
    last_commit: Option<&'a str>,
    last_date: Option<&'a str>,
    redacted: &'a str,
    reading: ReadingName,
    reading_doubt: Option<Doubt>,
}

impl<'a> Outcome<'a> {
    fn of(
        finding: &'a Finding,
        rule_index: usize,
        bases: &Bases<'a>,
        detectors: &Catalogue,
    ) -> Self {
        let occurrence = &finding.occurrence;
        let name = detectors.name(&finding.detector);
        let confidence = finding.confidence.name();
        Self {
            rule_id: &finding.detector,
            rule_index,
            level: match finding.confidence {
                Confidence::High => "error",
                Confidence::Medium => "warning",
                Confidence::Low => "note",
            },
            message: Message::plain(&format!(
                "{name}, {confidence} confidence: {}",
                location_text(finding)
            )),
            locations: [Location {
                physical_location: PhysicalLocation::of(occurrence, bases),
            }],
            partial_fingerprints: PartialFingerprints {
                secret_id: finding.secret_id.as_str(),
            },
            properties: Properties {
                kind: finding.kind,
                confidence: finding.confidence,
                proof: finding.proof,
                origin: occurrence.origin,
                repository: &occurrence.repository,
                blob: occurrence.blob.as_deref(),
                commit: occurrence.commit.as_deref(),
                introduced: introduction(occurrence),
                author: occurrence.author.as_deref(),
                date: occurrence.date.as_deref(),
                reachable: occurrence.reachable,
                at_head: occurrence.at_head,
                refs: &occurrence.refs,
                refs_more: occurrence.refs_more,
                last_commit: occurrence.last_commit.as_deref(),
                last_date: occurrence.last_date.as_deref(),
                redacted: &finding.redacted,
                reading: occurrence.certainty.reading(),
                reading_doubt: occurrence.certainty.doubt(),
            },
        }
    }
}

/// The location of a finding in words. Code-scanning services show files at HEAD only, so the
/// message of a finding elsewhere has to describe its location.
fn location_text(finding: &Finding) -> String {
    let occurrence = &finding.occurrence;
    // With the id of the object, if the report has ids.
    let id = occurrence.blob.as_deref();
    let in_a = |part: &str, object: &str| match id {
        Some(id) => format!("in the {part} of {object} {id}"),
        None => format!("in the {part} of a {object}"),
    };
    match occurrence.origin {
        Origin::CommitMessage => in_a("message", "commit"),
        Origin::TagMessage => in_a("message", "tag"),
        Origin::CommitHeader => in_a("header", "commit"),
        Origin::TagHeader => in_a("header", "tag"),
        Origin::Note => match id {
            Some(id) => format!("in the git note {id}"),
            None => "in a git note".to_owned(),
        },
        Origin::FileName => "in the name of a file or folder".to_owned(),
        Origin::RefName => "in the name of a ref".to_owned(),
        Origin::Reflog => "in a reflog".to_owned(),
        Origin::GitDirectory => "in a file of git's own".to_owned(),
        _ if occurrence.at_head => "in a file at HEAD".to_owned(),
        _ if !occurrence.reachable => match id {
            Some(id) => format!("in the unreachable blob {id}"),
            None => "in an unreachable blob".to_owned(),
        },
        Origin::Blob => match id {
            Some(id) => format!("in the history of this file, blob {id}"),
            None => "in the history of this file".to_owned(),
        },
        Origin::Staged => "in a staged change".to_owned(),
        Origin::Worktree => "in the working tree".to_owned(),
    }
}
