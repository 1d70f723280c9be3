//! What the words of a rule say: its name, whose secrets it finds, and of which kind they are.

use crate::finding::Kind;

/// Words of a kind, any of which may stand in a rule's id or name; the first line with one counts.
const KINDS: [(Kind, &[&str]); 8] = [
    (Kind::SshKey, &["ssh", "openssh"]),
    (
        Kind::CertificatePrivateKey,
        &[
            "private key",
            "pem",
            "certificate",
            "pkcs",
            "pkcs12",
            "jks",
            "keystore",
        ],
    ),
    (
        Kind::AwsAccessKey,
        &[
            "aws access key",
            "aws secret access key",
            "aws api key",
            "aws secret key",
        ],
    ),
    (
        Kind::Database,
        &[
            "database",
            "postgres",
            "postgresql",
            "mysql",
            "mongodb",
            "mssql",
            "redis",
            "odbc",
            "jdbc",
            "oracle",
            "sql",
        ],
    ),
    (
        Kind::CryptographicKey,
        &[
            "encryption key",
            "signing key",
            "age secret",
            "master key",
            "secret key base",
        ],
    ),
    (
        Kind::ClientCredentials,
        &[
            "client secret",
            "client id",
            "oauth",
            "refresh token",
            "consumer secret",
        ],
    ),
    (
        Kind::Application,
        &["password", "generic", "jwt", "basic auth", "session"],
    ),
    (Kind::ThirdParty, &[]),
];

/// The kind that the words of a rule speak for, with the word; third-party without one.
pub(super) fn kind(id: &str, name: &str) -> (Kind, Option<&'static str>) {
    let words = |text: &str| -> Vec<String> {
        let parts = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let text = format!(" {} / {} ", words(id).join(" "), words(name).join(" "));
    let said = |&word: &&'static str| text.contains(&format!(" {word} "));
    KINDS
        .iter()
        .find_map(|(kind, words)| Some((*kind, Some(*words.iter().find(|word| said(word))?))))
        .unwrap_or((Kind::ThirdParty, None))
}

/// An id of ours: lower-case letters, digits and `-`.
pub(super) fn id(theirs: &str) -> String {
    let parts = theirs
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    parts
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-")
}

/// Whose secrets: the first word of the id behind the scanner's own name.
pub(super) fn provider(id: &str) -> String {
    let mut words = id
        .split('-')
        .filter(|word| !matches!(*word, "kingfisher" | "np" | "betterleaks" | "gitleaks"));
    words.next().unwrap_or("imported").to_owned()
}

/// `acme-api-token` as a name for people.
pub(super) fn name(id: &str) -> String {
    let text = id.replace('-', " ");
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
