//! Reading the YAML files that people write. Every mistake has its file, line and column.
//!
//! The YAML reader gives the place of a mistake of form. A mistake of meaning (a placeholder that
//! is no field) is found after reading, when places are gone: a [`Mistake`] has a key path, and
//! [`locate`] reads the text a second time to find its place.

mod entry_lines;
mod event_stream;
mod file_error;
mod key_path;
mod mistake;
mod odd_characters;
mod repeated_key;
mod shape_check;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::str::FromStr;

use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess};

pub(crate) use self::entry_lines::{SectionForm, entry_lines, top_scalar};
pub use self::file_error::FileError;
pub(crate) use self::key_path::{Step, key_path, locate};
pub(crate) use self::mistake::Mistake;
use self::repeated_key::repeated_key_error;
pub(crate) use self::shape_check::is_in_smart_quotes;
use crate::text_type::parse_text;

/// Reads a YAML text that a person wrote; `path` is only for messages.
///
/// # Errors
///
/// If the text is no YAML, does not have the form of `T`, or breaks a limit of its shape. Of several
/// mistakes, a repeated key is reported first.
pub(crate) fn from_yaml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, FileError> {
    let wrong = |(line, column), message| FileError::Wrong {
        path: path.to_owned(),
        line,
        column,
        message,
    };
    if let Err((error, place)) = shape_check::check(text) {
        return Err(wrong(place, error.to_string()));
    }
    serde_yaml::from_str(text).map_err(|error| {
        // For a repeated key, the reader gives the place of the whole mapping.
        let error = repeated_key_error(text).unwrap_or(error);
        let (line, column) = error
            .location()
            .map_or((1, 1), |at| (at.line(), at.column()));
        if text.trim().is_empty() {
            return wrong((line, column), "the file is empty".to_owned());
        }
        if let Some(odd) = odd_characters::first_until(text, line) {
            return wrong(odd.place, odd.message.to_owned());
        }
        wrong((line, column), without_place(&error))
    })
}

/// Checks the shape of a YAML text that this program wrote, and that somebody may have changed since.
///
/// # Errors
///
/// The limit that the text breaks, in words, with its place.
pub(crate) fn check_own_shape(text: &str) -> Result<(), OwnShapeError> {
    if shape_check::is_plain(text) {
        return Ok(());
    }
    shape_check::check(text).map_err(|(error, (line, column))| OwnShapeError {
        error,
        line,
        column,
    })
}

/// A text of this program that was changed, and breaks a limit of its shape.
#[derive(Debug, thiserror::Error)]
#[error("{error} at line {line} column {column}")]
pub(crate) struct OwnShapeError {
    error: shape_check::ShapeError,
    line: usize,
    column: usize,
}

/// The message of an error without the place, which is shown before it already.
fn without_place(error: &serde_yaml::Error) -> String {
    let mut message = error.to_string();
    if let Some(at) = error.location() {
        let place = format!(" at line {} column {}", at.line(), at.column());
        if let Some(without) = message.strip_suffix(&place) {
            message.truncate(without.len());
        }
    }
    message
}

/// Whether `text` has the section with which a key path begins.
pub(crate) fn has_section(text: &str, steps: &[Step]) -> bool {
    let sections: BTreeMap<String, IgnoredAny> = serde_yaml::from_str(text).unwrap_or_default();
    matches!(steps.first(), Some(Step::Key(section)) if sections.contains_key(section))
}

/// Reads `schema: 1`.
///
/// It is checked in place, so that a file of a later format is refused for its schema and not for
/// its new fields.
pub(crate) fn schema_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    parse_text::<D, Schema<1>>(deserializer).map(|_| 1)
}

/// Reads `schema: 2` of a format that was in version 1 before, and is read in both.
pub(crate) fn schema_two<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    parse_text::<D, Schema<2>>(deserializer).map(|_| 2)
}

/// The version of a format whose versions up to this one are read.
struct Schema<const VERSION: u32>;

impl<const VERSION: u32> FromStr for Schema<VERSION> {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, SchemaError> {
        match text == VERSION.to_string() {
            true => Ok(Schema),
            false => Err(SchemaError {
                found: text.to_owned(),
                latest: VERSION,
            }),
        }
    }
}

/// The file has a schema that is not read.
#[derive(Debug)]
struct SchemaError {
    found: String,
    latest: u32,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "format {} is unknown; this version reads 1", self.found)?;
        for version in 2..=self.latest {
            write!(f, " and {version}")?;
        }
        Ok(())
    }
}

/// Reads a mapping whose keys must differ. The reader alone would let the last of two equal keys
/// win silently.
pub(crate) fn unique<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> de::Visitor<'de> for Unique<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some(key) = map.next_key::<K>()? {
                let value = map.next_value()?;
                if out.contains_key(&key) {
                    return Err(de::Error::custom(format!("`{key}` is given twice")));
                }
                out.insert(key, value);
            }
            Ok(out)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
}

/// Reads a list that must not be empty. An empty list in a condition reads as "nothing" and would
/// mean "anything".
pub(crate) fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(deserializer)?;
    if list.is_empty() {
        Err(de::Error::custom("a list is empty; leave it out instead"))
    } else {
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_an_error_with_its_place() {
        #[derive(Debug, serde::Deserialize)]
        struct File {
            #[serde(deserialize_with = "unique")]
            #[expect(dead_code)]
            map: BTreeMap<String, u32>,
        }
        for (text, message) in [
            (
                "map:\n  a: 1\n  a: 2\n",
                "f.yaml:3:3: map: `a` is given twice",
            ),
            ("map: {}\nmap: {}\n", "f.yaml:2:1: `map` is given twice"),
        ] {
            let error = from_yaml::<File>(Path::new("f.yaml"), text).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
