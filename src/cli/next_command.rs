//! The command line of a suggested next command. It repeats the options that select inventory,
//! files and account, so that the user can copy it.

use std::path::Path;

use super::options::{AwsOptions, InventoryOptions, PolicyOptions};
use crate::secrets_manager::{Account, Region};

/// Arguments of a command, quoted for a POSIX shell.
#[derive(Clone, Debug)]
pub struct CommandLine(String);

impl CommandLine {
    /// The options that select the inventory and the account.
    pub fn new(inventory: &InventoryOptions, aws: &AwsOptions) -> Self {
        let folder = quoted(&inventory.folder.to_string_lossy());
        let mut line = Self(format!("--inventory {folder}"));
        for (option, value) in [
            ("--profile", aws.profile.as_deref()),
            ("--region", aws.region.as_ref().map(Region::as_str)),
            ("--endpoint-url", aws.endpoint_url.as_deref()),
            ("--account", aws.account.as_ref().map(Account::as_str)),
        ] {
            if let Some(value) = value {
                line.push(option, value);
            }
        }
        if aws.allow_http {
            line.0.push_str(" --allow-http");
        }
        line
    }

    /// The same arguments, with the options that select policy and register.
    #[must_use]
    pub fn with_policy(mut self, policy: &PolicyOptions) -> Self {
        for (option, file) in [
            ("--policy", &policy.policy),
            ("--registry", &policy.registry),
        ] {
            self = self.with_file(option, file.as_deref());
        }
        self
    }

    /// The same arguments, with an option that names a file, if there is one.
    #[must_use]
    pub fn with_file(mut self, option: &str, file: Option<&Path>) -> Self {
        if let Some(file) = file {
            self.push(option, &file.to_string_lossy());
        }
        self
    }

    /// The same arguments, with a flag, if it is set.
    #[must_use]
    pub fn with_flag(mut self, flag: &str, set: bool) -> Self {
        if set {
            self.0.push_str(&format!(" {flag}"));
        }
        self
    }

    /// The same arguments, with an option that has a number, unless it is the default.
    #[must_use]
    pub fn with_number(mut self, option: &str, number: u64, default: u64) -> Self {
        if number != default {
            self.push(option, &number.to_string());
        }
        self
    }

    /// The arguments as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn push(&mut self, option: &str, value: &str) {
        self.0.push_str(&format!(" {option} {}", quoted(value)));
    }
}

/// Quotes `text` as one word of a POSIX shell, if it needs quotes.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_of_a_shell() {
        for plain in [
            "inventory",
            "../a-b_c/d.yaml",
            "http://localhost:5000",
            "arn:aws:kms:eu-west-1",
            "größe",
        ] {
            assert_eq!(quoted(plain), plain);
        }
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("my inventory"), "'my inventory'");
        assert_eq!(quoted("it's $HOME; ~"), r"'it'\''s $HOME; ~'");
    }
}
