//! `--format sarif`: SARIF 2.1.0 for code-scanning services. One run, one result an occurrence.
//!
//! No value ever stands in it, not even in a snippet and not even with `--show-secrets`: the file is made to be uploaded.
//! Field names and shapes: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", section 3.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use super::catalogue::Catalogue;
use super::finding_order::ordered;
use super::json::{self, Tool};
use super::number::count;
use super::options::Options;
use crate::coverage::Coverage;
use crate::finding::{Confidence, Finding, Kind, Occurrence, Origin};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

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
        properties: RunProperties { coverage },
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

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

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

/// `reportingDescriptor`: one detector.
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
        let help = format!(
            "{what}{opens} Revoke or rotate it, take it out of the source, and read it from a store at run time."
        );
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

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

fn notifications(coverage: &Coverage) -> Vec<Notification> {
    let mut all = Vec::new();
    let mut tell = |level, text: &str| {
        all.push(Notification {
            level,
            message: Message::plain(text),
        })
    };
    if coverage.interrupted {
        tell(
            "error",
            "The scan was interrupted before everything was read.",
        );
    }
    for unreadable in &coverage.unreadable {
        tell(
            "error",
            &format!("Could not read {}: {}", unreadable.what, unreadable.why),
        );
    }
    for (reason, skipped) in &coverage.skipped {
        tell(
            "note",
            &format!(
                "Skipped {}: {}.",
                count(skipped.count, "thing", "things"),
                reason.name()
            ),
        );
    }
    all
}

/// `result`: one occurrence.
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

/// The fields of a [`Row`](super::row::Row) that SARIF has no place for, under the same names.
#[derive(Serialize)]
struct Properties<'a> {
    kind: Kind,
    confidence: Confidence,
    proof: Option<&'a str>,
    origin: Origin,
    repository: &'a str,
    blob: Option<&'a str>,
    commit: Option<&'a str>,
    author: Option<&'a str>,
    date: Option<&'a str>,
    reachable: bool,
    at_head: bool,
    refs: &'a [String],
    refs_more: u64,
    last_commit: Option<&'a str>,
    last_date: Option<&'a str>,
    redacted: &'a str,
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
                place(finding)
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
                author: occurrence.author.as_deref(),
                date: occurrence.date.as_deref(),
                reachable: occurrence.reachable,
                at_head: occurrence.at_head,
                refs: &occurrence.refs,
                refs_more: occurrence.refs_more,
                last_commit: occurrence.last_commit.as_deref(),
                last_date: occurrence.last_date.as_deref(),
                redacted: &finding.redacted,
            },
        }
    }
}

/// Where to look for it, for the reader of a message: a service shows files of HEAD only.
fn place(finding: &Finding) -> String {
    let occurrence = &finding.occurrence;
    let object = occurrence.blob.as_deref().unwrap_or("that is not known");
    match occurrence.origin {
        Origin::CommitMessage => format!("in the message of commit {object}"),
        Origin::TagMessage => format!("in the message of tag {object}"),
        Origin::CommitHeader => format!("in the header of commit {object}"),
        Origin::TagHeader => format!("in the header of tag {object}"),
        Origin::Note => format!("in the git note {object}"),
        Origin::FileName => "in the name of a file or folder".to_owned(),
        Origin::RefName => "in the name of a ref".to_owned(),
        Origin::Reflog => "in a reflog".to_owned(),
        Origin::GitDirectory => "in a file of git's own".to_owned(),
        _ if occurrence.at_head && occurrence.origin != Origin::FileName => {
            "in a file at HEAD".to_owned()
        }
        _ if !occurrence.reachable && occurrence.origin != Origin::FileName => {
            format!("in the unreachable blob {object}")
        }
        Origin::Blob => format!("in the history of this file, blob {object}"),
        Origin::Staged => "in a staged change".to_owned(),
        Origin::Worktree => "in the working tree".to_owned(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: PhysicalLocation<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    artifact_location: ArtifactLocation<'a>,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation<'a> {
    uri: String,
    uri_base_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    start_column: u64,
    end_line: u64,
    /// One past the last character.
    end_column: u64,
    byte_offset: u64,
    byte_length: u64,
}

impl<'a> PhysicalLocation<'a> {
    fn of(occurrence: &'a Occurrence, bases: &Bases<'a>) -> Self {
        // Services refuse a whole file for one result that has no relative path. No tracked file can be in `.git/`, so a
        // made-up path there is mistaken for none.
        let uri = match (occurrence.path.as_str(), &occurrence.blob) {
            ("", Some(object)) => {
                percent_encoded(&format!(".git/{}/{object}", occurrence.origin.name()))
            }
            ("", None) => occurrence.origin.name().to_owned(),
            (path, _) => percent_encoded(path),
        };
        Self {
            artifact_location: ArtifactLocation {
                uri,
                uri_base_id: bases.id(&occurrence.repository),
            },
            region: Region {
                start_line: occurrence.line,
                start_column: occurrence.column,
                end_line: occurrence.end_line,
                end_column: occurrence.end_column + 1,
                byte_offset: occurrence.start,
                byte_length: occurrence.end.saturating_sub(occurrence.start),
            },
        }
    }
}

/// What paths are relative to, the target: the root of the sources or, when findings are in several targets, each by its name.
struct Bases<'a> {
    found: BTreeSet<&'a str>,
    targets: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct UriBase<'a> {
    description: BaseDescription<'a>,
}

#[derive(Serialize)]
struct BaseDescription<'a> {
    text: Cow<'a, str>,
}

impl<'a> Bases<'a> {
    /// The name that services know for the root of the sources.
    const ROOT: &'static str = "%SRCROOT%";

    fn of(findings: &[&'a Finding], targets: &'a BTreeMap<String, String>) -> Self {
        let found = findings
            .iter()
            .map(|finding| target(&finding.occurrence.repository, targets))
            .collect();
        Self { found, targets }
    }

    fn id(&self, repository: &'a str) -> &'a str {
        self.id_of_target(target(repository, self.targets))
    }

    fn id_of_target(&self, target: &'a str) -> &'a str {
        if self.found.len() > 1 {
            target
        } else {
            Self::ROOT
        }
    }

    fn declared(&self) -> BTreeMap<&'a str, UriBase<'a>> {
        let base = |name| UriBase {
            description: BaseDescription {
                text: escaped(name),
            },
        };
        self.found
            .iter()
            .map(|name| (self.id_of_target(name), base(name)))
            .collect()
    }
}

fn target<'a>(repository: &'a str, targets: &'a BTreeMap<String, String>) -> &'a str {
    targets.get(repository).map_or(repository, String::as_str)
}

#[derive(Serialize)]
struct Message {
    text: String,
}

impl Message {
    /// A message in which nothing is a link or a placeholder, whatever a repository calls its files.
    fn plain(text: &str) -> Self {
        Self {
            text: escaped(text).into_owned(),
        }
    }
}

/// Brackets make links (3.11.6) and braces make placeholders (3.11.5) unless they are escaped.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['[', ']', '\\', '{', '}']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '[' | ']' | '\\' => out.push('\\'),
            '{' | '}' => out.push(c),
            _ => {}
        }
        out.push(c);
    }
    Cow::Owned(out)
}

/// A relative URI reference of a path: everything but unreserved characters (RFC 3986, 2.3) and `/` is encoded, so that
/// no path can be read as a scheme, an authority, a query or a fragment.
fn percent_encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into())
            }
            _ => write!(uri, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_uris() {
        assert_eq!(percent_encoded("a b/ü:#?.txt"), "a%20b/%C3%BC%3A%23%3F.txt");
    }

    #[test]
    fn messages_hold_no_link() {
        assert_eq!(
            escaped("[x](http://y) {0} \\"),
            "\\[x\\](http://y) {{0}} \\\\"
        );
    }
}
