//! The row of the JSON, JSONL and CSV formats: one occurrence of one secret. JSONL is a file of
//! rows, a JSON document contains a list of rows, and CSV has the fields of a row as columns.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{
    Confidence, Doubt, Finding, Introduction, Kind, Occurrence, Origin, ReadingName, is_weak,
};
use crate::secret::{SecretId, hex};

/// One occurrence of one secret. An unknown field is null; no field is missing.
// No `Debug`: it would print the value in `secret`.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
#[serde(deny_unknown_fields)]
pub struct Row<'a> {
    /// Id of the secret. All occurrences of one value have the same id under the same inventory
    /// key.
    pub secret_id: &'a SecretId,
    /// Id of the rule that found the value.
    pub detector: &'a str,
    /// Kind of the secret.
    pub kind: Kind,
    /// Probability class that the value is a secret.
    pub confidence: Confidence,
    /// Name of the offline proof that the value passed.
    pub proof: Option<&'a str>,
    /// Type of place that contains the value.
    pub origin: Origin,
    /// Name of the repository, folder or file.
    pub repository: &'a str,
    /// Path relative to the target, with `/` between components. Empty for messages and for blobs
    /// that no path names.
    pub path: &'a str,
    /// Line of the first byte, from 1.
    #[schemars(range(min = 1))]
    pub line: u64,
    /// Column of the first byte, in bytes from 1.
    #[schemars(range(min = 1))]
    pub column: u64,
    /// Line of the last byte, from 1.
    #[schemars(range(min = 1))]
    pub end_line: u64,
    /// Column of the last byte, inclusive, in bytes from 1. This field, `blob`, `commit` and
    /// `last_commit` are null unless the report contains object ids.
    #[schemars(range(min = 1))]
    pub end_column: Option<u64>,
    /// Id of the git object that contains the bytes: a blob, or the commit or tag of a message.
    pub blob: Option<&'a str>,
    /// The commit that introduced the value at this path, or the oldest known one that contains it:
    /// see `introduced`.
    pub commit: Option<&'a str>,
    /// `at` if `commit` introduced the value. `at-or-before` if a commit before it may have: the
    /// versions before it are not in the clone. Null if no commit contains the value.
    pub introduced: Option<Introduction>,
    /// Author of `commit`, as `Name <mail>`. Null if `commit` may not have introduced the value.
    pub author: Option<&'a str>,
    /// Author date of `commit`, in RFC 3339 with the offset of the commit.
    pub date: Option<&'a str>,
    /// Whether a ref, HEAD or the working tree leads to the occurrence.
    pub reachable: bool,
    /// Whether HEAD's tree contains the value at this path.
    pub at_head: bool,
    /// Full names of branches and tags that contain the value at this path; at most twelve.
    pub refs: &'a [String],
    /// Number of further branches and tags that contain it.
    pub refs_more: u64,
    /// If no branch or tag contains the value: the last of their commits that did.
    pub last_commit: Option<&'a str>,
    /// Author date of `last_commit`.
    pub last_date: Option<&'a str>,
    /// Fixed prefix of the value and an ellipsis.
    pub redacted: &'a str,
    /// Whether the value is the one that the readers of the file read.
    pub reading: ReadingName,
    /// The reason for which the reading is doubtful. Null if it is not.
    pub reading_doubt: Option<Doubt>,
    /// The value, only with `--show-secrets`. Bytes that are not UTF-8 are U+FFFD here;
    /// `secret_hex` is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub secret: Option<Cow<'a, str>>,
    /// The bytes of the value in hex, only with `--show-secrets` and only if `secret` is not
    /// exactly the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub secret_hex: Option<String>,
    /// Whether the value is among the first that are guessed, only with `--show-secrets`. Other
    /// reports must not tell which values are worth a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub weak: Option<bool>,
}

impl<'a> Row<'a> {
    /// Builds the row of a finding. `show_secret` includes the value.
    #[expect(
        clippy::disallowed_methods,
        reason = "the user asks for values with --show-secrets"
    )]
    pub fn of(finding: &'a Finding, show_secret: bool) -> Self {
        let occurrence = &finding.occurrence;
        let secret = show_secret.then(|| String::from_utf8_lossy(finding.value.expose()));
        let exact = secret
            .as_ref()
            .is_none_or(|text| text.as_bytes() == finding.value.expose());
        Self {
            secret_id: &finding.secret_id,
            detector: &finding.detector,
            kind: finding.kind,
            confidence: finding.confidence,
            proof: finding.proof,
            origin: occurrence.origin,
            repository: &occurrence.repository,
            path: &occurrence.path,
            line: occurrence.line,
            column: occurrence.column,
            end_line: occurrence.end_line,
            end_column: Some(occurrence.end_column).filter(|column| *column > 0),
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
            secret,
            weak: show_secret.then(|| is_weak(finding.value.expose())),
            secret_hex: (!exact).then(|| hex(finding.value.expose())),
        }
    }
}

/// What the commit of an occurrence says about the introduction of the value; `None` if no commit holds
/// it. The id of the commit may have been left out.
pub(in crate::report) fn introduction(occurrence: &Occurrence) -> Option<Introduction> {
    let facts = [&occurrence.commit, &occurrence.author, &occurrence.date];
    let has_commit = facts.iter().any(|fact| fact.is_some());
    let known = occurrence.introduced;
    Some(known).filter(|known| has_commit || !known.is_known())
}
