//! The values of Kubernetes Secrets.

use std::sync::Arc;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::decode;
use crate::detect::file_kind::FileKind;
use crate::detect::filters::{self, AssignedValue};
use crate::detect::formats::kubernetes_data;
use crate::finding::Context;
use crate::secret::SecretValue;

impl LineSearch<'_, '_> {
    /// Reads the values of the Kubernetes Secret around `at`.
    #[expect(
        clippy::disallowed_methods,
        reason = "filters and proofs examine the value"
    )]
    pub(super) fn kubernetes_secret(&mut self, rule: usize, at: usize) {
        if !self.text.is_plain()
            || !matches!(
                self.text.kind,
                FileKind::Config | FileKind::Unknown | FileKind::Prose
            )
        {
            return;
        }
        let slot = self.slot(rule);
        let done = self.states[slot].from;
        if at < done {
            return;
        }
        let bytes = self.text.bytes;
        let data = kubernetes_data::data(bytes, at, done);
        self.states[slot].from = data.end;
        for (key, range) in data.entries {
            let raw = &bytes[range.clone()];
            let decoding = decode::steps_of_base64(raw);
            let Some(value) = decode::apply(raw, &decoding).filter(|_| !decoding.is_empty()) else {
                continue;
            };
            let value = SecretValue::new(value);
            let plain = value.expose();
            let named = self.rule_of_name(&key);
            let key = &bytes[key];
            if !kubernetes_data::is_secret(key, plain) {
                continue;
            }
            // Long values are written by programs: keys, settings of registries. Filters for chosen
            // passwords would reject many of them.
            let candidate = AssignedValue {
                value: plain,
                key,
                quoted: true,
                settings: true,
            };
            let filter = if plain.len() < 64 {
                filters::reject_assignment(&candidate)
            } else {
                None
            };
            if let Some(filter) = filter.filter(|filter| *filter != "path-or-url") {
                self.reject(rule, range, filter);
                continue;
            }
            let spec = &self.index.rules[named.unwrap_or(rule)];
            let context = Context {
                key: Some(String::from_utf8_lossy(key).into_owned()),
                ..Context::default()
            };
            let found = Match::new(rule, spec, range, value, decoding);
            self.prove(Match {
                context: Arc::new(context),
                ..found
            });
        }
    }
}
