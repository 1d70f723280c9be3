//! Elements of DER and BER (X.690), as far as keys and their stores are made of them: tags of one byte, lengths of up to four,
//! and the indefinite form that ends in two zero bytes.

/// An element: its tag, its content, and what follows it.
pub(super) struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub rest: &'a [u8],
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// The bit of a tag that says that the content is elements.
pub(super) const CONSTRUCTED: u8 = 0x20;

/// Elements of indefinite length that lie in each other.
const DEEPEST: u8 = 16;

/// The element that `bytes` begin with. Every byte is looked at once at most.
pub(super) fn element(bytes: &[u8]) -> Option<Element<'_>> {
    within(bytes, DEEPEST)
}

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

/// Elements one after the other, up to the first that is none.
pub(super) fn elements(mut bytes: &[u8]) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || {
        let next = element(bytes)?;
        bytes = next.rest;
        Some(next)
    })
}

/// The content of the first element, if it has this tag.
pub(super) fn content(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    element(bytes)
        .filter(|it| it.tag == tag)
        .map(|it| it.content)
}

/// The content of a sequence that is all of `bytes`.
pub(super) fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    element(bytes)
        .filter(|it| it.tag == SEQUENCE && it.rest.is_empty())
        .map(|it| it.content)
}

/// Tags of the elements that `bytes` are made of, some at most.
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
