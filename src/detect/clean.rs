//! Remembers runs of lines in which nothing was found. Versions of a file that are deltas of one base mostly lack the same
//! lines of it, so that most of what a delta brings was searched a moment ago, as what its neighbour brought.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use super::engine::Text;

/// 256 KiB. A neighbour is some thousand runs away at most.
const SLOTS: usize = 1 << 15;

/// Shared by threads. A run that takes the slot of another one makes it unknown: that is searched again.
pub struct Clean {
    slots: Box<[AtomicU64]>,
    /// Random, so that nobody can write lines that pass for others.
    seed: u64,
    more: SharedSeed,
}

/// A run of lines that is unknown.
pub(super) struct Unknown(Option<u64>);

impl Default for Clean {
    fn default() -> Self {
        // The standard library has its seed from the system.
        let random = || RandomState::new().hash_one(0);
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { slots, seed: random(), more: SharedSeed::from_u64(random()) }
    }
}

impl Clean {
    /// `None` if nothing is in these lines of a text.
    pub(super) fn look(&self, text: &Text, lines: &Range<usize>) -> Option<Unknown> {
        // What is found depends on the byte before the line end that lies before, too, and on there being a line end behind.
        let Some(bytes) = lines.start.checked_sub(2).map(|start| &text.bytes[start..lines.end]) else {
            return Some(Unknown(None));
        };
        if !bytes.ends_with(b"\n") {
            return Some(Unknown(None));
        }
        let mut hasher = FoldHasher::with_seed(self.seed, &self.more);
        hasher.write_u16(u16::from(text.binary) << 8 | text.kind as u16);
        hasher.write(bytes);
        // Zero is in slots that are free.
        let hash = hasher.finish() | 1;
        let known = self.slot(hash).load(Ordering::Relaxed) == hash;
        (!known).then_some(Unknown(Some(hash)))
    }

    /// They were searched, and nothing was found, nor nearly.
    pub(super) fn learn(&self, unknown: &Unknown) {
        if let Unknown(Some(hash)) = *unknown {
            self.slot(hash).store(hash, Ordering::Relaxed);
        }
    }

    fn slot(&self, hash: u64) -> &AtomicU64 {
        &self.slots[(hash >> 1) as usize % SLOTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::hint::FileKind;

    fn text(bytes: &[u8], kind: FileKind, binary: bool) -> Text<'_> {
        Text { bytes, kind, binary }
    }

    #[test]
    fn lines_are_known_with_all_they_depend_on() {
        let clean = Clean::default();
        let first = text(b"one\ntwo\nthree\n", FileKind::Code, false);
        let knows = |text: &Text, lines| clean.look(text, &lines).is_none();
        clean.learn(&clean.look(&first, &(4..8)).unwrap());
        assert!(knows(&first, 4..8));
        assert!(!knows(&first, 4..14) && !knows(&first, 8..14));
        // Elsewhere, with the same byte before the line end.
        assert!(knows(&text(b"none\ntwo\n", FileKind::Code, false), 5..9));
        assert!(!knows(&text(b"on\ntwo\n", FileKind::Code, false), 3..7));
        assert!(!knows(&text(first.bytes, FileKind::Config, false), 4..8));
        assert!(!knows(&text(first.bytes, FileKind::Code, true), 4..8));
        // Other lines for other runs.
        assert!(Clean::default().look(&first, &(4..8)).is_some());
    }

    #[test]
    fn what_has_no_end_of_its_own_is_not_remembered() {
        let clean = Clean::default();
        let cut = text(b"one\ntwo", FileKind::Code, false);
        for lines in [0..4, 4..7] {
            clean.learn(&clean.look(&cut, &lines).unwrap());
            assert!(clean.look(&cut, &lines).is_some());
        }
    }
}
