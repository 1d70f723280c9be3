//! One pack with its index: the bytes of its entries, bounds-checked.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::file_map::Map;
use super::index_rebuild::{Rebuilt, rebuild};
use super::size_supplement::SizeSupplement;
use serde::{Deserialize, Serialize};

use super::object_error::{Flaw, ObjectError};
use super::object_id::ObjectFormat;
use super::pack_entry::{self, PackEntry};
use super::pack_index::{self, Index};
use crate::source::git::boundary::Boundary;

/// The identity of a pack. Git names a pack after its content and never writes into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackIdentity {
    /// The checksum of the whole pack, as its index has it.
    pub checksum: Vec<u8>,
    /// The length of the pack in bytes.
    pub length: u64,
    /// The number of objects in its index.
    pub objects: u32,
}

/// A pack and its index, both in memory maps.
pub(super) struct Packfile {
    /// The file of the pack.
    pub(super) path: PathBuf,
    pack: Map,
    /// The index of the pack.
    pub(super) index: Index<Map>,
    format: ObjectFormat,
    /// The offset at which the last entry ends at the latest.
    end: u64,
    /// True if no checksum covers the entries (version 1 of the index, or damage): each object is
    /// hashed before it is trusted.
    pub(super) hash: bool,
    /// True if the pack is in a directory that the repository borrows objects from.
    pub(super) is_borrowed: bool,
}

/// "PACK", version, number of objects (gitformat-pack(5)).
const HEADER: usize = 12;

impl Packfile {
    /// Opens a pack. If its index is missing or damaged, an index is made from the pack. Damage
    /// that leaves entries readable is added to `flaws`.
    ///
    /// # Errors If the file is no readable pack.
    pub(super) fn open(
        boundary: &Boundary,
        path: &Path,
        index_path: Option<&Path>,
        format: ObjectFormat,
        supplement: &SizeSupplement,
        flaws: &mut Vec<Flaw>,
    ) -> Result<Self, Flaw> {
        let map = |path: &Path| Map::open(boundary, path);
        let pack = map(path)?;
        let header = pack
            .get(..HEADER)
            .ok_or_else(|| Flaw::new(path, "the pack is truncated"))?;
        if &header[..4] != b"PACK" {
            return Err(Flaw::new(path, "the file is no pack"));
        }
        let number = |at: usize| {
            u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        if !(2..=3).contains(&number(4)) {
            return Err(Flaw::new(
                path,
                format!("the pack has the unknown version {}", number(4)),
            ));
        }
        let count = number(8);
        let trailer = pack.len().saturating_sub(format.length()).max(HEADER);
        let index = match index_path {
            Some(path) => map(path).and_then(|bytes| {
                Index::new(bytes, format).map_err(|error| Flaw::new(path, error.to_string()))
            }),
            None => Err(Flaw::new(path, "the pack has no index")),
        };
        let (mut wrong, mut whole) = (Vec::new(), false);
        if let (Ok(index), Some(index_path)) = (&index, index_path) {
            wrong.extend(index.flaws.iter().map(|&why| Flaw::new(index_path, why)));
            if count != index.len() {
                wrong.push(Flaw::new(
                    path,
                    format!("the pack has {count} objects, its index {}", index.len()),
                ));
            }
            whole = &pack[trailer..] == index.pack_checksum();
            if !whole {
                wrong.push(Flaw::new(path, "the pack does not end as its index says"));
            }
        }
        let index = match index {
            Ok(index) if wrong.is_empty() => {
                let hash = index.len() > 0 && index.crc(0).is_none();
                return Ok(Self {
                    path: path.to_owned(),
                    pack,
                    index,
                    format,
                    end: trailer as u64,
                    hash,
                    is_borrowed: false,
                });
            }
            index => index,
        };
        let sum = format.hash(&[&pack[..trailer]]);
        let sound = &pack[trailer..] == sum.as_bytes();
        if sound || index.is_err() {
            // A truncated pack has no trailer.
            let end = if sound { trailer } else { pack.len() };
            let counted = pack.len() as u64 + supplement.left_without_index();
            let rebuilt = rebuild(&pack, HEADER, end, count, format, counted);
            supplement.draw_without_index(rebuilt.counted.saturating_sub(pack.len() as u64));
            let Rebuilt { rows, gap, .. } = rebuilt;
            let gap =
                gap.or_else(|| (!sound).then(|| "the checksum of the pack is wrong".to_owned()));
            // A damaged index may hold more than a pack that can be read only in part.
            if gap.is_none() || index.is_err() {
                if let (Some(gap), Err(flaw)) = (gap, index) {
                    flaws.push(Flaw::new(flaw.path, format!("{}; {gap}", flaw.why)));
                }
                let made = Map::Owned(pack_index::write(&rows, sum));
                let index =
                    Index::new(made, format).map_err(|error| Flaw::new(path, error.to_string()))?;
                return Ok(Self {
                    path: path.to_owned(),
                    pack,
                    index,
                    format,
                    end: end as u64,
                    hash: false,
                    is_borrowed: false,
                });
            }
        }
        flaws.extend(wrong);
        let end = if whole { trailer } else { pack.len() } as u64;
        Ok(Self {
            path: path.to_owned(),
            pack,
            index: index?,
            format,
            end,
            hash: true,
            is_borrowed: false,
        })
    }

    /// The identity of the pack.
    pub(super) fn identity(&self) -> PackIdentity {
        let checksum = self.index.pack_checksum().to_vec();
        PackIdentity {
            checksum,
            length: self.pack.len() as u64,
            objects: self.index.len(),
        }
    }

    /// The length of the pack in bytes.
    pub(super) fn length(&self) -> u64 {
        self.pack.len() as u64
    }

    /// Where the last entry must end.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The entry at `offset`, and the bytes from its compressed data to the end of the pack.
    ///
    /// # Errors If the offset is outside the pack, or the header is malformed.
    pub(super) fn entry(&self, offset: u64) -> Result<(PackEntry, &[u8]), ObjectError> {
        let start = usize::try_from(offset)
            .ok()
            .filter(|&start| start >= HEADER)
            .ok_or(ObjectError::OutOfPack)?;
        let bytes = self
            .pack
            .get(start..self.end as usize)
            .filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(ObjectError::OutOfPack)?;
        let entry = pack_entry::parse(bytes, self.format)?;
        Ok((entry, &bytes[entry.header..]))
    }

    /// Prefetches the first `length` bytes of the entry at `offset`.
    pub(super) fn prefetch(&self, offset: u64, length: usize) {
        if let Ok(at) = usize::try_from(offset) {
            self.pack.prefetch(at, length);
        }
    }

    /// Has the system read in a part of the pack.
    pub(super) fn populate(&self, part: Range<u64>) {
        self.pack.populate(part);
    }

    /// Compares an entry, up to the start of the next one, with the CRC-32 that the index has for
    /// it, if any.
    ///
    /// # Errors If the entry is outside the pack, or the checksum differs.
    pub(super) fn check(
        &self,
        offset: u64,
        next: u64,
        sum: Option<u32>,
    ) -> Result<(), ObjectError> {
        let Some(expected) = sum else { return Ok(()) };
        let bytes = self
            .pack
            .get(offset as usize..next as usize)
            .ok_or(ObjectError::OutOfPack)?;
        if crc32fast::hash(bytes) == expected {
            Ok(())
        } else {
            Err(ObjectError::BadChecksum)
        }
    }
}
