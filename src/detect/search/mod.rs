//! Finds candidates around anchors, line by line.
//!
//! The candidates of a line depend on that line alone, so a line that two versions of a file share
//! is searched in only one of them. Rules that need more than a line leave an anchor
//! (`CrossLineAnchor`), and are searched when the whole text is known (see [`super::resolve`]).

use std::ops::Range;

use super::candidate::{CrossLineAnchor, EncodedSpan};
use super::compile::Matcher;
use super::encoded;
use super::file_kind::FileKind;
use super::formats::{json_web_key, kubernetes_data, object_members};
use super::rule_index::AnchorUse;
use crate::cancel;
use crate::finding::Decoding;

mod assignment;
mod assignment_confidence;
mod escape_boundary;
mod key_store;
mod kubernetes_secret;
mod line_search;
mod literal_spans;
mod number_array;
mod pattern_search;
mod program_text;
mod token_after_escape;
mod typed_object;
mod web_key;

#[cfg(test)]
pub(super) use escape_boundary::escape_end;
pub(super) use line_search::LineSearch;
#[cfg(test)]
pub(super) use pattern_search::SEARCHED;

/// A text is searched in blocks of whole lines of about so many bytes, so that the anchors of few of
/// them are in memory, and a request to stop is soon seen.
const BLOCK: usize = 256 * 1024;

/// The end of the block that begins at `start`: the end of a line.
fn block_end(text: &[u8], start: usize, end: usize) -> usize {
    if end - start <= 2 * BLOCK {
        return end;
    }
    match memchr::memrchr(b'\n', &text[start..start + BLOCK]) {
        Some(last) => start + last + 1,
        None => memchr::memchr(b'\n', &text[start + BLOCK..end])
            .map_or(end, |first| start + BLOCK + first + 1),
    }
}

impl LineSearch<'_, '_> {
    /// Searches whole lines. Ranges must be given in order, and no line twice. Ends early when the
    /// text has reached a limit, or, in a long range, when the scan must stop: names are redacted
    /// even then, and short.
    pub(super) fn lines(&mut self, range: Range<usize>) {
        let mut start = range.start;
        while start < range.end && self.is_complete() {
            if start > range.start && cancel::stopped() {
                return self.stop();
            }
            let end = block_end(self.text.bytes, start, range.end);
            self.block(start..end);
            start = end;
        }
    }

    /// Searches whole lines, of which those that are longer than [`BLOCK`] are alone.
    fn block(&mut self, range: Range<usize>) {
        if range.len() <= 2 * BLOCK {
            self.anchors(range.clone(), range.start);
        } else {
            // The anchors of a part of the line are those that end in it. Some of them may begin
            // before it.
            let longest = self.index.longest_anchor;
            for part in range.clone().step_by(BLOCK) {
                let end = range.end.min(part + BLOCK);
                let from = range.start.max(part.saturating_sub(longest));
                self.anchors(from..end, part);
                if end > self.last_end {
                    break;
                }
                if cancel::stopped() {
                    return self.stop();
                }
            }
        }
        if range.start == 0 {
            self.key_store_start();
        }
        if !self.text.is_plain() {
            return;
        }
        encoded::encoded_runs(self.text.bytes, range.clone(), |run| {
            self.found.encoded.push(run)
        });
        if self.text.kind == FileKind::Login {
            self.whole_lines(range.clone());
        }
        if self.is_full {
            self.close(range.end);
        }
    }

    /// Searches around the anchors in a range that end behind `after`, from left to right.
    fn anchors(&mut self, range: Range<usize>, after: usize) {
        let index = self.index;
        let mut hits = std::mem::take(&mut self.hits);
        let (range_start, searched) = (range.start, range.clone());
        index.finder.find(self.text.bytes, range, |number, place| {
            hits.push((place.end, place.start, number))
        });
        // A rule takes its anchors from left to right.
        hits.sort_unstable();
        let first = hits.partition_point(|&(end, ..)| end <= after);
        // Without a backslash, no literal has an escape. The line of the first anchor may begin before the range.
        let may_escape = first < hits.len()
            && (after > range_start
                || memchr::memchr(b'\\', &self.text.bytes[searched.clone()]).is_some());
        for &(end, start, number) in &hits[first..] {
            if end > self.last_end {
                break;
            }
            let anchor = start..end;
            self.anchor = anchor.start;
            for &wanted in &index.uses[number as usize] {
                self.use_anchor(wanted, &anchor);
            }
            if anchor.start >= self.escaped_end
                && let Some(step) = encoded::escape_after(self.text.bytes, anchor.end)
            {
                self.escaped_token(step, &anchor);
            }
            if may_escape {
                self.escaped_literal(&anchor);
            }
            if self.is_full {
                self.close(end);
            }
        }
        hits.clear();
        self.hits = hits;
    }

    #[inline]
    fn use_anchor(&mut self, wanted: AnchorUse, anchor: &Range<usize>) {
        match wanted {
            AnchorUse::Pattern(rule) => self.pattern(rule, anchor.clone()),
            AnchorUse::CrossLine(rule) => self.defer(rule, anchor.clone()),
            AnchorUse::ObjectType(rule)
                if self.text.is_plain() && object_members::is_type(self.text.bytes, anchor) =>
            {
                self.defer(rule, anchor.clone());
            }
            AnchorUse::Kind(rule)
                if self.text.is_plain() && kubernetes_data::is_kind(self.text.bytes, anchor) =>
            {
                self.defer(rule, anchor.clone());
            }
            AnchorUse::WebKey(rule)
                if self.text.is_plain() && json_web_key::is_kind(self.text.bytes, anchor) =>
            {
                self.defer(rule, anchor.clone());
            }
            AnchorUse::ObjectType(_) | AnchorUse::Kind(_) | AnchorUse::WebKey(_) => {}
            AnchorUse::NameEnd => {
                // Some anchors have the sign beside the word.
                let is_sign = |byte: &u8| !byte.is_ascii_alphanumeric();
                let bytes = &self.text.bytes[anchor.clone()];
                let signs = bytes.iter().rev().take_while(|&byte| is_sign(byte)).count();
                self.name(anchor.start..anchor.end - signs);
            }
            AnchorUse::EscapedUri(step) if encoded::is_uri_behind(self.text.bytes, anchor.end) => {
                self.escaped_token(step, anchor);
            }
            AnchorUse::EscapedUri(_) => {}
        }
    }

    /// Adds the escaped token around an anchor to the encoded spans.
    fn escaped_token(&mut self, step: Decoding, anchor: &Range<usize>) {
        if !self.text.is_plain() || anchor.start < self.escaped_end {
            return;
        }
        let range = encoded::unspaced_token(self.text.bytes, anchor);
        self.escaped_end = range.end;
        self.tokens += 1;
        self.is_full |= self.tokens > self.index.limits.marks;
        self.found.encoded.push(EncodedSpan { range, step });
    }

    /// Searches around an anchor of a cross-line rule. Anchors must be given in order.
    pub(super) fn around(&mut self, anchor: &CrossLineAnchor) {
        let (rule, range) = (anchor.rule, &anchor.range);
        self.anchor = range.start;
        match &self.index.rules[rule].matcher {
            Matcher::Pattern(_) => self.pattern(rule, range.clone()),
            Matcher::Kubernetes(_) => self.kubernetes_secret(rule, range.start),
            Matcher::Names(_) => self.deferred_name(rule, range.clone()),
            Matcher::Object { members, .. } => self.typed_object(rule, members, range),
            Matcher::WebKey(_) => self.json_web_key(rule, range),
            Matcher::Store(format) => self.key_store(rule, *format),
            Matcher::Lines(_) => {}
        }
    }
}
