//! Elements of DER and BER (ITU-T X.690), as far as private keys and key stores need them: tags of
//! one byte, lengths in up to four bytes, and the indefinite form, which two zero bytes end.
//!
//! This reader is our own code because it accepts more than RustCrypto's `der` (0.8) and reads
//! less. It does not interpret values, so that a key with an unusual algorithm or a number that is
//! not minimal still counts as a key. It accepts lengths that are not minimal and bytes after the
//! element, both of which `der` refuses, and indefinite lengths, which `der` accepts only with its
//! feature `ber`. Typed decoding (`pkcs1`, `pkcs8`, `sec1`) would refuse parts that carry no weight
//! for the question here: does this text have the structure of a key?
//!
//! The input is hostile. No byte is visited more than once for each level, and levels are limited;
//! the fuzz target `der` and the property test `any_bytes_end` check that.

/// An element at the beginning of some bytes.
pub(in crate::detect) struct Element<'a> {
    /// The identifier byte: class, form and number of the type.
    pub tag: u8,
    /// The content bytes, without the two zero bytes that end an indefinite length.
    pub content: &'a [u8],
    /// The bytes after the element.
    pub rest: &'a [u8],
}

/// Tag of an integer.
pub(in crate::detect) const INTEGER: u8 = 0x02;
/// Tag of an octet string.
pub(in crate::detect) const OCTETS: u8 = 0x04;
/// Tag of an object identifier.
pub(in crate::detect) const OBJECT_ID: u8 = 0x06;
/// Tag of a sequence.
pub(in crate::detect) const SEQUENCE: u8 = 0x30;
/// The bit of a tag that is set if the content consists of elements.
pub(super) const CONSTRUCTED: u8 = 0x20;

/// Greatest depth of elements of indefinite length within each other.
pub(super) const DEEPEST: u8 = 16;

/// The element that `bytes` begin with; `None` if it is cut off or its length has another form.
pub(in crate::detect) fn element(bytes: &[u8]) -> Option<Element<'_>> {
    within(bytes, DEEPEST)
}

/// Reads an element that contains at most `depth` levels of indefinite length.
fn within(bytes: &[u8], depth: u8) -> Option<Element<'_>> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (first as usize, rest),
        0x80 if tag & CONSTRUCTED != 0 && depth > 0 => {
            let mut at = rest;
            while !at.starts_with(&[0, 0]) {
                at = within(at, depth - 1)?.rest;
            }
            return Some(Element {
                tag,
                content: &rest[..rest.len() - at.len()],
                rest: &at[2..],
            });
        }
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(first as usize & 7)?;
            (
                length
                    .iter()
                    .fold(0, |length, &byte| length << 8 | byte as usize),
                rest,
            )
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some(Element { tag, content, rest })
}

/// The elements that `bytes` begin with, up to the first bytes that do not form one.
pub(in crate::detect) fn elements(mut bytes: &[u8]) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || {
        let next = element(bytes)?;
        bytes = next.rest;
        Some(next)
    })
}

/// The content of the first element, if the element has this tag.
pub(in crate::detect) fn content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    element(bytes)
        .filter(|it| it.tag == tag)
        .map(|it| it.content)
}

/// The content of the sequence that `bytes` consist of, with nothing after it.
pub(in crate::detect) fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    element(bytes)
        .filter(|it| it.tag == SEQUENCE && it.rest.is_empty())
        .map(|it| it.content)
}

/// The tags of the first 16 elements of `bytes`.
pub(super) fn tags(bytes: &[u8]) -> Vec<u8> {
    elements(bytes)
        .take(16)
        .map(|element| element.tag)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_in_all_forms() {
        let read = |bytes: &'static [u8]| element(bytes).map(|it| (it.tag, it.content, it.rest));
        assert_eq!(read(&[4, 2, 7, 8, 9]), Some((4, &[7, 8][..], &[9][..])));
        assert_eq!(read(&[4, 0x82, 0, 1, 7]), Some((4, &[7][..], &[][..])));
        assert_eq!(
            read(&[0x30, 0x80, 4, 1, 0, 0x30, 0x80, 0, 0, 0, 0, 9]),
            Some((0x30, &[4, 1, 0, 0x30, 0x80, 0, 0][..], &[9][..]))
        );
        for cut in [
            &[4, 2, 7][..],
            &[0x30, 0x80, 4, 1, 0, 0],
            &[4, 0x80, 0, 0],
            &[4, 0x85, 0, 0, 0, 0, 0],
            &[4],
        ] {
            assert!(element(cut).is_none(), "{cut:?}");
        }
        let nested = [0x30, 0x80].repeat(100_000);
        assert!(element(&nested).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&[0u8, 0x30, 0x80, 0x24, 1][..])], 0..80)) {
            let whole: usize = elements(&bytes).map(|it| it.content.len()).sum();
            prop_assert!(whole <= bytes.len());
        }
    }
}
