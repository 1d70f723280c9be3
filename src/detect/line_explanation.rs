//! What the rules make of some lines of a text, in words, for `explain`. Shows no value.

use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use super::classifier::{self, CredentialScore};
use super::engine::{Engine, Event, Match, Text};
use crate::finding::{Confidence, Decoding, Lines, Position};

/// Number of features of the classifier that are listed.
const REASONS: usize = 4;

/// What the rules make of some lines. Its texts are partly those of the searched text: they must be escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineExplanation {
    /// How the text is read: its syntax, and its encoding if it is not plain.
    pub read_as: String,
    /// The names of the limits that the text reaches: not all of it is examined.
    pub limits: Vec<String>,
    /// The results, in order of place.
    pub results: Vec<LineResult>,
}

/// One result of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineResult {
    /// Line, from 1.
    pub line: u64,
    /// Column in bytes, from 1.
    pub column: u64,
    /// The result in words.
    pub text: String,
}

impl LineExplanation {
    /// Explains these lines of a text.
    pub fn of(engine: &Engine, text: Text<'_>, wanted: &RangeInclusive<u64>) -> Self {
        let lines = text.lines();
        let explained = engine.explain(text);
        let matches = explained
            .matches
            .iter()
            .map(|found| (found.range.clone(), describe_match(engine, found, &lines)));
        let events = explained
            .events
            .iter()
            .map(|event| describe_event(engine, text.bytes, event));
        let within = |(range, text): (Range<usize>, String)| {
            let position = lines.position(&range);
            let is_within = position.line <= *wanted.end() && *wanted.start() <= position.end_line;
            is_within.then_some((position, text))
        };
        let mut found: Vec<_> = matches.chain(events).filter_map(within).collect();
        found.sort();
        found.dedup();
        let result = |(position, text): (Position, String)| LineResult {
            line: position.line,
            column: position.column,
            text,
        };
        let encoding = if text.is_utf16() {
            ", UTF-16"
        } else if text.is_binary() {
            ", binary: searched for tokens and keys only, not for assignments"
        } else {
            ""
        };
        let limits = explained.limits.iter();
        Self {
            read_as: format!("{}{encoding}", text.syntax.name()),
            limits: limits.map(|limit| limit.name().to_owned()).collect(),
            results: found.into_iter().map(result).collect(),
        }
    }
}

/// A match in words.
fn describe_match(engine: &Engine, found: &Match, lines: &Lines) -> String {
    let low = if found.confidence == Confidence::Low {
        " (scan reports it with --confidence low)"
    } else {
        ""
    };
    let mut text = format!(
        "reported    {}: {} confidence{low}, {}",
        engine.rule(found.rule).id,
        found.confidence.name(),
        found.kind.name()
    );
    if let Some(key) = &found.context.key {
        text.push_str(&format!(", assigned to `{key}`"));
    }
    if let Some(proof) = found.proof {
        text.push_str(&format!(", proved by {proof}"));
    }
    let end = lines.position(&found.range);
    let by = if found.decoding.is_empty() { "" } else { "by " };
    text.push_str(&format!(
        "; read {by}{} up to {}:{}",
        Decoding::in_words(&found.decoding),
        end.end_line,
        end.end_column
    ));
    text.push_str(", ");
    text.push_str(found.certainty.name());
    if let Some(doubt) = found.certainty.doubt() {
        text.push_str(&format!(" ({}: {})", doubt.name(), doubt.description()));
    }
    text
}

/// The range of an event and its description.
fn describe_event(engine: &Engine, bytes: &[u8], event: &Event) -> (Range<usize>, String) {
    let id = |rule: usize| &engine.rule(rule).id;
    let (range, text) = match event {
        Event::AnchorOnly { rule, anchor } => (
            anchor,
            format!(
                "no match    {}: the line has an anchor of the rule, but no text of the rule's form",
                id(*rule)
            ),
        ),
        Event::NotAssigned { word, why } => (
            word,
            format!(
                "no match    rules by name: `{}` {}",
                String::from_utf8_lossy(&bytes[word.clone()]),
                why.reason()
            ),
        ),
        // The name is not shown, because the text before a `=` can be the middle of a value.
        Event::OtherName { name } => (
            name,
            "no match    rules by name: no rule covers this name".to_owned(),
        ),
        Event::Judged {
            rule,
            range,
            features,
        } => {
            let reasons = classifier::reasons(features, REASONS).into_iter();
            let reasons: Vec<_> = reasons
                .map(|(name, share)| format!("{name} {:+.1}", f64::from(share) / 1000.0))
                .collect();
            let percent = CredentialScore::of(features).percent();
            let text = format!(
                "weighed     {}: {percent} % likely; {}",
                id(*rule),
                reasons.join(", ")
            );
            (range, text)
        }
        Event::Rejected {
            rule,
            range,
            filter,
        } => (range, format!("rejected    {}: {filter}", id(*rule))),
        Event::Doubted { rule, range, why } => (range, format!("less sure   {}: {why}", id(*rule))),
        Event::Layer { range, step, bytes } => (
            range,
            format!("decoded     {step}: {bytes} decoded bytes were searched"),
        ),
        Event::Overruled { rule, range, by } => (
            range,
            format!(
                "overruled   {}: {} matches the same text and takes precedence",
                id(*rule),
                id(*by)
            ),
        ),
    };
    (range.clone(), text)
}
