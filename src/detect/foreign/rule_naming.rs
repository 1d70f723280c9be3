//! The id, name, provider and kind of a converted rule, inferred from the words of the original.

use crate::finding::Kind;

/// The words of each kind. The first entry with a word that is in a rule's id or name determines
/// its kind.
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

/// The kind of a rule and the word that determined it; third-party without such a word.
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

/// An id in the form of Keyferry's: lower-case letters, digits and `-`.
pub(super) fn id(theirs: &str) -> String {
    let parts = theirs
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    parts
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-")
}

/// The provider: the first word of the id after the scanner's own name.
pub(super) fn provider(id: &str) -> String {
    let mut words = id
        .split('-')
        .filter(|word| !matches!(*word, "kingfisher" | "np" | "betterleaks" | "gitleaks"));
    words.next().unwrap_or("imported").to_owned()
}

/// A readable name for an id: `acme-api-token` becomes `Acme api token`.
pub(super) fn name(id: &str) -> String {
    let text = id.replace('-', " ");
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
