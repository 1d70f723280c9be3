//! An occurrence as the inventory stores it.
//!
//! A reader of the inventory may know everything about a repository but the value: the template of
//! the file, the other files, authors and dates. Such a reader must not be able to test a guess of
//! the value. So everything of an occurrence that depends on the bytes of the value is sealed: ids
//! of objects (a blob's id is a hash of its content; a commit's id is one of its tree), and every
//! number from which the length of the value can be computed (byte range, end, decoded parts). The
//! place where the value begins stays readable, because people need it.
//!
//! A file of places (`inventory::place_file`) has one in each line. Up to version 3, each entry of a file of secrets had a
//! list of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::inventory_key::InventoryKey;
use super::sealed_text::{OpenError, SealedText, SealedUse};
use crate::finding::{
    Certainty, CharacterKind, Decoding, Doubt, Evidence, FoundBy, Introduction, Occurrence, Origin,
    ReadingName, Readings,
};
use crate::secret::{Fingerprint, SecretId, hex};

/// An occurrence in a file of the inventory. See [`Occurrence`].
// The order of the fields is that of the file. The sealed text is the last, so that the order of
// lines shows nothing of the sealed text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Occurrence")]
pub struct StoredOccurrence {
    /// The id of the secret. Up to version 3, it is that of the entry around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    pub secret: Option<SecretId>,
    /// The repository's name.
    pub repository: String,
    /// Relative to the target, `/` between components. Empty for messages and headers. If the value
    /// is in the name, it is redacted.
    pub path: String,
    /// Line of the first byte, 1-based.
    pub line: u64,
    /// Column of the first byte, in bytes, 1-based.
    pub column: u64,
    /// The kind of source that holds the bytes.
    pub origin: Origin,
    /// `at-or-before`: the commit that introduced the value is not known; `date` is that of the oldest
    /// known commit that holds it.
    #[serde(default, skip_serializing_if = "Introduction::is_known")]
    pub introduced: Introduction,
    /// `Name <mail>` of the author of the commit that introduced the value at this path, or of the
    /// tagger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Author date of that commit, RFC 3339 with its own offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// A ref (or HEAD, or the working tree) still leads to it.
    pub reachable: bool,
    /// HEAD's tree holds the value at this path.
    pub at_head: bool,
    /// Branches and tags, by their full names, that hold the value at this path: the branch of HEAD
    /// first, then by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refs: Vec<String>,
    /// The number of further branches and tags that hold it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refs_more: u64,
    /// Author date of the last commit of branches and tags that held it, if none holds it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_date: Option<String>,
    /// The kind of search that found it. A scan removes only occurrences that a scan found.
    #[serde(default, skip_serializing_if = "FoundBy::is_scan")]
    pub found_by: FoundBy,
    /// How sure it is that the value is the one that the readers of the file read here. Absent if it is exact.
    #[serde(default, skip_serializing_if = "ReadingName::is_exact")]
    pub reading: ReadingName,
    /// The reason for which the reading is doubtful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading_doubt: Option<Doubt>,
    /// What this place states about the secret. If it is absent, which is so only in inventories of an earlier version: the
    /// same as the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<Evidence>>,
    /// Range, end, decoding steps, the comparison of two readings, whether the value is weak, and the ids of the object
    /// and the commits, encrypted under the key of the inventory. Only the holder of the key can read the value again.
    pub sealed: SealedText,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The first byte of sealed [`Details`] in version 2 of the inventory.
const DETAILS_2: u8 = 1;
/// The first byte of sealed [`Details`] with [`SealedReadings`] in version 2 of the inventory.
const DETAILS_AND_READINGS_2: u8 = 2;
/// The first byte of sealed [`Details`]. A byte behind them says whether the value is weak.
const DETAILS: u8 = 3;
/// The first byte of the same with [`SealedReadings`].
const DETAILS_AND_READINGS: u8 = 4;

/// The sealed part of an occurrence. Numbers have a fixed width: the length of the sealed text is
/// the same for short and long values.
#[derive(Serialize, Deserialize)]
struct Details {
    #[serde(with = "postcard::fixint::le")]
    start: u64,
    #[serde(with = "postcard::fixint::le")]
    end: u64,
    #[serde(with = "postcard::fixint::le")]
    end_line: u64,
    #[serde(with = "postcard::fixint::le")]
    end_column: u64,
    decoding: Vec<Decoding>,
    blob: Option<ObjectName>,
    commit: Option<ObjectName>,
    last_commit: Option<ObjectName>,
}

/// The two readings of a doubtful value. Their lengths depend on the value, so they are sealed, too.
#[derive(Serialize, Deserialize)]
struct SealedReadings {
    #[serde(with = "postcard::fixint::le")]
    read_length: u64,
    #[serde(with = "postcard::fixint::le")]
    written_length: u64,
    written: [u8; 32],
    written_binary: bool,
    /// Four bytes for each kind of character.
    more: Vec<u8>,
}

impl SealedReadings {
    fn of(readings: &Readings) -> Self {
        Self {
            read_length: readings.read_length,
            written_length: readings.written_length,
            written: readings.written.0,
            written_binary: readings.written_binary,
            more: readings
                .more
                .iter()
                .flat_map(|more| more.to_le_bytes())
                .collect(),
        }
    }

    /// `None` if it has another number of kinds.
    fn readings(self) -> Option<Readings> {
        let (numbers, rest) = self.more.as_chunks::<4>();
        let numbers: Vec<i32> = numbers
            .iter()
            .map(|bytes| i32::from_le_bytes(*bytes))
            .collect();
        Some(Readings {
            read_length: self.read_length,
            written_length: self.written_length,
            written: Fingerprint(self.written),
            written_binary: self.written_binary,
            more: <[i32; CharacterKind::COUNT]>::try_from(numbers)
                .ok()
                .filter(|_| rest.is_empty())?,
        })
    }
}

/// An id of an object, as bytes if it consists of hex digits.
#[derive(Serialize, Deserialize)]
enum ObjectName {
    Id(Vec<u8>),
    Text(String),
}

impl ObjectName {
    fn of(text: &str) -> Self {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?);
        match text.as_bytes().chunks(2).map(byte).collect() {
            Some(bytes) => Self::Id(bytes),
            None => Self::Text(text.to_owned()),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Id(bytes) => hex(&bytes),
            Self::Text(text) => text,
        }
    }
}

impl StoredOccurrence {
    /// Seals an occurrence of a secret.
    pub fn seal(place: &Occurrence, secret: &SecretId, key: &InventoryKey) -> Self {
        let name = |id: &Option<String>| id.as_deref().map(ObjectName::of);
        let details = Details {
            start: place.start,
            end: place.end,
            end_line: place.end_line,
            end_column: place.end_column,
            decoding: place.decoding.clone(),
            blob: name(&place.blob),
            commit: name(&place.commit),
            last_commit: name(&place.last_commit),
        };
        let mut plain = zeroize::Zeroizing::new(vec![DETAILS]);
        plain.extend(postcard::to_stdvec(&details).expect("numbers and text can be written"));
        plain.push(u8::from(place.is_weak));
        if let Some(readings) = &place.readings {
            plain[0] = DETAILS_AND_READINGS;
            let readings = SealedReadings::of(readings);
            plain.extend(postcard::to_stdvec(&readings).expect("numbers can be written"));
        }
        Self {
            secret: Some(secret.clone()),
            repository: place.repository.clone(),
            path: place.path.clone(),
            line: place.line,
            column: place.column,
            origin: place.origin,
            introduced: place.introduced,
            author: place.author.clone(),
            date: place.date.clone(),
            reachable: place.reachable,
            at_head: place.at_head,
            refs: place.refs.clone(),
            refs_more: place.refs_more,
            last_date: place.last_date.clone(),
            found_by: place.found_by,
            reading: place.certainty.reading(),
            reading_doubt: place.certainty.doubt(),
            evidence: place.evidence.as_deref().cloned().map(Box::new),
            sealed: key.seal(SealedUse::Occurrence, secret.as_str().as_bytes(), &plain),
        }
    }

    /// Opens an occurrence of a secret.
    ///
    /// # Errors
    ///
    /// It was sealed with another key, is one of another secret, or was altered.
    pub fn open(self, secret: &SecretId, key: &InventoryKey) -> Result<Occurrence, OpenError> {
        let context = secret.as_str().as_bytes();
        let plain = key.open(SealedUse::Occurrence, context, &self.sealed)?;
        let (form, plain) = plain.split_first().ok_or(OpenError)?;
        let (details, rest): (Details, &[u8]) =
            postcard::take_from_bytes(plain).map_err(|_| OpenError)?;
        let (is_weak, rest) = match *form {
            DETAILS_2 | DETAILS_AND_READINGS_2 => (false, rest),
            _ => match rest.split_first().ok_or(OpenError)? {
                (bit @ 0..=1, rest) => (*bit == 1, rest),
                _ => return Err(OpenError),
            },
        };
        let readings = match *form {
            DETAILS | DETAILS_2 => None,
            DETAILS_AND_READINGS | DETAILS_AND_READINGS_2 => {
                let sealed: SealedReadings = postcard::from_bytes(rest).map_err(|_| OpenError)?;
                Some(Box::new(sealed.readings().ok_or(OpenError)?))
            }
            _ => return Err(OpenError),
        };
        let name = |id: Option<ObjectName>| id.map(ObjectName::text);
        Ok(Occurrence {
            repository: self.repository,
            path: self.path,
            line: self.line,
            column: self.column,
            end_line: details.end_line,
            end_column: details.end_column,
            origin: self.origin,
            start: details.start,
            end: details.end,
            decoding: details.decoding,
            certainty: Certainty::of(self.reading, self.reading_doubt).ok_or(OpenError)?,
            readings,
            blob: name(details.blob),
            commit: name(details.commit),
            introduced: self.introduced,
            author: self.author,
            date: self.date,
            reachable: self.reachable,
            at_head: self.at_head,
            refs: self.refs,
            refs_more: self.refs_more,
            last_commit: name(details.last_commit),
            last_date: self.last_date,
            found_by: self.found_by,
            is_weak,
            evidence: self.evidence.map(|evidence| Arc::new(*evidence)),
        })
    }
}

/// An entry whose occurrences cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a place of {secret} cannot be opened: {error}")]
pub struct UnopenedSecret {
    /// The entry.
    pub secret: SecretId,
    /// The cause.
    pub error: OpenError,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(length: u64, more: i32) -> Readings {
        Readings {
            read_length: length,
            written_length: length + 1,
            written: Fingerprint([3; 32]),
            written_binary: false,
            more: [more; CharacterKind::COUNT],
        }
    }

    fn sample() -> Occurrence {
        let mut place = Occurrence::at("shop", "a/b.env", Origin::Blob)
            .on_line(3, 13..24)
            .bytes(40..51);
        place.decoding = vec![Decoding::Base64, Decoding::Part { start: 2, end: 9 }];
        place.certainty = Certainty::Doubtful(Doubt::Comment);
        place.readings = Some(Box::new(readings(9, 0)));
        place.blob = Some("0a".repeat(20));
        place.commit = Some("fe".repeat(32));
        place.introduced = Introduction::AtOrBefore;
        place.last_commit = Some("not hex".to_owned());
        place.author = Some("Robin <robin@example.com>".to_owned());
        place.refs = vec!["refs/heads/main".to_owned()];
        place
    }

    #[test]
    fn an_occurrence_is_opened_as_it_was_sealed() {
        let key = InventoryKey::from_bytes([7; 32]);
        let id = SecretId::from_bytes(&[1; 12]);
        let stored = StoredOccurrence::seal(&sample(), &id, &key);
        assert_eq!(stored, StoredOccurrence::seal(&sample(), &id, &key));
        assert_eq!(stored.clone().open(&id, &key), Ok(sample()));
        let other = SecretId::from_bytes(&[2; 12]);
        assert_eq!(stored.clone().open(&other, &key), Err(OpenError));
        let key = InventoryKey::from_bytes([8; 32]);
        assert_eq!(stored.open(&id, &key), Err(OpenError));
    }

    /// Two occurrences that differ only in what depends on the value differ only in the sealed
    /// text, which has the same length.
    #[test]
    fn what_depends_on_the_value_is_sealed() {
        let key = InventoryKey::from_bytes([7; 32]);
        let id = SecretId::from_bytes(&[1; 12]);
        let mut other = Occurrence {
            is_weak: true,
            end_line: 4,
            end_column: 99,
            end: 77,
            readings: Some(Box::new(readings(999_999, -9_999))),
            decoding: vec![Decoding::Base64, Decoding::Part { start: 2, end: 35 }],
            blob: Some("0b".repeat(20)),
            commit: Some("fd".repeat(32)),
            ..sample()
        };
        other.last_commit = Some("other".to_owned());
        let one = StoredOccurrence::seal(&sample(), &id, &key);
        let other = StoredOccurrence::seal(&other, &id, &key);
        assert_ne!(one.sealed, other.sealed);
        assert_eq!(one.sealed.as_str().len(), other.sealed.as_str().len());
        let sealed = one.sealed.clone();
        assert_eq!(one, StoredOccurrence { sealed, ..other });
    }

    #[test]
    fn an_occurrence_of_version_2_is_opened() {
        let key = InventoryKey::from_bytes([7; 32]);
        let id = SecretId::from_bytes(&[1; 12]);
        for (now, then) in [
            (DETAILS, DETAILS_2),
            (DETAILS_AND_READINGS, DETAILS_AND_READINGS_2),
        ] {
            let mut place = sample();
            place.readings = place.readings.filter(|_| now == DETAILS_AND_READINGS);
            let mut stored = StoredOccurrence::seal(&place, &id, &key);
            let context = id.as_str().as_bytes();
            let mut plain = key
                .open(SealedUse::Occurrence, context, &stored.sealed)
                .unwrap()
                .to_vec();
            assert_eq!(plain[0], now);
            let (_, rest): (Details, &[u8]) = postcard::take_from_bytes(&plain[1..]).unwrap();
            let at = plain.len() - rest.len();
            plain.remove(at);
            plain[0] = then;
            stored.sealed = key.seal(SealedUse::Occurrence, context, &plain);
            assert_eq!(stored.open(&id, &key), Ok(place));
        }
    }

    #[test]
    fn ids_are_kept_as_they_are_written() {
        for text in ["", "0a", "0A", "abc", "zz", &"01".repeat(20), "é"] {
            assert_eq!(ObjectName::of(text).text(), text);
        }
    }
}
