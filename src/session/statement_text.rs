//! The text of a statement, as a session writes it: YAML in which each value is JSON, one id a line.

use std::fmt::Write as _;

use serde_json::Value;

use crate::decide::decisions_file::StatementEntry;

/// The text of a statement: an item of the list `statements`, with its end of line.
pub fn of(entry: &StatementEntry) -> String {
    let fields = serde_json::to_value(entry).unwrap_or_default();
    let known = |name: &&&str| fields.get(**name).is_some_and(|value| !value.is_null());
    let mut text = String::new();
    for name in FIELDS.iter().filter(known) {
        text.push_str(if text.is_empty() { "  - " } else { "    " });
        match &fields[*name] {
            Value::Array(ids) => {
                let _ = writeln!(text, "{name}:");
                for id in ids {
                    let _ = writeln!(text, "      - {}", plain(id));
                }
            }
            value => {
                let _ = writeln!(text, "{name}: {}", plain(value));
            }
        }
    }
    text
}

/// The fields in the order in which people read them: who and what, then why, by whom and when.
const FIELDS: [&str; 15] = [
    "id",
    "secret",
    "secrets",
    "when",
    "outcome",
    "metadata",
    "name",
    "reading",
    "uses",
    "replacement",
    "rotation",
    "reason",
    "until",
    "by",
    "at",
];

/// A value in JSON. An id or a word of the format is shown without quotes.
fn plain(value: &Value) -> String {
    let is_word = |text: &str| {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-/".contains(&byte);
        text.bytes().all(is_plain) && text.starts_with(|first: char| first.is_ascii_lowercase())
    };
    match value {
        Value::String(text) if is_word(text) && !YAML_WORDS.contains(&text.as_str()) => {
            text.clone()
        }
        value => value.to_string(),
    }
}

/// Words that readers of YAML take for something else than text.
const YAML_WORDS: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];
