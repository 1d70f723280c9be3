//! The quotes of one line, read from left to right by what all languages have in common.

use std::ops::Range;

use crate::steps;

/// The quotes of the current line, read as far as the last anchor.
#[derive(Clone, Debug, Default)]
pub(super) struct LineQuotes {
    /// The line, without its line end.
    pub line: Range<usize>,
    /// Whether the line has a backslash: without one, no literal on it has an escape.
    pub has_backslash: bool,
    /// The offset up to which the line has been read.
    pub at: usize,
    /// The start of the literal that is open there, and its quote.
    pub open: Option<(usize, u8)>,
}

impl LineQuotes {
    /// The quotes of the line around `at`, which has not been read.
    pub fn of_line(text: &[u8], at: usize) -> Self {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
        Self {
            line: start..end,
            has_backslash: memchr::memchr(b'\\', &text[start..end]).is_some(),
            at: start,
            open: None,
        }
    }

    /// Reads the line up to `at`.
    pub fn read_to(&mut self, text: &[u8], at: usize) {
        steps::count(at.saturating_sub(self.at));
        while self.at < at {
            let byte = text[self.at];
            match (byte, self.open) {
                (b'\\', _) => self.at += 1,
                (_, Some((_, quote))) if byte == quote => self.open = None,
                // An apostrophe within a word is none of these.
                (b'"' | b'\'' | b'`', None)
                    if self.at == self.line.start || !text[self.at - 1].is_ascii_alphanumeric() =>
                {
                    self.open = Some((self.at, byte));
                }
                _ => {}
            }
            self.at += 1;
        }
    }
}
