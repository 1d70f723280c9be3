//! Proof without a network: checksums and structure that tokens carry in themselves.

pub mod azure;
pub mod base32;
pub mod bech32;
pub mod crc;
mod der;
mod jwt;
pub mod key_store;
mod private_key;
mod slack;

mod stripe;

use super::rule::ProofName;
use crate::finding::Confidence;

/// What a proof says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Proved,
    /// Proved to be of the format, and to have expired.
    Expired,
    Refuted,
    /// No surer than this, for a reason.
    Doubtful(Confidence, &'static str),
    /// Nothing: not every value of this shape carries what could be proved.
    Silent,
}

/// Runs one proof. `now` is in seconds since 1970.
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
        ProofName::AwsKeyId => Verdict::Silent,
        ProofName::Jwt => jwt::verdict(value, now),
        ProofName::PrivateKey => private_key::verdict(value),
        ProofName::StripeKey => stripe::verdict(value),
        ProofName::SlackToken => slack::verdict(value),
        ProofName::KeyStore => key_store::verdict(value),
    }
}

/// Characters that a machine chose from letters of both cases and digits: of 24 such, one case alone comes once in half a million.
fn is_random(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_uppercase) && text.iter().any(u8::is_ascii_lowercase)
}

/// The account that a value names in itself.
pub fn account(proof: ProofName, value: &[u8]) -> Option<String> {
    match proof {
        ProofName::AwsKeyId => aws_account(value),
        ProofName::StripeKey => stripe::account(value),
        ProofName::SlackToken => slack::account(value),
        _ => None,
    }
}

/// Access key ids of AWS made since 2019 have the number in the 40 bits after the first one of their base32 text, which tells them
/// from older ones.
fn aws_account(id: &[u8]) -> Option<String> {
    let bytes = base32::decode(id.get(4..)?)?;
    let bits = u64::from_be_bytes(*bytes.first_chunk()?);
    let number = bits << 1 >> 24;
    (bits >> 63 == 1 && number < 1_000_000_000_000).then(|| format!("{number:012}"))
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
    fn an_access_key_names_its_account() {
        // The number in base32 at its place; the rest is made up.
        let id = |flag: u64, number: u64| {
            let bytes = (flag << 63 | number << 23 | 0x12_3456).to_be_bytes();
            format!(
                "AKIA{}",
                base32::encode(&[bytes.as_slice(), &[7, 8]].concat()).to_uppercase()
            )
        };
        let account = |id: &str| account(ProofName::AwsKeyId, id.as_bytes());
        assert_eq!(
            account(&id(1, 29_608_264_753)).as_deref(),
            Some("029608264753")
        );
        assert_eq!(account(&id(0, 29_608_264_753)), None);
        assert_eq!(account(&id(1, 1_050_000_000_000)), None);
        assert_eq!(account("AKIA"), None);
        assert_eq!(super::account(ProofName::Jwt, id(1, 7).as_bytes()), None);
    }
}
