//! What is known of the secret in question: lines with a label, without its value.

use super::secret_words::safe;
use crate::decide::explanation::Explanation;
use crate::inventory::entry::{Exposure, Secret};
use crate::report::number::count;
use crate::report::secret_text;
use crate::report::secret_view;

/// A text with a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The label.
    pub label: String,
    /// The text, safe for a screen.
    pub text: String,
}

fn labelled(label: &str, text: &str) -> Labelled {
    Labelled {
        label: safe(label),
        text: safe(text),
    }
}

/// The facts that a scan found: rule, key, login, exposure, and since when the value is there.
pub fn of_scan(secret: &Secret) -> Vec<Labelled> {
    let rule = format!(
        "{} ({} confidence), {}",
        secret.detector,
        secret.confidence.name(),
        secret.kind.name()
    );
    let mut lines = vec![labelled("found by", &rule)];
    if let Some(key) = &secret.context.key {
        lines.push(labelled("key", key));
    }
    if let Some(login) = secret_text::login_words(&secret.context) {
        lines.push(labelled("login", &login));
    }
    let exposure = match secret.exposure {
        Exposure::AtHead => "at HEAD or in a working tree",
        Exposure::History => "only in history",
        Exposure::Unreachable => "only in objects that no ref leads to",
    };
    let places = count(secret.occurrences.len() as u64, "place", "places");
    let expired = if secret.expired { "; expired" } else { "" };
    lines.push(labelled(
        "exposure",
        &format!("{exposure}, {places}{expired}"),
    ));
    if let Some(since) = secret_view::since(secret, false) {
        lines.push(labelled("since", &secret_text::since_in_words(&since)));
    }
    lines
}

/// The metadata fields with their sources, the fields on which places disagree, and the reason of the decision.
pub fn of_facts(secret: &Secret, explanation: &Explanation) -> Vec<Labelled> {
    let mut lines = Vec::new();
    for (field, fact) in &secret.metadata {
        let from = secret_text::provenance(fact.from);
        let by = explanation.stated_by.get(field);
        let by = by.map(|by| by.join("; ")).unwrap_or_default();
        let by = match by.as_str() {
            "" => String::new(),
            by => format!(": {by}"),
        };
        lines.push(labelled(field, &format!("{} ({from}{by})", fact.value)));
    }
    for (field, values) in &explanation.conflicts {
        let values = values.iter().map(|(value, places)| {
            let places: Vec<&str> = places.iter().take(2).map(String::as_str).collect();
            format!("{value} ({})", places.join("; "))
        });
        let values: Vec<String> = values.collect();
        lines.push(labelled(
            field,
            &format!("differs: {}", values.join(" or ")),
        ));
    }
    if !secret.readers.is_empty() {
        let readers: Vec<&str> = secret.readers.iter().map(String::as_str).collect();
        lines.push(labelled("shared by", &readers.join(", ")));
    }
    if !secret.decision.reason.trim().is_empty() {
        let by = format!(
            "{} ({})",
            secret.decision.reason.trim(),
            secret.decision.rule
        );
        lines.push(labelled("rule", &by));
    }
    lines
}
