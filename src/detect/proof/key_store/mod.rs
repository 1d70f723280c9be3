//! Key stores: files that hold private keys under a password. They are recognised by their structure
//! alone, and none of them is decrypted.
//!
//! The readers are our own code because they answer a question that the public crates do not: where
//! does a store end that begins here, and which kinds of entries can be seen in it? They skip keys,
//! certificates and algorithms without interpreting them, accept bytes after the store, and take an
//! unknown entry for an encrypted one. RustCrypto's `pkcs12` (0.1) decodes every field of the store
//! through `cms` and `x509-cert`, in DER only: it refuses the BER that Bouncy Castle and browsers
//! write (indefinite lengths, octet strings in pieces), algorithm parameters that those crates do
//! not know, and bytes after the store. For JKS, JCEKS, BKS, UBER and BCFKS RustCrypto has no crate.
//!
//! The input is hostile. Every reader is bounded by the length of its input and by a depth, which
//! the fuzz target `key_store` and the property test `any_bytes_end` check.

mod bouncy_castle;
mod byte_cursor;
mod contents;
mod java;
mod pkcs12;

use super::verdict::Verdict;
use crate::finding::Confidence;
pub use contents::{Contents, KeyStore};
pub(in crate::detect) use java::digest_under;

/// Greatest size of a store in bytes. Later bytes are not read.
const LARGEST: usize = 1 << 20;

/// A family of key store formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFormat {
    /// PKCS#12 (RFC 7292): `.p12`, `.pfx`.
    Pkcs12,
    /// JKS and JCEKS, the stores of Java.
    Java,
    /// BKS, UBER and BCFKS, the stores of Bouncy Castle.
    BouncyCastle,
}

impl StoreFormat {
    /// Every family.
    pub const ALL: [StoreFormat; 3] = [
        StoreFormat::Pkcs12,
        StoreFormat::Java,
        StoreFormat::BouncyCastle,
    ];

    /// Whether a text with this beginning may be a store. The bytes that decide contain no line end,
    /// so the first line of the text is enough.
    pub fn may_begin(self, text: &[u8]) -> bool {
        match self {
            StoreFormat::Pkcs12 => is_long_sequence(text),
            StoreFormat::Java => java::begins(text),
            StoreFormat::BouncyCastle => is_long_sequence(text) || bouncy_castle::begins(text),
        }
    }

    /// The store of this family that the bytes begin with. At most 1 MiB is read.
    pub fn read(self, bytes: &[u8]) -> Option<KeyStore> {
        let bytes = &bytes[..bytes.len().min(LARGEST)];
        match self {
            StoreFormat::Pkcs12 => pkcs12::read(bytes),
            StoreFormat::Java => java::read(bytes),
            StoreFormat::BouncyCastle => bouncy_castle::read(bytes),
        }
    }
}

/// Whether the bytes begin with a DER sequence of 128 bytes or more, or of indefinite length.
fn is_long_sequence(text: &[u8]) -> bool {
    matches!(text, [0x30, 0x80..=0x84, ..])
}

/// Whether a store can begin with this byte.
pub(in crate::detect) fn may_begin(first: u8) -> bool {
    matches!(first, 0 | 0x30 | 0xce | 0xfe)
}

/// Whether twelve bytes can begin a store, and do not begin a certificate or a bare key.
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
    // PKCS#12: version 3 and a sequence. BCFKS: a third sequence, within two others, that begins
    // with an object id.
    let pkcs12 = rest.starts_with(&[2, 1, 3, 0x30]);
    let inner = head(rest).map(|length| &rest[length..]);
    pkcs12 || inner.is_some_and(|inner| matches!(*inner, [0x30, _, 6, ..]))
}

/// The verdict about a value that the rule of one of the formats found.
pub(super) fn verdict(value: &[u8]) -> Verdict {
    let store = StoreFormat::ALL
        .into_iter()
        .find_map(|format| format.read(value));
    match store.map(|store| store.contents) {
        Some(Contents::ReadableKeys) => Verdict::Proved,
        Some(Contents::ProtectedKeys) => Verdict::Doubtful(
            Confidence::Medium,
            "its keys are encrypted under a password that is not known",
        ),
        Some(Contents::Encrypted) => Verdict::Doubtful(
            Confidence::Low,
            "it is encrypted as a whole, and may contain certificates only",
        ),
        Some(Contents::Certificates) | None => Verdict::Refuted,
    }
}

#[cfg(test)]
mod tests;
