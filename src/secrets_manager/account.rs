//! The number of an AWS account.

use std::str::FromStr;

use crate::text_type::text_key_type;

/// Digits of an account number. Source: the AWS Account Management Reference Guide, "View AWS
/// account identifiers".
const DIGITS: usize = 12;

/// The number of an AWS account: 12 digits. It is text, since it may begin with zeros.
#[derive(Clone, Debug)]
pub struct Account(String);

impl Account {
    /// The 12 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_key_type!(
    Account,
    "Account",
    "Number of an AWS account, 12 digits; quote it."
);

/// The text is no account number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an AWS account is {DIGITS} digits, not {text:?}")]
pub struct AccountError {
    /// The text that was given.
    pub text: String,
}

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, AccountError> {
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AccountError {
                text: text.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_twelve_digits() {
        let account: Account = "012345678901".parse().unwrap();
        assert_eq!(account.as_str(), "012345678901");
        for bad in ["", "1234", "0123456789012", "01234567890x", "０12345678901"] {
            assert!(bad.parse::<Account>().is_err(), "{bad}");
        }
    }
}
