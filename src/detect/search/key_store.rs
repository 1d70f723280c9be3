//! Key stores, which are a text as a whole: a file, or what is behind base64 or hex.

use super::LineSearch;
use crate::detect::engine::{CrossLineAnchor, Event, Match};
use crate::detect::proof::key_store::{Contents, StoreFormat};
use crate::secret::SecretValue;

impl LineSearch<'_, '_> {
    /// Marks the beginning of a text that may be a store. Its first line alone tells that; the rest is read when the text is known.
    pub(super) fn store_begins(&mut self) {
        /// Bytes that tell it: fewer than any store has.
        const TELLING: usize = 4;
        for &(format, rule) in &self.engine.stores {
            if format.may_begin(self.text.bytes) {
                self.local.cross_line.push(CrossLineAnchor {
                    rule,
                    anchor: 0..TELLING.min(self.text.bytes.len()),
                });
            }
        }
    }

    /// The store that the text begins with.
    pub(super) fn store(&mut self, rule: usize, format: StoreFormat) {
        let Some(store) = format.read(self.text.bytes) else {
            return self.tell(|| Event::AnchorOnly { rule, anchor: 0..1 });
        };
        let range = 0..store.length;
        if store.contents == Contents::Certificates {
            return self.reject(rule, range, "no-private-key");
        }
        let value = SecretValue::new(self.text.bytes[range.clone()].to_vec());
        self.prove(Match::new(
            rule,
            &self.engine.rules[rule],
            range,
            value,
            Vec::new(),
        ));
    }
}
