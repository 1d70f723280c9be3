//! One pack with its index: the bytes of its entries, bounds-checked.

use std::path::Path;

use super::entry::{self, Entry};
use super::error::{Flaw, ObjectError};
use super::id::ObjectId;
use super::index::Index;
use super::known::PackMark;
use super::map::Map;

/// A pack and its index, both in memory maps.
pub(super) struct Packfile {
    pack: Map,
    pub(super) index: Index<Map>,
    /// Where the last entry must end.
    end: u64,
    /// Nothing vouches for the entries (version 1 of the index, or damage): each object is hashed before it is believed.
    pub(super) hash: bool,
}

/// "PACK", version, number of objects (gitformat-pack(5)).
const HEADER: usize = 12;

impl Packfile {
    /// Opens the pack of an index. Damage that leaves entries readable is told in `flaws`.
    pub(super) fn open(index_path: &Path, flaws: &mut Vec<Flaw>) -> Result<Self, Flaw> {
        let path = index_path.with_extension("pack");
        let map = |path: &Path| Map::open(path).map_err(|error| Flaw::new(path, error.to_string()));
        let index = Index::new(map(index_path)?).map_err(|why| Flaw::new(index_path, why))?;
        let pack = map(&path)?;
        let header = pack.get(..HEADER).ok_or_else(|| Flaw::new(&path, "the pack is truncated"))?;
        if &header[..4] != b"PACK" {
            return Err(Flaw::new(&path, "the file is no pack"));
        }
        let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        if !(2..=3).contains(&number(4)) {
            return Err(Flaw::new(&path, format!("the pack has the unknown version {}", number(4))));
        }
        let count = number(8);
        let trailer = pack.len().saturating_sub(ObjectId::LEN).max(HEADER);
        let whole = &pack[trailer..] == index.pack_checksum();
        let before = flaws.len();
        flaws.extend(index.flaws.iter().map(|&why| Flaw::new(index_path, why)));
        if count != index.len() {
            let why = format!("the pack has {count} objects, its index {}", index.len());
            flaws.push(Flaw::new(&path, why));
        }
        if !whole {
            flaws.push(Flaw::new(&path, "the pack does not end as its index says"));
        }
        let hash = flaws.len() > before || (index.len() > 0 && index.crc(0).is_none());
        // A pack that was cut has no trailer to leave out.
        let end = if whole { trailer } else { pack.len() } as u64;
        Ok(Self { pack, index, end, hash })
    }

    /// By what the pack is known again.
    pub(super) fn mark(&self) -> PackMark {
        let checksum = self.index.pack_checksum().to_vec();
        PackMark { checksum, length: self.pack.len() as u64, objects: self.index.len() }
    }

    /// Where the last entry must end.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The entry that begins at `offset`, and the bytes from its compressed data to the end of the pack.
    pub(super) fn entry(&self, offset: u64) -> Result<(Entry, &[u8]), ObjectError> {
        let start = usize::try_from(offset).ok().filter(|&start| start >= HEADER).ok_or(ObjectError::OutOfPack)?;
        let bytes = self.pack.get(start..self.end as usize).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or(ObjectError::OutOfPack)?;
        let entry = entry::parse(bytes)?;
        Ok((entry, &bytes[entry.header..]))
    }

    /// Says that the entry at `offset` is wanted soon.
    pub(super) fn prefetch(&self, offset: u64) {
        if let Ok(at) = usize::try_from(offset) {
            self.pack.prefetch(at);
        }
    }

    /// Compares an entry, from its header to where the next one begins, with the checksum that the index has of it, if any.
    pub(super) fn check(&self, offset: u64, next: u64, sum: Option<u32>) -> Result<(), ObjectError> {
        let Some(expected) = sum else { return Ok(()) };
        let bytes = self.pack.get(offset as usize..next as usize).ok_or(ObjectError::OutOfPack)?;
        if crc32fast::hash(bytes) == expected { Ok(()) } else { Err(ObjectError::BadChecksum) }
    }
}
