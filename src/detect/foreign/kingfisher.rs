//! kingfisher's and Nosey Parker's YAML.

use std::path::Path;

use serde::Deserialize;
use serde_yaml::{Mapping, Value};

use super::{Foreign, ForeignRule, Format, Group, Note, wrong};
use crate::finding::Confidence;
use crate::yaml::{self, FileError, locate};

pub(super) fn read(path: &Path, text: &str) -> Result<Foreign, FileError> {
    let top: Value = yaml::from_yaml(path, text)?;
    if top.is_null() {
        return Err(wrong(path, (1, 1), "the file is empty"));
    }
    let no_rules = "no `rules`: neither kingfisher nor Nosey Parker writes such a file";
    let top = top
        .as_mapping()
        .ok_or_else(|| wrong(path, (1, 1), no_rules))?;
    if top.contains_key("schema") && top.contains_key("provider") {
        return Err(wrong(
            path,
            (1, 1),
            "is a file of our own rules already, which --detectors takes",
        ));
    }
    let list = top
        .get("rules")
        .ok_or_else(|| wrong(path, (1, 1), no_rules))?;
    let list = list
        .as_sequence()
        .ok_or_else(|| wrong(path, locate(text, &["rules".into()]), "`rules` is no list"))?;
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
    Ok(Foreign {
        format: Format::Kingfisher,
        rules,
        notes,
    })
}

/// The lines on which the items of `rules` begin. The reader tells one place a reading; items of a list that is written one
/// below the other begin at the column of the first.
fn item_lines(text: &str, count: usize) -> Vec<usize> {
    if count == 0 {
        return Vec::new();
    }
    let (first, _) = locate(text, &["rules".into(), 0.into()]);
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    // The place is that of what follows the dash, perhaps on a line of its own.
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

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    number: usize,
    line: usize,
}

impl Reader<'_> {
    fn mistake(&self, key: &str, wanted: &str) -> FileError {
        let at = locate(self.text, &["rules".into(), self.number.into(), key.into()]);
        wrong(self.path, at, format!("`{key}` is no {wanted}"))
    }

    fn rule(&self, item: &Value) -> Result<ForeignRule, FileError> {
        let Some(fields) = item.as_mapping() else {
            return Err(wrong(
                self.path,
                (self.line, 1),
                "a rule is a mapping with `name`, `id` and `pattern`",
            ));
        };
        let line = self.line;
        // kingfisher calls the group that is the value TOKEN, or takes the first. Nosey Parker's rules have categories.
        let group = if fields.contains_key("categories") {
            Group::Last
        } else {
            Group::NamedOrFirst("TOKEN")
        };
        let mut rule = ForeignRule {
            line,
            group,
            ..ForeignRule::default()
        };
        for (key, value) in fields {
            let Some(key) = key.as_str() else {
                rule.note(line, "unknown field", "a field whose name is no string");
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
                    rule.unwanted = Some(
                        "it finds what another rule needs beside it, and is not reported by itself",
                    );
                }
                "visible" => {}
                "validation" if value.is_null() => {}
                "validation" => rule.note(
                    line,
                    "validation",
                    "no provider is asked whether a value is valid",
                ),
                "revocation" => {
                    rule.note(line, "revocation", "no provider is asked to revoke a value")
                }
                "prevalidated" if is_true()? => {
                    rule.note(
                        line,
                        "validation",
                        "what it finds does not count as valid beforehand",
                    );
                }
                "prevalidated" => {}
                "depends_on_rule" => rule.note(
                    line,
                    "depends_on_rule",
                    "what another rule found is not known to this one",
                ),
                "pattern_requirements" => requirements(&mut rule, value),
                "tls_mode" => rule.note(line, "validation", "`tls_mode` is of no use without it"),
                _ => rule.note(line, "unknown field", format!("`{key}` is not known")),
            }
        }
        Ok(rule)
    }

    fn string(&self, key: &str, value: &Value) -> Result<String, FileError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            // An example that is a number, a name that is one.
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(self.mistake(key, "string")),
        }
    }

    fn strings(&self, key: &str, value: &Value) -> Result<Vec<String>, FileError> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::Sequence(list) => list.iter().map(|item| self.string(key, item)).collect(),
            _ => Err(self.mistake(key, "list of strings")),
        }
    }
}

/// Nosey Parker's: what a rule finds, in words of which some say that it is no secret.
fn categories(rule: &mut ForeignRule, categories: &[String]) {
    let line = rule.line;
    let has = |word: &str| categories.iter().any(|category| category == word);
    let of = |word: &str| format!("by the category `{word}`");
    if has("identifier") && !has("secret") {
        rule.note(
            line,
            "categories",
            "`identifier`: what it finds may be no secret; low confidence",
        );
        rule.confidence = Some(Confidence::Low);
    } else if has("hashed") {
        rule.note(
            line,
            "categories",
            "`hashed`: what it finds is a hash of a secret; low confidence",
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

/// kingfisher's: how many characters of a sort a value has, words that it must not have, a checksum.
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
                "the expression that proves a value is not carried over",
            ),
            "ignore_if_contains" => rule.note(
                line,
                "stop words",
                "values with words of `ignore_if_contains` are reported",
            ),
            _ => rule.note(
                line,
                "pattern_requirements",
                format!("`{key}` is not asked of a value"),
            ),
        }
    }
}
