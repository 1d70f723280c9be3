//! What a version of a file has of its base: lines that lie, with both their ends, in one run of bytes that the delta
//! copies. What is found in a line depends on that line alone (see [`crate::detect::search`]), so what was found in the base
//! is found here too, at another place, and only the other lines are searched.

use std::ops::Range;

use crate::detect::engine::{Encoded, Found, Local, Mark, Text};
use crate::detect::hint::FileKind;
use crate::near;
use crate::source::git::pack::Instruction;

/// Shorter copies are not looked at: they hold a line or none, and searching it costs less than knowing that it is there. Tests,
/// whose texts are short, look at all.
const WORTH: usize = if cfg!(any(test, feature = "fuzzing")) { 1 } else { 64 };

/// Whole lines that a text has of its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub child: Range<usize>,
    /// Where they begin in the base.
    pub base: usize,
}

/// The lines that `child` has of a base of `base` bytes, in order; most of them. The byte before a line's first line end belongs to what
/// must be the same: a rule may look at it.
pub(super) fn kept(changes: &[Instruction], child: &[u8], base: usize, out: &mut Vec<Kept>) {
    out.clear();
    for step in changes {
        let Some(taken) = step.taken().filter(|taken| taken.len() >= WORTH) else { continue };
        let made = step.made();
        let bytes = &child[made.clone()];
        let start = if made.start == 0 && taken.start == 0 {
            Some(0)
        } else {
            bytes.get(1..).and_then(|rest| near::find(b'\n', rest)).map(|at| at + 2)
        };
        let end = if made.end == child.len() && taken.end == base {
            Some(bytes.len())
        } else {
            near::rfind(b'\n', bytes).map(|at| at + 1)
        };
        if let (Some(start), Some(end)) = (start, end)
            && start < end
        {
            out.push(Kept { child: made.start + start..made.start + end, base: taken.start + start });
        }
    }
}

/// Whether `child` counts as binary, as [`Text::new`] has it. Of a base that does not, what it takes of the first bytes needs
/// no look.
pub(super) fn binary(changes: &[Instruction], child: &[u8], base: bool) -> bool {
    if base {
        return Text::new(child, FileKind::Unknown).binary;
    }
    changes.iter().take_while(|step| step.made().start < Text::TELLING).any(|step| {
        let made = step.made();
        let made = made.start..made.end.min(Text::TELLING);
        let known = step.taken().is_some_and(|taken| taken.start + made.len() <= Text::TELLING);
        !known && memchr::memchr(0, &child[made]).is_some()
    })
}

/// The other lines of a text of `length` bytes, in order.
pub(super) fn others(kept: &[Kept], length: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let ends = std::iter::once(0).chain(kept.iter().map(|kept| kept.child.end));
    let starts = kept.iter().map(|kept| kept.child.start).chain([length]);
    ends.zip(starts).map(|(start, end)| start..end).filter(|range| !range.is_empty())
}

/// Adds to `local` what `base` has in the lines that are kept. `base` is [`sort`]ed.
pub(super) fn inherit(base: &Local, kept: &[Kept], local: &mut Local) {
    for Kept { child, base: start } in kept {
        let moved = |at: usize| at - start + child.start;
        let end = start + child.len();
        let first = base.found.partition_point(|found| found.anchor < *start);
        for found in base.found[first..].iter().take_while(|found| found.anchor < end) {
            let Found { anchor, mut what } = found.clone();
            what.range = shift(what.range, *start, child.start);
            local.found.push(Found { anchor: moved(anchor), what });
        }
        let first = base.marks.partition_point(|mark| mark.anchor.start < *start);
        for mark in base.marks[first..].iter().take_while(|mark| mark.anchor.start < end) {
            let anchor = moved(mark.anchor.start)..moved(mark.anchor.end);
            local.marks.push(Mark { rule: mark.rule, anchor });
        }
        let first = base.encoded.partition_point(|layer| layer.at.start < *start);
        for layer in base.encoded[first..].iter().take_while(|layer| layer.at.start < end) {
            local.encoded.push(Encoded { at: moved(layer.at.start)..moved(layer.at.end), step: layer.step });
        }
    }
}

/// A value may begin with the line end before its line.
fn shift(range: Range<usize>, from: usize, to: usize) -> Range<usize> {
    range.start + to - from..range.end + to - from
}

/// For [`inherit`]: in order of anchors.
pub(super) fn sort(local: &mut Local) {
    local.found.sort_by_key(|found| found.anchor);
    local.marks.sort_by_key(|mark| mark.anchor.start);
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
        // The base is "one\ntwo\nthree\nfour"; the child has another word in place of "two".
        let child = b"one\n2\nthree\nfour";
        kept(&[copy(0, 0, 4), Instruction::Insert { at: 4, length: 1 }, copy(7, 5, 11)], child, 18, &mut out);
        // "three" follows a line end of which the byte before differs.
        assert_eq!(out, [Kept { child: 0..4, base: 0 }, Kept { child: 12..16, base: 14 }]);
        assert!(others(&out, child.len()).eq(std::iter::once(4..12)));
        // Cut at the end: the last line has become another one.
        kept(&[copy(0, 0, 16)], b"one\ntwo\nthree\nfo", 18, &mut out);
        assert_eq!(out, [Kept { child: 0..14, base: 0 }]);
        // Something stands before the first line.
        kept(&[Instruction::Insert { at: 0, length: 1 }, copy(0, 1, 18)], b"xone\ntwo\nthree\nfour", 18, &mut out);
        assert_eq!(out, [Kept { child: 5..19, base: 4 }]);
        kept(&[copy(1, 0, 2)], b"ne", 18, &mut out);
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
        assert!(binary(&[Instruction::Insert { at: 0, length: 1 }], b"\0", false));
        assert!(!binary(&[Instruction::Insert { at: 0, length: 1 }], b"x", true));
    }
}
