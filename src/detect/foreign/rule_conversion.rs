//! Conversion of the rules of another scanner to Keyferry rule files, with an account of each rule.

use std::collections::{BTreeMap, BTreeSet};

use super::conversion_error::{ConversionError, rejections};
use super::foreign_rule::{ForeignFile, ForeignRule, Note};
use super::pattern_conversion::{self, ConvertedPattern};
use super::{example_text, required_literals, rule_naming};
use crate::detect::compile::Rule;
use crate::detect::engine::{Engine, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::rule::{RuleFile, RuleSpec};
use crate::detect::selftest;
use crate::finding::Confidence;

/// Number of generated texts that are tried as an example.
const ATTEMPTS: u64 = 60;
/// Greatest number of examples that a converted rule takes over.
const EXAMPLES: usize = 20;

/// The conversion of a file.
#[derive(Debug)]
pub struct Conversion {
    /// The rule files by provider. The key is the name of the file without its extension. `opens`
    /// is empty where no rule has a description.
    pub files: BTreeMap<String, RuleFile>,
    /// The outcome of each rule, in the order of the file.
    pub outcomes: Vec<RuleOutcome>,
}

/// The conversion of a rule.
#[derive(Debug)]
pub struct RuleOutcome {
    /// First line of the rule in the file, 1-based.
    pub line: usize,
    /// The id as the file has it; empty if it has none.
    pub id: String,
    /// The ids of the converted rules, or the reason why the rule was not converted.
    pub outcome: Result<Vec<String>, ConversionError>,
    /// Differences between the rule and its conversion; empty if there is no conversion.
    pub notes: Vec<Note>,
    /// Properties that were chosen because the rule does not state them: mostly its kind and
    /// confidence.
    pub assumed: Vec<String>,
    /// Number of the rule's examples in which a converted rule finds a value.
    pub examples_found: usize,
    /// Number of examples that the rule of the other scanner has.
    pub examples: usize,
}

/// Converts the rules of a file. An id in `taken` is not used again: a user's rule would replace
/// the built-in rule with its id.
pub fn convert(foreign: ForeignFile, taken: &BTreeSet<String>) -> Conversion {
    let mut taken = taken.clone();
    let mut conversion = Conversion {
        files: BTreeMap::new(),
        outcomes: Vec::new(),
    };
    for mut rule in foreign.rules {
        let total = rule.examples.len();
        let mut found = BTreeSet::new();
        let mut assumed = Vec::new();
        let outcome = make(&mut rule, &mut taken).map(|made| {
            assumed = assumptions(&rule, &made);
            let ids = made.iter().map(|made| made.spec.id.clone()).collect();
            let provider = rule_naming::provider(&rule_naming::id(&rule.id));
            for made in made {
                found.extend(made.found);
                add(&mut conversion.files, &provider, &rule, made.spec);
            }
            ids
        });
        let ForeignRule {
            line,
            id,
            mut notes,
            ..
        } = rule;
        notes.sort_by_key(|note| note.line);
        // Differences do not matter if there is no conversion.
        if outcome.is_err() {
            notes.clear();
        }
        conversion.outcomes.push(RuleOutcome {
            line,
            id,
            outcome,
            notes,
            assumed,
            examples_found: found.len(),
            examples: total,
        });
    }
    conversion
}

/// Adds a rule to the file of its provider. A file describes the access that its secrets give once;
/// the rules of other scanners describe it each.
fn add(files: &mut BTreeMap<String, RuleFile>, provider: &str, rule: &ForeignRule, spec: RuleSpec) {
    let opens = rule.description.as_deref().unwrap_or("");
    let alone = RuleFile {
        schema: 1,
        provider: rule_naming::name(provider),
        opens: opens.split_whitespace().collect::<Vec<_>>().join(" "),
        reference: rule.references.first().cloned(),
        rules: vec![spec],
    };
    match files.get_mut(provider) {
        Some(file) => file.add(alone),
        None => drop(files.insert(provider.to_owned(), alone)),
    }
}

/// A converted rule, with the facts that the notes need.
struct ConvertedRule {
    /// The rule as a rule file has it.
    spec: RuleSpec,
    /// Indices of the original's examples in which the rule finds a value.
    found: BTreeSet<usize>,
    /// The word from which its kind was inferred.
    word: Option<&'static str>,
    /// Whether its only example is generated.
    made_up: bool,
}

/// Converts a rule: to one rule for each group that may be the value.
fn make(
    rule: &mut ForeignRule,
    taken: &mut BTreeSet<String>,
) -> Result<Vec<ConvertedRule>, ConversionError> {
    let own = rule_naming::id(&rule.id);
    if own.is_empty() {
        return Err(ConversionError::NoId);
    }
    if rule.supports_other_rule {
        return Err(ConversionError::SupportsOtherRule);
    }
    let Some(regex) = &rule.regex else {
        return Err(ConversionError::NoExpression);
    };
    let all = pattern_conversion::convert(regex, rule.go, &rule.group)?;
    let several = all.len();
    let mut made = Vec::new();
    let mut failed = None;
    for ours in all {
        match make_one(rule, &own, ours, several == 1) {
            Ok(mut one) => {
                one.spec.id = free(&own, taken);
                taken.insert(one.spec.id.clone());
                made.push(one);
            }
            Err(why) => failed = Some(why),
        }
    }
    if made.is_empty()
        && let Some(why) = failed
    {
        return Err(why);
    }
    let line = rule.line;
    if several > 1 {
        rule.note(
            line,
            "groups",
            format!("{several} groups may be the value, so each becomes a rule"),
        );
    }
    if let Some(why) = failed {
        let left = several - made.len();
        rule.note(
            line,
            "groups",
            format!("{left} of {several} left out: {why}"),
        );
    }
    if made[0].spec.id != own {
        rule.note(
            line,
            "id",
            format!("renamed, because another rule has the id {own}"),
        );
    }
    note_examples(rule, &made);
    if rule.references.len() > 1 {
        let more = rule.references.len() - 1;
        rule.note(
            line,
            "references",
            format!("{more} left out: a rule file has one reference"),
        );
    }
    Ok(made)
}

/// An id that is not taken: the rule's own, or one derived from it.
fn free(own: &str, taken: &BTreeSet<String>) -> String {
    let others = (2..).map(|n| format!("{own}-{n}"));
    let mut names = [own.to_owned(), format!("own-{own}")]
        .into_iter()
        .chain(others);
    names
        .find(|name| !taken.contains(name))
        .expect("numbers do not end")
}

/// Converts a rule with one of its expressions. `only` is false if the rule becomes several.
fn make_one(
    rule: &mut ForeignRule,
    id: &str,
    ours: ConvertedPattern,
    only: bool,
) -> Result<ConvertedRule, ConversionError> {
    let ConvertedPattern {
        pattern,
        hir,
        reach,
        notes,
    } = ours;
    let line = rule.line;
    for (about, text) in notes {
        rule.note_once(line, about, text);
    }
    let anchors = required_literals::anchors(&hir).ok_or(ConversionError::NoLiteral {
        keywords: !rule.keywords.is_empty(),
    })?;
    // An empty keyword is in every file.
    if !rule.keywords.is_empty()
        && rule.keywords.iter().all(|word| !word.is_empty())
        && !required_literals::imply(&hir, &rule.keywords)
    {
        let words = rule.keywords.join(", ");
        let text = format!(
            "not required, so the rule finds more: the original searches only files that contain one of {words}"
        );
        rule.note_once(rule.keywords_line, "keywords", text);
    }
    let name = rule.name.clone().unwrap_or_else(|| rule_naming::name(id));
    let (kind, word) = rule_naming::kind(id, &name);
    let mut spec = RuleSpec {
        id: id.to_owned(),
        name,
        kind,
        confidence: rule.confidence.unwrap_or(Confidence::Medium),
        anchors,
        pattern: Some(pattern),
        keywords: Vec::new(),
        followed_by: Vec::new(),
        near: None,
        opens: None,
        chosen: false,
        base64: false,
        format: None,
        value: None,
        names: Vec::new(),
        reach,
        min_entropy: rule.min_entropy,
        proof: None,
        part: None,
        examples: vec![id.to_owned()],
        negatives: Vec::new(),
    };
    let compiled = Rule::compile(&spec, "", true).map_err(ConversionError::Rule)?;
    let engine = Engine::new(vec![compiled], 0);
    let counts: Vec<usize> = rule
        .examples
        .iter()
        .map(|text| finds(&engine, text))
        .collect();
    let found = (0..counts.len())
        .filter(|&number| counts[number] > 0)
        .collect();
    // An example of a Keyferry rule contains exactly one value.
    let good = (0..counts.len())
        .filter(|&number| counts[number] == 1 && expand(&rule.examples[number]).is_ok());
    spec.examples = good
        .take(EXAMPLES)
        .map(|number| rule.examples[number].clone())
        .collect();
    let made_up = spec.examples.is_empty();
    if made_up {
        spec.examples.push(make_up(&engine, &hir)?);
    }
    // If a rule becomes several, each of them finds some of the values only.
    if only {
        let unfound = |text: &String| expand(text).is_ok() && finds(&engine, text) == 0;
        let (good, bad): (Vec<_>, Vec<_>) = rule.negatives.iter().cloned().partition(unfound);
        spec.negatives = good;
        if !bad.is_empty() {
            let text = format!("{} left out: the rule finds a value in them", bad.len());
            rule.note(line, "negative examples", text);
        }
    }
    let file = RuleFile {
        schema: 1,
        provider: String::new(),
        opens: String::new(),
        reference: None,
        rules: Vec::new(),
    };
    if let Some(failure) = selftest::failures(&file, &spec).into_iter().next() {
        return Err(ConversionError::Examples(failure));
    }
    Ok(ConvertedRule {
        spec,
        found,
        word,
        made_up,
    })
}

/// Number of values that are found in a text. A text whose `<<` begins no placeholder is taken
/// literally.
fn finds(engine: &Engine, text: &str) -> usize {
    let text = expand(text).unwrap_or_else(|_| text.to_owned());
    engine
        .scan(Text::new(text.as_bytes(), FileKind::Config))
        .matches
        .len()
}

/// Generates an example in which exactly one value is found.
fn make_up(engine: &Engine, hir: &regex_syntax::hir::Hir) -> Result<String, ConversionError> {
    let mut rejected = BTreeSet::new();
    for attempt in 0..ATTEMPTS {
        let Some(template) = example_text::template(hir, attempt) else {
            continue;
        };
        // `\b` and similar assertions depend on the text around a match.
        for text in [
            template.clone(),
            format!(" {template} "),
            format!("key = \"{template}\""),
        ] {
            let Ok(expanded) = expand(&text) else {
                continue;
            };
            let scanned = engine.scan(Text::new(expanded.as_bytes(), FileKind::Config));
            if scanned.matches.len() == 1 {
                return Ok(text);
            }
            rejected.extend(scanned.rejected.filters());
        }
    }
    Err(ConversionError::NoExample {
        rejected: rejected.into_iter().collect(),
    })
}

/// The properties that were chosen for a rule, which a person should check.
fn assumptions(rule: &ForeignRule, made: &[ConvertedRule]) -> Vec<String> {
    let mut assumed = Vec::new();
    if let Some(ConvertedRule { spec, word, .. }) = made.first() {
        let by = word.map_or(String::new(), |word| format!(" because of `{word}`"));
        assumed.push(format!("kind {}{by}", spec.kind.name()));
    }
    if rule.confidence.is_none() {
        assumed.push("medium confidence".to_owned());
    }
    if made.iter().any(|made| made.made_up) {
        assumed.push("a generated example".to_owned());
    }
    assumed
}

/// Notes the examples in which nothing is found, and those that were left out.
fn note_examples(rule: &mut ForeignRule, made: &[ConvertedRule]) {
    let (line, total) = (rule.line, rule.examples.len());
    let found: BTreeSet<usize> = made
        .iter()
        .flat_map(|made| made.found.iter().copied())
        .collect();
    let taken: BTreeSet<&String> = made.iter().flat_map(|made| &made.spec.examples).collect();
    let left = found
        .iter()
        .filter(|&&number| !taken.contains(&rule.examples[number]))
        .count();
    let missed = total - found.len();
    if missed > 0 {
        let rejected: BTreeSet<_> = made
            .iter()
            .flat_map(|made| rejecting_filters(&made.spec, &rule.examples))
            .collect();
        let why = rejections(&rejected.into_iter().collect::<Vec<_>>());
        rule.note(
            line,
            "examples",
            format!("the rule finds nothing in {missed} of {total}{why}"),
        );
    }
    if left > 0 {
        let text = format!(
            "{left} of {total} left out: they contain several values or `<<`, or exceed the limit of {EXAMPLES}"
        );
        rule.note(line, "examples", text);
    }
}

/// Names of the filters that reject every value of a rule in some of the texts.
fn rejecting_filters(spec: &RuleSpec, texts: &[String]) -> BTreeSet<&'static str> {
    let Ok(rule) = Rule::compile(spec, "", true) else {
        return BTreeSet::new();
    };
    let engine = Engine::new(vec![rule], 0);
    let scan = |text: &String| engine.scan(Text::new(text.as_bytes(), FileKind::Config));
    let unfound = texts
        .iter()
        .map(scan)
        .filter(|scanned| scanned.matches.is_empty());
    unfound
        .flat_map(|scanned| scanned.rejected.filters().collect::<Vec<_>>())
        .collect()
}
