//! The name of a secret.

use std::str::FromStr;

use crate::text_type::text_key_type;

/// The name of a secret in Secrets Manager.
///
/// 1 to [`SecretName::MAX_LENGTH`] characters; ASCII letters, digits and `/ _ + = . @ -`. It does
/// not end in a hyphen and six characters. Source: CreateSecret, parameter `Name`, in the AWS
/// Secrets Manager API Reference, which asks to avoid that end: the service appends a hyphen and
/// six random characters to make the ARN, and a search by partial ARN would mistake the name's own
/// end for them.
#[derive(Clone, Debug)]
pub struct SecretName(String);

impl SecretName {
    /// The greatest length, in characters. All of them are ASCII, so it is the length in bytes too.
    pub const MAX_LENGTH: usize = 512;

    /// Length in bytes of the end that an ARN has: a hyphen and six characters.
    const ARN_SUFFIX_LENGTH: usize = 7;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a name may contain `c`.
    pub fn allows(c: char) -> bool {
        c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)
    }

    /// The position of the hyphen, if `text` ends in a hyphen and six characters.
    pub fn arn_suffix(text: &str) -> Option<usize> {
        let at = text.len().checked_sub(Self::ARN_SUFFIX_LENGTH)?;
        (text.as_bytes()[at] == b'-').then_some(at)
    }

    /// Every limit that `text` breaks. Empty: `text` can be parsed.
    ///
    /// The end is checked only if all characters are allowed.
    pub fn errors(text: &str) -> Vec<SecretNameError> {
        let mut errors = Vec::new();
        let length = text.chars().count();
        if length == 0 || length > Self::MAX_LENGTH {
            errors.push(SecretNameError::Length(length));
        }
        let mut refused: Vec<char> = text.chars().filter(|&c| !Self::allows(c)).collect();
        if !refused.is_empty() {
            refused.sort_unstable();
            refused.dedup();
            errors.push(SecretNameError::Characters(refused));
        } else if let Some(at) = Self::arn_suffix(text) {
            errors.push(SecretNameError::Ending(text[at..].to_owned()));
        }
        errors
    }
}

text_key_type!(
    SecretName,
    "SecretName",
    "Name of a secret in Secrets Manager: 1 to 512 ASCII letters, digits and / _ + = . @ -"
);

/// The limit that the name of a secret breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretNameError {
    /// It is empty or longer than [`SecretName::MAX_LENGTH`]. Holds the length in characters.
    #[error("the name has {0} characters; 1 to {max} are allowed", max = SecretName::MAX_LENGTH)]
    Length(usize),
    /// It contains characters that are not allowed. Holds them, sorted, each once.
    #[error("the name contains {}; only ASCII letters, digits and / _ + = . @ - are allowed", shown(.0))]
    Characters(Vec<char>),
    /// It ends in a hyphen and six characters. Holds that end.
    #[error(
        "the name ends in `{0}`: a hyphen and six characters look like the end of a secret's ARN"
    )]
    Ending(String),
}

/// The characters of a message: at most this many, escaped where they are not printable.
const SHOWN_MAX: usize = 8;

fn shown(refused: &[char]) -> String {
    let shown: Vec<String> = refused
        .iter()
        .take(SHOWN_MAX)
        .map(|c| format!("{c:?}"))
        .collect();
    shown.join(" ")
}

impl FromStr for SecretName {
    type Err = SecretNameError;

    fn from_str(text: &str) -> Result<Self, SecretNameError> {
        match Self::errors(text).into_iter().next() {
            None => Ok(Self(text.to_owned())),
            Some(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_the_limits() {
        for good in [
            "/app/api/prod/db_password",
            "a",
            "secret",
            "db-secrets",
            "A_b+c=d.e@f-g",
            "x-12345",
            "x-1234567",
            &"n".repeat(512),
        ] {
            assert_eq!(good.parse::<SecretName>().unwrap().as_str(), good);
        }
        let ending = |text: &str| SecretNameError::Ending(text.to_owned());
        for (bad, errors) in [
            ("", vec![SecretNameError::Length(0)]),
            (&"n".repeat(513) as &str, vec![SecretNameError::Length(513)]),
            ("b a a", vec![SecretNameError::Characters(vec![' '])]),
            ("käse", vec![SecretNameError::Characters(vec!['ä'])]),
            ("db-abc123", vec![ending("-abc123")]),
            ("-abcdef", vec![ending("-abcdef")]),
            ("x-a/b-cd", vec![ending("-a/b-cd")]),
            ("/orders/api/prod/mysql-master", vec![ending("-master")]),
            (
                &"ä".repeat(600),
                vec![
                    SecretNameError::Length(600),
                    SecretNameError::Characters(vec!['ä']),
                ],
            ),
        ] {
            assert_eq!(SecretName::errors(bad), errors, "{bad}");
            assert_eq!(bad.parse::<SecretName>().unwrap_err(), errors[0], "{bad}");
        }
    }

    #[test]
    fn a_message_cannot_command_the_terminal() {
        let error = "a\u{1b}[0m\u{202e}".parse::<SecretName>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the name contains '\\u{1b}' '[' '\\u{202e}'; only ASCII letters, digits and / _ + = . @ - are allowed"
        );
    }
}
