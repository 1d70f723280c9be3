//! The private members of JSON Web Keys (see [`json_web_key`]).

use std::ops::Range;
use std::sync::Arc;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::event::Event;
use crate::detect::filters;
use crate::detect::formats::json_web_key;
use crate::finding::Context;
use crate::secret::SecretValue;

impl LineSearch<'_, '_> {
    /// Reads the private members of the key that has its kind at `anchor`.
    #[expect(clippy::disallowed_methods, reason = "filters examine the value")]
    pub(super) fn json_web_key(&mut self, rule: usize, anchor: &Range<usize>) {
        // Each byte is read for one key only, so that hostile text costs no more.
        let slot = self.slot(rule);
        let from = self.states[slot].from;
        if from > anchor.start {
            return;
        }
        let bytes = self.text.bytes;
        let (members, seen) = json_web_key::read(bytes, anchor, from);
        self.states[slot].from = seen;
        if members.is_empty() {
            return self.trace.record(|| Event::AnchorOnly {
                rule,
                anchor: anchor.clone(),
            });
        }
        let spec = &self.index.rules[rule];
        for member in members {
            let range = member.value;
            let value = SecretValue::new(bytes[range.clone()].to_vec());
            if let Some(filter) = filters::reject_pattern(value.expose()) {
                self.reject(rule, range, filter);
                continue;
            }
            if filters::entropy(value.expose()) < spec.min_entropy {
                self.reject(rule, range, "low-entropy");
                continue;
            }
            let context = Context {
                key: Some(String::from_utf8_lossy(&bytes[member.name]).into_owned()),
                ..Context::default()
            };
            let found = Match::new(rule, spec, range, value, Vec::new());
            self.prove(Match {
                context: Arc::new(context),
                ..found
            });
        }
    }
}
