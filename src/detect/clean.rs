//! Remembers runs of lines in which nothing was found. Versions of a file that are deltas of one base mostly lack the same
//! lines of it, so that most of what a delta brings was searched a moment ago, as what its neighbour brought. A quarter of what
//! whole versions hold was searched in others: they are cut at blank lines, so that a paragraph is a run wherever it stands, and
//! so are long runs, so that what was found in one paragraph does not make others unknown.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use memchr::memmem::Finder;

use super::engine::Text;

/// 512 KiB.
const SLOTS: usize = 1 << 16;

/// Bytes that a run has at least before it is cut.
const LEAST: usize = 256;

/// Shared by threads. A run that takes the slot of another one makes it unknown: that is searched again.
pub struct Clean {
    slots: Box<[AtomicU64]>,
    /// Random, so that nobody can write lines that pass for others.
    seed: u64,
    more: SharedSeed,
    /// Finds a blank line.
    blank: Finder<'static>,
}

/// A run of lines that is unknown.
pub(super) struct Unknown(u64);

impl Default for Clean {
    fn default() -> Self {
        // The standard library has its seed from the system.
        let random = || RandomState::new().hash_one(0);
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { slots, seed: random(), more: SharedSeed::from_u64(random()), blank: Finder::new(b"\n\n") }
    }
}

impl Clean {
    /// Cuts lines into runs, in order. Where one is cut depends on what it holds alone.
    pub(super) fn runs(&self, text: &Text, lines: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let bytes = text.bytes;
        let mut rest = lines;
        std::iter::from_fn(move || {
            let start = rest.start;
            let blank = bytes[..rest.end].get(start + LEAST..).and_then(|rest| self.blank.find(rest));
            rest.start = blank.map_or(rest.end, |at| start + LEAST + at + 2);
            (start < rest.start).then_some(start..rest.start)
        })
    }

    /// `None` if nothing is in these lines of a text.
    pub(super) fn look(&self, text: &Text, lines: &Range<usize>) -> Option<Unknown> {
        // What is found depends on the byte before the line end that lies before, too; and on there being a line
        // end behind, which only the last line of a text may lack.
        let before = lines.start.min(2);
        let bytes = &text.bytes[lines.start - before..lines.end];
        let mut hasher = FoldHasher::with_seed(self.seed, &self.more);
        hasher.write_u32((before as u32) << 16 | u32::from(text.binary) << 8 | text.kind as u32);
        hasher.write(bytes);
        // Zero is in slots that are free.
        let hash = hasher.finish() | 1;
        let known = self.slot(hash).load(Ordering::Relaxed) == hash;
        (!known).then_some(Unknown(hash))
    }

    /// They were searched, and nothing was found, nor nearly.
    pub(super) fn learn(&self, unknown: &Unknown) {
        self.slot(unknown.0).store(unknown.0, Ordering::Relaxed);
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
    fn first_and_last_lines_are_known_only_as_such() {
        let clean = Clean::default();
        let knows = |bytes: &[u8], lines| clean.look(&text(bytes, FileKind::Code, false), &lines).is_none();
        let learn = |bytes: &[u8], lines| {
            clean.learn(&clean.look(&text(bytes, FileKind::Code, false), &lines).unwrap());
        };
        learn(b"e\ntwo\n", 0..6);
        assert!(knows(b"e\ntwo\nthree", 0..6) && !knows(b"one\ntwo\n", 4..8));
        learn(b"one\nfour", 4..8);
        assert!(knows(b"none\nfour", 5..9) && !knows(b"one\nfour\n", 4..9));
        learn(b"\nfive\n", 1..6);
        assert!(knows(b"\nfive\n", 1..6) && !knows(b"\n\nfive\n", 2..7));
    }

    #[test]
    fn long_runs_are_cut_at_blank_lines() {
        let clean = Clean::default();
        let paragraph = [&b"x\n".repeat(LEAST / 2 - 1)[..], b"\n", b"y\n\n"].concat();
        let whole = [b"\n\n", &paragraph[..], &paragraph, b"last"].concat();
        let runs = |lines| clean.runs(&text(&whole, FileKind::Code, false), lines).collect::<Vec<_>>();
        let second = 2 + paragraph.len();
        let third = second + paragraph.len();
        assert_eq!(runs(2..whole.len()), [2..second, second..third, third..whole.len()]);
        assert_eq!(runs(2..third), [2..second, second..third]);
        assert_eq!(runs(0..third), [0..second, second..third]);
        assert!(runs(2..2).is_empty());
    }
}
