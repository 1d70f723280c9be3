//! Remembers runs of lines in which nothing was found. Versions of a file that are deltas of one base mostly lack the same
//! lines of it, so that most of what a delta brings was searched a moment ago, as what its neighbour brought. A quarter of what
//! whole versions hold was searched in others: they are cut at blank lines, so that a paragraph is a run wherever it stands, and
//! so are long runs, so that what was found in one paragraph does not make others unknown. Of a run in which candidates were
//! rejected and nothing was found their counts are remembered.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use memchr::memmem::Finder;

use super::engine::{RejectionCounts, Text};

/// 512 KiB.
const SLOTS: usize = 1 << 16;

/// Bytes that a run has at least before it is cut.
const LEAST: usize = 256;

/// Set in a slot if `rejected` has the run.
const REJECTED: u64 = 2;

/// Runs with rejected candidates that are remembered at most.
const MOST: usize = 1 << 16;

/// Shared by threads. A run that takes the slot of another one makes it unknown: that is searched again.
pub struct SeenRuns {
    slots: Box<[AtomicU64]>,
    /// Random, so that nobody can write lines that pass for others.
    seed: u64,
    more: SharedSeed,
    /// Finds a blank line.
    blank: Finder<'static>,
    /// What was rejected, by the hash of its run.
    rejected: RwLock<HashMap<u64, RejectionCounts>>,
}

/// A run of lines of which it is unknown what they hold.
pub struct UnseenRun {
    pub(super) lines: Range<usize>,
    hash: u64,
}

impl Default for SeenRuns {
    fn default() -> Self {
        // The standard library has its seed from the system.
        let random = || RandomState::new().hash_one(0);
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        let (seed, more, blank) = (
            random(),
            SharedSeed::from_u64(random()),
            Finder::new(b"\n\n"),
        );
        Self {
            slots,
            seed,
            more,
            blank,
            rejected: RwLock::default(),
        }
    }
}

impl SeenRuns {
    /// Puts into `unknown`, in order, those runs of some lines of a text of which it is not known that nothing is in them; returns
    /// what was rejected in the others. All are hashed before any is looked up: what is remembered of each waits for memory, of all
    /// of them at once.
    pub(super) fn look(
        &self,
        text: &Text,
        lines: impl Iterator<Item = Range<usize>>,
        unknown: &mut Vec<UnseenRun>,
    ) -> RejectionCounts {
        unknown.clear();
        unknown.extend(
            lines
                .flat_map(|lines| self.runs(text, lines))
                .map(|lines| UnseenRun {
                    hash: self.hash(text, &lines),
                    lines,
                }),
        );
        let mut rejected = RejectionCounts::default();
        unknown.retain(|run| {
            let there = self.slot(run.hash).load(Ordering::Relaxed);
            there != run.hash
                && (there != run.hash | REJECTED || !self.add_rejected(run, &mut rejected))
        });
        rejected
    }

    /// False if they are not there.
    #[cold]
    fn add_rejected(&self, run: &UnseenRun, all: &mut RejectionCounts) -> bool {
        let rejected = self.rejected.read().unwrap_or_else(PoisonError::into_inner);
        let these = rejected.get(&run.hash);
        these
            .into_iter()
            .flatten()
            .for_each(|(filter, count)| *all.entry(filter).or_default() += count);
        these.is_some()
    }

    /// They were searched, and nothing was found; these candidates were rejected.
    pub(super) fn learn(&self, unknown: &UnseenRun, rejected: &RejectionCounts) {
        let mut mark = 0;
        if !rejected.is_empty() {
            let mut all = self
                .rejected
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if all.len() >= MOST {
                return;
            }
            all.insert(unknown.hash, rejected.clone());
            mark = REJECTED;
        }
        self.slot(unknown.hash)
            .store(unknown.hash | mark, Ordering::Relaxed);
    }

    /// Cuts lines into runs, in order. Where one is cut depends on what it holds alone.
    fn runs(&self, text: &Text, lines: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let bytes = text.bytes;
        let mut rest = lines;
        std::iter::from_fn(move || {
            let start = rest.start;
            let blank = bytes[..rest.end]
                .get(start + LEAST..)
                .and_then(|rest| self.blank.find(rest));
            rest.start = blank.map_or(rest.end, |at| start + LEAST + at + 2);
            (start < rest.start).then_some(start..rest.start)
        })
    }

    /// What a run is known by; never zero, which is in slots that are free, and without the bit of [`REJECTED`].
    fn hash(&self, text: &Text, lines: &Range<usize>) -> u64 {
        // What is found depends on the byte before the line end that lies before, too; and on there being a line
        // end behind, which only the last line of a text may lack.
        let before = lines.start.min(2);
        let mut hasher = FoldHasher::with_seed(self.seed, &self.more);
        hasher.write_u32((before as u32) << 16 | u32::from(text.binary) << 8 | text.kind as u32);
        hasher.write(&text.bytes[lines.start - before..lines.end]);
        hasher.finish() & !REJECTED | 1
    }

    fn slot(&self, hash: u64) -> &AtomicU64 {
        &self.slots[(hash >> 2) as usize % SLOTS]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::detect::file_kind::FileKind;

    fn text(bytes: &[u8], kind: FileKind, binary: bool) -> Text<'_> {
        Text {
            bytes,
            kind,
            binary,
        }
    }

    pub(in crate::detect) fn knows(clean: &SeenRuns, text: &Text, lines: Range<usize>) -> bool {
        let mut unknown = Vec::new();
        clean.look(text, std::iter::once(lines), &mut unknown);
        unknown.is_empty()
    }

    fn learn(clean: &SeenRuns, text: &Text, lines: Range<usize>) {
        clean.learn(
            &UnseenRun {
                hash: clean.hash(text, &lines),
                lines,
            },
            &RejectionCounts::default(),
        );
    }

    #[test]
    fn lines_are_known_with_all_they_depend_on() {
        let clean = SeenRuns::default();
        let first = text(b"one\ntwo\nthree\n", FileKind::Code, false);
        let knows = |text: &Text, lines| knows(&clean, text, lines);
        learn(&clean, &first, 4..8);
        assert!(knows(&first, 4..8));
        assert!(!knows(&first, 4..14) && !knows(&first, 8..14));
        // Elsewhere, with the same byte before the line end.
        assert!(knows(&text(b"none\ntwo\n", FileKind::Code, false), 5..9));
        assert!(!knows(&text(b"on\ntwo\n", FileKind::Code, false), 3..7));
        assert!(!knows(&text(first.bytes, FileKind::Config, false), 4..8));
        assert!(!knows(&text(first.bytes, FileKind::Code, true), 4..8));
        // Other lines for other runs.
        assert!(!super::tests::knows(&SeenRuns::default(), &first, 4..8));
    }

    #[test]
    fn first_and_last_lines_are_known_only_as_such() {
        let clean = SeenRuns::default();
        let code = |bytes| text(bytes, FileKind::Code, false);
        let knows = |bytes, lines| knows(&clean, &code(bytes), lines);
        let learn = |bytes, lines| learn(&clean, &code(bytes), lines);
        learn(b"e\ntwo\n", 0..6);
        assert!(knows(b"e\ntwo\nthree", 0..6) && !knows(b"one\ntwo\n", 4..8));
        learn(b"one\nfour", 4..8);
        assert!(knows(b"none\nfour", 5..9) && !knows(b"one\nfour\n", 4..9));
        learn(b"\nfive\n", 1..6);
        assert!(knows(b"\nfive\n", 1..6) && !knows(b"\n\nfive\n", 2..7));
    }

    #[test]
    fn what_was_rejected_is_remembered() {
        let (clean, mut unknown) = (SeenRuns::default(), Vec::new());
        let lines = text(b"one\ntwo\none\n", FileKind::Code, false);
        let mut look = || clean.look(&lines, [0..4, 4..8, 8..12].into_iter(), &mut unknown);
        assert!(look().is_empty());
        let rejected = RejectionCounts::from([("placeholder", 2)]);
        for start in [0, 8] {
            clean.learn(
                &UnseenRun {
                    hash: clean.hash(&lines, &(start..start + 4)),
                    lines: start..start + 4,
                },
                &rejected,
            );
        }
        assert_eq!(look(), RejectionCounts::from([("placeholder", 4)]));
        assert!(
            unknown
                .iter()
                .map(|run| run.lines.clone())
                .eq(std::iter::once(4..8))
        );
    }

    #[test]
    fn long_runs_are_cut_at_blank_lines() {
        let clean = SeenRuns::default();
        let paragraph = [&b"x\n".repeat(LEAST / 2 - 1)[..], b"\n", b"y\n\n"].concat();
        let whole = [b"\n\n", &paragraph[..], &paragraph, b"last"].concat();
        let runs = |lines| {
            clean
                .runs(&text(&whole, FileKind::Code, false), lines)
                .collect::<Vec<_>>()
        };
        let second = 2 + paragraph.len();
        let third = second + paragraph.len();
        assert_eq!(
            runs(2..whole.len()),
            [2..second, second..third, third..whole.len()]
        );
        assert_eq!(runs(2..third), [2..second, second..third]);
        assert_eq!(runs(0..third), [0..second, second..third]);
        assert!(runs(2..2).is_empty());
    }
}
