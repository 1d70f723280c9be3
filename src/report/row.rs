//! The row of the machine formats: one occurrence of one secret. JSONL is a file of rows, JSON holds a list of them, CSV
//! has their fields as columns, so a reader of one knows them all.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Confidence, Finding, Kind, Origin};
use crate::secret::{SecretId, hex};

/// One occurrence of one secret. Unknown is null, never missing.
// No `Debug`: with `secret` set it would print a value.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
#[serde(deny_unknown_fields)]
pub struct Row<'a> {
    /// The same for every occurrence of a value, as long as the same inventory key is used.
    pub secret_id: &'a SecretId,
    /// Id of the rule that found it.
    pub detector: &'a str,
    pub kind: Kind,
    pub confidence: Confidence,
    /// Name of the offline proof that the value passed.
    pub proof: Option<&'a str>,
    pub origin: Origin,
    pub repository: &'a str,
    /// Relative to the target, `/` between components. Empty for messages and for blobs that no path names.
    pub path: &'a str,
    #[schemars(range(min = 1))]
    pub line: u64,
    /// In bytes.
    #[schemars(range(min = 1))]
    pub column: u64,
    #[schemars(range(min = 1))]
    pub end_line: u64,
    /// Of the last byte, inclusive.
    #[schemars(range(min = 1))]
    pub end_column: u64,
    /// Object id that holds the bytes: a blob, or the commit or tag whose message it is.
    pub blob: Option<&'a str>,
    /// The commit that introduced the value at this path.
    pub commit: Option<&'a str>,
    /// `Name <mail>` of that commit.
    pub author: Option<&'a str>,
    /// Author date of that commit, RFC 3339 with its own offset.
    pub date: Option<&'a str>,
    /// A ref, HEAD or the working tree still leads to it.
    pub reachable: bool,
    /// The value stands at this path in HEAD's tree.
    pub at_head: bool,
    /// Branches and tags, by their full names, that hold the value at this path; the first dozen.
    pub refs: &'a [String],
    /// How many more do.
    pub refs_more: u64,
    /// Where no branch or tag holds it any more: the last commit of theirs that did.
    pub last_commit: Option<&'a str>,
    /// Author date of that commit.
    pub last_date: Option<&'a str>,
    /// The value's fixed prefix and an ellipsis.
    pub redacted: &'a str,
    /// The value; only with `--show-secrets`. Bytes that are no UTF-8 are U+FFFD here, and `secret_hex` is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub secret: Option<Cow<'a, str>>,
    /// The value's bytes; only with `--show-secrets`, and only when `secret` is not the value byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub secret_hex: Option<String>,
}

impl<'a> Row<'a> {
    /// `show_secret` asks for the value itself.
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
            end_column: occurrence.end_column,
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
            secret,
            secret_hex: (!exact).then(|| hex(finding.value.expose())),
        }
    }
}
