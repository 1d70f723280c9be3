//! Finds the literals with escapes that anchors lie in: texts within a text.

use std::ops::Range;

use super::line_search::LineSearch;
use crate::detect::candidate::EncodedSpan;
use crate::detect::line_quotes::LineQuotes;
use crate::finding::{Decoding, Syntax};
use crate::steps;

impl LineSearch<'_, '_> {
    /// Adds the literal that begins at `start` to the encoded spans: the line of an assignment in its text has escapes.
    pub(super) fn literal_around(&mut self, start: usize, word: &Range<usize>) {
        /// Bytes of the line that are looked at.
        const AHEAD: usize = 4096;
        let is_known = |last: &EncodedSpan| last.range.start == start;
        if start >= word.start || self.found.encoded.last().is_some_and(is_known) {
            return;
        }
        let bytes = &self.text.bytes[..self.text.bytes.len().min(word.end + AHEAD)];
        let line = memchr::memchr(b'\n', &bytes[word.end..]);
        let line = word.end..line.map_or(bytes.len(), |length| word.end + length);
        steps::count(line.len());
        if memchr::memchr(b'\\', &bytes[line.clone()]).is_none() {
            return;
        }
        self.tokens += 1;
        self.is_full |= self.tokens > self.index.limits.marks;
        self.found.encoded.push(EncodedSpan {
            range: start..line.end,
            step: Decoding::Expression(self.text.syntax),
        });
    }

    /// Adds the literal around an anchor to the encoded spans, if it has escapes.
    pub(super) fn escaped_literal(&mut self, anchor: &Range<usize>) {
        // A literal of a unit of systemd is a word of a setting, and no text.
        let has_texts = self.text.is_plain() && self.text.syntax != Syntax::Systemd;
        if !has_texts || anchor.start < self.literal_end {
            return;
        }
        let bytes = self.text.bytes;
        if !(self.quotes.line.start <= anchor.start && anchor.start <= self.quotes.line.end) {
            let has_triple = has_triple_quotes(self.text.syntax);
            self.quotes = LineQuotes::of_line(bytes, anchor.start, has_triple);
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

/// Whether a syntax has literals in three quotes.
fn has_triple_quotes(syntax: Syntax) -> bool {
    matches!(
        syntax,
        Syntax::Toml
            | Syntax::Python
            | Syntax::Java
            | Syntax::Kotlin
            | Syntax::Groovy
            | Syntax::Gradle
            | Syntax::Scala
            | Syntax::CSharp
            | Syntax::Swift
            | Syntax::Dart
    )
}
