//! Finds candidates around anchors, line by line.
//!
//! The candidates of a line depend on that line alone, so a line that two versions of a file share
//! is searched in only one of them. Rules that need more than a line leave an anchor
//! (`CrossLineAnchor`), and are searched when the whole text is known (see [`super::resolve`]).

use std::ops::Range;

use super::candidate::{CrossLineAnchor, EncodedSpan};
use super::compile::Matcher;
use super::encoded;
use super::event::Event;
use super::file_kind::FileKind;
use super::formats::{object_members, read_value_below};
use super::rule_index::AnchorUse;
use crate::finding::Decoding;

mod assignment;
mod key_store;
mod kubernetes_secret;
mod line_search;
mod pattern_search;
mod typed_object;

pub(super) use line_search::LineSearch;
#[cfg(test)]
pub(super) use pattern_search::SEARCHED;

impl LineSearch<'_, '_> {
    /// Searches whole lines. Ranges must be given in order, and no line twice.
    pub(super) fn lines(&mut self, range: Range<usize>) {
        let index = self.index;
        let mut hits = std::mem::take(&mut self.hits);
        index
            .finder
            .find(self.text.bytes, range.clone(), |number, place| {
                hits.push((place.end, place.start, number))
            });
        // A rule takes its anchors from left to right.
        hits.sort_unstable();
        for (end, start, number) in hits.drain(..) {
            let anchor = start..end;
            self.anchor = anchor.start;
            for &wanted in &index.uses[number as usize] {
                self.use_anchor(wanted, &anchor);
            }
            if let Some(step) = encoded::escape_after(self.text.bytes, anchor.end) {
                self.escaped_token(step, &anchor);
            }
        }
        self.hits = hits;
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
            self.whole_lines(range);
        }
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
            AnchorUse::ObjectType(_) => {}
            AnchorUse::NameEnd => self.name(anchor.clone()),
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
        self.found.encoded.push(EncodedSpan { range, step });
    }

    /// Searches around an anchor of a cross-line rule. Anchors must be given in order.
    pub(super) fn around(&mut self, anchor: &CrossLineAnchor) {
        let (rule, range) = (anchor.rule, &anchor.range);
        self.anchor = range.start;
        match &self.index.rules[rule].matcher {
            Matcher::Pattern(_) => self.pattern(rule, range.clone()),
            Matcher::Kubernetes(_) => self.kubernetes_secret(rule, range.start),
            Matcher::Names(_) => match read_value_below(self.text.bytes, range, self.text.kind) {
                Ok(found) => self.assigned(rule, found),
                Err(why) => self.trace.record(|| Event::NotAssigned {
                    word: range.clone(),
                    why,
                }),
            },
            Matcher::Object { members, .. } => self.typed_object(rule, members, range),
            Matcher::Store(format) => self.key_store(rule, *format),
            Matcher::Lines(_) => {}
        }
    }
}
