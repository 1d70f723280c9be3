//! One secret at one place: what a scan yields, a report shows and the inventory gathers.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::{Fingerprint, SecretId, SecretValue};

/// The eight secret types of the discovery table (AWS Security Blog, "Migrating your secrets", part I).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A secret of one application: its passwords, its session and API secrets.
    Application,
    /// Cloud to on-premises credentials or OAuth clients and tokens.
    ClientCredentials,
    Database,
    /// Vendor credentials and API keys.
    ThirdParty,
    CertificatePrivateKey,
    /// Keys for encrypting or signing data.
    CryptographicKey,
    SshKey,
    AwsAccessKey,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Kind::Application,
        Kind::ClientCredentials,
        Kind::Database,
        Kind::ThirdParty,
        Kind::CertificatePrivateKey,
        Kind::CryptographicKey,
        Kind::SshKey,
        Kind::AwsAccessKey,
    ];

    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Application => "application",
            Kind::ClientCredentials => "client-credentials",
            Kind::Database => "database",
            Kind::ThirdParty => "third-party",
            Kind::CertificatePrivateKey => "certificate-private-key",
            Kind::CryptographicKey => "cryptographic-key",
            Kind::SshKey => "ssh-key",
            Kind::AwsAccessKey => "aws-access-key",
        }
    }
}

/// How sure a detector is that the value is a secret. Ordered: `Low < Medium < High`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// What kind of thing held the bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file of the working tree, or of a folder that is no repository.
    Worktree,
    /// A blob of the index that is neither in the working tree nor in HEAD as it stands.
    Staged,
    /// A blob of the object database.
    Blob,
    CommitMessage,
    TagMessage,
    /// What a commit says before its message: author, committer, the tag that it merged.
    CommitHeader,
    TagHeader,
    /// A blob under `refs/notes/`.
    Note,
    /// The name of a file or folder, in a tree.
    FileName,
    /// The name of a branch, tag or other ref.
    RefName,
    /// A log of where a ref pointed, below `.git/logs`.
    Reflog,
    /// Another file of git's own directory: its configuration, a hook, a message being written.
    GitDirectory,
}

impl Origin {
    pub fn name(self) -> &'static str {
        match self {
            Origin::Worktree => "worktree",
            Origin::Staged => "staged",
            Origin::Blob => "blob",
            Origin::CommitMessage => "commit-message",
            Origin::TagMessage => "tag-message",
            Origin::CommitHeader => "commit-header",
            Origin::TagHeader => "tag-header",
            Origin::Note => "note",
            Origin::FileName => "file-name",
            Origin::RefName => "ref-name",
            Origin::Reflog => "reflog",
            Origin::GitDirectory => "git-directory",
        }
    }
}

/// How the bytes in the file become the value; applied in order. Written as a word, and a part as `12..40`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Decoding {
    /// `%41` is `A`: user information of a URI.
    Percent,
    /// `\n`, `\"`, `\\`, `\uXXXX`, `\101` …: a quoted string.
    Backslash,
    /// White space at the beginning of lines is not part of the value: a PEM block in a YAML document.
    Dedent,
    /// Of either alphabet, padded or not, with white space anywhere.
    Base64,
    /// Two digits a byte.
    Hex,
    /// `&amp;`, `&#38;`: text of XML and HTML.
    HtmlEntities,
    /// `=41` is `A`: mail.
    QuotedPrintable,
    Gzip,
    Utf16Le,
    Utf16Be,
    /// `''` is `'`: a string of YAML or SQL.
    Doubled,
    /// Some of the bytes that the steps before this one give, from `start` to before `end`.
    Part {
        start: u32,
        end: u32,
    },
}

impl Decoding {
    /// All but [`Decoding::Part`], with their names in files and reports.
    const NAMED: [(Decoding, &'static str); 11] = [
        (Decoding::Percent, "percent"),
        (Decoding::Backslash, "backslash"),
        (Decoding::Dedent, "dedent"),
        (Decoding::Base64, "base64"),
        (Decoding::Hex, "hex"),
        (Decoding::HtmlEntities, "html-entities"),
        (Decoding::QuotedPrintable, "quoted-printable"),
        (Decoding::Gzip, "gzip"),
        (Decoding::Utf16Le, "utf-16le"),
        (Decoding::Utf16Be, "utf-16be"),
        (Decoding::Doubled, "doubled"),
    ];
}

impl std::fmt::Display for Decoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self, Self::NAMED.iter().find(|(step, _)| step == self)) {
            (Decoding::Part { start, end }, _) => write!(f, "{start}..{end}"),
            (_, Some((_, name))) => f.write_str(name),
            (_, None) => Err(std::fmt::Error),
        }
    }
}

impl From<Decoding> for String {
    fn from(step: Decoding) -> String {
        step.to_string()
    }
}

impl TryFrom<String> for Decoding {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some((step, _)) = Self::NAMED.iter().find(|(_, name)| *name == text) {
            return Ok(*step);
        }
        let part = text
            .split_once("..")
            .and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
        match part {
            Some((start, end)) if start <= end => Ok(Decoding::Part { start, end }),
            _ => Err(format!("`{text}` is no decoding step")),
        }
    }
}

impl JsonSchema for Decoding {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decoding".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = Self::NAMED.map(|(_, name)| name);
        schemars::json_schema!({
            "description": "How the bytes in the file become the value; applied in order. `12..40`: these of the bytes that the steps before give.",
            "anyOf": [{ "type": "string", "enum": names }, { "type": "string", "pattern": r"^[0-9]{1,10}\.\.[0-9]{1,10}$" }]
        })
    }
}

/// A place in a text, 1-based. Columns count bytes; the end is inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u64,
    pub column: u64,
    pub end_line: u64,
    pub end_column: u64,
}

/// Where a secret stands, precisely enough to read it again.
///
/// A value is one occurrence for each place it has in a path of a repository, whatever number of versions of that path
/// hold it: the working tree's place stands for all of them, else HEAD's, else the newest version's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occurrence {
    /// The repository's name (see `source::Target`), the same on every machine where that can be.
    pub repository: String,
    /// Relative to the target, `/` between components. Empty for messages and headers. Without the value where the value is in
    /// the name.
    pub path: String,
    pub line: u64,
    /// In bytes, 1-based.
    pub column: u64,
    pub end_line: u64,
    /// Of the last byte, inclusive, 1-based.
    pub end_column: u64,
    pub origin: Origin,
    /// First byte of the raw value in the file, blob, message, commit or tag as a whole (headers), tree (names of files) or name
    /// (of refs), 0-based.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decoding: Vec<Decoding>,
    /// Object id that holds the bytes: a blob, the commit or tag whose message or header it is, or the tree that names a file. `None` for a file that git does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The commit that introduced the value at this path. `None` when no commit holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// `Name <mail>` of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Author date of that commit, RFC 3339 with its own offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A ref (or HEAD, or the working tree) still leads to it.
    pub reachable: bool,
    /// The value stands at this path in HEAD's tree.
    pub at_head: bool,
    /// Branches and tags, by their full names, that hold the value at this path: the branch of HEAD first, then by name; the
    /// first [`Occurrence::REFS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// How many more do.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refs_more: u64,
    /// Where no branch or tag holds it any more: the last commit of theirs that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_commit: Option<String>,
    /// Author date of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_date: Option<String>,
}

impl Occurrence {
    /// How many branches and tags are named.
    pub const REFS: usize = 12;
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What the text around a value says of it: nothing of this is secret.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, default)]
pub struct Context {
    /// The name it is assigned to: `DB_PASSWORD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The account that the credential belongs to, read out of the credential or of what stands around it: the number of an AWS
    /// account or a Slack workspace, the id of a Stripe account, the project of a key of Google Cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What its provider calls the key, who revokes it by that: `private_key_id` of a service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}

impl Context {
    /// Takes from `other` what is unknown here.
    pub fn fill_from(&mut self, other: &Context) {
        fn fill<T: Clone>(own: &mut Option<T>, other: &Option<T>) {
            if own.is_none() {
                own.clone_from(other);
            }
        }
        fill(&mut self.key, &other.key);
        fill(&mut self.user, &other.user);
        fill(&mut self.host, &other.host);
        fill(&mut self.port, &other.port);
        fill(&mut self.database, &other.database);
        fill(&mut self.engine, &other.engine);
        fill(&mut self.account, &other.account);
        fill(&mut self.key_id, &other.key_id);
    }
}

/// One secret at one place.
#[derive(Clone, Debug)]
pub struct Finding {
    pub secret_id: SecretId,
    pub fingerprint: Fingerprint,
    /// Rule id.
    pub detector: String,
    pub kind: Kind,
    pub confidence: Confidence,
    /// Name of the offline proof that the value passed.
    pub proof: Option<&'static str>,
    /// The value's fixed prefix (`ghp_`) and an ellipsis; nothing of a value that has none.
    pub redacted: String,
    pub value: SecretValue,
    pub context: Context,
    /// The value says itself that it is out of date (a JWT's `exp`).
    pub expired: bool,
    pub occurrence: Occurrence,
}

/// Turns byte offsets of one text into lines and columns.
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub fn of(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self { starts }
    }

    /// Of a text whose lines begin there, the first one at 0.
    pub fn starting_at(starts: Vec<usize>) -> Self {
        Self { starts }
    }

    /// Number of lines of a text of `length` bytes, as editors count: a line end at the end begins no line.
    pub fn count(&self, length: usize) -> u64 {
        (self.starts.len() - usize::from(self.starts.last() == Some(&length))) as u64
    }

    /// Position of a range that is not empty. An empty range is placed at its start.
    pub fn position(&self, range: &Range<usize>) -> Position {
        let place = |at: usize| {
            let line = self.starts.partition_point(|&start| start <= at);
            (line as u64, (at - self.starts[line - 1] + 1) as u64)
        };
        let (line, column) = place(range.start);
        let (end_line, end_column) = place(range.end.max(range.start + 1) - 1);
        Position {
            line,
            column,
            end_line,
            end_column,
        }
    }
}

/// Like [`Lines`], for a few ranges in order: line ends are counted from one to the next, and not beyond the last.
pub struct LineCursor<'a> {
    text: &'a [u8],
    /// How far line ends are counted, and how many there are up to there.
    at: usize,
    ends: u64,
}

impl<'a> LineCursor<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            ends: 0,
        }
    }

    /// See [`Lines::position`]. Going back to an earlier range counts anew.
    pub fn position(&mut self, range: &Range<usize>) -> Position {
        let (line, column) = self.place(range.start);
        let (end_line, end_column) = self.place(range.end.max(range.start + 1) - 1);
        Position {
            line,
            column,
            end_line,
            end_column,
        }
    }

    fn place(&mut self, at: usize) -> (u64, u64) {
        if at < self.at {
            (self.at, self.ends) = (0, 0);
        }
        self.ends += memchr::memchr_iter(b'\n', &self.text[self.at..at]).count() as u64;
        self.at = at;
        let start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |end| end + 1);
        (self.ends + 1, (at - start + 1) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_on_is_counting(text in "[a\n]{1,40}", ranges in proptest::collection::vec((0usize..40, 0usize..6), 1..5)) {
            let (lines, mut cursor) = (Lines::of(text.as_bytes()), LineCursor::new(text.as_bytes()));
            for (start, length) in ranges {
                let start = start % text.len();
                let range = start..(start + length).min(text.len());
                prop_assert_eq!(cursor.position(&range), lines.position(&range));
            }
        }
    }

    #[test]
    fn positions_are_one_based_and_inclusive() {
        let lines = Lines::of(b"ab\ncde\n\nf");
        assert_eq!(
            lines.position(&(0..2)),
            Position {
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 2
            }
        );
        assert_eq!(
            lines.position(&(4..9)),
            Position {
                line: 2,
                column: 2,
                end_line: 4,
                end_column: 1
            }
        );
    }

    #[test]
    fn decoding_steps_are_read_as_they_are_written() {
        let part = Decoding::Part { start: 12, end: 40 };
        for step in Decoding::NAMED
            .map(|(step, _)| step)
            .into_iter()
            .chain([part])
        {
            let written = serde_json::to_value(step).unwrap();
            assert_eq!(serde_json::from_value::<Decoding>(written).unwrap(), step);
        }
        assert_eq!(serde_json::to_value(part).unwrap(), "12..40");
        for text in ["base32", "40..12", "1..", "..", "-1..2"] {
            assert!(Decoding::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn names_agree_with_serde() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        for confidence in [Confidence::Low, Confidence::Medium, Confidence::High] {
            assert_eq!(serde_json::to_value(confidence).unwrap(), confidence.name());
        }
    }
}
