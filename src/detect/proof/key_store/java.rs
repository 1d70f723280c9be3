//! JKS and JCEKS: a magic number, a version, entries one after the other, and a SHA-1 over all of
//! them under the store's password (`sun.security.provider.JavaKeyStore`).

use sha1::{Digest, Sha1};

use super::byte_cursor::ByteCursor;
use super::contents::{Contents, KeyStore};

/// Magic number of JKS.
const JKS: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
/// Magic number of JCEKS.
const JCEKS: [u8; 4] = [0xce, 0xce, 0xce, 0xce];

/// Passwords that documentation and default settings have made known to everybody.
const WELL_KNOWN: [&str; 6] = [
    "changeit", "changeme", "password", "secret", "keystore", "android",
];

/// Whether the bytes begin with the magic number of JKS or JCEKS.
pub(super) fn begins(text: &[u8]) -> bool {
    text.starts_with(&JKS) || text.starts_with(&JCEKS)
}

/// The store that the bytes begin with.
pub(super) fn read(bytes: &[u8]) -> Option<KeyStore> {
    let mut at = ByteCursor(bytes);
    let magic = *at.0.first_chunk()?;
    if !matches!(magic, JKS | JCEKS) {
        return None;
    }
    at.skip(4)?;
    let version = at.number()?;
    if !matches!(version, 1 | 2) {
        return None;
    }
    let mut contents = Contents::Certificates;
    for _ in 0..at.number()? {
        let tag = at.number()?;
        at.text()?;
        at.skip(8)?;
        match tag {
            1 => {
                contents = Contents::ProtectedKeys;
                at.block()?;
                for _ in 0..at.number()? {
                    certificate(&mut at, version)?;
                }
            }
            2 => certificate(&mut at, version)?,
            // A secret key is a serialised Java object, whose length is not recorded: the store is
            // assumed to reach to the end of the bytes.
            3 if magic == JCEKS && at.0.starts_with(&[0xac, 0xed, 0, 5]) => {
                return Some(KeyStore {
                    length: bytes.len(),
                    contents: Contents::ProtectedKeys,
                });
            }
            _ => return None,
        }
    }
    let body = bytes.len() - at.0.len();
    let digest = at.take(20)?;
    if contents == Contents::ProtectedKeys
        && WELL_KNOWN
            .iter()
            .any(|password| digest_under(password, &bytes[..body]) == *digest)
    {
        contents = Contents::ReadableKeys;
    }
    Some(KeyStore {
        length: body + 20,
        contents,
    })
}

/// The SHA-1 that ends a store: of the password in UTF-16, a fixed phrase, and all bytes before it.
pub(in crate::detect) fn digest_under(password: &str, body: &[u8]) -> [u8; 20] {
    let mut digest = Sha1::new();
    password
        .encode_utf16()
        .for_each(|unit| digest.update(unit.to_be_bytes()));
    digest.update(b"Mighty Aphrodite");
    digest.update(body);
    digest.finalize().into()
}

/// Skips a certificate. Stores of version 1 do not name its type.
fn certificate(at: &mut ByteCursor, version: u32) -> Option<()> {
    if version == 2 {
        at.text()?;
    }
    at.block()
}
