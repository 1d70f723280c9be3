//! How likely an assigned value is to be a credential, by the model and by what its name leaves open.

use super::line_search::LineSearch;
use crate::detect::classifier::{self, AssignmentSite, CredentialScore};
use crate::detect::event::Event;
use crate::detect::file_kind::FileKind;
use crate::detect::filters;
use crate::detect::formats::{self, Assignment, Suffix};
use crate::detect::surroundings::is_password_key;
use crate::detect::value_reading::ReadValue;
use crate::finding::{Confidence, is_weak};

/// Greatest distance in bytes between a name and its value in an assignment of the usual shape.
const MOST_BETWEEN: usize = 12;

/// The least log odds, in thousandths, of a value whose name says little.
const LEAST_ODDS: i32 = 1000;

impl LineSearch<'_, '_> {
    /// The confidence in an assigned value. `None` if it is unlikely to be a credential.
    #[expect(clippy::disallowed_methods, reason = "the model examines the value")]
    pub(super) fn judged_confidence(
        &mut self,
        rule: usize,
        found: &Assignment,
        read: &ReadValue,
    ) -> Option<Confidence> {
        let bytes = self.text.bytes;
        let (name, range) = (found.name.clone(), read.range.clone());
        let key = &bytes[name.clone()];
        let value = read.value.expose();
        let raw = match found.needs_text {
            true => value,
            false => &bytes[range.clone()],
        };
        // The model was trained on names that end in their telling word.
        let judged_key = match found.suffix {
            Some(Suffix::Plural) => &bytes[name.start..found.stem],
            _ => key,
        };
        // The model was trained on names with their values beside them: a distant pair is put side by side.
        let apart = found.needs_text
            || found.is_item
            || range.start < name.end
            || range.start - name.end > MOST_BETWEEN;
        let line =
            apart.then(|| zeroize::Zeroizing::new([judged_key, b" = \"", raw, b"\"\n"].concat()));
        let kind = self.text.kind;
        let site = match &line {
            Some(line) => AssignmentSite {
                text: line,
                name: 0..judged_key.len(),
                range: judged_key.len() + 4..judged_key.len() + 4 + raw.len(),
                value,
                quoted: true,
                kind,
            },
            None => AssignmentSite {
                text: bytes,
                name,
                range: range.clone(),
                value,
                quoted: found.quoted,
                kind,
            },
        };
        let features = classifier::features::of(&site);
        let judged = CredentialScore::of(&features);
        self.trace.record(|| Event::Judged {
            rule,
            range,
            features: Box::new(features),
        });
        // A user and a password in base64, by convention: the model is not asked.
        let confidence = match formats::is_base64_by_convention(key, raw) {
            true => Confidence::Medium,
            false if is_parameter(bytes, found, raw) => judged
                .confidence()
                .unwrap_or(Confidence::Medium)
                .max(Confidence::Medium),
            false => judged.confidence()?,
        };
        // A name of which a word is not known, or an item of a list, says less of the value.
        let is_doubtful = found.is_item || found.suffix == Some(Suffix::Other);
        let is_number = || raw.iter().all(u8::is_ascii_digit);
        let is_likely =
            || judged.log_odds >= LEAST_ODDS && !is_number() && !filters::is_word_shaped(raw);
        let stem = &key[..found.stem - found.name.start];
        (!may_be_pattern(stem, raw) && (!is_doubtful || is_likely())).then_some(confidence)
    }
}

impl LineSearch<'_, '_> {
    /// Whether a value that this filter rejects is a word that people also choose as a password, as far as its line shows.
    /// The tests of programs have many of these words.
    pub(super) fn may_be_weak_word(&self, found: &Assignment, value: &[u8], filter: &str) -> bool {
        let is_template = self.text.bytes[..found.value.start].ends_with(b"{");
        matches!(filter, "placeholder" | "names-itself")
            && !is_template
            && self.text.kind != FileKind::Code
            && filters::is_weak_word(value)
            && self.may_be_weak_password(found, value)
    }

    /// Whether a value that the model rejects may be a weak password, as far as its line shows.
    pub(super) fn may_be_weak_password(&self, found: &Assignment, value: &[u8]) -> bool {
        let key = || String::from_utf8_lossy(&self.text.bytes[found.name.clone()]);
        let may_be_code = |byte: &u8| b"([{<>=&+|;\"'`".contains(byte);
        !found.is_item
            && found.suffix.is_none()
            && self.text.kind != FileKind::Prose
            && is_weak(value)
            && !value.iter().any(may_be_code)
            && is_password_key(&key())
    }
}

/// Whether a value is 32 or more hex digits in the parameter of a query that has a telling name: no other value is sent
/// there. A mere `key` may be that of anything.
fn is_parameter(text: &[u8], found: &Assignment, raw: &[u8]) -> bool {
    let before = &text[..found.name.start];
    let is_in_query = before.ends_with(b"?") || before.ends_with(b"&");
    let is_vague = text[found.name.clone()].eq_ignore_ascii_case(b"key");
    is_in_query && !is_vague && raw.len() >= 32 && raw.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a name such as `GROUP_PAT` may be that of a pattern, and its value is no token.
fn may_be_pattern(stem: &[u8], raw: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let end = &stem[stem.len().saturating_sub(3)..];
    end.eq_ignore_ascii_case(b"pat") && !(raw.len() >= 16 && raw.iter().all(is_token))
}
