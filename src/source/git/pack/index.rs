//! Pack indexes (`.idx`), versions 1 and 2: which objects a pack holds, and where (gitformat-pack(5), "pack-*.idx files").

use std::ops::Deref;

use super::id::ObjectId;

/// An index, checked for signature, version and size. Its tables are read in place.
pub(super) struct Index<B> {
    bytes: B,
    count: u32,
    layout: Layout,
    /// Something is wrong, but not so that nothing could be read: objects must be hashed before they are believed.
    pub(super) flaws: Vec<&'static str>,
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
/// Checksum of the pack, checksum of the index.
const TRAILER: usize = 2 * ObjectId::LEN;
const V1_ENTRY: usize = 4 + ObjectId::LEN;
/// Set in the 4-byte offsets of version 2 that are places in the table of 8-byte ones.
const LARGE: u32 = 1 << 31;

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

impl<B: Deref<Target = [u8]>> Index<B> {
    pub(super) fn new(bytes: B) -> Result<Self, String> {
        let version = match bytes.get(..4) {
            Some(signature) if signature == SIGNATURE => u32_at(&bytes, 4).ok_or("the index is truncated")?,
            Some(_) => 1,
            None => return Err("the index is truncated".into()),
        };
        let fanout_at = match version {
            1 => 0,
            2 => 8,
            other => return Err(format!("the index has the unknown version {other}")),
        };
        let count = u32_at(&bytes, fanout_at + FANOUT - 4).ok_or("the index is truncated")?;
        let layout = layout(version, bytes.len(), count as usize)?;
        let mut flaws = Vec::new();
        let fanout: Vec<u32> = (0..256).filter_map(|at| u32_at(&bytes, fanout_at + 4 * at)).collect();
        // Objects are found by their ids, not through the fanout: it is only a sign of damage.
        if !fanout.is_sorted() {
            flaws.push("the fanout table of the index is not in order");
        }
        if checksum(&bytes[..bytes.len() - ObjectId::LEN]) != bytes[bytes.len() - ObjectId::LEN..] {
            flaws.push("the checksum of the index is wrong");
        }
        Ok(Self { bytes, count, layout, flaws })
    }

    /// Number of objects.
    pub(super) fn len(&self) -> u32 {
        self.count
    }

    /// The id of the object at this place, in the order of ids. Places from [`Self::len`] on panic.
    pub(super) fn id(&self, place: u32) -> ObjectId {
        let at = match self.layout {
            Layout::V1 => FANOUT + place as usize * V1_ENTRY + 4,
            Layout::V2 { .. } => V2_TABLES + place as usize * ObjectId::LEN,
        };
        let mut id = [0; ObjectId::LEN];
        id.copy_from_slice(&self.bytes[at..at + ObjectId::LEN]);
        ObjectId(id)
    }

    /// The place of an id; of one that stands there twice, any.
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

    /// Where in the pack that object's entry begins. `None` where a large offset is beyond its table.
    pub(super) fn offset(&self, place: u32) -> Option<u64> {
        let (place, count) = (place as usize, self.count as usize);
        match self.layout {
            Layout::V1 => u32_at(&self.bytes, FANOUT + place * V1_ENTRY).map(u64::from),
            Layout::V2 { large } => {
                let offsets = V2_TABLES + count * (ObjectId::LEN + 4);
                let offset = u32_at(&self.bytes, offsets + place * 4)?;
                if offset & LARGE == 0 {
                    return Some(offset.into());
                }
                let row = (offset & !LARGE) as usize;
                let at = offsets + count * 4 + row * 8;
                let bytes = (row < large).then(|| self.bytes.get(at..at + 8)).flatten()?;
                Some(u64::from_be_bytes(bytes.try_into().ok()?))
            }
        }
    }

    /// CRC-32 of the entry as it stands in the pack; version 1 has none.
    pub(super) fn crc(&self, place: u32) -> Option<u32> {
        match self.layout {
            Layout::V1 => None,
            Layout::V2 { .. } => {
                u32_at(&self.bytes, V2_TABLES + self.count as usize * ObjectId::LEN + place as usize * 4)
            }
        }
    }

    /// The checksum that the pack ends with.
    pub(super) fn pack_checksum(&self) -> &[u8] {
        let at = self.bytes.len() - TRAILER;
        &self.bytes[at..at + ObjectId::LEN]
    }
}

/// The tables must fill the file exactly.
fn layout(version: u32, length: usize, count: usize) -> Result<Layout, String> {
    let fits = |entry: usize, id: usize| {
        let rest = length.checked_sub(if version == 1 { FANOUT } else { V2_TABLES } + 2 * id)?;
        rest.checked_sub(count.checked_mul(entry)?)
    };
    let wrong = || format!("the index has {length} bytes, which does not fit its {count} objects");
    if version == 1 {
        return fits(V1_ENTRY, ObjectId::LEN).filter(|&rest| rest == 0).map(|_| Layout::V1).ok_or_else(wrong);
    }
    let large = |id: usize| fits(id + 8, id).filter(|rest| rest % 8 == 0 && rest / 8 <= count).map(|rest| rest / 8);
    match large(ObjectId::LEN) {
        Some(large) => Ok(Layout::V2 { large }),
        None if large(ObjectId::LEN_SHA256).is_some() => Err("SHA-256 repositories are not supported".into()),
        None => Err(wrong()),
    }
}

fn checksum(bytes: &[u8]) -> [u8; ObjectId::LEN] {
    use sha1::{Digest, Sha1};
    Sha1::digest(bytes).into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An index of version 1 or 2 over ids in order, with their offsets and CRC-32.
    pub(in super::super) fn write(
        version: u32,
        objects: &[(ObjectId, u64, u32)],
        pack_checksum: [u8; ObjectId::LEN],
    ) -> Vec<u8> {
        let mut out = Vec::new();
        if version == 2 {
            out.extend(SIGNATURE);
            out.extend(2u32.to_be_bytes());
        }
        for first in 0..=255u8 {
            let up_to = objects.iter().filter(|(id, ..)| id.0[0] <= first).count() as u32;
            out.extend(up_to.to_be_bytes());
        }
        if version == 1 {
            for (id, offset, _) in objects {
                out.extend((*offset as u32).to_be_bytes());
                out.extend(id.0);
            }
        } else {
            objects.iter().for_each(|(id, ..)| out.extend(id.0));
            objects.iter().for_each(|(.., crc)| out.extend(crc.to_be_bytes()));
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
        }
        out.extend(pack_checksum);
        let sum = checksum(&out);
        out.extend(sum);
        out
    }

    fn sample() -> Vec<(ObjectId, u64, u32)> {
        [(0, 12), (3, 9_000_000_000), (3, 100), (200, (1 << 31) - 1), (255, 1 << 31)]
            .into_iter()
            .enumerate()
            .map(|(at, (first, offset))| {
                let mut id = [at as u8; ObjectId::LEN];
                id[0] = first;
                (ObjectId(id), offset, at as u32)
            })
            .collect()
    }

    #[test]
    fn both_versions_are_read() {
        let objects = sample();
        for version in [1, 2] {
            let index = Index::new(write(version, &objects, [7; 20])).unwrap();
            assert!(index.flaws.is_empty());
            assert_eq!(index.len(), 5);
            assert_eq!(index.pack_checksum(), [7; 20]);
            for (place, (id, offset, crc)) in (0..).zip(&objects) {
                assert_eq!(index.id(place), *id);
                // Version 1 has no room for more than 32 bits.
                let offset = if version == 1 { u64::from(*offset as u32) } else { *offset };
                assert_eq!(index.offset(place), Some(offset));
                assert_eq!(index.crc(place), (version == 2).then_some(*crc));
            }
        }
    }

    #[test]
    fn an_empty_pack_has_an_index() {
        assert_eq!(Index::new(write(2, &[], [7; 20])).unwrap().len(), 0);
        assert_eq!(Index::new(write(1, &[], [7; 20])).unwrap().len(), 0);
    }

    #[test]
    fn damage_is_told() {
        let good = write(2, &sample(), [7; 20]);
        let mut bytes = good.clone();
        bytes[7] = 3;
        assert!(Index::new(bytes).err().unwrap().contains("version 3"));
        let mut bytes = good.clone();
        bytes[8] = 1;
        assert_eq!(Index::new(bytes).unwrap().flaws.len(), 2);
        // A row beyond the table of large offsets.
        let mut bytes = good.clone();
        let offsets = V2_TABLES + 5 * 24;
        bytes[offsets + 4..offsets + 8].copy_from_slice(&[0xff; 4]);
        let index = Index::new(bytes).unwrap();
        assert_eq!((index.offset(0), index.offset(1), index.flaws.len()), (Some(12), None, 1));
        for length in 0..good.len() {
            // What is cut may look like a shorter table of large offsets: the checksum tells.
            let cut = Index::new(good[..length].to_vec());
            assert!(cut.is_err() || cut.is_ok_and(|index| !index.flaws.is_empty()), "{length}");
        }
    }

    #[test]
    fn sha256_is_refused_by_name() {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend([0, 0, 0, 2]);
        bytes.extend([[0, 0, 0, 3]; 256].concat());
        bytes.extend(vec![0; 3 * 40 + 64]);
        assert!(Index::new(bytes).err().unwrap().contains("SHA-256"));
    }

    proptest! {
        #[test]
        fn any_flip_is_survived(at in 0usize..1300, bit in 0u8..8, version in 1u32..3) {
            let mut bytes = write(version, &sample(), [7; 20]);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(index) = Index::new(bytes) {
                prop_assert!(!index.flaws.is_empty());
                for place in 0..index.len() {
                    let _ = (index.id(place), index.offset(place), index.crc(place));
                }
            }
        }
    }
}
