//! Finds the literals with escapes that anchors lie in: texts within a text.

use std::ops::Range;

use super::line_search::LineSearch;
use crate::detect::candidate::EncodedSpan;
use crate::finding::Decoding;
use crate::steps;

/// The quotes of the current line, read as far as the last anchor.
#[derive(Clone, Debug, Default)]
pub(super) struct LineQuotes {
    /// The line, without its line end.
    line: Range<usize>,
    /// Whether the line has a backslash: without one, no literal on it has an escape.
    has_backslash: bool,
    /// The offset up to which the line has been read.
    at: usize,
    /// The start of the literal that is open there, and its quote.
    open: Option<(usize, u8)>,
}

impl LineQuotes {
    /// Reads the line up to `at`.
    fn read_to(&mut self, text: &[u8], at: usize) {
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

impl LineSearch<'_, '_> {
    /// Adds the literal around an anchor to the encoded spans, if it has escapes.
    pub(super) fn escaped_literal(&mut self, anchor: &Range<usize>) {
        if !self.text.is_plain() || anchor.start < self.literal_end {
            return;
        }
        let bytes = self.text.bytes;
        if !(self.quotes.line.start <= anchor.start && anchor.start <= self.quotes.line.end) {
            let start = memchr::memrchr(b'\n', &bytes[..anchor.start]).map_or(0, |at| at + 1);
            let end = memchr::memchr(b'\n', &bytes[anchor.start..])
                .map_or(bytes.len(), |at| anchor.start + at);
            self.quotes = LineQuotes {
                line: start..end,
                has_backslash: memchr::memchr(b'\\', &bytes[start..end]).is_some(),
                at: start,
                open: None,
            };
        }
        if !self.quotes.has_backslash {
            return;
        }
        self.quotes.read_to(bytes, anchor.start);
        let Some((start, _)) = self.quotes.open else {
            return;
        };
        let mut quotes = self.quotes.clone();
        let line_end = quotes.line.end;
        while quotes.open.is_some() && quotes.at < line_end {
            quotes.read_to(bytes, quotes.at + 1);
        }
        let end = quotes.at.min(line_end);
        self.literal_end = end;
        if memchr::memchr(b'\\', &bytes[start..end]).is_none() {
            return;
        }
        self.tokens += 1;
        self.is_full |= self.tokens > self.index.limits.marks;
        self.found.encoded.push(EncodedSpan {
            range: start..end,
            step: Decoding::Expression(self.text.syntax),
        });
    }
}
