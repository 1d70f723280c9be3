//! The command that a command suggests: what was said of account and inventory is said again, so that it can be copied as it
//! stands.

use std::path::Path;

use super::account::{AccessArgs, InventoryArg};
use super::settle::PolicyArgs;
use crate::secrets_manager::{Account, Region};

/// Arguments of the next command, quoted for a shell: the inventory, and what was typed to get at the account.
pub fn arguments(inventory: &InventoryArg, access: &AccessArgs) -> String {
    let mut line = format!(
        "--inventory {}",
        quoted(&inventory.folder.to_string_lossy())
    );
    for (option, value) in [
        ("--profile", access.profile.as_deref()),
        ("--region", access.region.as_ref().map(Region::as_str)),
        ("--endpoint-url", access.endpoint_url.as_deref()),
        ("--account", access.account.as_ref().map(Account::as_str)),
    ] {
        if let Some(value) = value {
            push(&mut line, option, value);
        }
    }
    line
}

/// The same with what `plan` and `import` take besides.
pub fn with_policy(mut line: String, policy: &PolicyArgs) -> String {
    for (option, file) in [
        ("--policy", &policy.policy),
        ("--registry", &policy.registry),
    ] {
        if let Some(file) = file {
            push_file(&mut line, option, file);
        }
    }
    line
}

pub fn push_file(line: &mut String, option: &str, file: &Path) {
    push(line, option, &file.to_string_lossy());
}

fn push(line: &mut String, option: &str, value: &str) {
    line.push_str(&format!(" {option} {}", quoted(value)));
}

/// As one word of a POSIX shell.
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
