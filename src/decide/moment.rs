//! The moment at which a person decided.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text_type::parse_text;

/// A moment in UTC, to the second: `2026-03-31T14:05:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Timestamp);

impl Moment {
    /// This moment, without the parts of the second.
    ///
    /// # Panics
    ///
    /// Never: every timestamp has a second.
    pub fn of(timestamp: Timestamp) -> Self {
        Self(Timestamp::from_second(timestamp.as_second()).expect("it is in range"))
    }

    /// The time.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no moment in the one form that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no time such as 2026-03-31T14:05:00Z")]
pub struct MomentError {
    /// The text that was given.
    pub text: String,
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let moment = text.parse::<Timestamp>().ok().map(Self);
        let moment = moment.filter(|moment| moment.to_string() == text);
        moment.ok_or_else(|| MomentError {
            text: text.to_owned(),
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_text(deserializer)
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_read() {
        let moment: Moment = "2026-03-31T14:05:00Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-03-31T14:05:00Z");
        assert_eq!(Moment::of(moment.timestamp()), moment);
        for text in [
            "",
            "2026-03-31",
            "2026-03-31 14:05:00Z",
            "2026-03-31T14:05:00+02:00",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
