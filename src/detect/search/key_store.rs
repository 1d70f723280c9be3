//! Key stores, which are a text as a whole: a file, or what is behind base64 or hex.

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::event::Event;
use crate::detect::proof::key_store::{Contents, StoreFormat};
use crate::secret::SecretValue;

impl LineSearch<'_, '_> {
    /// Marks the beginning of a text that may be a store. Its first line alone tells that; the rest is read when the text is known.
    pub(super) fn key_store_start(&mut self) {
        /// Bytes that tell it: fewer than any store has.
        const TELLING: usize = 4;
        for &(format, rule) in &self.index.stores {
            if format.may_begin(self.text.bytes) {
                self.defer(rule, 0..TELLING.min(self.text.bytes.len()));
            }
        }
    }

    /// The store that the text begins with.
    pub(super) fn key_store(&mut self, rule: usize, format: StoreFormat) {
        let Some(store) = format.read(self.text.bytes) else {
            return self
                .trace
                .record(|| Event::AnchorOnly { rule, anchor: 0..1 });
        };
        let range = 0..store.length;
        if store.contents == Contents::Certificates {
            return self.reject(rule, range, "no-private-key");
        }
        let value = SecretValue::new(self.text.bytes[range.clone()].to_vec());
        self.prove(Match::new(
            rule,
            &self.index.rules[rule],
            range,
            value,
            Vec::new(),
        ));
    }
}
