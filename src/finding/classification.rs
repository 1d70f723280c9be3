//! The kind of a secret, and the confidence that a value is one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of a secret: one of the eight secret types of the discovery table in the AWS Security
/// Blog, "Migrating your secrets", part I, or the hash of a password.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A secret of one application: its passwords, its session and API secrets.
    Application,
    /// Cloud to on-premises credentials or OAuth clients and tokens.
    ClientCredentials,
    /// Credentials of a database.
    Database,
    /// Vendor credentials and API keys.
    ThirdParty,
    /// Private keys of certificates.
    CertificatePrivateKey,
    /// Keys for encrypting or signing data.
    CryptographicKey,
    /// Private keys for SSH.
    SshKey,
    /// Access keys of AWS.
    AwsAccessKey,
    /// Hashes of passwords. Nobody can log in with a hash, but the password can be guessed from it.
    PasswordHash,
}

impl Kind {
    /// All kinds, in the order of the table.
    pub const ALL: [Kind; 9] = [
        Kind::Application,
        Kind::ClientCredentials,
        Kind::Database,
        Kind::ThirdParty,
        Kind::CertificatePrivateKey,
        Kind::CryptographicKey,
        Kind::SshKey,
        Kind::AwsAccessKey,
        Kind::PasswordHash,
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
            Kind::PasswordHash => "password-hash",
        }
    }
}

/// The confidence that a value is a secret. Ordered: `Low < Medium < High`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Weak evidence. Reports leave it out unless `--confidence low` is given.
    Low,
    /// Good evidence. The least that reports show by default.
    Medium,
    /// Strong evidence: a form that only secrets have, or a passed proof.
    High,
}

impl Confidence {
    /// All levels, the lowest first.
    pub const ALL: [Confidence; 3] = [Confidence::Low, Confidence::Medium, Confidence::High];

    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
