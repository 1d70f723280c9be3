//! PKCS#12 (RFC 7292): contents that are plain or encrypted, of bags that hold keys and certificates.

use zeroize::Zeroizing;

use super::{Holds, Store};
use crate::detect::proof::der::{
    CONSTRUCTED, INTEGER, OBJECT_ID, OCTETS, SEQUENCE, content, element, elements,
};

/// 1.2.840.113549.1.7, followed by 1 (data), 2 (signed) or 6 (encrypted).
const PKCS7: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
/// 1.2.840.113549.1.12.10.1, followed by the kind of a bag.
const BAG: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
/// The tag of what a content or a bag holds.
const EXPLICIT: u8 = 0xa0;

/// Bags of bags that lie in each other.
const DEEPEST: u8 = 4;

pub(super) fn read(bytes: &[u8]) -> Option<Store> {
    let whole = element(bytes).filter(|it| it.tag == SEQUENCE)?;
    let version = element(whole.content).filter(|it| it.tag == INTEGER && it.content == [3])?;
    let safe = element(version.rest).filter(|it| it.tag == SEQUENCE)?;
    let length = bytes.len() - whole.rest.len();
    let store = |holds| Some(Store { length, holds });
    match typed(safe.content)? {
        (1, safe) => {
            let safe = octets(safe)?;
            let mut contents = elements(content(&safe, SEQUENCE)?).peekable();
            contents.peek()?;
            let mut holds = Holds::Certificates;
            for inner in contents {
                holds = holds.max(match typed(inner.content)? {
                    (1, bags) => of_bags(content(&octets(bags)?, SEQUENCE)?, DEEPEST),
                    _ => Holds::Hidden,
                });
            }
            store(holds)
        }
        // Signed by a key, which wraps the same.
        (2, _) => store(Holds::Hidden),
        _ => None,
    }
}

/// The last number of a content's type, and what it holds.
fn typed(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let kind = element(bytes).filter(|it| it.tag == OBJECT_ID)?;
    let (&last, head) = kind.content.split_last()?;
    (head == PKCS7).then_some(())?;
    Some((last, content(kind.rest, EXPLICIT)?))
}

/// A string of bytes, which may be in pieces.
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

fn of_bags(bags: &[u8], depth: u8) -> Holds {
    let holds = elements(bags).map(|bag| {
        let Some(kind) = element(bag.content).filter(|it| it.tag == OBJECT_ID) else {
            return Holds::Hidden;
        };
        match kind.content.strip_prefix(&BAG) {
            Some([1]) => Holds::OpenKeys,
            Some([2 | 5]) => Holds::Keys,
            Some([3 | 4]) => Holds::Certificates,
            Some([6]) if depth > 0 => {
                let inner = content(kind.rest, EXPLICIT).and_then(|inner| content(inner, SEQUENCE));
                inner.map_or(Holds::Hidden, |inner| of_bags(inner, depth - 1))
            }
            _ => Holds::Hidden,
        }
    });
    holds.max().unwrap_or(Holds::Certificates)
}
