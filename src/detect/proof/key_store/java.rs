//! JKS and JCEKS: a magic number, a version, entries one after the other, and a SHA-1 over all that under the password
//! (`sun.security.provider.JavaKeyStore`). Numbers have their highest byte first.

use sha1::{Digest, Sha1};

use super::{Holds, Store};

const JKS: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
const JCEKS: [u8; 4] = [0xce, 0xce, 0xce, 0xce];

/// Passwords that documentation and default settings have made everybody's.
const WELL_KNOWN: [&str; 6] = [
    "changeit", "changeme", "password", "secret", "keystore", "android",
];

pub(super) fn begins(text: &[u8]) -> bool {
    text.starts_with(&JKS) || text.starts_with(&JCEKS)
}

pub(super) fn read(bytes: &[u8]) -> Option<Store> {
    let mut at = Cursor(bytes);
    let magic = *at.0.first_chunk()?;
    if !matches!(magic, JKS | JCEKS) {
        return None;
    }
    at.skip(4)?;
    let version = at.number()?;
    if !matches!(version, 1 | 2) {
        return None;
    }
    let mut holds = Holds::Certificates;
    for _ in 0..at.number()? {
        let tag = at.number()?;
        at.text()?;
        at.skip(8)?;
        match tag {
            1 => {
                holds = Holds::Keys;
                at.block()?;
                for _ in 0..at.number()? {
                    at.certificate(version)?;
                }
            }
            2 => at.certificate(version)?,
            // A serialised object of Java, of which the length stands nowhere: all that follows belongs to the store.
            3 if magic == JCEKS && at.0.starts_with(&[0xac, 0xed, 0, 5]) => {
                return Some(Store {
                    length: bytes.len(),
                    holds: Holds::Keys,
                });
            }
            _ => return None,
        }
    }
    let body = bytes.len() - at.0.len();
    let digest = at.take(20)?;
    if holds == Holds::Keys
        && WELL_KNOWN
            .iter()
            .any(|password| digest_under(password, &bytes[..body]) == *digest)
    {
        holds = Holds::OpenKeys;
    }
    Some(Store {
        length: body + 20,
        holds,
    })
}

/// The digest that closes a store: of the password in UTF-16, a phrase, and all that is before it.
pub(in crate::detect) fn digest_under(password: &str, body: &[u8]) -> [u8; 20] {
    let mut digest = Sha1::new();
    password
        .encode_utf16()
        .for_each(|unit| digest.update(unit.to_be_bytes()));
    digest.update(b"Mighty Aphrodite");
    digest.update(body);
    digest.finalize().into()
}

/// What is left to read.
pub(super) struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    pub fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// A text after its length in two bytes.
    pub fn text(&mut self) -> Option<()> {
        let (length, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        self.skip(u16::from_be_bytes(*length).into())
    }

    /// Bytes after their number.
    pub fn block(&mut self) -> Option<()> {
        let length = self.number()?;
        self.skip(length as usize)
    }

    /// Stores of the first version do not name the type of a certificate.
    fn certificate(&mut self, version: u32) -> Option<()> {
        if version == 2 {
            self.text()?;
        }
        self.block()
    }
}
