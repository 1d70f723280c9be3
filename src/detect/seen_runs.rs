//! Remembers runs of lines in which no candidate was found, so that they are not searched again.
//!
//! Versions of a file that are deltas of one base mostly lack the same lines of it: most of the
//! lines that a delta adds were searched a moment ago, as those that its neighbour added. A quarter
//! of the text of whole versions was searched in other versions. Long ranges are cut into runs at
//! blank lines, so that a paragraph is one run wherever it is, and a candidate in one paragraph
//! does not make the others unknown. Of a run whose candidates were all rejected, the rejection
//! counts are remembered, since every version counts them.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use memchr::memmem::Finder;

use super::candidate::RejectionCounts;
use super::searched_text::Text;

/// Slots of the table: 512 KiB.
const SLOTS: usize = 1 << 16;

/// A run has at least so many bytes before it is cut.
const MIN_RUN: usize = 256;

/// Set in a slot if `rejected` has the counts of the run.
const REJECTED: u64 = 2;

/// Runs whose rejection counts are remembered at most.
const MAX_REJECTED: usize = 1 << 16;

/// A table of runs without candidates, shared by threads. A run that takes the slot of another one
/// makes that one unseen: it is searched again.
pub struct SeenRuns {
    /// The hash of a seen run, by some of its bits; zero if free.
    slots: Box<[AtomicU64]>,
    /// Random, so that nobody can write lines that pass for others.
    seed: u64,
    shared_seed: SharedSeed,
    blank_line: Finder<'static>,
    /// Rejection counts by the hash of their run.
    rejected: RwLock<HashMap<u64, RejectionCounts>>,
}

/// A run of lines that must be searched.
pub struct UnseenRun {
    /// The run, in bytes of the text.
    pub(super) lines: Range<usize>,
    hash: u64,
}

impl Default for SeenRuns {
    fn default() -> Self {
        // The standard library takes its seed from the system.
        let random = || RandomState::new().hash_one(0);
        Self {
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            seed: random(),
            shared_seed: SharedSeed::from_u64(random()),
            blank_line: Finder::new(b"\n\n"),
            rejected: RwLock::default(),
        }
    }
}

impl SeenRuns {
    /// Puts the unseen runs of some lines of a text into `unseen`, in order, and returns the
    /// rejection counts of the other runs. All runs are hashed before any is looked up, so that the
    /// lookups wait for memory together.
    pub(super) fn select_unseen(
        &self,
        text: &Text,
        lines: impl Iterator<Item = Range<usize>>,
        unseen: &mut Vec<UnseenRun>,
    ) -> RejectionCounts {
        unseen.clear();
        unseen.extend(
            lines
                .flat_map(|lines| self.runs(text, lines))
                .map(|lines| UnseenRun {
                    hash: self.hash(text, &lines),
                    lines,
                }),
        );
        let mut rejected = RejectionCounts::default();
        unseen.retain(|run| {
            let there = self.slot(run.hash).load(Ordering::Relaxed);
            there != run.hash
                && (there != run.hash | REJECTED || !self.add_rejected(run, &mut rejected))
        });
        rejected
    }

    /// Adds the rejection counts of a run to `all`. False if they are not remembered.
    #[cold]
    fn add_rejected(&self, run: &UnseenRun, all: &mut RejectionCounts) -> bool {
        let rejected = self.rejected.read().unwrap_or_else(PoisonError::into_inner);
        let of_run = rejected.get(&run.hash);
        of_run.into_iter().for_each(|counts| all.absorb(counts));
        of_run.is_some()
    }

    /// Remembers a run that was searched and has no candidates but those that were rejected.
    pub(super) fn remember(&self, run: &UnseenRun, rejected: &RejectionCounts) {
        let mut mark = 0;
        if !rejected.is_empty() {
            let mut all = self
                .rejected
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            if all.len() >= MAX_REJECTED {
                return;
            }
            all.insert(run.hash, rejected.clone());
            mark = REJECTED;
        }
        self.slot(run.hash)
            .store(run.hash | mark, Ordering::Relaxed);
    }

    /// Cuts lines into runs, in order. The content of the lines alone decides where.
    fn runs(&self, text: &Text, lines: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let bytes = text.bytes;
        let mut rest = lines;
        std::iter::from_fn(move || {
            let start = rest.start;
            let blank = bytes[..rest.end]
                .get(start + MIN_RUN..)
                .and_then(|rest| self.blank_line.find(rest));
            rest.start = blank.map_or(rest.end, |at| start + MIN_RUN + at + 2);
            (start < rest.start).then_some(start..rest.start)
        })
    }

    /// The hash of everything that the candidates of a run depend on. Never zero, which marks a
    /// free slot, and without the bit of [`REJECTED`].
    fn hash(&self, text: &Text, lines: &Range<usize>) -> u64 {
        // Candidates depend on the byte before the preceding line end, too, and on there being a
        // line end behind the run, which only the last line of a text may lack.
        let before = lines.start.min(2);
        let plain = text.is_plain();
        let mut hasher = FoldHasher::with_seed(self.seed, &self.shared_seed);
        hasher.write_u32((before as u32) << 16 | u32::from(!plain) << 8 | text.syntax as u32);
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
        Text::with_nul(bytes, kind, binary)
    }

    pub(in crate::detect) fn knows(seen: &SeenRuns, text: &Text, lines: Range<usize>) -> bool {
        let mut unseen = Vec::new();
        seen.select_unseen(text, std::iter::once(lines), &mut unseen);
        unseen.is_empty()
    }

    fn learn(seen: &SeenRuns, text: &Text, lines: Range<usize>) {
        seen.remember(
            &UnseenRun {
                hash: seen.hash(text, &lines),
                lines,
            },
            &RejectionCounts::default(),
        );
    }

    #[test]
    fn lines_are_known_with_all_they_depend_on() {
        let seen = SeenRuns::default();
        let first = text(b"one\ntwo\nthree\n", FileKind::Code, false);
        let knows = |text: &Text, lines| knows(&seen, text, lines);
        learn(&seen, &first, 4..8);
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
        let seen = SeenRuns::default();
        let code = |bytes| text(bytes, FileKind::Code, false);
        let knows = |bytes, lines| knows(&seen, &code(bytes), lines);
        let learn = |bytes, lines| learn(&seen, &code(bytes), lines);
        learn(b"e\ntwo\n", 0..6);
        assert!(knows(b"e\ntwo\nthree", 0..6) && !knows(b"one\ntwo\n", 4..8));
        learn(b"one\nfour", 4..8);
        assert!(knows(b"none\nfour", 5..9) && !knows(b"one\nfour\n", 4..9));
        learn(b"\nfive\n", 1..6);
        assert!(knows(b"\nfive\n", 1..6) && !knows(b"\n\nfive\n", 2..7));
    }

    fn counts(placeholders: usize) -> RejectionCounts {
        let mut counts = RejectionCounts::default();
        (0..placeholders).for_each(|_| counts.add("placeholder"));
        counts
    }

    #[test]
    fn rejection_counts_are_remembered() {
        let (seen, mut unseen) = (SeenRuns::default(), Vec::new());
        let lines = text(b"one\ntwo\none\n", FileKind::Code, false);
        let mut look = || seen.select_unseen(&lines, [0..4, 4..8, 8..12].into_iter(), &mut unseen);
        assert!(look().is_empty());
        let rejected = counts(2);
        for start in [0, 8] {
            seen.remember(
                &UnseenRun {
                    hash: seen.hash(&lines, &(start..start + 4)),
                    lines: start..start + 4,
                },
                &rejected,
            );
        }
        assert_eq!(look(), counts(4));
        assert!(
            unseen
                .iter()
                .map(|run| run.lines.clone())
                .eq(std::iter::once(4..8))
        );
    }

    #[test]
    fn long_runs_are_cut_at_blank_lines() {
        let seen = SeenRuns::default();
        let paragraph = [&b"x\n".repeat(MIN_RUN / 2 - 1)[..], b"\n", b"y\n\n"].concat();
        let whole = [b"\n\n", &paragraph[..], &paragraph, b"last"].concat();
        let runs = |lines| {
            seen.runs(&text(&whole, FileKind::Code, false), lines)
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
