//! Facts about parts of a text, each read when it is first needed, and once. So a text with many matches costs no more
//! than one pass, and a text without matches costs nothing.

use std::cell::OnceCell;
use std::ops::Range;

use crate::steps;

/// Bytes of a part. The surroundings of a place are its own part and those beside it.
const PART: usize = 16 * 1024;
/// Bytes of a line that a part reaches into the next one.
const LINE: usize = 4 * 1024;

/// The parts of a text, with a fact of type `T` about each.
pub(super) struct TextParts<'t, T> {
    bytes: &'t [u8],
    parts: Vec<OnceCell<T>>,
}

impl<'t, T> TextParts<'t, T> {
    /// The parts of a text.
    pub fn of(bytes: &'t [u8]) -> Self {
        let count = bytes.len().div_ceil(PART);
        Self {
            bytes,
            parts: std::iter::repeat_with(OnceCell::new).take(count).collect(),
        }
    }

    /// The facts about the surroundings of a place; `read` finds those of a part from its lines.
    pub fn around(&self, at: usize, read: impl Fn(&'t [u8]) -> T) -> impl Iterator<Item = &T> {
        let own = at / PART;
        let last = (own + 1).min(self.parts.len().saturating_sub(1));
        (own.saturating_sub(1)..=last).filter_map(move |part| {
            let cell = self.parts.get(part)?;
            Some(cell.get_or_init(|| {
                let lines = self.lines_of(part);
                steps::count(lines.len());
                read(&self.bytes[lines])
            }))
        })
    }

    /// The range of the surroundings of a place.
    pub fn range_around(at: usize) -> Range<usize> {
        let own = at / PART;
        own.saturating_sub(1) * PART..(own + 2) * PART
    }

    /// The lines that begin in a part; of a long line, the bytes in the part.
    fn lines_of(&self, part: usize) -> Range<usize> {
        let length = self.bytes.len();
        let next_line = |at: usize| {
            let at = at.min(length);
            match memchr::memchr(b'\n', &self.bytes[at..length.min(at + LINE)]) {
                Some(end) if at > 0 => at + end + 1,
                _ => at,
            }
        };
        let (start, end) = (next_line(part * PART), next_line((part + 1) * PART));
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_once_and_have_whole_lines() {
        let text = "0123456\n".repeat(10_000);
        let parts: TextParts<usize> = TextParts::of(text.as_bytes());
        let reads = std::cell::Cell::new(0);
        let lines = |at| {
            let count = |lines: &[u8]| {
                reads.set(reads.get() + 1);
                assert!(lines.starts_with(b"0") && lines.ends_with(b"\n"));
                lines.len() / 8
            };
            parts.around(at, count).sum::<usize>()
        };
        assert!(lines(0) > PART / 8 && lines(3 * PART) > 2 * PART / 8);
        assert!(lines(3 * PART + 9) > 0 && lines(text.len() - 1) > 0);
        assert_eq!(reads.get(), 5);
        assert_eq!(
            TextParts::<usize>::of(b"").around(0, <[u8]>::len).count(),
            0
        );
    }
}
