//! The kind of a secret, and the confidence that a value is one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
