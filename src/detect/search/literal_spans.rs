//! Finds the literals with escapes that anchors lie in: texts within a text.

use std::ops::Range;

use super::line_search::LineSearch;
use crate::detect::candidate::EncodedSpan;
use crate::detect::line_quotes::LineQuotes;
use crate::finding::{Decoding, Syntax};

impl LineSearch<'_, '_> {
    /// Adds the literal around an anchor to the encoded spans, if it has escapes.
    pub(super) fn escaped_literal(&mut self, anchor: &Range<usize>) {
        // A literal of a unit of systemd is a word of a setting, and no text.
        let has_texts = self.text.is_plain() && self.text.syntax != Syntax::Systemd;
        if !has_texts || anchor.start < self.literal_end {
            return;
        }
        let bytes = self.text.bytes;
        if !(self.quotes.line.start <= anchor.start && anchor.start <= self.quotes.line.end) {
            self.quotes = LineQuotes::of_line(bytes, anchor.start);
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
