//! BKS and UBER (`BcKeyStoreSpi` of Bouncy Castle): a version, a salt, a number of iterations, then
//! entries and an HMAC; UBER encrypts the entries. BCFKS (`BCFKSKeyStore`): DER, encrypted as a
//! whole.

use super::byte_cursor::ByteCursor;
use super::contents::{Contents, KeyStore};
use crate::detect::proof::der::{OBJECT_ID, OCTETS, SEQUENCE, content, element};

/// Object id of PBES2: 1.2.840.113549.1.5.13.
const PBES2: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];

/// Whether the bytes begin with version 1 or 2 and the length of a salt of 20 bytes.
pub(super) fn begins(text: &[u8]) -> bool {
    matches!(text, [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..])
}

/// The BKS, UBER or BCFKS store that the bytes begin with.
pub(super) fn read(bytes: &[u8]) -> Option<KeyStore> {
    if !begins(bytes) {
        return bcfks(bytes);
    }
    let mut at = ByteCursor(bytes);
    at.skip(28)?;
    if !(1024..2048).contains(&at.number()?) {
        return None;
    }
    let encrypted = at.0.len();
    if let Some((contents, rest)) = entries(at) {
        return Some(KeyStore {
            length: bytes.len() - rest.len(),
            contents,
        });
    }
    // UBER encrypts the entries with Twofish, in blocks of 16 bytes.
    (encrypted >= 32 && encrypted.is_multiple_of(16)).then_some(KeyStore {
        length: bytes.len(),
        contents: Contents::Encrypted,
    })
}

/// The contents of plain entries, and the bytes after them and their HMAC.
fn entries(mut at: ByteCursor<'_>) -> Option<(Contents, &[u8])> {
    let mut contents = Contents::Certificates;
    loop {
        let kind = at.byte()?;
        if kind == 0 {
            at.skip(20)?;
            return Some((contents, at.0));
        }
        at.text()?;
        at.skip(8)?;
        for _ in 0..at.number()? {
            certificate(&mut at)?;
        }
        match kind {
            1 => certificate(&mut at)?,
            // An unencrypted key: private, public or secret.
            2 => {
                let public = at.byte()? == 1;
                at.text()?;
                at.text()?;
                at.block()?;
                contents = if public {
                    contents
                } else {
                    Contents::ReadableKeys
                };
            }
            3 | 4 => {
                at.block()?;
                contents = contents.max(Contents::ProtectedKeys);
            }
            _ => return None,
        }
    }
}

/// Skips the type and the bytes of a certificate.
fn certificate(at: &mut ByteCursor) -> Option<()> {
    at.text()?;
    at.block()
}

/// A BCFKS store: data encrypted by PBES2, then its integrity check.
fn bcfks(bytes: &[u8]) -> Option<KeyStore> {
    let whole = element(bytes).filter(|it| it.tag == SEQUENCE)?;
    let data = element(whole.content).filter(|it| it.tag == SEQUENCE)?;
    let algorithm = element(data.content).filter(|it| it.tag == SEQUENCE)?;
    let encrypted = content(algorithm.content, OBJECT_ID) == Some(&PBES2)
        && content(algorithm.rest, OCTETS).is_some();
    // A MAC is a sequence, a signature has a tag of its own.
    let checked = element(data.rest).is_some_and(|it| matches!(it.tag, SEQUENCE | 0xa0));
    (encrypted && checked).then_some(KeyStore {
        length: bytes.len() - whole.rest.len(),
        contents: Contents::Encrypted,
    })
}
