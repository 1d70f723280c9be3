//! Lines and columns of a text.

use std::ops::Range;

/// The lines and columns of a range of a text, 1-based. Columns count bytes; the end is inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line of the first byte.
    pub line: u64,
    /// Column of the first byte.
    pub column: u64,
    /// Line of the last byte.
    pub end_line: u64,
    /// Column of the last byte.
    pub end_column: u64,
}

/// Turns byte offsets of one text into lines and columns.
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    pub fn of(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self { starts }
    }

    /// The lines of a text in which they begin at these offsets, the first one at 0.
    pub fn starting_at(starts: Vec<usize>) -> Self {
        Self { starts }
    }

    /// The number of lines of a text of `length` bytes, as editors count: a line end at the end of
    /// the text begins no line.
    pub fn count(&self, length: usize) -> u64 {
        (self.starts.len() - usize::from(self.starts.last() == Some(&length))) as u64
    }

    /// The position of a range. An empty range has the position of its start.
    pub fn position(&self, range: &Range<usize>) -> Position {
        let place = |at: usize| {
            let line = self.starts.partition_point(|&start| start <= at);
            (line as u64, (at - self.starts[line - 1] + 1) as u64)
        };
        let (line, column) = place(range.start);
        let (end_line, end_column) = place(range.end.max(range.start + 1) - 1);
        Position {
            line,
            column,
            end_line,
            end_column,
        }
    }
}

/// Like [`Lines`], for a few ranges in order. Line ends are counted from one range to the next, and
/// not after the last one.
pub struct LineCursor<'a> {
    text: &'a [u8],
    /// The offset up to which line ends are counted, and their number.
    at: usize,
    ends: u64,
}

impl<'a> LineCursor<'a> {
    /// A cursor at the beginning of a text.
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            ends: 0,
        }
    }

    /// The position of a range, as [`Lines::position`] gives it. For a range before the last one,
    /// counting starts again.
    pub fn position(&mut self, range: &Range<usize>) -> Position {
        let (line, column) = self.place(range.start);
        let (end_line, end_column) = self.place(range.end.max(range.start + 1) - 1);
        Position {
            line,
            column,
            end_line,
            end_column,
        }
    }

    fn place(&mut self, at: usize) -> (u64, u64) {
        if at < self.at {
            (self.at, self.ends) = (0, 0);
        }
        self.ends += memchr::memchr_iter(b'\n', &self.text[self.at..at]).count() as u64;
        self.at = at;
        let start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |end| end + 1);
        (self.ends + 1, (at - start + 1) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_on_is_counting(text in "[a\n]{1,40}", ranges in proptest::collection::vec((0usize..40, 0usize..6), 1..5)) {
            let (lines, mut cursor) = (Lines::of(text.as_bytes()), LineCursor::new(text.as_bytes()));
            for (start, length) in ranges {
                let start = start % text.len();
                let range = start..(start + length).min(text.len());
                prop_assert_eq!(cursor.position(&range), lines.position(&range));
            }
        }
    }

    #[test]
    fn positions_are_one_based_and_inclusive() {
        let lines = Lines::of(b"ab\ncde\n\nf");
        assert_eq!(
            lines.position(&(0..2)),
            Position {
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 2
            }
        );
        assert_eq!(
            lines.position(&(4..9)),
            Position {
                line: 2,
                column: 2,
                end_line: 4,
                end_column: 1
            }
        );
    }
}
