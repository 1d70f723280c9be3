//! The name of an AWS Region.

use std::str::FromStr;

use crate::text_type::text_key_type;

/// The name of an AWS Region: `eu-central-1`, `us-gov-west-1`.
///
/// Only the shape is checked, since Regions are added every year: at least two words of lower-case
/// letters, then a number, with hyphens between.
#[derive(Clone, Debug)]
pub struct Region(String);

impl Region {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_key_type!(Region, "Region", "Name of an AWS Region: `eu-central-1`.");

/// The text does not have the shape of a Region's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no name of an AWS Region, such as eu-central-1")]
pub struct RegionError {
    /// The text that was given.
    pub text: String,
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let shaped = text.rsplit_once('-').is_some_and(|(words, number)| {
            is_number(number) && words.contains('-') && words.split('-').all(is_word)
        });
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(RegionError {
                text: text.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_words_and_a_number() {
        for good in ["eu-central-1", "us-gov-west-1", "ap-southeast-12"] {
            assert_eq!(good.parse::<Region>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "eu",
            "eu-1",
            "eu-central",
            "EU-central-1",
            "eu--central-1",
            "eu-west-1a",
        ] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
