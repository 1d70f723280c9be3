//! What Secrets Manager accepts as a name and as a tag.
//!
//! Checked before the first call, because an import that fails half-way is worse than one that does not begin.
//! Sources: the service model (names: length, characters, the last seven), the API reference (tags).

use std::sync::LazyLock;

use regex::Regex;

/// Longest name, in characters (all are ASCII).
pub const NAME_MAX: usize = 512;
/// Most tags of one secret.
pub const TAGS_MAX: usize = 50;
/// Longest key of a tag, in characters. The sources say 127 and 128: this fits both.
pub const TAG_KEY_MAX: usize = 127;
/// Longest value of a tag, in characters. The sources say 255 and 256: this fits both.
pub const TAG_VALUE_MAX: usize = 255;

pub fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)
}

/// Whether a name ends in a hyphen and six characters: the service takes those for the random end of its ARN.
pub fn ends_like_an_arn(name: &str) -> bool {
    name.len() >= 7 && name.as_bytes()[name.len() - 7] == b'-'
}

/// Why a name would be refused.
pub fn name_problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the name is empty".to_owned());
    }
    if let Some(bad) = name.chars().find(|&c| !is_name_char(c)) {
        return Some(format!(
            "the name `{name}` holds {bad:?}: only letters, digits and / _ + = . @ - are allowed"
        ));
    }
    if name.len() > NAME_MAX {
        return Some(format!(
            "the name has {} characters, at most {NAME_MAX} are allowed",
            name.len()
        ));
    }
    ends_like_an_arn(name).then(|| {
        format!(
            "the name `{name}` ends in a hyphen and six characters, like the end of a secret's ARN"
        )
    })
}

/// Why the key of a tag would be refused.
pub fn tag_key_problem(key: &str) -> Option<String> {
    if key.is_empty() {
        return Some("a tag's key is empty".to_owned());
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Some(format!(
            "the tag key `{key}` begins with `aws:`, which AWS keeps for itself"
        ));
    }
    tag_text_problem(key, TAG_KEY_MAX).map(|why| format!("the tag key `{key}` {why}"))
}

/// Why a value of the tag `key` would be refused.
pub fn tag_value_problem(key: &str, value: &str) -> Option<String> {
    tag_text_problem(value, TAG_VALUE_MAX).map(|why| format!("the value of tag `{key}` {why}"))
}

fn tag_text_problem(text: &str, most: usize) -> Option<String> {
    static ALLOWED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{N} +\-=._:/@]$").expect("it compiles"));
    let length = text.chars().count();
    if length > most {
        return Some(format!(
            "has {length} characters, at most {most} are allowed"
        ));
    }
    let mut buffer = [0; 4];
    let bad = text
        .chars()
        .find(|c| !ALLOWED.is_match(c.encode_utf8(&mut buffer)))?;
    Some(format!(
        "holds {bad:?}: only letters, digits, space and + - = . _ : / @ are allowed"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name_problem("/ordsapp/api/prod/db_password"), None);
        assert_eq!(name_problem(&"a".repeat(512)), None);
        for bad in ["", "a b", "café", "db-secret", "x-a/b-cd", &"a".repeat(513)] {
            assert!(name_problem(bad).is_some(), "{bad}");
        }
        assert_eq!(name_problem("secret"), None);
        assert_eq!(name_problem("db-secrets"), None);
    }

    #[test]
    fn tags() {
        assert_eq!(tag_key_problem("appid"), None);
        assert_eq!(tag_value_problem("owner", "@acme/Zoë 1"), None);
        assert_eq!(tag_value_problem("owner", ""), None);
        assert!(tag_value_problem("owner", "a,b").is_some());
        assert!(tag_value_problem("owner", &"a".repeat(256)).is_some());
        for bad in ["", "AWS:x", "a;b", &"k".repeat(128)] {
            assert!(tag_key_problem(bad).is_some(), "{bad}");
        }
    }
}
