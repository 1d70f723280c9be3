//! From rules of another scanner to rule files of ours, with an account of each rule.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern_conversion::{self, Ours};
use super::{Foreign, ForeignRule, Note, example_text, required_literals, rule_naming};
use crate::detect::compile::Rule;
use crate::detect::engine::{Engine, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::rule::{RuleFile, RuleSpec};
use crate::detect::selftest;
use crate::finding::Confidence;

/// Made-up texts that are tried as an example.
const ATTEMPTS: u64 = 60;
/// Examples that a rule takes over, at most.
const EXAMPLES: usize = 20;

/// What became of a file's rules.
#[derive(Debug)]
pub struct Conversion {
    /// By provider: the file's name without ending, and its content; `opens` is empty where no rule said it.
    pub files: BTreeMap<String, RuleFile>,
    pub outcomes: Vec<RuleOutcome>,
}

/// What became of a rule.
#[derive(Debug)]
pub struct RuleOutcome {
    /// Its first line, 1-based.
    pub line: usize,
    /// As it stands in the file.
    pub id: String,
    /// The ids of the rules of ours; or why there is none.
    pub outcome: Result<Vec<String>, String>,
    /// Of a rule that came over.
    pub notes: Vec<Note>,
    /// What was chosen for it because it does not say: the kind, mostly, and the confidence.
    pub assumed: Vec<String>,
    /// Of their own examples those in which ours finds something, and how many they are.
    pub examples: (usize, usize),
}

/// Makes rules of ours. `taken` are ids that are not to be used: a rule of the user replaces the built-in one of its id.
pub fn convert(foreign: Foreign, taken: &BTreeSet<String>) -> Conversion {
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
        // What is not as it was is of no matter where nothing is.
        if outcome.is_err() {
            notes.clear();
        }
        conversion.outcomes.push(RuleOutcome {
            line,
            id,
            outcome,
            notes,
            assumed,
            examples: (found.len(), total),
        });
    }
    conversion
}

/// A file says once what its secrets open; rules of theirs say it each.
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

/// A rule of ours.
struct Made {
    spec: RuleSpec,
    /// Their examples in which it finds something, by number.
    found: BTreeSet<usize>,
    /// The word that its kind was told from.
    word: Option<&'static str>,
    /// It has no example but a made-up one.
    made_up: bool,
}

fn make(rule: &mut ForeignRule, taken: &mut BTreeSet<String>) -> Result<Vec<Made>, String> {
    let own = rule_naming::id(&rule.id);
    if own.is_empty() {
        return Err("it has no id".to_owned());
    }
    if let Some(why) = rule.unwanted {
        return Err(why.to_owned());
    }
    let Some(regex) = &rule.regex else {
        return Err(
            "it has no expression: it is about paths, not about what files hold".to_owned(),
        );
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
    if let (Some(why), true) = (&failed, made.is_empty()) {
        return Err(why.clone());
    }
    let line = rule.line;
    if several > 1 {
        rule.note(
            line,
            "groups",
            format!("{several} groups may hold the value, each of which wants a rule of its own"),
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
        rule.note(line, "id", format!("another rule has the id {own}"));
    }
    tell_examples(rule, &made);
    if rule.references.len() > 1 {
        let more = rule.references.len() - 1;
        rule.note(
            line,
            "references",
            format!("{more} more than the one that a file of ours has"),
        );
    }
    Ok(made)
}

fn free(own: &str, taken: &BTreeSet<String>) -> String {
    let others = (2..).map(|n| format!("{own}-{n}"));
    let mut names = [own.to_owned(), format!("own-{own}")]
        .into_iter()
        .chain(others);
    names
        .find(|name| !taken.contains(name))
        .expect("numbers do not end")
}

fn make_one(rule: &mut ForeignRule, id: &str, ours: Ours, only: bool) -> Result<Made, String> {
    let Ours {
        pattern,
        hir,
        reach,
        notes,
    } = ours;
    let line = rule.line;
    for (about, text) in notes {
        rule.note_once(line, about, text);
    }
    let anchors = required_literals::anchors(&hir).ok_or_else(|| {
        let keywords = if rule.keywords.is_empty() {
            ""
        } else {
            ", and its keywords may stand anywhere in a file"
        };
        format!("no literal of three bytes is in every match{keywords}")
    })?;
    // An empty keyword is everywhere.
    if !rule.keywords.is_empty()
        && rule.keywords.iter().all(|word| !word.is_empty())
        && !required_literals::imply(&hir, &rule.keywords)
    {
        let words = rule.keywords.join(", ");
        let text = format!(
            "one of them has to be somewhere in the file there, none here, so more is found: {words}"
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
        opens: None,
        chosen: false,
        base64: false,
        format: None,
        value: None,
        names: Vec::new(),
        reach,
        min_entropy: rule.min_entropy,
        proof: None,
        examples: vec![id.to_owned()],
        negatives: Vec::new(),
    };
    let compiled = Rule::compile(&spec, "", true).map_err(|mistake| mistake.message)?;
    let engine = Engine::new(vec![compiled], 0);
    let counts: Vec<usize> = rule
        .examples
        .iter()
        .map(|text| finds(&engine, text))
        .collect();
    let found = (0..counts.len())
        .filter(|&number| counts[number] > 0)
        .collect();
    // Ours hold one value each.
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
    // Of several rules made of one each finds a part.
    if only {
        let unfound = |text: &String| expand(text).is_ok() && finds(&engine, text) == 0;
        let (good, bad): (Vec<_>, Vec<_>) = rule.negatives.iter().cloned().partition(unfound);
        spec.negatives = good;
        if !bad.is_empty() {
            let text = format!("{} left out: something is found in them", bad.len());
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
        return Err(format!("it does not hold on its own examples: {failure}"));
    }
    Ok(Made {
        spec,
        found,
        word,
        made_up,
    })
}

/// How many values are found in a text. One with `<<` in it is taken as it stands.
fn finds(engine: &Engine, text: &str) -> usize {
    let text = expand(text).unwrap_or_else(|_| text.to_owned());
    engine
        .scan(Text::new(text.as_bytes(), FileKind::Config))
        .matches
        .len()
}

fn make_up(engine: &Engine, hir: &regex_syntax::hir::Hir) -> Result<String, String> {
    let mut why = BTreeSet::new();
    for attempt in 0..ATTEMPTS {
        let Some(template) = example_text::template(hir, attempt) else {
            continue;
        };
        // `\b` and the like ask for something beside a match.
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
            why.extend(scanned.rejected.into_keys());
        }
    }
    let why = why.into_iter().collect::<Vec<_>>().join(", ");
    let why = if why.is_empty() {
        why
    } else {
        format!(" (taken for noise: {why})")
    };
    Err(format!(
        "no example could be made up in which it finds one value{why}"
    ))
}

/// What a reader should look at, as our guess.
fn assumptions(rule: &ForeignRule, made: &[Made]) -> Vec<String> {
    let mut assumed = Vec::new();
    if let Some(Made { spec, word, .. }) = made.first() {
        let by = word.map_or(String::new(), |word| format!(" because of `{word}`"));
        assumed.push(format!("kind {}{by}", spec.kind.name()));
    }
    if rule.confidence.is_none() {
        assumed.push("medium confidence".to_owned());
    }
    if made.iter().any(|made| made.made_up) {
        assumed.push("a made-up example".to_owned());
    }
    assumed
}

fn tell_examples(rule: &mut ForeignRule, made: &[Made]) {
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
        let why = made
            .iter()
            .flat_map(|made| rejections(&made.spec, &rule.examples));
        let why = why
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(", ");
        let why = if why.is_empty() {
            why
        } else {
            format!(" (taken for noise: {why})")
        };
        rule.note(
            line,
            "examples",
            format!("nothing is found in {missed} of {total}{why}"),
        );
    }
    if left > 0 {
        let text = format!(
            "{left} of {total} left out: they hold several values, or `<<`, or are more than {EXAMPLES}"
        );
        rule.note(line, "examples", text);
    }
}

/// The filters that take what a rule finds in texts for none.
fn rejections(spec: &RuleSpec, texts: &[String]) -> BTreeSet<&'static str> {
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
        .flat_map(|scanned| scanned.rejected.into_keys())
        .collect()
}
