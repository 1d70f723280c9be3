//! What is moved of a credential that has several values: JSON with all of its parts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::inventory_key::InventoryKey;
use crate::secret::{Fingerprint, SecretId, SecretValue};

/// The JSON object that is moved in place of a value: the parts of its credential by name, the value itself included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// The parts, by their names in the object.
    pub parts: BTreeMap<String, PayloadPart>,
    /// The fingerprint of all parts and their names together.
    pub fingerprint: Fingerprint,
}

/// A part of a payload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayloadPart {
    /// The id of the value.
    pub secret: SecretId,
    /// The fingerprint of the value as it is moved.
    pub fingerprint: Fingerprint,
}

impl Payload {
    /// The payload of these parts.
    pub fn of(parts: BTreeMap<String, PayloadPart>) -> Self {
        let of_parts = parts.iter().map(|(name, part)| (&**name, part.fingerprint));
        Self {
            fingerprint: fingerprint(of_parts),
            parts,
        }
    }

    /// The name of a part with this value.
    pub fn name_of(&self, value: &SecretId) -> Option<&str> {
        let mut parts = self.parts.iter();
        let (name, _) = parts.find(|(_, part)| part.secret == *value)?;
        Some(name)
    }

    /// The JSON object of the values of all parts, in order of name. `None` if a value is missing, has another fingerprint
    /// or is not text.
    #[expect(
        clippy::disallowed_methods,
        reason = "the values are written into the JSON that is sent"
    )]
    pub fn json(
        &self,
        key: &InventoryKey,
        values: &BTreeMap<String, SecretValue>,
    ) -> Option<SecretValue> {
        let mut out = Zeroizing::new(Vec::new());
        for (name, part) in &self.parts {
            let value = values.get(name)?;
            if key.fingerprint(value) != part.fingerprint {
                return None;
            }
            let value = std::str::from_utf8(value.expose()).ok()?;
            // The buffer must not grow while it has values: the old one would not be erased.
            let mut grown = Zeroizing::new(Vec::with_capacity(
                out.len() + 6 * (name.len() + value.len()) + 8,
            ));
            grown.extend_from_slice(&out);
            grown.push(if out.is_empty() { b'{' } else { b',' });
            serde_json::to_writer(&mut *grown, name).ok()?;
            grown.push(b':');
            serde_json::to_writer(&mut *grown, value).ok()?;
            out = grown;
        }
        out.push(b'}');
        Some(SecretValue::new(out.to_vec()))
    }
}

/// The fingerprint of parts in order of name. It is one-way, as the fingerprints of the parts are.
fn fingerprint<'a>(parts: impl Iterator<Item = (&'a str, Fingerprint)>) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update(b"keyferry payload 1\0");
    for (name, fingerprint) in parts {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update(fingerprint.0);
    }
    Fingerprint(hash.finalize().into())
}

/// Whether a value has this fingerprint: the value itself, or as a payload all of its parts.
#[expect(
    clippy::disallowed_methods,
    reason = "the parts of a value from the account are compared"
)]
pub fn has_fingerprint(key: &InventoryKey, value: &SecretValue, wanted: &Fingerprint) -> bool {
    if key.fingerprint(value) == *wanted {
        return true;
    }
    let Ok(parts) = serde_json::from_slice::<BTreeMap<String, JsonText>>(value.expose()) else {
        return false;
    };
    let of_parts = parts
        .iter()
        .map(|(name, part)| (&**name, key.fingerprint(&part.0)));
    !parts.is_empty() && fingerprint(of_parts) == *wanted
}

/// A text in JSON that is a value.
struct JsonText(SecretValue);

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(SecretValue::new(text.into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> SecretValue {
        SecretValue::new(text.as_bytes().to_vec())
    }

    fn payload(key: &InventoryKey, values: &BTreeMap<String, SecretValue>) -> Payload {
        let part = |(name, value): (&String, &SecretValue)| {
            let part = PayloadPart {
                secret: key.secret_id(value),
                fingerprint: key.fingerprint(value),
            };
            (name.clone(), part)
        };
        Payload::of(values.iter().map(part).collect())
    }

    fn values(id: &str, secret: &str) -> BTreeMap<String, SecretValue> {
        BTreeMap::from([
            ("aws_access_key_id".to_owned(), value(id)),
            ("aws_secret_access_key".to_owned(), value(secret)),
        ])
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the JSON is compared")]
    fn a_payload_is_json_that_has_its_fingerprint() {
        let key = InventoryKey::from_bytes([7; 32]);
        let both = values("one", "a\"b\\c\u{1}é");
        let payload = payload(&key, &both);
        let json = payload.json(&key, &both).unwrap();
        let text = std::str::from_utf8(json.expose()).unwrap();
        assert_eq!(
            text,
            "{\"aws_access_key_id\":\"one\",\"aws_secret_access_key\":\"a\\\"b\\\\c\\u0001é\"}"
        );
        assert!(has_fingerprint(&key, &json, &payload.fingerprint));
        // Another program may have written it with spaces.
        let spaced = value(&text.replace("\",\"", "\" , \n\""));
        assert!(has_fingerprint(&key, &spaced, &payload.fingerprint));
    }

    #[test]
    fn another_value_or_name_has_another_fingerprint() {
        let key = InventoryKey::from_bytes([7; 32]);
        let payload = payload(&key, &values("one", "two"));
        assert!(payload.json(&key, &values("one", "three")).is_none());
        assert!(payload.json(&key, &BTreeMap::new()).is_none());
        for other in [
            "{\"aws_access_key_id\":\"one\",\"aws_secret_access_key\":\"three\"}",
            "{\"aws_access_key_id\":\"two\",\"aws_secret_access_key\":\"one\"}",
            "{\"access_key_id\":\"one\",\"aws_secret_access_key\":\"two\"}",
            "{\"aws_access_key_id\":\"one\",\"aws_secret_access_key\":\"two\",\"more\":\"\"}",
            "{\"aws_access_key_id\":\"one\",\"aws_secret_access_key\":2}",
            "{}",
            "two",
        ] {
            assert!(
                !has_fingerprint(&key, &value(other), &payload.fingerprint),
                "{other}"
            );
        }
        let alone = key.fingerprint(&value("two"));
        assert!(has_fingerprint(&key, &value("two"), &alone));
    }
}
