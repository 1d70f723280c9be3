//! A cache of tree entries that were read recently. An entry that a delta removes from its base was
//! usually added by the base a moment ago: the cache spares parsing it again and looking up its
//! name and its object.

/// The places of recent entries, by their bytes. Each slot holds the last entry that was put into
/// it.
pub(super) struct EntryCache {
    slots: Vec<Slot>,
}

/// The longest entry that is kept, in bytes: few are longer.
const LONGEST: usize = 75;
/// The number of slots, of 80 bytes each: as much as fits in a core's own cache.
const SLOTS: usize = 1 << 11;

#[derive(Clone)]
struct Slot {
    place: u32,
    /// Zero in an empty slot.
    length: u8,
    bytes: [u8; LONGEST],
}

impl Default for EntryCache {
    fn default() -> Self {
        Self {
            slots: vec![
                Slot {
                    place: 0,
                    length: 0,
                    bytes: [0; LONGEST]
                };
                SLOTS
            ],
        }
    }
}

impl EntryCache {
    /// The place of an entry with these bytes, if it is in the cache.
    pub(super) fn find(&self, raw: &[u8]) -> Option<u32> {
        let slot = &self.slots[at(raw)?];
        (slot.bytes.get(..slot.length.into()) == Some(raw)).then_some(slot.place)
    }

    /// Remembers the place of an entry with these bytes.
    pub(super) fn put(&mut self, raw: &[u8], place: u32) {
        if let Some(at) = at(raw).filter(|_| raw.len() <= LONGEST) {
            let slot = &mut self.slots[at];
            (slot.place, slot.length) = (place, raw.len() as u8);
            slot.bytes[..raw.len()].copy_from_slice(raw);
        }
    }
}

/// The slot of an entry. An entry ends with an id, whose bits are as good as random.
fn at(raw: &[u8]) -> Option<usize> {
    raw.last_chunk()
        .map(|last| u32::from_le_bytes(*last) as usize % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_last_is_found() {
        let mut recent = EntryCache::default();
        let entry = |name: &str, id: u32| [name.as_bytes(), &id.to_le_bytes()].concat();
        let (a, b, c) = (entry("a", 7), entry("a", 8), entry("b", 7));
        assert_eq!(recent.find(&a), None);
        recent.put(&a, 1);
        recent.put(&b, 2);
        assert_eq!(
            (recent.find(&a), recent.find(&b), recent.find(&c)),
            (Some(1), Some(2), None)
        );
        // One slot, another entry.
        recent.put(&c, 3);
        assert_eq!((recent.find(&a), recent.find(&c)), (None, Some(3)));
        let (long, short) = (entry(&"x".repeat(LONGEST), 9), vec![1, 2]);
        recent.put(&long, 4);
        recent.put(&short, 5);
        assert_eq!(
            (recent.find(&long), recent.find(&short), recent.find(&[])),
            (None, None, None)
        );
    }
}
