//! Lines and columns of a text.

use std::ops::Range;

use crate::steps;

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

/// The mark at the end of each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// A byte `\n`.
    Byte,
    /// A unit of two bytes at an even offset: UTF-16.
    Unit([u8; 2]),
}

/// The positions of some ranges of a text, in the order of the ranges, as [`Lines`] gives them. Line
/// ends are counted once, from the first range to the last, however long the lines are.
pub fn positions(text: &[u8], line_end: LineEnd, ranges: &[Range<usize>]) -> Vec<Position> {
    let last = |range: &Range<usize>| range.end.max(range.start + 1) - 1;
    let places = |offset: &dyn Fn(&Range<usize>) -> usize| {
        let mut order: Vec<(usize, usize)> = ranges.iter().map(offset).zip(0..).collect();
        order.sort_unstable();
        let mut cursor = LineCursor::new(text, line_end);
        let mut places = vec![(0, 0); ranges.len()];
        for (at, number) in order {
            places[number] = cursor.place(at);
        }
        places
    };
    let (starts, ends) = (places(&|range| range.start), places(&last));
    let position = |((line, column), (end_line, end_column))| Position {
        line,
        column,
        end_line,
        end_column,
    };
    starts.into_iter().zip(ends).map(position).collect()
}

/// Turns offsets in order into lines and columns.
struct LineCursor<'a> {
    text: &'a [u8],
    line_end: LineEnd,
    /// The offset up to which line ends are counted, their number, and the offset behind the last.
    at: usize,
    ends: u64,
    line_start: usize,
}

impl<'a> LineCursor<'a> {
    fn new(text: &'a [u8], line_end: LineEnd) -> Self {
        Self {
            text,
            line_end,
            at: 0,
            ends: 0,
            line_start: 0,
        }
    }

    /// The line and column of an offset that is not before the last one.
    fn place(&mut self, at: usize) -> (u64, u64) {
        steps::count(at - self.at);
        let (from, passed) = (self.at, &self.text[self.at..at]);
        match self.line_end {
            LineEnd::Byte => {
                for found in memchr::memchr_iter(b'\n', passed) {
                    self.ends += 1;
                    self.line_start = from + found + 1;
                }
                self.at = at;
            }
            LineEnd::Unit(mark) => {
                // A unit of which only the first byte was passed is looked at again.
                let units = passed.as_chunks::<2>().0;
                for (number, _) in units.iter().enumerate().filter(|(_, unit)| **unit == mark) {
                    self.ends += 1;
                    self.line_start = from + 2 * number + 2;
                }
                self.at = from + 2 * units.len();
            }
        }
        (self.ends + 1, (at - self.line_start + 1) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_on_is_counting(text in "[a\n]{1,40}", ranges in proptest::collection::vec((0usize..40, 0usize..6), 1..5)) {
            let within = |(start, length): (usize, usize)| {
                let start = start % text.len();
                start..(start + length).min(text.len())
            };
            let ranges: Vec<_> = ranges.into_iter().map(within).collect();
            let lines = Lines::of(text.as_bytes());
            let expected: Vec<_> = ranges.iter().map(|range| lines.position(range)).collect();
            prop_assert_eq!(positions(text.as_bytes(), LineEnd::Byte, &ranges), expected);
        }
    }

    #[test]
    fn lines_of_units_end_at_even_offsets() {
        let text = b"a\0\n\0\0\n\n\0b\0";
        let found = positions(text, LineEnd::Unit([b'\n', 0]), &[8..10, 4..6, 0..2, 2..4]);
        let lines: Vec<_> = found.iter().map(|at| (at.line, at.column)).collect();
        assert_eq!(lines, [(3, 1), (2, 1), (1, 1), (1, 3)]);
        assert_eq!((found[1].end_line, found[1].end_column), (2, 2));
    }

    #[test]
    fn a_long_line_is_counted_twice_at_most() {
        let text = vec![b'a'; 100_000];
        let ranges: Vec<_> = (0..50_000).map(|n| 2 * n..2 * n + 1).collect();
        steps::take();
        positions(&text, LineEnd::Byte, &ranges);
        assert!(steps::take() <= 2 * text.len());
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
