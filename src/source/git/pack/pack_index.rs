//! Reads pack indexes (`.idx`) of versions 1 and 2: the objects of a pack and their offsets
//! (gitformat-pack(5), "pack-*.idx files").

use std::ops::Deref;

use super::file_map::Map;
use super::object_id::{ObjectFormat, ObjectId};

/// An index whose signature, version and size were checked. Its tables are read in place.
pub(super) struct Index<B> {
    bytes: B,
    format: ObjectFormat,
    count: u32,
    layout: Layout,
    /// Damage that leaves the tables readable: objects must be hashed before they are trusted.
    pub(super) flaws: Vec<&'static str>,
}

/// Why an index cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The file ends within its header or its fanout table.
    #[error("the index is truncated")]
    Truncated,
    /// Git defines versions 1 and 2.
    #[error("the index has the unknown version {0}")]
    UnknownVersion(u32),
    /// The tables fit ids of the other hash function.
    #[error("the index has {} ids in a repository of {} ids", index.name(), repository.name())]
    OtherFormat {
        /// The hash function of the index.
        index: ObjectFormat,
        /// The hash function of the repository.
        repository: ObjectFormat,
    },
    /// The tables do not fill the file.
    #[error("the index has {length} bytes, which does not fit its {count} objects")]
    WrongLength {
        /// The length of the file in bytes.
        length: usize,
        /// The number of objects that the fanout table gives.
        count: usize,
    },
}

#[derive(Clone, Copy)]
enum Layout {
    /// Fanout, then (offset, id) for each object, then the trailer.
    V1,
    /// Header, fanout, then ids, checksums, offsets, large offsets in tables of their own, then the trailer.
    V2 { large: usize },
}

const SIGNATURE: [u8; 4] = [0xff, b't', b'O', b'c'];
const FANOUT: usize = 256 * 4;
const V2_TABLES: usize = 8 + FANOUT;
/// The bit of a 4-byte offset of version 2 that makes it a place in the table of 8-byte offsets.
const LARGE: u32 = 1 << 31;

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

impl Index<Map> {
    /// Prefetches the id at this place.
    pub(super) fn prefetch(&self, place: u32) {
        self.bytes.prefetch(self.start(place), 1);
    }
}

impl<B: Deref<Target = [u8]>> Index<B> {
    /// Checks the layout of an index. Damage that leaves the tables readable is listed in `flaws`.
    ///
    /// # Errors If the tables cannot be located.
    pub(super) fn new(bytes: B, format: ObjectFormat) -> Result<Self, IndexError> {
        let version = match bytes.get(..4) {
            Some(signature) if signature == SIGNATURE => {
                u32_at(&bytes, 4).ok_or(IndexError::Truncated)?
            }
            Some(_) => 1,
            None => return Err(IndexError::Truncated),
        };
        let fanout_at = match version {
            1 => 0,
            2 => 8,
            other => return Err(IndexError::UnknownVersion(other)),
        };
        let count = u32_at(&bytes, fanout_at + FANOUT - 4).ok_or(IndexError::Truncated)?;
        let layout = layout(version, bytes.len(), count as usize, format)?;
        let mut flaws = Vec::new();
        let fanout: Vec<u32> = (0..256)
            .filter_map(|at| u32_at(&bytes, fanout_at + 4 * at))
            .collect();
        // Objects are found by their ids, not through the fanout table, whose order only indicates
        // damage.
        if !fanout.is_sorted() {
            flaws.push("the fanout table of the index is not in order");
        }
        let (body, sum) = bytes.split_at(bytes.len() - format.length());
        if format.hash(&[body]).as_bytes() != sum {
            flaws.push("the checksum of the index is wrong");
        }
        Ok(Self {
            bytes,
            format,
            count,
            layout,
            flaws,
        })
    }

    /// The number of objects.
    pub(super) fn len(&self) -> u32 {
        self.count
    }

    /// The id of the object at this place, in the order of ids. Panics at [`Self::len`] and beyond.
    pub(super) fn id(&self, place: u32) -> ObjectId {
        self.format
            .first(&self.bytes[self.start(place)..])
            .expect("the tables fill the file")
    }

    /// The offset in the file of the id at this place.
    fn start(&self, place: u32) -> usize {
        let (place, length) = (place as usize, self.format.length());
        match self.layout {
            Layout::V1 => FANOUT + place * (4 + length) + 4,
            Layout::V2 { .. } => V2_TABLES + place * length,
        }
    }

    /// True if ids are in order, each once, as they must be.
    pub(super) fn is_ordered(&self) -> bool {
        // The first eight bytes differ for nearly all pairs.
        let first = |place| {
            self.bytes[self.start(place)..]
                .first_chunk()
                .map(|first| u64::from_be_bytes(*first))
        };
        (1..self.count)
            .all(|place| first(place - 1) < first(place) || self.id(place - 1) < self.id(place))
    }

    /// The place of an id; any of its places if it occurs twice.
    pub(super) fn find(&self, id: ObjectId) -> Option<u32> {
        let (mut start, mut end) = (0, self.count);
        while start < end {
            let middle = start + (end - start) / 2;
            match self.id(middle).cmp(&id) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Greater => end = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The offset of the object's entry in the pack. `None` if a large offset is beyond its table.
    pub(super) fn offset(&self, place: u32) -> Option<u64> {
        let (place, count, length) = (place as usize, self.count as usize, self.format.length());
        match self.layout {
            Layout::V1 => u32_at(&self.bytes, FANOUT + place * (4 + length)).map(u64::from),
            Layout::V2 { large } => {
                let offsets = V2_TABLES + count * (length + 4);
                let offset = u32_at(&self.bytes, offsets + place * 4)?;
                if offset & LARGE == 0 {
                    return Some(offset.into());
                }
                let row = (offset & !LARGE) as usize;
                let at = offsets + count * 4 + row * 8;
                let bytes = (row < large)
                    .then(|| self.bytes.get(at..at + 8))
                    .flatten()?;
                Some(u64::from_be_bytes(bytes.try_into().ok()?))
            }
        }
    }

    /// The CRC-32 of the entry in the pack; version 1 has none.
    pub(super) fn crc(&self, place: u32) -> Option<u32> {
        match self.layout {
            Layout::V1 => None,
            Layout::V2 { .. } => u32_at(
                &self.bytes,
                V2_TABLES + self.count as usize * self.format.length() + place as usize * 4,
            ),
        }
    }

    /// The checksum at the end of the pack.
    pub(super) fn pack_checksum(&self) -> &[u8] {
        let at = self.bytes.len() - 2 * self.format.length();
        &self.bytes[at..at + self.format.length()]
    }
}

/// Locates the tables, which must fill the file exactly. The trailer is the checksum of the pack
/// and that of the index.
fn layout(
    version: u32,
    length: usize,
    count: usize,
    format: ObjectFormat,
) -> Result<Layout, IndexError> {
    let of = |format: ObjectFormat| {
        let id = format.length();
        let (tables, entry) = if version == 1 {
            (FANOUT, 4 + id)
        } else {
            (V2_TABLES, id + 8)
        };
        let rest = length
            .checked_sub(tables + 2 * id)?
            .checked_sub(count.checked_mul(entry)?)?;
        match version {
            1 => (rest == 0).then_some(Layout::V1),
            _ => (rest % 8 == 0 && rest / 8 <= count).then_some(Layout::V2 { large: rest / 8 }),
        }
    };
    of(format).ok_or_else(|| match of(format.other()) {
        Some(_) => IndexError::OtherFormat {
            index: format.other(),
            repository: format,
        },
        None => IndexError::WrongLength { length, count },
    })
}

/// Writes an index of version 2 over ids in order, with their offsets and CRC-32.
pub(super) fn write(objects: &[(ObjectId, u64, u32)], pack_checksum: ObjectId) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    out.extend(2u32.to_be_bytes());
    fanout(objects, &mut out);
    objects
        .iter()
        .for_each(|(id, ..)| out.extend(id.as_bytes()));
    objects
        .iter()
        .for_each(|(.., crc)| out.extend(crc.to_be_bytes()));
    let mut large = Vec::new();
    for &(_, offset, _) in objects {
        if offset < u64::from(LARGE) {
            out.extend((offset as u32).to_be_bytes());
        } else {
            out.extend((LARGE | (large.len() / 8) as u32).to_be_bytes());
            large.extend(offset.to_be_bytes());
        }
    }
    out.extend(large);
    seal(out, pack_checksum)
}

/// Writes for each first byte the number of ids that begin with it or a lesser one.
fn fanout(objects: &[(ObjectId, u64, u32)], out: &mut Vec<u8>) {
    for first in 0..=255u8 {
        let up_to = objects.partition_point(|(id, ..)| id.as_bytes()[0] <= first) as u32;
        out.extend(up_to.to_be_bytes());
    }
}

fn seal(mut out: Vec<u8>, pack_checksum: ObjectId) -> Vec<u8> {
    out.extend(pack_checksum.as_bytes());
    let sum = pack_checksum.format().hash(&[&out]);
    out.extend(sum.as_bytes());
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An index of version 1 or 2, as [`super::write`].
    pub(in super::super) fn write(
        version: u32,
        objects: &[(ObjectId, u64, u32)],
        pack_checksum: ObjectId,
    ) -> Vec<u8> {
        if version == 2 {
            return super::write(objects, pack_checksum);
        }
        let mut out = Vec::new();
        fanout(objects, &mut out);
        for (id, offset, _) in objects {
            out.extend((*offset as u32).to_be_bytes());
            out.extend(id.as_bytes());
        }
        seal(out, pack_checksum)
    }

    const FORMATS: [ObjectFormat; 2] = [ObjectFormat::Sha1, ObjectFormat::Sha256];

    fn id(format: ObjectFormat, first: u8, rest: u8) -> ObjectId {
        let mut bytes = [rest; 32];
        bytes[0] = first;
        format.first(&bytes).unwrap()
    }

    fn sample(format: ObjectFormat) -> Vec<(ObjectId, u64, u32)> {
        [
            (0, 12),
            (3, 9_000_000_000),
            (3, 100),
            (200, (1 << 31) - 1),
            (255, 1 << 31),
        ]
        .into_iter()
        .zip(0..)
        .map(|((first, offset), at)| (id(format, first, at), offset, at.into()))
        .collect()
    }

    #[test]
    fn both_versions_are_read() {
        for (version, format) in [1, 2]
            .into_iter()
            .flat_map(|version| FORMATS.map(|format| (version, format)))
        {
            let (objects, sum) = (sample(format), id(format, 7, 7));
            let index = Index::new(write(version, &objects, sum), format).unwrap();
            assert!(index.flaws.is_empty());
            assert_eq!(index.len(), 5);
            assert_eq!(index.pack_checksum(), sum.as_bytes());
            for (place, (id, offset, crc)) in (0..).zip(&objects) {
                assert_eq!(index.id(place), *id);
                // Version 1 has no room for more than 32 bits.
                let offset = if version == 1 {
                    u64::from(*offset as u32)
                } else {
                    *offset
                };
                assert_eq!(index.offset(place), Some(offset));
                assert_eq!(index.crc(place), (version == 2).then_some(*crc));
            }
            let refused = Index::new(write(version, &objects, sum), format.other());
            let (index, repository) = (format, format.other());
            assert_eq!(
                refused.err(),
                Some(IndexError::OtherFormat { index, repository })
            );
        }
    }

    #[test]
    fn an_empty_pack_has_an_index() {
        for format in FORMATS {
            assert_eq!(
                Index::new(write(2, &[], id(format, 7, 7)), format)
                    .unwrap()
                    .len(),
                0
            );
            assert_eq!(
                Index::new(write(1, &[], id(format, 7, 7)), format)
                    .unwrap()
                    .len(),
                0
            );
        }
    }

    #[test]
    fn damage_is_told() {
        for format in FORMATS {
            let good = write(2, &sample(format), id(format, 7, 7));
            let mut bytes = good.clone();
            bytes[7] = 3;
            assert_eq!(
                Index::new(bytes, format).err(),
                Some(IndexError::UnknownVersion(3))
            );
            let mut bytes = good.clone();
            bytes[8] = 1;
            assert_eq!(Index::new(bytes, format).unwrap().flaws.len(), 2);
            // A row beyond the table of large offsets.
            let mut bytes = good.clone();
            let offsets = V2_TABLES + 5 * (format.length() + 4);
            bytes[offsets + 4..offsets + 8].copy_from_slice(&[0xff; 4]);
            let index = Index::new(bytes, format).unwrap();
            assert_eq!(
                (index.offset(0), index.offset(1), index.flaws.len()),
                (Some(12), None, 1)
            );
            for length in 0..good.len() {
                // A cut index may look like one with a shorter table of large offsets: the checksum
                // reveals it.
                let cut = Index::new(good[..length].to_vec(), format);
                assert!(
                    cut.is_err() || cut.is_ok_and(|index| !index.flaws.is_empty()),
                    "{length}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_flip_is_survived(at in 0usize..1400, bit in 0u8..8, version in 1u32..3, sha256: bool) {
            let format = FORMATS[usize::from(sha256)];
            let mut bytes = write(version, &sample(format), id(format, 7, 7));
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(index) = Index::new(bytes, format) {
                prop_assert!(!index.flaws.is_empty());
                for place in 0..index.len() {
                    let _ = (index.id(place), index.offset(place), index.crc(place));
                }
            }
        }
    }
}
