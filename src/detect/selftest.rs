//! Rules proved on their own examples and negatives.

use super::compile::Rule;
use super::engine::{Engine, Text};
use super::example::expand;
use super::file_kind::FileKind;
use super::rule::{FormatName, RuleFile, RuleSpec};

/// Examples are lines of configuration as often as lines of code.
pub(super) fn kind_of_examples(spec: &RuleSpec) -> FileKind {
    if spec.format == Some(FormatName::Lines) {
        FileKind::Login
    } else {
        FileKind::Config
    }
}

/// What is wrong with a rule: each message names the example. Empty when the rule does what it says.
pub fn failures(file: &RuleFile, spec: &RuleSpec) -> Vec<String> {
    let rule = match Rule::compile(spec, &file.provider, true) {
        Ok(rule) => rule,
        Err(mistake) => return vec![mistake.message],
    };
    let engine = Engine::new(vec![rule], 0);
    let mut failures = Vec::new();
    for (kind, texts, wanted) in [
        ("example", &spec.examples, 1),
        ("negative", &spec.negatives, 0),
    ] {
        for (number, template) in texts.iter().enumerate() {
            let text = match expand(template) {
                Ok(text) => text,
                Err(message) => {
                    failures.push(format!("{kind} {}: {message}", number + 1));
                    continue;
                }
            };
            let scanned = engine.scan(Text::new(text.as_bytes(), kind_of_examples(spec)));
            if scanned.matches.len() != wanted {
                let rejected: Vec<_> = scanned.rejected.keys().copied().collect();
                let why = if rejected.is_empty() {
                    String::new()
                } else {
                    format!(" (rejected: {})", rejected.join(", "))
                };
                failures.push(format!(
                    "{kind} {}: found {} values, not {wanted}{why}: {template}",
                    number + 1,
                    scanned.matches.len()
                ));
            }
        }
    }
    failures
}
