//! Locations of SARIF results: file, region, and the base that the file's path is relative to.
//! Section numbers are those of SARIF 2.1.0.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::message::escaped;
use crate::finding::{Finding, Occurrence};

/// `location` (3.28): the place of a result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    /// The file and the region in it.
    pub physical_location: PhysicalLocation<'a>,
}

/// `physicalLocation` (3.29): a file and a region in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation<'a> {
    artifact_location: ArtifactLocation<'a>,
    region: Region,
}

/// `artifactLocation` (3.4): a URI that is relative to the named base.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation<'a> {
    uri: String,
    uri_base_id: &'a str,
}

/// `region` (3.30): lines and columns count from 1, byte offsets from 0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    start_column: u64,
    end_line: u64,
    /// The column after the last character. It and the bytes are absent if the report has no object
    /// ids: they show the length of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_length: Option<u64>,
}

impl<'a> PhysicalLocation<'a> {
    /// The location of `occurrence`.
    pub fn of(occurrence: &'a Occurrence, bases: &Bases<'a>) -> Self {
        // Code-scanning services reject a whole report if one result has no relative path. No
        // tracked file can be below `.git/`, so an invented path there collides with no file.
        let uri = match (occurrence.path.as_str(), &occurrence.blob) {
            ("", Some(object)) => {
                percent_encoded(&format!(".git/{}/{object}", occurrence.origin.name()))
            }
            ("", None) => format!(".git/{}", occurrence.origin.name()),
            (path, _) => percent_encoded(path),
        };
        let ends = occurrence.end_column > 0;
        Self {
            artifact_location: ArtifactLocation {
                uri,
                uri_base_id: bases.id(&occurrence.repository),
            },
            region: Region {
                start_line: occurrence.line,
                start_column: occurrence.column,
                end_line: occurrence.end_line,
                end_column: ends.then_some(occurrence.end_column + 1),
                byte_offset: ends.then_some(occurrence.start),
                byte_length: ends.then_some(occurrence.end.saturating_sub(occurrence.start)),
            },
        }
    }
}

/// The base URIs that paths are relative to. Findings of one target use the root of the sources.
/// Findings of several targets use one base for each target, named after the target.
pub(super) struct Bases<'a> {
    found: BTreeSet<&'a str>,
    targets: &'a BTreeMap<String, String>,
}

/// A declared base, with the name of its target as description.
#[derive(Serialize)]
pub(super) struct UriBase<'a> {
    description: BaseDescription<'a>,
}

#[derive(Serialize)]
struct BaseDescription<'a> {
    text: Cow<'a, str>,
}

impl<'a> Bases<'a> {
    /// The base name that code-scanning services resolve to the root of the sources.
    const ROOT: &'static str = "%SRCROOT%";

    /// The bases that `findings` need.
    pub fn of(findings: &[&'a Finding], targets: &'a BTreeMap<String, String>) -> Self {
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

    /// All bases, for `originalUriBaseIds`.
    pub fn declared(&self) -> BTreeMap<&'a str, UriBase<'a>> {
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

/// The target that a repository was found in. A repository without an entry is a target itself.
fn target<'a>(repository: &'a str, targets: &'a BTreeMap<String, String>) -> &'a str {
    targets.get(repository).map_or(repository, String::as_str)
}

/// Encodes a path as a relative URI reference. Only unreserved characters (RFC 3986, section 2.3)
/// and `/` stay as they are, so no path can be read as a scheme, an authority, a query or a
/// fragment.
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
    use super::percent_encoded;

    #[test]
    fn paths_are_relative_uris() {
        assert_eq!(percent_encoded("a b/ü:#?.txt"), "a%20b/%C3%BC%3A%23%3F.txt");
    }
}
