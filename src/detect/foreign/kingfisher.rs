//! The YAML of kingfisher and Nosey Parker.

use std::path::Path;

use serde::Deserialize;
use serde_yaml::{Mapping, Value};

use super::file_mistake::file_mistake;
use super::foreign_rule::{ForeignFile, ForeignFormat, ForeignRule, Note, ValueGroup};
use crate::finding::Confidence;
use crate::yaml::{self, FileError, locate};

/// Reads a rule file.
///
/// # Errors
/// If the text is not YAML, has no list of rules, or a field has another type than its format
/// requires.
pub(super) fn read(path: &Path, text: &str) -> Result<ForeignFile, FileError> {
    let top: Value = yaml::from_yaml(path, text)?;
    if top.is_null() {
        return Err(file_mistake(path, (1, 1), "the file is empty"));
    }
    let no_rules = "no `rules`: not a rule file of kingfisher or Nosey Parker";
    let top = top
        .as_mapping()
        .ok_or_else(|| file_mistake(path, (1, 1), no_rules))?;
    if top.contains_key("schema") && top.contains_key("provider") {
        return Err(file_mistake(
            path,
            (1, 1),
            "a Keyferry rule file already: use it with --detectors",
        ));
    }
    let list = top
        .get("rules")
        .ok_or_else(|| file_mistake(path, (1, 1), no_rules))?;
    let list = list.as_sequence().ok_or_else(|| {
        file_mistake(
            path,
            locate(text, &["rules".into()]),
            "`rules` is not a list",
        )
    })?;
    let mut notes = Vec::new();
    for key in top
        .keys()
        .filter_map(Value::as_str)
        .filter(|&key| key != "rules")
    {
        let (line, _) = locate(text, &[key.into()]);
        notes.push(Note {
            line,
            about: "unknown field",
            text: format!("`{key}` is not known"),
        });
    }
    let lines = item_lines(text, list.len());
    let mut rules = Vec::new();
    for (number, item) in list.iter().enumerate() {
        let read = Reader {
            path,
            text,
            number,
            line: lines[number],
        };
        rules.push(read.rule(item)?);
    }
    Ok(ForeignFile {
        format: ForeignFormat::Kingfisher,
        rules,
        notes,
    })
}

/// The lines on which the items of `rules` begin, 1-based. The YAML reader gives one place for each
/// pass over the text, so only the first item is looked up. The items of a block list begin at the
/// column of the first.
fn item_lines(text: &str, count: usize) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let (first, _) = locate(text, &["rules".into(), 0.into()]);
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    // The place is that of the text after the dash, which may be on a line of its own.
    let dash = (0..first.min(lines.len()))
        .rev()
        .find(|&at| lines[at].trim_start().starts_with('-'));
    let found: Vec<usize> = match dash {
        Some(dash) => (dash..lines.len())
            .filter(|&at| {
                indent(lines[at]) == indent(lines[dash]) && lines[at].trim_start().starts_with('-')
            })
            .map(|at| at + 1)
            .take(count)
            .collect(),
        None => Vec::new(),
    };
    if found.len() == count {
        found
    } else {
        vec![first; count]
    }
}

/// Reads one rule.
struct Reader<'a> {
    /// The file, for messages.
    path: &'a Path,
    /// The text of the file.
    text: &'a str,
    /// Index of the rule in the list.
    number: usize,
    /// Line of the rule, 1-based.
    line: usize,
}

impl Reader<'_> {
    /// The error for a field with a value of another type.
    fn mistake(&self, key: &str, wanted: &str) -> FileError {
        let at = locate(self.text, &["rules".into(), self.number.into(), key.into()]);
        file_mistake(self.path, at, format!("`{key}` must be a {wanted}"))
    }

    /// Reads the fields of the rule.
    fn rule(&self, item: &Value) -> Result<ForeignRule, FileError> {
        let Some(fields) = item.as_mapping() else {
            return Err(file_mistake(
                self.path,
                (self.line, 1),
                "a rule must be a mapping with `name`, `id` and `pattern`",
            ));
        };
        let line = self.line;
        // The value is the group `TOKEN` in rules of kingfisher, or else the first group. Rules
        // with categories are Nosey Parker's.
        let group = if fields.contains_key("categories") {
            ValueGroup::Last
        } else {
            ValueGroup::NamedOrFirst("TOKEN")
        };
        let mut rule = ForeignRule {
            line,
            group,
            ..ForeignRule::default()
        };
        for (key, value) in fields {
            let Some(key) = key.as_str() else {
                rule.note(line, "unknown field", "a field whose name is not a string");
                continue;
            };
            let is_true = || {
                value
                    .as_bool()
                    .ok_or_else(|| self.mistake(key, "truth value"))
            };
            match key {
                "id" => rule.id = self.string(key, value)?,
                "name" => rule.name = Some(self.string(key, value)?),
                "description" => rule.description = Some(self.string(key, value)?),
                "pattern" => {
                    rule.regex =
                        Some(self.string(key, value)?).filter(|regex| !regex.trim().is_empty())
                }
                "min_entropy" => {
                    let least = value.as_f64().ok_or_else(|| self.mistake(key, "number"))?;
                    rule.min_entropy = Some(least).filter(|&least| least > 0.0);
                }
                "confidence" => {
                    let word = self.string(key, value)?.to_ascii_lowercase();
                    let known = Confidence::deserialize(Value::String(word)).ok();
                    rule.confidence = Some(
                        known
                            .ok_or_else(|| self.mistake(key, "confidence: low, medium or high"))?,
                    );
                }
                "examples" => rule.examples = self.strings(key, value)?,
                "negative_examples" | "non_examples" | "nonexamples" => {
                    rule.negatives = self.strings(key, value)?
                }
                "references" => rule.references = self.strings(key, value)?,
                "categories" => categories(&mut rule, &self.strings(key, value)?),
                "visible" if !is_true()? => {
                    rule.supports_other_rule = true;
                }
                "visible" => {}
                "validation" if value.is_null() => {}
                "validation" => rule.note(
                    line,
                    "validation",
                    "values are not verified with the provider",
                ),
                "revocation" => rule.note(
                    line,
                    "revocation",
                    "values are not revoked with the provider",
                ),
                "prevalidated" if is_true()? => {
                    rule.note(line, "validation", "matches do not count as verified");
                }
                "prevalidated" => {}
                "depends_on_rule" => rule.note(
                    line,
                    "depends_on_rule",
                    "the matches of other rules are not available to this one",
                ),
                "pattern_requirements" => requirements(&mut rule, value),
                "tls_mode" => rule.note(
                    line,
                    "validation",
                    "`tls_mode` has no effect without validation",
                ),
                _ => rule.note(line, "unknown field", format!("`{key}` is not known")),
            }
        }
        Ok(rule)
    }

    /// A field that is a string.
    fn string(&self, key: &str, value: &Value) -> Result<String, FileError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            // YAML reads an example or a name that consists of digits as a number.
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(self.mistake(key, "string")),
        }
    }

    /// A field that is a list of strings.
    fn strings(&self, key: &str, value: &Value) -> Result<Vec<String>, FileError> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Sequence(list) => list.iter().map(|item| self.string(key, item)).collect(),
            _ => Err(self.mistake(key, "list of strings")),
        }
    }
}

/// Takes the confidence from Nosey Parker's categories, some of which mean that a match may be no
/// secret.
fn categories(rule: &mut ForeignRule, categories: &[String]) {
    let line = rule.line;
    let has = |word: &str| categories.iter().any(|category| category == word);
    let of = |word: &str| format!("from the category `{word}`");
    if has("identifier") && !has("secret") {
        rule.note(
            line,
            "categories",
            "`identifier`: a match may be no secret; low confidence",
        );
        rule.confidence = Some(Confidence::Low);
    } else if has("hashed") {
        rule.note(
            line,
            "categories",
            "`hashed`: a match is the hash of a secret; low confidence",
        );
        rule.confidence = Some(Confidence::Low);
    } else if has("generic") {
        rule.note(
            line,
            "categories",
            format!("low confidence {}", of("generic")),
        );
        rule.confidence = Some(Confidence::Low);
    } else if has("fuzzy") {
        rule.note(
            line,
            "categories",
            format!("medium confidence {}", of("fuzzy")),
        );
        rule.confidence = Some(Confidence::Medium);
    }
}

/// Notes kingfisher's requirements for a value: counts of characters, excluded words, a checksum.
fn requirements(rule: &mut ForeignRule, value: &Value) {
    let line = rule.line;
    let empty = Mapping::new();
    for key in value
        .as_mapping()
        .unwrap_or(&empty)
        .keys()
        .filter_map(Value::as_str)
    {
        match key {
            "checksum" => rule.note(
                line,
                "checksum",
                "the expression that verifies a value is not applied",
            ),
            "ignore_if_contains" => rule.note(
                line,
                "stop words",
                "values that contain words of `ignore_if_contains` are reported",
            ),
            _ => rule.note(
                line,
                "pattern_requirements",
                format!("`{key}` is not applied"),
            ),
        }
    }
}
