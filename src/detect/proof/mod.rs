//! Proofs that need no network: checksums and structure that a token carries in itself.

mod aws_key_id;
pub mod azure;
pub mod base32;
pub mod bech32;
pub mod crc;
pub(in crate::detect) mod der;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod jwt;
pub mod key_store;
mod mixed_case;
pub mod nkey;
mod private_key;
mod proof_name;
mod slack;
mod stripe;
mod verdict;

pub use proof_name::ProofName;
pub use verdict::Verdict;

/// Runs one proof on a decoded value. `now` is in seconds since 1970.
pub fn prove(proof: ProofName, value: &[u8], now: i64) -> Verdict {
    let certain = |right| {
        if right {
            Verdict::Proved
        } else {
            Verdict::Refuted
        }
    };
    let possible = |right| {
        if right {
            Verdict::Proved
        } else {
            Verdict::Silent
        }
    };
    match proof {
        ProofName::GithubChecksum => certain(crc::github(value)),
        ProofName::NpmChecksum => certain(crc::npm(value)),
        ProofName::GrafanaChecksum => certain(crc::grafana(value)),
        ProofName::AtlassianChecksum => certain(crc::atlassian(value)),
        ProofName::ConfluentChecksum => certain(crc::confluent(value)),
        ProofName::ZuploChecksum => certain(crc::zuplo(value)),
        ProofName::GitlabChecksum => crc::gitlab(value).map_or(Verdict::Silent, certain),
        ProofName::AgeChecksum => certain(bech32::is_right(value)),
        ProofName::AzureChecksum => possible(azure::identifiable(value)),
        ProofName::AzureAnnotatedChecksum => possible(azure::annotated(value)),
        ProofName::AzureClientSecretChecksum => possible(azure::client_secret(value)),
        ProofName::AzureDevopsChecksum => possible(azure::devops(value)),
        ProofName::NkeyChecksum => possible(nkey::is_right(value)),
        ProofName::AwsKeyId => Verdict::Silent,
        ProofName::Jwt => jwt::verdict(value, now),
        ProofName::PrivateKey => private_key::verdict(value),
        ProofName::StripeKey => stripe::verdict(value),
        ProofName::SlackToken => slack::verdict(value),
        ProofName::KeyStore => key_store::verdict(value),
    }
}

/// The account that a value contains, for the proofs that can decode one.
pub fn account(proof: ProofName, value: &[u8]) -> Option<String> {
    match proof {
        ProofName::AwsKeyId => aws_key_id::account(value),
        ProofName::StripeKey => stripe::account(value),
        ProofName::SlackToken => slack::account(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_proves_and_refutes() {
        let body = b"abcdefghijklmnopqrstuvwxyz0123";
        let mut token = b"ghp_".to_vec();
        token.extend_from_slice(body);
        token.extend_from_slice(&crc::base62(body));
        assert_eq!(prove(ProofName::GithubChecksum, &token, 0), Verdict::Proved);
        token[10] ^= 1;
        assert_eq!(
            prove(ProofName::GithubChecksum, &token, 0),
            Verdict::Refuted
        );
        assert_eq!(prove(ProofName::GithubChecksum, b"gh", 0), Verdict::Refuted);
    }

    #[test]
    fn what_has_no_checksum_is_not_refuted() {
        assert_eq!(
            prove(ProofName::GitlabChecksum, b"glpat-abcdefghijklmnopqrst", 0),
            Verdict::Silent
        );
        assert_eq!(
            prove(ProofName::AzureChecksum, b"AAAAAAAAAAAA", 0),
            Verdict::Silent
        );
    }

    #[test]
    fn only_some_proofs_name_an_account() {
        let id = format!(
            "AKIA{}",
            base32::encode(&[0x80, 0, 0, 3, 0x80, 0, 0, 0, 7, 8]).to_uppercase()
        );
        assert!(account(ProofName::AwsKeyId, id.as_bytes()).is_some());
        assert_eq!(account(ProofName::Jwt, id.as_bytes()), None);
    }
}
