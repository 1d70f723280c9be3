//! What a version of a file has of its base: lines that lie, with both their ends, in one run of bytes that the delta
//! copies. What is found in a line depends on that line alone (see [`crate::detect::search`]), so what was found in the base
//! is found here too, at another place, and only the other lines are searched.

use std::ops::Range;

use crate::detect::engine::{Candidate, CrossLineAnchor, EncodedSpan, LineCandidates, Text};
use crate::detect::file_kind::FileKind;
use crate::near;
use crate::source::git::pack::{Instruction, UnappliedDelta, append};

/// Shorter copies are not looked at: they hold a line or none, and searching it costs less than knowing that it is there. Tests,
/// whose texts are short, look at all.
const WORTH: usize = if cfg!(any(test, feature = "fuzzing")) {
    1
} else {
    64
};

/// Whole lines that a text has of its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub child: Range<usize>,
    /// Where they begin in the base.
    pub base: usize,
}

/// The lines that a text of `length` bytes has of its base, in order; most of them. The byte before a line's first line end
/// belongs to what must be the same: a rule may look at it.
pub(crate) fn kept(changes: &[Instruction], base: &[u8], length: usize, out: &mut Vec<Kept>) {
    out.clear();
    for step in changes {
        let Some(taken) = step.taken() else { continue };
        let made = step.made();
        if let Some(lines) = whole_lines(&made, &taken, &base[taken.clone()], length, base.len()) {
            let child = made.start + lines.start..made.start + lines.end;
            out.push(Kept {
                child,
                base: taken.start + lines.start,
            });
        }
    }
}

/// Which of the copied `bytes` are whole lines of both texts, of which `made` ends at `length`, and `taken` at `base`.
#[inline(always)]
fn whole_lines(
    made: &Range<usize>,
    taken: &Range<usize>,
    bytes: &[u8],
    length: usize,
    base: usize,
) -> Option<Range<usize>> {
    if bytes.len() < WORTH {
        return None;
    }
    let start = if made.start == 0 && taken.start == 0 {
        0
    } else {
        near::find(b'\n', bytes.get(1..)?)? + 2
    };
    let end = if made.end == length && taken.end == base {
        bytes.len()
    } else {
        near::rfind(b'\n', bytes)? + 1
    };
    (start < end).then_some(start..end)
}

/// Puts the other lines of a text that is not made into `buffer`, and where there they stand into `others`: each run of them with
/// the two bytes before it, if there are as many, which a rule may look at. False if the text counts as binary, of a base that does
/// not, or if it cannot be made.
pub(crate) fn other_lines<S>(
    change: &UnappliedDelta<S>,
    buffer: &mut Vec<u8>,
    others: &mut Vec<Range<usize>>,
) -> bool {
    let (length, base) = (change.size() as usize, change.base.len());
    buffer.clear();
    others.clear();
    let mut start = 0;
    let whole = change.follow(|step, source| {
        let made = step.made();
        let bytes = &source[..made.len()];
        if has_nul(&step, bytes) {
            return false;
        }
        let Some(kept) = step
            .taken()
            .and_then(|taken| whole_lines(&made, &taken, bytes, length, base))
        else {
            append(buffer, source, made.len());
            return true;
        };
        append(buffer, source, kept.start);
        if start == buffer.len() {
            // What was put before them is before nothing.
            buffer.truncate(others.last().map_or(0, |last| last.end));
        } else {
            others.push(start..buffer.len());
        }
        // Lines at the beginning of a text may be as short.
        let before = kept.end.min(2);
        start = buffer.len() + before;
        append(
            buffer,
            &source[kept.end - before..],
            made.len() - kept.end + before,
        );
        true
    });
    if start < buffer.len() {
        others.push(start..buffer.len());
    }
    whole
}

/// Whether `child` counts as binary, as [`Text::new`] has it. Of a base that does not, what it takes of the first bytes needs
/// no look.
pub(crate) fn binary(changes: &[Instruction], child: &[u8], base: bool) -> bool {
    if base {
        return Text::new(child, FileKind::Unknown).binary;
    }
    changes
        .iter()
        .any(|step| has_nul(step, &child[step.made()]))
}

/// Whether a step makes `bytes` of which one makes a text binary, the base of which is not.
#[inline(always)]
fn has_nul(step: &Instruction, bytes: &[u8]) -> bool {
    let start = step.made().start;
    if start >= Text::TELLING {
        return false;
    }
    let bytes = &bytes[..bytes.len().min(Text::TELLING - start)];
    let known = step
        .taken()
        .is_some_and(|taken| taken.start + bytes.len() <= Text::TELLING);
    !known && memchr::memchr(0, bytes).is_some()
}

/// The other lines of a text of `length` bytes, in order.
pub(crate) fn others(kept: &[Kept], length: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let ends = std::iter::once(0).chain(kept.iter().map(|kept| kept.child.end));
    let starts = kept.iter().map(|kept| kept.child.start).chain([length]);
    ends.zip(starts)
        .map(|(start, end)| start..end)
        .filter(|range| !range.is_empty())
}

/// Adds to `local` what `base` has in the lines that are kept. `base` is [`sort`]ed.
pub(crate) fn inherit(base: &LineCandidates, kept: &[Kept], local: &mut LineCandidates) {
    for Kept { child, base: start } in kept {
        let moved = |at: usize| at - start + child.start;
        let end = start + child.len();
        let first = base
            .candidates
            .partition_point(|found| found.anchor < *start);
        for found in base.candidates[first..]
            .iter()
            .take_while(|found| found.anchor < end)
        {
            let Candidate {
                anchor,
                mut matched,
            } = found.clone();
            matched.range = shift(matched.range, *start, child.start);
            local.candidates.push(Candidate {
                anchor: moved(anchor),
                matched,
            });
        }
        let first = base
            .cross_line
            .partition_point(|mark| mark.anchor.start < *start);
        for mark in base.cross_line[first..]
            .iter()
            .take_while(|mark| mark.anchor.start < end)
        {
            let anchor = moved(mark.anchor.start)..moved(mark.anchor.end);
            local.cross_line.push(CrossLineAnchor {
                rule: mark.rule,
                anchor,
            });
        }
        let first = base
            .encoded
            .partition_point(|layer| layer.at.start < *start);
        for layer in base.encoded[first..]
            .iter()
            .take_while(|layer| layer.at.start < end)
        {
            local.encoded.push(EncodedSpan {
                at: moved(layer.at.start)..moved(layer.at.end),
                step: layer.step,
            });
        }
    }
}

/// A value may begin with the line end before its line.
fn shift(range: Range<usize>, from: usize, to: usize) -> Range<usize> {
    range.start + to - from..range.end + to - from
}

/// For [`inherit`]: in order of anchors.
pub(crate) fn sort(local: &mut LineCandidates) {
    local.candidates.sort_by_key(|found| found.anchor);
    local.cross_line.sort_by_key(|mark| mark.anchor.start);
    local.encoded.sort_by_key(|layer| layer.at.start);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(from: u32, at: u32, length: u32) -> Instruction {
        Instruction::Copy { from, at, length }
    }

    #[test]
    fn only_whole_lines_are_kept() {
        let mut out = Vec::new();
        let base = b"one\ntwo\nthree\nfour";
        // The child has "2" in place of "two".
        kept(
            &[
                copy(0, 0, 4),
                Instruction::Insert { at: 4, length: 1 },
                copy(7, 5, 11),
            ],
            base,
            16,
            &mut out,
        );
        // "three" follows a line end of which the byte before differs.
        assert_eq!(
            out,
            [
                Kept {
                    child: 0..4,
                    base: 0
                },
                Kept {
                    child: 12..16,
                    base: 14
                }
            ]
        );
        assert!(others(&out, 16).eq(std::iter::once(4..12)));
        // Cut at the end: the last line has become another one.
        kept(&[copy(0, 0, 16)], base, 16, &mut out);
        assert_eq!(
            out,
            [Kept {
                child: 0..14,
                base: 0
            }]
        );
        // Something stands before the first line.
        kept(
            &[Instruction::Insert { at: 0, length: 1 }, copy(0, 1, 18)],
            base,
            19,
            &mut out,
        );
        assert_eq!(
            out,
            [Kept {
                child: 5..19,
                base: 4
            }]
        );
        kept(&[copy(1, 0, 2)], base, 2, &mut out);
        assert_eq!(out, []);
        assert!(others(&out, 2).eq(std::iter::once(0..2)));
        assert_eq!(others(&out, 0).count(), 0);
    }

    #[test]
    fn nul_bytes_are_seen_where_they_come_from() {
        let mut base = vec![b'a'; 9000];
        base[8500] = 0;
        let moved = |from: usize| [&base[..100], &base[from..]].concat();
        let changes = |from: u32| [copy(0, 0, 100), copy(from, 100, 9000 - from)];
        assert!(!binary(&changes(100), &moved(100), false));
        assert!(binary(&changes(1000), &moved(1000), false));
        // It is there, beyond what is looked at.
        assert!(!binary(&changes(550), &moved(550), false));
        assert!(binary(
            &[Instruction::Insert { at: 0, length: 1 }],
            b"\0",
            false
        ));
        assert!(!binary(
            &[Instruction::Insert { at: 0, length: 1 }],
            b"x",
            true
        ));
    }
}
