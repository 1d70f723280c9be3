//! The quotas of Secrets Manager.
//!
//! Source: "AWS Secrets Manager quotas" in the AWS Secrets Manager User Guide.

/// The greatest size of a secret's value, in bytes.
pub const VALUE_BYTES_MAX: u64 = 65_536;
/// The greatest number of secrets in one account and Region.
pub const SECRETS_MAX: u64 = 500_000;
/// The greatest number of tags of one secret.
pub const TAGS_MAX: usize = 50;

/// The quota that the size of a value breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueSizeError {
    /// It has no byte. CreateSecret refuses an empty `SecretString` or `SecretBinary`.
    #[error("the value is empty; at least 1 byte is needed")]
    Empty,
    /// It is larger than [`VALUE_BYTES_MAX`]. Holds its size in bytes.
    #[error("the value has {0} bytes; {VALUE_BYTES_MAX} are allowed")]
    TooLarge(u64),
}

/// Checks the size of a value, in bytes.
///
/// # Errors
///
/// If a secret cannot hold a value of that size.
pub fn check_value_size(bytes: u64) -> Result<(), ValueSizeError> {
    match bytes {
        0 => Err(ValueSizeError::Empty),
        1..=VALUE_BYTES_MAX => Ok(()),
        _ => Err(ValueSizeError::TooLarge(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_a_size_of_one_to_65536_bytes() {
        assert_eq!(check_value_size(0), Err(ValueSizeError::Empty));
        assert_eq!(check_value_size(1), Ok(()));
        assert_eq!(check_value_size(65_536), Ok(()));
        assert_eq!(
            check_value_size(65_537),
            Err(ValueSizeError::TooLarge(65_537))
        );
    }
}
