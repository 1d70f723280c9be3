//! BKS and UBER (`BcKeyStoreSpi` of Bouncy Castle): a version, a salt, a number of iterations, then entries and an HMAC, or all of
//! that encrypted. BCFKS (its `BCFKSKeyStore`): DER, encrypted as a whole.

use super::java::Cursor;
use super::{Holds, Store};
use crate::detect::proof::der::{OBJECT_ID, OCTETS, SEQUENCE, content, element};

/// 1.2.840.113549.1.5.13
const PBES2: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];

/// Version 1 or 2, and a salt of 20 bytes.
pub(super) fn begins(text: &[u8]) -> bool {
    matches!(text, [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..])
}

pub(super) fn read(bytes: &[u8]) -> Option<Store> {
    if !begins(bytes) {
        return bcfks(bytes);
    }
    let mut at = Cursor(bytes);
    at.skip(28)?;
    if !(1024..2048).contains(&at.number()?) {
        return None;
    }
    let encrypted = at.0.len();
    if let Some((holds, rest)) = entries(at) {
        return Some(Store {
            length: bytes.len() - rest.len(),
            holds,
        });
    }
    // Blocks of Twofish.
    (encrypted >= 32 && encrypted.is_multiple_of(16)).then_some(Store {
        length: bytes.len(),
        holds: Holds::Hidden,
    })
}

/// What entries hold, and what follows them and their HMAC.
fn entries(mut at: Cursor<'_>) -> Option<(Holds, &[u8])> {
    let mut holds = Holds::Certificates;
    loop {
        let kind = at.byte()?;
        if kind == 0 {
            at.skip(20)?;
            return Some((holds, at.0));
        }
        at.text()?;
        at.skip(8)?;
        for _ in 0..at.number()? {
            certificate(&mut at)?;
        }
        match kind {
            1 => certificate(&mut at)?,
            // A key as it is: private, public or secret.
            2 => {
                let public = at.byte()? == 1;
                at.text()?;
                at.text()?;
                at.block()?;
                holds = if public { holds } else { Holds::OpenKeys };
            }
            3 | 4 => {
                at.block()?;
                holds = holds.max(Holds::Keys);
            }
            _ => return None,
        }
    }
}

fn certificate(at: &mut Cursor) -> Option<()> {
    at.text()?;
    at.block()
}

/// What is encrypted, by PBES2, and what keeps it whole.
fn bcfks(bytes: &[u8]) -> Option<Store> {
    let whole = element(bytes).filter(|it| it.tag == SEQUENCE)?;
    let data = element(whole.content).filter(|it| it.tag == SEQUENCE)?;
    let algorithm = element(data.content).filter(|it| it.tag == SEQUENCE)?;
    let encrypted = content(algorithm.content, OBJECT_ID) == Some(&PBES2)
        && content(algorithm.rest, OCTETS).is_some();
    // A MAC is a sequence, a signature has a tag of its own.
    let kept = element(data.rest).is_some_and(|it| matches!(it.tag, SEQUENCE | 0xa0));
    (encrypted && kept).then_some(Store {
        length: bytes.len() - whole.rest.len(),
        holds: Holds::Hidden,
    })
}
