//! PKCS#12 (RFC 7292): contents, plain or encrypted, made of bags that hold keys and certificates.

use zeroize::Zeroizing;

use super::contents::{Contents, KeyStore};
use crate::detect::proof::der::{
    CONSTRUCTED, INTEGER, OBJECT_ID, OCTETS, SEQUENCE, content, element, elements,
};

/// Object id 1.2.840.113549.1.7, which is followed by 1 (data), 2 (signed) or 6 (encrypted).
const PKCS7: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
/// Object id 1.2.840.113549.1.12.10.1, which is followed by the kind of a bag.
const BAG: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
/// The tag around the value of a content or a bag.
const EXPLICIT: u8 = 0xa0;

/// Greatest depth of bags within bags.
const DEEPEST: u8 = 4;

/// The store that the bytes begin with.
pub(super) fn read(bytes: &[u8]) -> Option<KeyStore> {
    let whole = element(bytes).filter(|it| it.tag == SEQUENCE)?;
    let version = element(whole.content).filter(|it| it.tag == INTEGER && it.content == [3])?;
    let safe = element(version.rest).filter(|it| it.tag == SEQUENCE)?;
    let length = bytes.len() - whole.rest.len();
    let store = |contents| Some(KeyStore { length, contents });
    match typed(safe.content)? {
        (1, safe) => {
            let safe = octets(safe)?;
            let mut safes = elements(content(&safe, SEQUENCE)?).peekable();
            safes.peek()?;
            let mut contents = Contents::Certificates;
            for inner in safes {
                contents = contents.max(match typed(inner.content)? {
                    (1, bags) => bag_contents(content(&octets(bags)?, SEQUENCE)?, DEEPEST),
                    _ => Contents::Encrypted,
                });
            }
            store(contents)
        }
        // Signed by a key instead of a password. The signed content is not inspected.
        (2, _) => store(Contents::Encrypted),
        _ => None,
    }
}

/// The last number of a content's PKCS#7 type, and the value of the content.
fn typed(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let kind = element(bytes).filter(|it| it.tag == OBJECT_ID)?;
    let (&last, head) = kind.content.split_last()?;
    (head == PKCS7).then_some(())?;
    Some((last, content(kind.rest, EXPLICIT)?))
}

/// An octet string, which BER allows in pieces.
fn octets(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let string = element(bytes)?;
    if string.tag == OCTETS {
        return Some(Zeroizing::new(string.content.to_vec()));
    }
    (string.tag == OCTETS | CONSTRUCTED).then_some(())?;
    let mut whole = Zeroizing::new(Vec::with_capacity(string.content.len()));
    elements(string.content)
        .filter(|it| it.tag == OCTETS)
        .for_each(|piece| whole.extend_from_slice(piece.content));
    Some(whole)
}

/// The contents of a sequence of bags. A bag that is not understood counts as encrypted.
fn bag_contents(bags: &[u8], depth: u8) -> Contents {
    let contents = elements(bags).map(|bag| {
        let Some(kind) = element(bag.content).filter(|it| it.tag == OBJECT_ID) else {
            return Contents::Encrypted;
        };
        match kind.content.strip_prefix(&BAG) {
            Some([1]) => Contents::ReadableKeys,
            Some([2 | 5]) => Contents::ProtectedKeys,
            Some([3 | 4]) => Contents::Certificates,
            Some([6]) if depth > 0 => {
                let inner = content(kind.rest, EXPLICIT).and_then(|inner| content(inner, SEQUENCE));
                inner.map_or(Contents::Encrypted, |inner| bag_contents(inner, depth - 1))
            }
            _ => Contents::Encrypted,
        }
    });
    contents.max().unwrap_or(Contents::Certificates)
}
