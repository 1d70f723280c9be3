//! The value of a secret, and the ids that the inventory stores in its place.
//!
//! A secret's bytes are in a [`SecretValue`] from the moment a detector finds them until they are
//! sent to Secrets Manager. The type has no `Display` and no `Serialize`, its `Debug` is redacted,
//! and its bytes are zeroized when it is dropped. Code that needs the bytes must call `expose`, so
//! no log, report or panic message contains them by accident.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::locked_memory::LockedBytes;

/// The bytes of a secret, decoded as the application decodes them, and zeroized on drop. Clones
/// share the bytes: however many versions of a file hold a value, it is in memory once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretValue(Arc<Bytes>);

enum Bytes {
    /// In memory that is not written to swap.
    Locked(LockedBytes),
    /// In ordinary memory: there are none, or very many, or the system locks no more memory.
    Unlocked(Vec<u8>),
}

impl SecretValue {
    /// Takes the bytes.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        let locked = Some(&bytes).filter(|bytes| !bytes.is_empty());
        Self(Arc::new(
            match locked.and_then(|bytes| LockedBytes::copy_of(bytes)) {
                Some(locked) => {
                    bytes.zeroize();
                    Bytes::Locked(locked)
                }
                None => Bytes::Unlocked(bytes),
            },
        ))
    }

    /// The bytes themselves. The callers of this function are all places where a value can be used.
    pub fn expose(&self) -> &[u8] {
        self.0.all()
    }

    /// Length in bytes.
    #[expect(clippy::disallowed_methods, reason = "no byte leaves the function")]
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Whether the value is text in UTF-8. Secrets Manager gets text as SecretString, and all else as SecretBinary.
    pub fn is_text(&self) -> bool {
        std::str::from_utf8(self.0.all()).is_ok()
    }

    /// Whether there are no bytes.
    #[expect(clippy::disallowed_methods, reason = "no byte leaves the function")]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Bytes::Locked(bytes) => bytes,
            Bytes::Unlocked(bytes) => bytes,
        }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        // Locked memory is zeroized by its own type.
        if let Bytes::Unlocked(bytes) = self {
            bytes.zeroize();
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.all().cmp(other.all())
    }
}

impl std::hash::Hash for Bytes {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.all().hash(state);
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(…)")
    }
}

/// The HMAC-SHA-256 of a value under the key of one inventory: 32 bytes, written as 64 lower-case
/// hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(
    /// The HMAC.
    pub [u8; 32],
);

/// The id of a secret: `s-` and 24 lower-case hex digits. They are the first 12 bytes of an HMAC of
/// the value, under another domain than the fingerprint. The id of a use that is settled separately has
/// the name of the use behind it: `s-…/ord001/prod`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct SecretId(
    #[schemars(regex(pattern = r"^s-[0-9a-f]{24}(/[A-Za-z0-9._=@-]+/[A-Za-z0-9._=@-]+)?$"))] String,
);

impl SecretId {
    /// The id with these bytes of the HMAC.
    pub fn from_bytes(bytes: &[u8; 12]) -> Self {
        Self(format!("s-{}", hex(bytes)))
    }

    /// The id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the value, without a use.
    pub fn of_value(&self) -> Self {
        Self(self.0[..Self::VALUE_LENGTH].to_owned())
    }

    /// The id of a use of the value. `name` has two components of letters, digits and `._=@-`.
    pub fn of_use(&self, name: &str) -> Self {
        debug_assert!(is_use_name(name), "{name}");
        Self(format!("{}/{name}", &self.0[..Self::VALUE_LENGTH]))
    }

    /// Whether it is the id of a use that is settled separately.
    pub fn is_of_use(&self) -> bool {
        self.0.len() > Self::VALUE_LENGTH
    }

    /// The length of the id of a value.
    const VALUE_LENGTH: usize = 26;
}

/// Whether a text can be the name of a use within an id.
fn is_use_name(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._=@-".contains(&byte))
    };
    text.split_once('/')
        .is_some_and(|(application, environment)| is_part(application) && is_part(environment))
}

/// The text is not a secret id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret id is `s-` and 24 lower-case hex digits; a use has `/`, its application, `/` and its environment behind them"
)]
pub struct SecretIdError;

impl std::str::FromStr for SecretId {
    type Err = SecretIdError;

    fn from_str(text: &str) -> Result<Self, SecretIdError> {
        let (value, use_name) = match text.split_once('/') {
            Some((value, name)) => (value, Some(name)),
            None => (text, None),
        };
        let is_id = value
            .strip_prefix("s-")
            .is_some_and(|digits| digits.len() == 24 && digits.bytes().all(is_lower_hex));
        match is_id && use_name.is_none_or(is_use_name) {
            true => Ok(Self(text.to_owned())),
            false => Err(SecretIdError),
        }
    }
}

impl<'de> Deserialize<'de> for SecretId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unhex(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("a fingerprint is 64 lower-case hex digits"))
    }
}

impl schemars::JsonSchema for Fingerprint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| {
            [
                DIGITS[(b >> 4) as usize] as char,
                DIGITS[(b & 15) as usize] as char,
            ]
        })
        .collect()
}

/// Reads 32 bytes from 64 lower-case hex digits. `None` for any other text.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().copied().all(is_lower_hex) {
        return None;
    }
    let nibble = |b: u8| {
        if b.is_ascii_digit() {
            b - b'0'
        } else {
            b - b'a' + 10
        }
    };
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        *byte = nibble(pair[0]) << 4 | nibble(pair[1]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_value() {
        let planted = ["Winter", "2024"].concat();
        let shown = format!("{:?}", SecretValue::new(planted.clone().into_bytes()));
        assert!(!shown.contains(&planted), "{shown}");
    }

    #[test]
    fn hex_is_read_back() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 7) as u8);
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!(unhex("abc"), None);
        assert_eq!(unhex(&"G".repeat(64)), None);
    }

    #[test]
    fn ids_are_checked() {
        let id = SecretId::from_bytes(&[0xab; 12]);
        assert_eq!(id.as_str().parse::<SecretId>(), Ok(id));
        assert!("s-xyz".parse::<SecretId>().is_err());
        let value = SecretId::from_bytes(&[1; 12]);
        let of_use = value.of_use("ord001/prod");
        assert_eq!(of_use.as_str().parse::<SecretId>(), Ok(of_use.clone()));
        assert!(of_use.is_of_use() && !value.is_of_use());
        assert_eq!(of_use.of_value(), value);
        for name in ["", "a", "a/", "/a", "a/b/c", "a b/c", "é/a"] {
            let text = format!("{value}/{name}");
            assert!(text.parse::<SecretId>().is_err(), "{text}");
        }
    }
}
