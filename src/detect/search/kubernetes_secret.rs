//! The values of Kubernetes Secrets.

use std::sync::Arc;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::decode;
use crate::detect::file_kind::FileKind;
use crate::detect::filters::{self, AssignedValue, PASSWORD_HASH};
use crate::detect::formats::kubernetes_data::{self, Entry, Form};
use crate::detect::reading;
use crate::finding::{Certainty, Context, Decoding};
use crate::secret::SecretValue;
use crate::steps;

impl LineSearch<'_, '_> {
    /// Reads the values of the Kubernetes Secrets in the document around `at`.
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
        let secrets = kubernetes_data::secrets(self.text.bytes, at, done);
        self.states[slot].from = secrets.document.end;
        for entry in secrets.entries {
            self.entry(rule, entry, secrets.document.end);
        }
    }

    /// Makes a candidate of an entry, unless a filter rejects it. An entry is secret whatever its key is.
    #[expect(
        clippy::disallowed_methods,
        reason = "filters and proofs examine the value"
    )]
    fn entry(&mut self, rule: usize, entry: Entry, end: usize) {
        let text = &self.text.bytes[..end];
        let Ok(reading) = reading::read(text, entry.at, entry.syntax) else {
            return self.reject(rule, entry.key, "unread");
        };
        if reading.value.trim_ascii().is_empty() {
            return;
        }
        let whole = 0..reading.value.len();
        let Some((range, mut decoding)) = reading.source_of(&whole, entry.syntax) else {
            return;
        };
        steps::count(reading.range.len());
        let key = &text[entry.key.clone()];
        if entry.form == Form::Base64 {
            decoding.push(Decoding::Base64);
        }
        let value = decode::apply(&text[range.clone()], &decoding).map(SecretValue::new);
        let filter = match &value {
            _ if entry.form == Form::Encrypted => Some("encrypted"),
            // The tag of another program, which decrypts or fetches the value.
            _ if reading.certainty == Certainty::InParts => {
                Some(filter_of_text(&reading.value).unwrap_or("reference"))
            }
            None => Some(filter_of_text(&reading.value).unwrap_or("not-base64")),
            Some(value) if value.is_empty() => return,
            Some(value) => filter_of_entry(key, value.expose()),
        };
        let is_hash = filter == Some(PASSWORD_HASH);
        let Some(value) = value.filter(|_| filter.is_none() || is_hash) else {
            self.reject(rule, range.clone(), filter.unwrap_or("reference"));
            if entry.form != Form::Text {
                // Its text in base64 is no secret either, whatever another rule says of it.
                let text = SecretValue::new(reading.value.to_vec());
                let spec = &self.index.rules[rule];
                self.add(Match {
                    refuted: true,
                    ..Match::new(rule, spec, range, text, Vec::new())
                });
            }
            return;
        };
        let named = self.rule_of_name(&entry.key, None);
        let spec = &self.index.rules[named.unwrap_or(rule)];
        let context = Context {
            key: Some(String::from_utf8_lossy(key).into_owned()),
            ..Context::default()
        };
        let found = Match {
            certainty: reading.certainty,
            context: Arc::new(context),
            ..Match::new(rule, spec, range, value, decoding)
        };
        self.prove(match is_hash {
            true => found.into_password_hash(),
            false => found,
        });
    }
}

/// The filter that rejects the text of an entry that is not in base64, although it should be.
fn filter_of_text(value: &[u8]) -> Option<&'static str> {
    filters::reject_assignment(&AssignedValue {
        value,
        key: b"",
        quoted: true,
        settings: true,
    })
    .filter(|filter| matches!(*filter, "reference" | "encrypted" | "placeholder"))
}

/// The filter that rejects an entry. Long values are written by programs, so words in them are no placeholders.
fn filter_of_entry(key: &[u8], value: &[u8]) -> Option<&'static str> {
    /// Values of fewer bytes may be placeholders.
    const LONG: usize = 64;
    if is_public(key, value) {
        return Some("public-material");
    }
    let filter = filters::reject_assignment(&AssignedValue {
        value,
        key,
        quoted: true,
        settings: true,
    })?;
    match filter {
        "encrypted" | "public-material" | PASSWORD_HASH => Some(filter),
        "reference" | "placeholder" | "literal-word" | "names-itself" | "too-short"
        | "repetition" => (value.len() < LONG).then_some(filter),
        _ => None,
    }
}

/// Whether the value is a part of a Secret that is public: a certificate, or the namespace of a service account.
fn is_public(key: &[u8], value: &[u8]) -> bool {
    let has = |text: &[u8]| memchr::memmem::find(value, text).is_some();
    let is_label = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    (has(b"BEGIN CERTIFICATE") && !has(b"PRIVATE KEY"))
        || (key == b"namespace" && value.iter().all(is_label))
}
