//! Key stores: files that hold private keys under a password, recognised by their structure alone. None of them is decrypted.

mod bouncy_castle;
mod java;
mod pkcs12;

use super::Verdict;
use crate::finding::Confidence;
pub(in crate::detect) use java::digest_under;

/// Larger files are not taken for a store.
const LARGEST: usize = 1 << 20;

/// A family of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PKCS#12 (RFC 7292): `.p12`, `.pfx`.
    Pkcs12,
    /// JKS and JCEKS, the stores of Java.
    Java,
    /// BKS, UBER and BCFKS, the stores of Bouncy Castle.
    BouncyCastle,
}

/// What a store holds, as far as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// Nothing that is secret.
    Certificates,
    /// All entries are encrypted together.
    Hidden,
    /// Keys, each encrypted under a password.
    Keys,
    /// Keys that anybody can read: without a password, or under one that everybody knows.
    OpenKeys,
}

/// A store at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    pub length: usize,
    pub holds: Holds,
}

impl Format {
    pub const ALL: [Format; 3] = [Format::Pkcs12, Format::Java, Format::BouncyCastle];

    /// Whether a text that begins so is worth reading: told by bytes among which no line end can be, so by its first line alone.
    pub fn may_begin(self, text: &[u8]) -> bool {
        match self {
            Format::Pkcs12 => is_long_sequence(text),
            Format::Java => java::begins(text),
            Format::BouncyCastle => is_long_sequence(text) || bouncy_castle::begins(text),
        }
    }

    pub fn read(self, bytes: &[u8]) -> Option<Store> {
        let bytes = &bytes[..bytes.len().min(LARGEST)];
        match self {
            Format::Pkcs12 => pkcs12::read(bytes),
            Format::Java => java::read(bytes),
            Format::BouncyCastle => bouncy_castle::read(bytes),
        }
    }
}

fn is_long_sequence(text: &[u8]) -> bool {
    matches!(text, [0x30, 0x80..=0x84, ..])
}

/// Whether a store can begin with this byte.
pub(in crate::detect) fn may_begin(first: u8) -> bool {
    matches!(first, 0 | 0x30 | 0xce | 0xfe)
}

/// Whether twelve bytes are the first ones of a store, and not of a certificate or a key.
pub(in crate::detect) fn begins(twelve: &[u8; 12]) -> bool {
    if java::begins(twelve) || bouncy_castle::begins(twelve) {
        return true;
    }
    let head = |bytes: &'_ [u8]| match *bytes {
        [0x30, 0x80, ..] => Some(2),
        [0x30, long @ 0x81..=0x84, ..] => Some(2 + (long as usize & 7)),
        _ => None,
    };
    let Some(rest) = head(twelve).map(|length| &twelve[length..]) else {
        return false;
    };
    // Version 3 and a sequence; or, within two sequences, a third that begins with an object id.
    let pkcs12 = rest.starts_with(&[2, 1, 3, 0x30]);
    let inner = head(rest).map(|length| &rest[length..]);
    pkcs12 || inner.is_some_and(|inner| matches!(*inner, [0x30, _, 6, ..]))
}

/// Proves a value that one of the formats has found.
pub(super) fn verdict(value: &[u8]) -> Verdict {
    let store = Format::ALL
        .into_iter()
        .find_map(|format| format.read(value));
    match store.map(|store| store.holds) {
        Some(Holds::OpenKeys) => Verdict::Proved,
        Some(Holds::Keys) => Verdict::Doubtful(
            Confidence::Medium,
            "its keys are under a password that is not in it",
        ),
        Some(Holds::Hidden) => Verdict::Doubtful(
            Confidence::Low,
            "all of it is encrypted: it may hold certificates alone",
        ),
        Some(Holds::Certificates) | None => Verdict::Refuted,
    }
}

#[cfg(test)]
mod tests;
