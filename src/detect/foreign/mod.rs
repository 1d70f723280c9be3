//! Conversion of the rules of other scanners: gitleaks and betterleaks (TOML), kingfisher and Nosey
//! Parker (YAML). Every difference that the conversion makes is reported with its rule and line.
//!
//! The formats are those of gitleaks' and betterleaks' `config/config.go`, and of kingfisher's and
//! Nosey Parker's `docs/RULES.md`. The meaning of a rule differs from that of a Keyferry rule in
//! three ways. Their keywords may occur anywhere in a file; ours are anchors, which are in every
//! match. Their expressions search whole files and need no greatest length. Their conditions on a
//! match (allow-lists, filters, calls to the provider) cannot be expressed in a Keyferry rule.

mod conversion_error;
mod example_text;
mod file_mistake;
mod foreign_rule;
mod gitleaks;
mod kingfisher;
mod match_extent;
mod pattern_conversion;
mod regex_dialect;
mod regex_translation;
mod required_literals;
mod rule_conversion;
mod rule_naming;
#[cfg(test)]
mod tests;
mod value_groups;

use std::path::Path;

pub use conversion_error::ConversionError;
pub use foreign_rule::{ForeignFile, ForeignFormat, ForeignRule, Note};
pub use regex_translation::PatternError;
pub use rule_conversion::{Conversion, RuleOutcome, convert};

use crate::yaml::FileError;

/// Reads a rule file of another scanner. The extension of `path` distinguishes TOML from YAML; a file
/// with another extension is TOML if it has a line `[[rules]]`. Nothing is read from `path`.
///
/// # Errors
/// If the text does not parse, has no list of rules, or a field has another type than its format
/// requires. The error has the place in the file.
pub fn read(path: &Path, text: &str) -> Result<ForeignFile, FileError> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or("");
    let is_toml = match ending.to_ascii_lowercase().as_str() {
        "toml" => true,
        "yaml" | "yml" | "json" => false,
        _ => text.lines().any(|line| line.trim_end() == "[[rules]]"),
    };
    if is_toml {
        gitleaks::read(path, text)
    } else {
        kingfisher::read(path, text)
    }
}
