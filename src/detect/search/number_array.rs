//! Keys that are written as arrays of numbers (see [`byte_array`]).

use std::ops::Range;
use std::sync::Arc;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::formats::byte_array;
use crate::finding::{Confidence, Context, Decoding};
use crate::secret::SecretValue;

impl LineSearch<'_, '_> {
    /// Leaves an array of numbers until the whole text is known, if one may be assigned to the name that ends in the
    /// word. False if there is none.
    pub(super) fn may_be_array(&mut self, word: &Range<usize>) -> bool {
        let bytes = self.text.bytes;
        let Some(name) = byte_array::name_before_array(bytes, word) else {
            return false;
        };
        let Some(rule) = self.rule_of_name(&name, None) else {
            return false;
        };
        self.defer(rule, word.clone());
        true
    }

    /// Makes a candidate of the array that is assigned to the name that ends in the word. False if there is none.
    pub(super) fn number_array(&mut self, rule: usize, word: &Range<usize>) -> bool {
        let bytes = self.text.bytes;
        let Some(array) = byte_array::read(bytes, word) else {
            return false;
        };
        let spec = &self.index.rules[rule];
        let context = Context {
            key: Some(String::from_utf8_lossy(&bytes[array.name]).into_owned()),
            ..Context::default()
        };
        let value = SecretValue::new(array.bytes);
        let found = Match::new(rule, spec, array.range, value, vec![Decoding::Numbers]);
        self.add(Match {
            confidence: Confidence::Medium.min(spec.confidence),
            context: Arc::new(context),
            ..found
        });
        true
    }
}
