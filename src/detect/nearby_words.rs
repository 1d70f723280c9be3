//! Evidence in the text around a value: a rule with `near` counts only where other words show what its value is for.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::candidate::{Match, RejectionCounts};
use super::compile::Rule;
use super::event::Trace;
use super::searched_text::Text;

/// Bytes to either side of a value that are looked at, on any line.
const BESIDE: usize = 512;

/// An expression for the words, compiled when the first value needs it.
#[derive(Debug)]
pub struct NearbyWords {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl NearbyWords {
    /// The words that an expression describes.
    pub(super) fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            compiled: OnceLock::new(),
        }
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.source).unicode(false).build()
    }

    /// The reason why the expression does not compile; `None` if it does.
    pub(super) fn mistake(&self) -> Option<String> {
        self.compile().err().map(|error| error.to_string())
    }

    /// Whether the words are beside the value at `range`.
    fn are_beside(&self, text: &[u8], range: &Range<usize>) -> bool {
        let before = &text[range.start.saturating_sub(BESIDE)..range.start];
        let behind = &text[range.end..text.len().min(range.end + BESIDE)];
        let words = self.compiled.get_or_init(|| self.compile().ok()).as_ref();
        words.is_some_and(|words| words.is_match(before) || words.is_match(behind))
    }
}

/// Rejects the matches whose rules need words that are not near. `matches` are of this text itself, not of texts that are
/// encoded in it.
pub(super) fn reject_without_words(
    rules: &[Rule],
    text: Text,
    matches: &mut Vec<Match>,
    rejected: &mut RejectionCounts,
    trace: &mut Trace,
) {
    // The matches of a text in UTF-16 were compared with the decoded text.
    if !text.is_plain() {
        return;
    }
    matches.retain(|found| {
        let Some(words) = &rules[found.rule].near else {
            return true;
        };
        let are_near = words.are_beside(text.bytes, &found.range);
        if !are_near {
            rejected.reject(found, "no-context", trace);
        }
        are_near
    });
}
