//! The text of a file of secrets: YAML in which each field of an entry is one line, with its value in JSON.
//!
//! JSON is YAML, so every reader of YAML reads the file; an entry has few lines, and a change of a field changes one of
//! them. Keyferry itself reads the lines one by one, since a reader of YAML takes many times as long. A file that
//! somebody has written in another style is read as YAML.

use std::fmt::Write as _;
use std::io;

use serde::Serialize as _;
use serde::de::IgnoredAny;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::file_names::SCHEMA;
use super::stored_entry::StoredSecret;

/// The first line of the files that only this program writes.
pub(super) const HEADER: &str =
    "# Written by keyferry; what people decide goes into decisions.yaml.\n";

const SECRETS: &str = "secrets:";
const NO_SECRETS: &str = "secrets: []";

/// The text of a file with these entries, which are in order of id.
pub(super) fn write(secrets: &[StoredSecret]) -> String {
    let mut text = format!("{HEADER}schema: {SCHEMA}\n");
    text.push_str(if secrets.is_empty() {
        NO_SECRETS
    } else {
        SECRETS
    });
    text.push('\n');
    let mut bytes = text.into_bytes();
    for secret in secrets {
        let mut lines = Serializer::with_formatter(&mut bytes, FieldLines::default());
        secret
            .serialize(&mut lines)
            .expect("an entry is written to memory");
    }
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// The entries of a text that has the form of [`write()`]. `None`: it has another form, or a mistake.
pub(super) fn read(text: &str) -> Option<Vec<StoredSecret>> {
    let mut lines = text.lines().skip_while(|line| line.starts_with('#'));
    if lines.next()?.strip_prefix("schema: ")?.parse() != Ok(SCHEMA) {
        return None;
    }
    match lines.next()? {
        SECRETS => {}
        NO_SECRETS if lines.next().is_none() => return Some(Vec::new()),
        _ => return None,
    }
    let mut secrets = Vec::new();
    let mut entry = String::new();
    for line in lines {
        let (mark, field) = line.split_at_checked(2)?;
        let (name, value) = field.split_once(": ")?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        // Without this check, a value could be followed by further fields.
        let is_value = serde_json::from_str::<IgnoredAny>(value).is_ok();
        if !name.bytes().all(is_name) || !is_value {
            return None;
        }
        match (mark, entry.is_empty()) {
            ("- ", true) => {}
            ("- ", false) => {
                secrets.push(finished(&mut entry)?);
            }
            ("  ", false) => entry.push(','),
            _ => return None,
        }
        if entry.is_empty() {
            entry.push('{');
        }
        write!(entry, "\"{name}\":{value}").ok()?;
    }
    secrets.push(finished(&mut entry)?);
    Some(secrets)
}

fn finished(entry: &mut String) -> Option<StoredSecret> {
    entry.push('}');
    let secret = serde_json::from_str(entry).ok()?;
    entry.clear();
    Some(secret)
}

/// Writes the fields of an object on lines of their own, as an item of a list in YAML, and all values in JSON.
#[derive(Default)]
struct FieldLines {
    /// The number of open objects.
    depth: usize,
    /// The name of a field of the entry is being written.
    is_name: bool,
}

impl Formatter for FieldLines {
    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        out.write_all(if self.depth == 1 { b"" } else { b"{" })
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        out.write_all(if self.depth == 0 { b"\n" } else { b"}" })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.is_name = self.depth == 1;
        out.write_all(match (self.is_name, first) {
            (true, true) => b"- ",
            (true, false) => b"\n  ",
            (false, true) => b"",
            (false, false) => b", ",
        })
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_name = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_string<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.is_name { b"" } else { b"\"" })
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.is_name { b"" } else { b"\"" })
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut start = 0;
        for (at, found) in fragment.match_indices(is_escaped_in_yaml) {
            out.write_all(&fragment.as_bytes()[start..at])?;
            for unit in found.encode_utf16() {
                write!(out, "\\u{unit:04x}")?;
            }
            start = at + found.len();
        }
        out.write_all(&fragment.as_bytes()[start..])
    }
}

/// Characters that JSON allows as they are, and YAML does not, or reads as the end of a line
/// (<https://yaml.org/spec/1.1/#id868524>).
fn is_escaped_in_yaml(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decide::sample_secrets::secret;
    use crate::inventory::stored_file::InventoryFile;

    fn entries(texts: &[String]) -> Vec<StoredSecret> {
        let entry = |(number, text): (u64, &String)| {
            let mut secret = secret(number, text, &[("shop", "a.env"), ("web", "b.env")]);
            secret.tags.insert(text.clone(), text.clone());
            secret.decision.questions = vec![text.clone(), String::new()];
            StoredSecret::of(&secret)
        };
        (1..).zip(texts).map(entry).collect()
    }

    #[test]
    fn a_field_is_a_line() {
        let text = write(&entries(&["DB_PASSWORD".to_owned()]));
        insta::assert_snapshot!(text, @r#"
        # Written by keyferry; what people decide goes into decisions.yaml.
        schema: 4
        secrets:
        - id: "s-000000000000000100000000"
          fingerprint: "0000000000000000000000000000000000000000000000000000000000000000"
          kind: "application"
          detector: "generic-password"
          confidence: "medium"
          exposure: "at-head"
          context: {"key": "DB_PASSWORD"}
          metadata: {}
          decision: {"outcome": "review", "rule": "new", "reason": "", "questions": ["DB_PASSWORD", ""]}
          tags: {"DB_PASSWORD": "DB_PASSWORD"}
          progress: "found"
          occurrences: ["shop", "web"]
        "#);
    }

    #[test]
    fn another_form_is_left_to_the_reader_of_yaml() {
        let entries = entries(&["A".to_owned(), "B".to_owned()]);
        let text = write(&entries);
        assert_eq!(read(&text), Some(entries.clone()));
        assert_eq!(read(&text.replace('\n', "\r\n")), Some(entries));
        assert_eq!(read(&write(&[])), Some(Vec::new()));
        let confidence = "  confidence: ";
        for (from, to) in [
            (confidence, "  confidence:  "),
            (confidence, "  # a remark\n  confidence: "),
            (confidence, "    confidence: "),
            (confidence, "  \"confidence\": "),
            (confidence, "  confidence: \"high\", \"expired\": "),
            (confidence, "  confidenc: "),
            ("\"s-", "s-"),
            ("schema: 4", "schema: 3"),
            ("secrets:", "secrets: "),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            let other = read(&changed);
            let is_same = other.is_some_and(|other| other.len() == 2 && to.ends_with(":  "));
            assert!(is_same || read(&changed).is_none(), "{to}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_as_it_was_written(texts in prop::collection::vec("(\\PC|[\\x00-\\x20\\x7f-\\x9f\u{2028}\u{2029}\u{feff}\u{ffff}\u{1f511}\"\\\\:#,]){0,12}", 0..3)) {
            let entries = entries(&texts);
            let text = write(&entries);
            prop_assert_eq!(read(&text), Some(entries.clone()));
            let file: InventoryFile = serde_yaml::from_str(&text).unwrap();
            prop_assert_eq!(file.secrets, entries);
        }
    }
}
