//! Parses the headers of pack entries: kind, size and base (gitformat-pack(5), "Object types",
//! "Size encoding", "Deltified representation").

use super::object_error::ObjectError;
use super::object_id::{ObjectFormat, ObjectId, ObjectKind};

/// The header of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackEntry {
    /// The kind of the object, or the base of the delta.
    pub(super) form: EntryForm,
    /// The size of the inflated data in bytes: of the object, or of the delta.
    pub(super) size: u64,
    /// The length of the header in bytes: the compressed data follow it.
    pub(super) header: usize,
}

/// The form of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryForm {
    /// A whole object.
    Whole(ObjectKind),
    /// A delta on the entry that begins this many bytes before this one.
    OffsetDelta(u64),
    /// A delta on the object with this id.
    RefDelta(ObjectId),
}

const OFS_DELTA: u8 = 6;
const REF_DELTA: u8 = 7;

/// Parses the header at the start of `bytes`.
///
/// # Errors If the header is malformed or cut.
pub(super) fn parse(bytes: &[u8], format: ObjectFormat) -> Result<PackEntry, ObjectError> {
    read(bytes, format).ok_or(ObjectError::BadHeader)
}

fn read(bytes: &[u8], format: ObjectFormat) -> Option<PackEntry> {
    let first = *bytes.first()?;
    let mut at = 1;
    let mut size = u64::from(first & 0x0f);
    let mut shift = 4;
    let mut more = first & 0x80 != 0;
    while more {
        let byte = *bytes.get(at)?;
        at += 1;
        let bits = u64::from(byte & 0x7f);
        // A size that does not fit is refused, not cut.
        if shift >= 64 || bits << shift >> shift != bits {
            return None;
        }
        size |= bits << shift;
        shift += 7;
        more = byte & 0x80 != 0;
    }
    let form = match first >> 4 & 7 {
        OFS_DELTA => {
            let (back, length) = distance(&bytes[at..])?;
            at += length;
            EntryForm::OffsetDelta(back)
        }
        REF_DELTA => {
            let base = format.first(&bytes[at..])?;
            at += format.length();
            EntryForm::RefDelta(base)
        }
        number => EntryForm::Whole(ObjectKind::from_number(number)?),
    };
    Some(PackEntry {
        form,
        size,
        header: at,
    })
}

/// The distance to a base: big-endian groups of 7 bits. Each byte with a successor adds one, so
/// that no number has two spellings. Returns the distance and the number of bytes read.
fn distance(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut back = 0u64;
    for (at, &byte) in bytes.iter().enumerate() {
        back = back.checked_shl(7).filter(|shifted| shifted >> 7 == back)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return (back > 0).then_some((back, at + 1));
        }
        back = back.checked_add(1)?;
    }
    None
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(bytes: &[u8]) -> Result<PackEntry, ObjectError> {
        super::parse(bytes, ObjectFormat::Sha1)
    }

    pub(in super::super) fn write_header(number: u8, mut size: u64) -> Vec<u8> {
        let mut out = vec![number << 4 | (size & 0x0f) as u8];
        size >>= 4;
        while size > 0 {
            *out.last_mut().unwrap() |= 0x80;
            out.push((size & 0x7f) as u8);
            size >>= 7;
        }
        out
    }

    pub(in super::super) fn write_distance(mut back: u64) -> Vec<u8> {
        let mut out = vec![(back & 0x7f) as u8];
        while back > 0x7f {
            back = (back >> 7) - 1;
            out.push(0x80 | (back & 0x7f) as u8);
        }
        out.reverse();
        out
    }

    #[test]
    fn corners_of_sizes() {
        assert_eq!(
            parse(&[0x3f]).unwrap(),
            PackEntry {
                form: EntryForm::Whole(ObjectKind::Blob),
                size: 15,
                header: 1
            }
        );
        assert_eq!(parse(&[0xb0, 0x01]).unwrap().size, 16);
        let largest = write_header(3, u64::MAX);
        assert_eq!(parse(&largest).unwrap().size, u64::MAX);
        let mut too_large = largest;
        *too_large.last_mut().unwrap() = 0x7f;
        assert_eq!(parse(&too_large), Err(ObjectError::BadHeader));
        assert_eq!(parse(&[0xbf; 40]), Err(ObjectError::BadHeader));
        for reserved in [0, 5] {
            assert_eq!(parse(&[reserved << 4]), Err(ObjectError::BadHeader));
        }
        assert_eq!(parse(&[]), Err(ObjectError::BadHeader));
    }

    #[test]
    fn corners_of_distances() {
        // The first number of each length: 0x80 0x00 is 128, not 0.
        for (bytes, back) in [
            (&[0x7f][..], 127),
            (&[0x80, 0], 128),
            (&[0xff, 0x7f], 16_511),
            (&[0x80, 0x80, 0], 16_512),
        ] {
            assert_eq!(distance(bytes), Some((back, bytes.len())));
            assert_eq!(write_distance(back), bytes);
        }
        assert_eq!(distance(&[0]), None);
        assert_eq!(distance(&[0xff; 20]), None);
        assert_eq!(distance(&[0x80]), None);
    }

    #[test]
    fn bases_by_id() {
        for id in [ObjectId::from([9; 20]), ObjectId::from([9; 32])] {
            let bytes = [&write_header(REF_DELTA, 300), id.as_bytes()].concat();
            let entry = PackEntry {
                form: EntryForm::RefDelta(id),
                size: 300,
                header: bytes.len(),
            };
            assert_eq!(super::parse(&bytes, id.format()).unwrap(), entry);
            assert_eq!(
                super::parse(&bytes[..bytes.len() - 1], id.format()),
                Err(ObjectError::BadHeader)
            );
        }
    }

    proptest! {
        #[test]
        fn written_is_read(size: u64, back in 1u64..u64::MAX / 2) {
            let mut bytes = write_header(OFS_DELTA, size);
            bytes.extend(write_distance(back));
            let entry = PackEntry { form: EntryForm::OffsetDelta(back), size, header: bytes.len() };
            prop_assert_eq!(parse(&bytes).unwrap(), entry);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&bytes);
        }
    }
}
