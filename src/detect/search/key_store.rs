//! Key stores. A store is a whole text: a file, or the decoded text of base64 or hex.

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::event::Event;
use crate::detect::proof::key_store::{Contents, StoreFormat};
use crate::secret::SecretValue;

impl LineSearch<'_, '_> {
    /// Defers the reading of a text that may be a store. The first line shows that it may be one;
    /// the rest is read when the whole text is known.
    pub(super) fn key_store_start(&mut self) {
        /// Bytes at the start that identify a store.
        const MAGIC: usize = 4;
        for &(format, rule) in &self.index.stores {
            if format.may_begin(self.text.bytes) {
                self.defer(rule, 0..MAGIC.min(self.text.bytes.len()));
            }
        }
    }

    /// Reads the store at the start of the text.
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
