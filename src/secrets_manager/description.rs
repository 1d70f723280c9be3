//! The description of a secret.

use std::str::FromStr;

use crate::text_type::text_type;

/// The description of a secret: any text up to [`Description::MAX_LENGTH`] characters.
///
/// Source: CreateSecret, parameter `Description`, in the AWS Secrets Manager API Reference.
#[derive(Clone, Debug)]
pub struct Description(String);

impl Description {
    /// The greatest length, in characters.
    pub const MAX_LENGTH: usize = 2_048;

    /// The longest beginning of `text` that is a description.
    pub fn truncated(text: &str) -> Self {
        Self(text.chars().take(Self::MAX_LENGTH).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(
    Description,
    "Description",
    "Description of a secret in Secrets Manager: at most 2048 characters."
);

/// The description is too long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the description has {length} characters; {max} are allowed", max = Description::MAX_LENGTH)]
pub struct DescriptionError {
    /// Its length in characters.
    pub length: usize,
}

impl FromStr for Description {
    type Err = DescriptionError;

    fn from_str(text: &str) -> Result<Self, DescriptionError> {
        let length = text.chars().count();
        if length > Self::MAX_LENGTH {
            return Err(DescriptionError { length });
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_a_greatest_length() {
        let longest = "ä".repeat(2048);
        assert_eq!(longest.parse::<Description>().unwrap().as_str(), longest);
        assert_eq!(
            "d".repeat(2049).parse::<Description>().unwrap_err(),
            DescriptionError { length: 2049 }
        );
        assert_eq!(Description::truncated(&"ä".repeat(3000)).as_str(), longest);
    }
}
