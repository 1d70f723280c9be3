//! Findings in messages. Each value is sent once, however many findings have it.
//!
//! [`Finding`] and [`SecretValue`] cannot be serialized, so that no report contains a value by
//! accident. [`Occurrence`] and [`Context`] can be, but leave empty fields out, which the format of
//! the messages does not allow. The compiler checks that the types of this file have all fields.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::detect::proof::ProofName;
use crate::finding::{
    Certainty, Confidence, Context, Decoding, Evidence, Excerpt, Finding, FoundBy, Introduction,
    Kind, Occurrence, Origin, Readings,
};
use crate::secret::{Fingerprint, SecretId, SecretValue};

/// A finding in a message.
#[derive(Serialize, Deserialize)]
pub(super) struct FindingMessage {
    secret_id: SecretId,
    fingerprint: [u8; 32],
    detector: String,
    kind: Kind,
    confidence: Confidence,
    proof: Option<String>,
    redacted: String,
    value: ValueMessage,
    #[serde(with = "ContextMessage")]
    context: Context,
    expired: bool,
    #[serde(with = "OccurrenceMessage")]
    occurrence: Occurrence,
    excerpt: Option<Box<Excerpt>>,
}

/// An occurrence in a message of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct PlaceMessage(#[serde(with = "OccurrenceMessage")] pub Occurrence);

/// A value in a message of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct CandidateMessage(#[serde(with = "value_bytes")] pub SecretValue);

#[derive(Serialize, Deserialize)]
enum ValueMessage {
    /// The number of a value that was sent before.
    Known(u32),
    /// A value that was not sent before.
    New(#[serde(with = "value_bytes")] SecretValue),
}

/// The values that were sent. Both sides number them alike.
#[derive(Default)]
pub(super) struct SentValues {
    numbers: HashMap<SecretValue, u32>,
}

/// The values that were received.
#[derive(Default)]
pub(super) struct ReceivedValues {
    values: Vec<SecretValue>,
}

impl SentValues {
    /// The message of a finding.
    pub(super) fn message(&mut self, finding: Finding) -> FindingMessage {
        let Finding {
            secret_id,
            fingerprint,
            detector,
            kind,
            confidence,
            proof,
            redacted,
            value,
            context,
            expired,
            occurrence,
            excerpt,
        } = finding;
        FindingMessage {
            secret_id,
            fingerprint: fingerprint.0,
            detector,
            kind,
            confidence,
            proof: proof.map(str::to_owned),
            redacted,
            value: self.value(value),
            context,
            expired,
            occurrence,
            excerpt,
        }
    }

    fn value(&mut self, value: SecretValue) -> ValueMessage {
        if let Some(&number) = self.numbers.get(&value) {
            return ValueMessage::Known(number);
        }
        // A value without a number is sent again.
        if let Ok(number) = u32::try_from(self.numbers.len()) {
            self.numbers.insert(value.clone(), number);
        }
        ValueMessage::New(value)
    }
}

impl ReceivedValues {
    /// The finding of a message. `None` if the message refers to a value that was not sent.
    pub(super) fn finding(&mut self, message: FindingMessage) -> Option<Finding> {
        let FindingMessage {
            secret_id,
            fingerprint,
            detector,
            kind,
            confidence,
            proof,
            redacted,
            value,
            context,
            expired,
            occurrence,
            excerpt,
        } = message;
        let value = match value {
            ValueMessage::Known(number) => self.values.get(number as usize)?.clone(),
            ValueMessage::New(value) => {
                self.values.push(value.clone());
                value
            }
        };
        let proof = match proof {
            Some(name) => Some(ProofName::named(&name)?.name()),
            None => None,
        };
        Some(Finding {
            secret_id,
            fingerprint: Fingerprint(fingerprint),
            detector,
            kind,
            confidence,
            proof,
            redacted,
            value,
            context,
            expired,
            occurrence,
            excerpt,
        })
    }
}

/// The bytes of a value.
mod value_bytes {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    use crate::secret::SecretValue;

    #[expect(
        clippy::disallowed_methods,
        reason = "the value goes to the process that asked for it, over a pipe"
    )]
    pub(super) fn serialize<S: Serializer>(
        value: &SecretValue,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(value.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SecretValue, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = SecretValue;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("the bytes of a value")
            }

            // The bytes are copied once, into the buffer that the value zeroizes.
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<SecretValue, E> {
                Ok(SecretValue::new(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Context")]
struct ContextMessage {
    key: Option<String>,
    user: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    engine: Option<String>,
    account: Option<String>,
    key_id: Option<String>,
    environment: Vec<String>,
    parts: BTreeMap<String, SecretId>,
    part_of: Option<SecretId>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Occurrence")]
struct OccurrenceMessage {
    repository: String,
    path: String,
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    origin: Origin,
    start: u64,
    end: u64,
    decoding: Vec<Decoding>,
    certainty: Certainty,
    #[serde(with = "readings_message")]
    readings: Option<Box<Readings>>,
    blob: Option<String>,
    commit: Option<String>,
    introduced: Introduction,
    author: Option<String>,
    date: Option<String>,
    reachable: bool,
    at_head: bool,
    refs: Vec<String>,
    refs_more: u64,
    last_commit: Option<String>,
    last_date: Option<String>,
    found_by: FoundBy,
    /// The inventory adds this and the next one; the finding has the same facts.
    #[serde(skip)]
    is_weak: bool,
    #[serde(skip)]
    evidence: Option<Arc<Evidence>>,
}

/// The two readings of a doubtful value.
mod readings_message {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::finding::{CharacterKind, Readings};
    use crate::secret::Fingerprint;

    #[derive(Serialize, Deserialize)]
    struct Message {
        read_length: u64,
        written_length: u64,
        written: [u8; 32],
        written_binary: bool,
        more: [i32; CharacterKind::COUNT],
    }

    pub(super) fn serialize<S: Serializer>(
        readings: &Option<Box<Readings>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let message = readings.as_deref().map(|readings| Message {
            read_length: readings.read_length,
            written_length: readings.written_length,
            written: readings.written.0,
            written_binary: readings.written_binary,
            more: readings.more,
        });
        message.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Box<Readings>>, D::Error> {
        let message: Option<Message> = Deserialize::deserialize(deserializer)?;
        Ok(message.map(|message| {
            Box::new(Readings {
                read_length: message.read_length,
                written_length: message.written_length,
                written: Fingerprint(message.written),
                written_binary: message.written_binary,
                more: message.more,
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{CharacterKind, Doubt, FindingBuilder};

    fn finding(value: &str, occurrence: Occurrence) -> Finding {
        let value = SecretValue::new(value.as_bytes().to_vec());
        FindingBuilder::new("rule", Kind::Database, Confidence::Medium)
            .value(value, SecretId::from_bytes(&[7; 12]), Fingerprint([9; 32]))
            .occurrence(occurrence)
            .build()
            .unwrap()
    }

    /// Findings with all facts and with none, two of them with the same value.
    fn samples() -> Vec<Finding> {
        let place = Occurrence::at("shop", "a.env", Origin::Blob)
            .on_line(3, 5..13)
            .bytes(40..48);
        let full = Occurrence {
            decoding: vec![Decoding::Base64, Decoding::Part { start: 1, end: 9 }],
            certainty: Certainty::Doubtful(Doubt::Variable),
            readings: Some(Box::new(Readings {
                read_length: 8,
                written_length: 9,
                written: Fingerprint([3; 32]),
                written_binary: true,
                more: [-2; CharacterKind::COUNT],
            })),
            blob: Some("b".repeat(40)),
            commit: Some("c".repeat(40)),
            introduced: Introduction::AtOrBefore,
            author: Some("A <a@example.com>".into()),
            date: Some("2026-01-31T00:00:00+01:00".into()),
            at_head: true,
            refs: vec!["refs/heads/main".into()],
            refs_more: 2,
            last_commit: Some("d".repeat(40)),
            last_date: Some("2026-02-01T00:00:00+01:00".into()),
            found_by: FoundBy::Report,
            ..place.clone()
        };
        let mut rich = finding("lanterns", full);
        rich.proof = Some(ProofName::Jwt.name());
        rich.expired = true;
        rich.excerpt = Some(Box::new(Excerpt {
            before: "password: ".into(),
            prefix: "lan".into(),
            after: " # quay".into(),
        }));
        rich.context = Context {
            key: Some("DB_PASSWORD".into()),
            user: Some("u".into()),
            host: Some("h".into()),
            port: Some(5432),
            database: Some("d".into()),
            engine: Some("postgres".into()),
            account: Some("1".into()),
            key_id: Some("k".into()),
            environment: vec!["production".into()],
            parts: [("key_id".into(), SecretId::from_bytes(&[7; 12]))].into(),
            part_of: Some(SecretId::from_bytes(&[8; 12])),
        };
        vec![
            finding("lanterns", place.clone()),
            rich,
            finding("rope", place),
        ]
    }

    #[test]
    fn findings_are_read_back_and_values_are_sent_once() {
        let (mut sent, mut received) = (SentValues::default(), ReceivedValues::default());
        let mut frames = Vec::new();
        for finding in samples() {
            let frame = postcard::to_stdvec(&sent.message(finding.clone())).unwrap();
            let message = postcard::from_bytes(&frame).unwrap();
            let back = received.finding(message).unwrap();
            // The debug form has every field but the value.
            assert_eq!(format!("{back:?}"), format!("{finding:?}"));
            assert_eq!(back.value, finding.value);
            frames.push(frame);
        }
        let holding = |value: &[u8]| {
            let holds = |frame: &&Vec<u8>| frame.windows(value.len()).any(|at| at == value);
            frames.iter().filter(holds).count()
        };
        assert_eq!((holding(b"lanterns"), holding(b"rope")), (1, 1));
    }

    #[test]
    fn a_value_that_was_not_sent_is_refused() {
        let mut sent = SentValues::default();
        let mut messages = samples().into_iter().map(|finding| sent.message(finding));
        let second = messages.nth(1).unwrap();
        assert!(ReceivedValues::default().finding(second).is_none());
    }
}
