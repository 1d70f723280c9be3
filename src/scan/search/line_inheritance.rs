//! Finds the lines that a version of a file inherits from its delta base, and copies their
//! candidates.
//!
//! A line is inherited if it lies, with both its ends, in one run of bytes that the delta copies.
//! The candidates of a line depend on that line alone (see `detect::search`), so the
//! candidates of an inherited line are those of the base, at another offset, and only the other
//! lines are searched.

use std::ops::Range;

use crate::detect::engine::{Encoding, InheritableCandidates, LineCandidates, Text};
use crate::finding::Syntax;
use crate::source::git::pack::{Instruction, UnappliedDelta, append};

/// The least length, in bytes, of a copied run that is examined. A shorter run holds one line or
/// none, and searching it costs less than finding it. Tests have short texts and examine every run.
const SHORTEST_RUN: usize = if cfg!(any(test, feature = "fuzzing")) {
    1
} else {
    64
};

/// Consecutive whole lines that a text inherits from its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InheritedLines {
    /// Their byte range in the text.
    pub child: Range<usize>,
    /// The offset at which they begin in the base.
    pub base: usize,
}

/// Finds most of the lines that a text of `length` bytes inherits from its base, in order. The byte
/// before the line end that precedes a line must be the same, too: a rule may examine it. Only the
/// lines of the base before `known` were searched: that is the start of a line, or the end.
pub(crate) fn find(
    changes: &[Instruction],
    base: &[u8],
    known: usize,
    length: usize,
    out: &mut Vec<InheritedLines>,
) {
    out.clear();
    for step in changes {
        let (Some(mut taken), mut made) = (step.taken(), step.made()) else {
            continue;
        };
        if taken.end > known {
            let unknown = (taken.end - known).min(taken.len());
            (taken.end, made.end) = (taken.end - unknown, made.end - unknown);
        }
        if let Some(lines) = whole_lines(&made, &taken, &base[taken.clone()], length, base.len()) {
            let child = made.start + lines.start..made.start + lines.end;
            out.push(InheritedLines {
                child,
                base: taken.start + lines.start,
            });
        }
    }
}

/// The end of the lines of a text that were searched whole, if its candidates are known up to this
/// offset.
pub(crate) fn known_lines(text: &[u8], known_to: Option<usize>) -> usize {
    known_to.map_or(text.len(), |at| {
        memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
    })
}

/// The range of the copied `bytes` that is whole lines in both texts. The bytes are `made` in a
/// text of `length` bytes, and `taken` in a base of `base` bytes.
#[inline(always)]
fn whole_lines(
    made: &Range<usize>,
    taken: &Range<usize>,
    bytes: &[u8],
    length: usize,
    base: usize,
) -> Option<Range<usize>> {
    if bytes.len() < SHORTEST_RUN {
        return None;
    }
    let start = if made.start == 0 && taken.start == 0 {
        0
    } else {
        memchr::memchr(b'\n', bytes.get(1..)?)? + 2
    };
    let end = if made.end == length && taken.end == base {
        bytes.len()
    } else {
        memchr::memrchr(b'\n', bytes)? + 1
    };
    (start < end).then_some(start..end)
}

/// Copies the lines that a text does not inherit into `buffer`, without building the text, and
/// stores their ranges in the buffer in `others`. Before each run of lines are the two bytes that
/// precede it in the text, if there are as many: a rule may examine them. Returns false if the text
/// is binary while its base is not, or if the delta is damaged.
pub(crate) fn copy_other_lines<S>(
    delta: &UnappliedDelta<S>,
    buffer: &mut Vec<u8>,
    others: &mut Vec<Range<usize>>,
) -> bool {
    let (length, base) = (delta.size() as usize, delta.base.len());
    buffer.clear();
    others.clear();
    let mut start = 0;
    let whole = delta.follow(|step, source| {
        let made = step.made();
        let bytes = &source[..made.len()];
        if has_nul(&step, bytes) {
            return false;
        }
        let Some(inherited) = step
            .taken()
            .and_then(|taken| whole_lines(&made, &taken, bytes, length, base))
        else {
            append(buffer, source, made.len());
            return true;
        };
        append(buffer, source, inherited.start);
        if start == buffer.len() {
            // There are no other lines: the preceding bytes precede nothing.
            buffer.truncate(others.last().map_or(0, |last| last.end));
        } else {
            others.push(start..buffer.len());
        }
        // Lines at the beginning of a text may be shorter than two bytes.
        let before = inherited.end.min(2);
        start = buffer.len() + before;
        append(
            buffer,
            &source[inherited.end - before..],
            made.len() - inherited.end + before,
        );
        true
    });
    if start < buffer.len() {
        others.push(start..buffer.len());
    }
    whole
}

/// The text of `child`, with the encoding that [`Text::new`] would determine. If the base is plain,
/// bytes that the child copies from the first bytes of the base need not be examined.
pub(crate) fn version_text<'t>(
    changes: &[Instruction],
    child: &'t [u8],
    base: Encoding,
) -> Text<'t> {
    if base != Encoding::Plain {
        return Text::new(child, Syntax::Unknown);
    }
    let has_nul = changes
        .iter()
        .any(|step| has_nul(step, &child[step.made()]));
    Text::with_nul(child, Syntax::Unknown, has_nul)
}

/// Whether one of the `bytes` that a step makes is a NUL byte that makes the text binary. The base
/// is not binary.
#[inline(always)]
fn has_nul(step: &Instruction, bytes: &[u8]) -> bool {
    let start = step.made().start;
    if start >= Encoding::NUL_PREFIX {
        return false;
    }
    let bytes = &bytes[..bytes.len().min(Encoding::NUL_PREFIX - start)];
    let known = step
        .taken()
        .is_some_and(|taken| taken.start + bytes.len() <= Encoding::NUL_PREFIX);
    !known && memchr::memchr(0, bytes).is_some()
}

/// The lines of a text of `length` bytes that are not inherited, in order.
pub(crate) fn other_lines(
    inherited: &[InheritedLines],
    length: usize,
) -> impl Iterator<Item = Range<usize>> + Clone + '_ {
    let ends = std::iter::once(0).chain(inherited.iter().map(|lines| lines.child.end));
    let starts = inherited
        .iter()
        .map(|lines| lines.child.start)
        .chain([length]);
    ends.zip(starts)
        .map(|(start, end)| start..end)
        .filter(|range| !range.is_empty())
}

/// Adds the candidates that `base` has in the inherited lines to those of the text.
pub(crate) fn inherit(
    base: &InheritableCandidates,
    inherited: &[InheritedLines],
    candidates: &mut LineCandidates,
) {
    for InheritedLines { child, base: start } in inherited {
        base.copy_lines(*start..start + child.len(), child.start, candidates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(from: u32, at: u32, length: u32) -> Instruction {
        Instruction::Copy { from, at, length }
    }

    #[test]
    fn only_whole_lines_are_inherited() {
        let mut out = Vec::new();
        let base = b"one\ntwo\nthree\nfour";
        // The child has "2" in place of "two".
        find(
            &[
                copy(0, 0, 4),
                Instruction::Insert { at: 4, length: 1 },
                copy(7, 5, 11),
            ],
            base,
            base.len(),
            16,
            &mut out,
        );
        // The byte before the line end that precedes "three" differs.
        assert_eq!(
            out,
            [
                InheritedLines {
                    child: 0..4,
                    base: 0
                },
                InheritedLines {
                    child: 12..16,
                    base: 14
                }
            ]
        );
        assert!(other_lines(&out, 16).eq(std::iter::once(4..12)));
        // Cut at the end: the last line has become another one.
        find(&[copy(0, 0, 16)], base, base.len(), 16, &mut out);
        assert_eq!(
            out,
            [InheritedLines {
                child: 0..14,
                base: 0
            }]
        );
        // A byte precedes the first line.
        find(
            &[Instruction::Insert { at: 0, length: 1 }, copy(0, 1, 18)],
            base,
            base.len(),
            19,
            &mut out,
        );
        assert_eq!(
            out,
            [InheritedLines {
                child: 5..19,
                base: 4
            }]
        );
        find(&[copy(1, 0, 2)], base, base.len(), 2, &mut out);
        assert_eq!(out, []);
        assert!(other_lines(&out, 2).eq(std::iter::once(0..2)));
        // Lines that were not searched in the base are not inherited.
        find(&[copy(0, 0, 18)], base, 8, 18, &mut out);
        assert_eq!(
            out,
            [InheritedLines {
                child: 0..8,
                base: 0
            }]
        );
        find(&[copy(4, 0, 14)], base, 4, 14, &mut out);
        assert_eq!(out, []);
        assert_eq!(other_lines(&out, 0).count(), 0);
    }

    #[test]
    fn nul_bytes_are_found_where_they_come_from() {
        let is_binary = |changes: &[Instruction], child: &[u8], base| {
            !version_text(changes, child, base).is_plain()
        };
        let mut base = vec![b'a'; 9000];
        base[8500] = 0;
        let moved = |from: usize| [&base[..100], &base[from..]].concat();
        let changes = |from: u32| [copy(0, 0, 100), copy(from, 100, 9000 - from)];
        assert!(!is_binary(&changes(100), &moved(100), Encoding::Plain));
        assert!(is_binary(&changes(1000), &moved(1000), Encoding::Plain));
        // The NUL byte is there, beyond the bytes that are examined.
        assert!(!is_binary(&changes(550), &moved(550), Encoding::Plain));
        assert!(is_binary(
            &[Instruction::Insert { at: 0, length: 1 }],
            b"\0",
            Encoding::Plain
        ));
        assert!(!is_binary(
            &[Instruction::Insert { at: 0, length: 1 }],
            b"x",
            Encoding::Binary
        ));
    }
}
