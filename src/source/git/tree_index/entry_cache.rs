//! Entries of trees that were read lately. What a delta takes out of its base, the base brought in a moment ago as a rule:
//! whoever remembers it need neither read it again nor find its name and its object.

/// Where entries that were read stand, by their bytes. Forgets what is long ago.
pub(super) struct EntryCache {
    slots: Vec<Slot>,
}

/// An entry of up to so many bytes: of longer ones there are few.
const LONGEST: usize = 75;
/// Slots of 80 bytes: as much as is near a core.
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
    /// The place that was given last for an entry with these bytes, if it is remembered.
    pub(super) fn find(&self, raw: &[u8]) -> Option<u32> {
        let slot = &self.slots[at(raw)?];
        (slot.bytes.get(..slot.length.into()) == Some(raw)).then_some(slot.place)
    }

    pub(super) fn put(&mut self, raw: &[u8], place: u32) {
        if let Some(at) = at(raw).filter(|_| raw.len() <= LONGEST) {
            let slot = &mut self.slots[at];
            (slot.place, slot.length) = (place, raw.len() as u8);
            slot.bytes[..raw.len()].copy_from_slice(raw);
        }
    }
}

/// The slot of an entry. It ends with an id, whose bits are as good as random.
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
