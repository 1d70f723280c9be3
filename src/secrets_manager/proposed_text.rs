//! A text that may not keep the limits of its type.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is meant to be a `T`: parsed if it keeps the limits of `T`, else kept as it is.
///
/// A plan shows the name that a secret would get even where the service would refuse it, and lists
/// the limits that it breaks as problems of that entry. Its serialised form is the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProposedText<T> {
    /// The text keeps the limits.
    Legal(T),
    /// The text breaks at least one limit.
    Illegal(String),
}

impl<T: FromStr> ProposedText<T> {
    /// Parses `text`, which may fail.
    pub fn new(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Illegal(text.to_owned()), Self::Legal)
    }
}

impl<T: FromStr + Clone> ProposedText<T> {
    /// The parsed value.
    ///
    /// # Errors
    ///
    /// The first limit that the text breaks.
    pub fn parse(&self) -> Result<T, T::Err> {
        match self {
            Self::Legal(value) => Ok(value.clone()),
            Self::Illegal(text) => text.parse(),
        }
    }
}

impl<T> ProposedText<T> {
    /// The parsed value, if the text keeps the limits.
    pub fn legal(&self) -> Option<&T> {
        match self {
            Self::Legal(value) => Some(value),
            Self::Illegal(_) => None,
        }
    }
}

impl<T: AsRef<str>> ProposedText<T> {
    /// The text, legal or not.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Legal(value) => value.as_ref(),
            Self::Illegal(text) => text,
        }
    }
}

/// Candidates are ordered by their text, legal or not.
impl<T: AsRef<str> + Eq> Ord for ProposedText<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<T: AsRef<str> + Eq> PartialOrd for ProposedText<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: AsRef<str>> fmt::Display for ProposedText<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<T: AsRef<str>> Serialize for ProposedText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, T: FromStr> Deserialize<'de> for ProposedText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

impl<T> JsonSchema for ProposedText<T> {
    fn schema_name() -> Cow<'static, str> {
        "ProposedText".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets_manager::SecretName;

    #[test]
    fn a_text_that_breaks_a_limit_is_kept() {
        for (text, legal) in [("/app/db", true), ("a b", false), ("", false)] {
            let json = serde_json::to_string(text).unwrap();
            let candidate: ProposedText<SecretName> = serde_json::from_str(&json).unwrap();
            assert_eq!(candidate.as_str(), text);
            assert_eq!(candidate.legal().is_some(), legal);
            assert_eq!(serde_json::to_string(&candidate).unwrap(), json);
        }
    }
}
