//! Evidence in the text around a value: a rule with `near` counts only where other words show what its value is for.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

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
    pub(super) fn are_beside(&self, text: &[u8], range: &Range<usize>) -> bool {
        let before = &text[range.start.saturating_sub(BESIDE)..range.start];
        let behind = &text[range.end..text.len().min(range.end + BESIDE)];
        let words = self.compiled.get_or_init(|| self.compile().ok()).as_ref();
        words.is_some_and(|words| words.is_match(before) || words.is_match(behind))
    }
}
