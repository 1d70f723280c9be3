//! The key and the value of a tag.
//!
//! Sources: TagResource in the AWS Secrets Manager API Reference, and "Tag naming limits and
//! requirements" in the Tagging AWS Resources User Guide. They disagree by one on both lengths; the
//! limits here satisfy both.

use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

use crate::text_type::{text_key_type, text_type};

/// The key of a tag.
///
/// 1 to [`TagKey::MAX_LENGTH`] characters: letters, digits, space and `+ - = . _ : / @`. It does
/// not begin with `aws:`, in whatever case: AWS keeps that prefix for itself.
#[derive(Clone, Debug)]
pub struct TagKey(String);

impl TagKey {
    /// The greatest length, in characters. The sources say 127 and 128.
    pub const MAX_LENGTH: usize = 127;

    /// The prefix that AWS keeps for itself.
    const RESERVED: &str = "aws:";

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_key_type!(
    TagKey,
    "TagKey",
    "Key of a tag: 1 to 127 letters, digits, spaces and + - = . _ : / @"
);

/// The limit that the key of a tag breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagKeyError {
    /// It is empty.
    #[error("a tag's key is empty")]
    Empty,
    /// It begins with `aws:`. Holds the key.
    #[error("the tag key {0:?} begins with `aws:`, which AWS keeps for itself")]
    Reserved(String),
    /// Its length or one of its characters is not allowed.
    #[error("the tag key {key:?} {error}")]
    Text {
        /// The key.
        key: String,
        /// The limit that it breaks.
        error: TagTextError,
    },
}

impl FromStr for TagKey {
    type Err = TagKeyError;

    fn from_str(text: &str) -> Result<Self, TagKeyError> {
        if text.is_empty() {
            return Err(TagKeyError::Empty);
        }
        if text
            .get(..Self::RESERVED.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(Self::RESERVED))
        {
            return Err(TagKeyError::Reserved(text.to_owned()));
        }
        match check(text, Self::MAX_LENGTH) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(error) => Err(TagKeyError::Text {
                key: text.to_owned(),
                error,
            }),
        }
    }
}

/// The value of a tag: up to [`TagValue::MAX_LENGTH`] letters, digits, spaces and `+ - = . _ : /
/// @`. It may be empty.
#[derive(Clone, Debug)]
pub struct TagValue(String);

impl TagValue {
    /// The greatest length, in characters. The sources say 255 and 256.
    pub const MAX_LENGTH: usize = 255;

    /// The value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(
    TagValue,
    "TagValue",
    "Value of a tag: up to 255 letters, digits, spaces and + - = . _ : / @"
);

impl FromStr for TagValue {
    type Err = TagTextError;

    fn from_str(text: &str) -> Result<Self, TagTextError> {
        check(text, Self::MAX_LENGTH).map(|()| Self(text.to_owned()))
    }
}

/// The limit that the text of a tag breaks. The message is a predicate: its subject is the key or
/// the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagTextError {
    /// It is too long.
    #[error("has {length} characters; at most {max} are allowed")]
    Length {
        /// Its length in characters.
        length: usize,
        /// The greatest length in characters.
        max: usize,
    },
    /// It contains a character that is not allowed. Holds the first one.
    #[error("contains {0:?}; only letters, digits, space and + - = . _ : / @ are allowed")]
    Character(char),
}

/// Letters and digits are those of any script, as in the service's pattern
/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`. Of `\p{Z}` only the plain space is taken, since others look the
/// same.
fn check(text: &str, max: usize) -> Result<(), TagTextError> {
    static REFUSED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[^\p{L}\p{N} +\-=._:/@]").expect("a fixed expression"));
    let length = text.chars().count();
    if length > max {
        return Err(TagTextError::Length { length, max });
    }
    let refused = REFUSED
        .find(text)
        .and_then(|found| found.as_str().chars().next());
    match refused {
        None => Ok(()),
        Some(c) => Err(TagTextError::Character(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_limits() {
        for good in ["appid", "app id", &"k".repeat(127), "aws", "ключ"] {
            assert_eq!(good.parse::<TagKey>().unwrap().as_str(), good);
        }
        for bad in ["", "aws:x", "AWS:x", "a;b", "a&b", &"k".repeat(128)] {
            assert!(bad.parse::<TagKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn values_keep_the_limits() {
        for good in ["", "@acme/Zoë 1", "a+b-c=d.e_f:g/h@i", &"ä".repeat(255)] {
            assert_eq!(good.parse::<TagValue>().unwrap().as_str(), good);
        }
        assert_eq!(
            "Anna <anna@example.org>".parse::<TagValue>().unwrap_err(),
            TagTextError::Character('<')
        );
        assert_eq!(
            "a,b\u{1b}".parse::<TagValue>().unwrap_err(),
            TagTextError::Character(',')
        );
        assert_eq!(
            "a".repeat(256).parse::<TagValue>().unwrap_err(),
            TagTextError::Length {
                length: 256,
                max: 255
            }
        );
    }
}
