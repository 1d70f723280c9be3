//! The names of the offline proofs, as rule files write them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The offline proofs that a rule can name in `proof`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ProofName {
    /// The last six characters are the CRC-32, in base 62, of the characters between the prefix
    /// (`gh?_`) and the checksum.
    GithubChecksum,
    /// The same scheme as `github-checksum`, after `npm_`.
    NpmChecksum,
    /// The last eight hex digits are the CRC-32, lowest byte first, of the characters before the
    /// last `_` (`glsa_`).
    GrafanaChecksum,
    /// The last eight hex digits, in upper case, are the CRC-32 of all characters before them
    /// (`ATATT3xFf…=`).
    AtlassianChecksum,
    /// The last six characters are the CRC-32, in base64, of the 54 characters after `cflt`.
    ConfluentChecksum,
    /// The last eight hex digits are the CRC-32 of the 32 characters after `zpka_`.
    ZuploChecksum,
    /// The last seven characters of a routable token are the CRC-32, in base 36, of all characters
    /// before them. Other tokens carry no checksum.
    GitlabChecksum,
    /// The token is valid Bech32 (`AGE-SECRET-KEY-1`).
    AgeChecksum,
    /// The last four bytes of the decoded base64 are the Marvin checksum, under one of the published
    /// seeds, of the bytes before them.
    AzureChecksum,
    /// The characters after the first 80 (`JQQJ99`) are their Marvin checksum in base 62.
    AzureAnnotatedChecksum,
    /// The last three characters are the Marvin checksum of the characters before them (`8Q~`).
    AzureClientSecretChecksum,
    /// A CRC-32 is distributed over four of the 32 bytes that the 52 base32 characters encode.
    AzureDevopsChecksum,
    /// The last two of the 36 bytes that the base32 characters encode are the CRC-16 of the bytes before them.
    NkeyChecksum,
    /// Nothing is proved. The account number is decoded from the key id.
    AwsKeyId,
    /// The header is base64url JSON with `alg`, and the payload is a base64url JSON object. `exp`
    /// shows whether the token has expired.
    Jwt,
    /// The PEM block parses as DER or as OpenSSH's format. An encrypted key has low confidence; a
    /// block that does not parse has at most medium confidence.
    PrivateKey,
    /// The key has letters of both cases, and 24 characters, or 99 that begin with the account's id,
    /// which is decoded. A key of another length has at most medium confidence.
    StripeKey,
    /// The numbers in the token are not sequences such as `123456789`; the first is reported as the
    /// account. A rotating token is proved by its base64 part, and has at most medium confidence
    /// if that part has another structure.
    SlackToken,
    /// The bytes have the structure of a key store. A store with readable keys is proved, one whose
    /// keys are under a password has at most medium confidence, and one that is encrypted as a whole
    /// has low confidence. A store of certificates alone is rejected.
    KeyStore,
}

impl ProofName {
    /// All proofs.
    const ALL: [ProofName; 19] = [
        ProofName::GithubChecksum,
        ProofName::NpmChecksum,
        ProofName::GrafanaChecksum,
        ProofName::AtlassianChecksum,
        ProofName::ConfluentChecksum,
        ProofName::ZuploChecksum,
        ProofName::GitlabChecksum,
        ProofName::AgeChecksum,
        ProofName::AzureChecksum,
        ProofName::AzureAnnotatedChecksum,
        ProofName::AzureClientSecretChecksum,
        ProofName::AzureDevopsChecksum,
        ProofName::NkeyChecksum,
        ProofName::AwsKeyId,
        ProofName::Jwt,
        ProofName::PrivateKey,
        ProofName::StripeKey,
        ProofName::SlackToken,
        ProofName::KeyStore,
    ];

    /// The proof with this [`ProofName::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.name() == name)
    }

    /// Whether a value that fails this proof is a made-up token: no other kind of secret has the
    /// shape of the rule. A value that fails one of the other proofs may still be a secret of
    /// another kind.
    pub fn is_checksum(self) -> bool {
        !matches!(
            self,
            ProofName::Jwt | ProofName::KeyStore | ProofName::StripeKey
        )
    }

    /// Whether a checksum covers the token, so that no other text passes by chance.
    pub fn covers_whole_token(self) -> bool {
        matches!(
            self,
            ProofName::GithubChecksum
                | ProofName::NpmChecksum
                | ProofName::GrafanaChecksum
                | ProofName::AtlassianChecksum
                | ProofName::ConfluentChecksum
                | ProofName::ZuploChecksum
                | ProofName::GitlabChecksum
                | ProofName::AgeChecksum
                | ProofName::NkeyChecksum
        )
    }

    /// The name that the coverage report uses for values that this proof rejects.
    pub fn name(self) -> &'static str {
        match self {
            ProofName::GithubChecksum => "github-checksum",
            ProofName::NpmChecksum => "npm-checksum",
            ProofName::GrafanaChecksum => "grafana-checksum",
            ProofName::AtlassianChecksum => "atlassian-checksum",
            ProofName::ConfluentChecksum => "confluent-checksum",
            ProofName::ZuploChecksum => "zuplo-checksum",
            ProofName::GitlabChecksum => "gitlab-checksum",
            ProofName::AgeChecksum => "age-checksum",
            ProofName::AzureChecksum => "azure-checksum",
            ProofName::AzureAnnotatedChecksum => "azure-annotated-checksum",
            ProofName::AzureClientSecretChecksum => "azure-client-secret-checksum",
            ProofName::AzureDevopsChecksum => "azure-devops-checksum",
            ProofName::NkeyChecksum => "nkey-checksum",
            ProofName::AwsKeyId => "aws-key-id",
            ProofName::Jwt => "jwt-structure",
            ProofName::PrivateKey => "private-key-structure",
            ProofName::StripeKey => "stripe-key",
            ProofName::SlackToken => "slack-token",
            ProofName::KeyStore => "key-store-structure",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proof_is_found_by_its_name() {
        let schema = schemars::schema_for!(ProofName);
        let variants = schema.get("oneOf").and_then(|list| list.as_array());
        assert_eq!(variants.unwrap().len(), ProofName::ALL.len());
        for proof in ProofName::ALL {
            assert_eq!(ProofName::named(proof.name()), Some(proof));
        }
    }
}
