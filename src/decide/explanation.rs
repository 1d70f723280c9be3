//! Why a secret is decided as it is, in full: who states its facts, which statements and rules were looked at, and the
//! possible answers to its questions.
//!
//! It is made for a few secrets that a person looks at, after they were settled.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::decision;
use super::inputs::Inputs;
use super::metadata::{self, NAME};
use super::rule_condition::Condition;
use super::rule_ids::{NO_RULE, NOT_FOUND, PERSON};
use super::said::SaidOutcome;
use super::statement::Statement;
use crate::inventory::entry::{Fact, Outcome, Provenance, Secret};

/// Places, statements or rules of one kind that are named at most.
const SHOWN: usize = 20;

/// Why a secret is decided as it is.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// Field → who states its value: a statement of a person, places, or a part of the policy.
    pub stated_by: BTreeMap<String, Vec<String>>,
    /// Fields on which the places disagree: field → value → places.
    pub conflicts: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The statements and rules, in the order in which they are tried.
    pub chain: Vec<ChainStep>,
    /// The number of further statements whose condition does not hold.
    pub statements_more: usize,
    /// The questions, each with its possible answers as parts of a statement.
    pub questions: Vec<(String, Vec<String>)>,
}

/// A statement or rule that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainStep {
    /// The statement or rule.
    pub what: StepKind,
    /// The place of the statement, or the id of the rule.
    pub name: String,
    /// The outcome that it gives.
    pub outcome: Outcome,
    /// What became of it.
    pub result: StepResult,
}

/// The kind of a [`ChainStep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A statement of a person.
    Statement,
    /// A rule of the policy.
    Rule,
    /// A check that the program makes itself: places that disagree, a doubtful value.
    Check,
}

/// What became of a [`ChainStep`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// It decided.
    Decided,
    /// It holds, and would have decided if nothing before it, or no check, had.
    WouldHave,
    /// Conditions that do not hold.
    DoesNotHold(Vec<String>),
    /// Its last day has passed.
    Ended,
    /// Another statement of the same rank says something else.
    Contradicted,
}

/// Explains a secret that was settled with these inputs.
pub fn explain(secret: &Secret, inputs: &Inputs) -> Explanation {
    let gathered = metadata::gather(secret, inputs);
    let (chain, statements_more) = chain(secret, inputs);
    let stated = |(field, fact): (&String, &Fact)| {
        let mut by = stated_by(secret, field, fact, inputs);
        let more = by.len().saturating_sub(SHOWN);
        by.truncate(SHOWN);
        by.extend((more > 0).then(|| format!("and {more} more")));
        (field.clone(), by)
    };
    let conflicts = gathered.conflicts.iter();
    let conflicts =
        conflicts.map(|(field, conflict)| (field.clone(), conflict.texts(secret, field)));
    Explanation {
        stated_by: secret.metadata.iter().map(stated).collect(),
        questions: decision::answers(secret, &gathered, inputs)
            .into_iter()
            .map(|(text, answers)| (text, answers.iter().map(Answer::to_string).collect()))
            .collect(),
        conflicts: conflicts.collect(),
        chain,
        statements_more,
    }
}

/// Who states a fact.
fn stated_by(secret: &Secret, field: &str, fact: &Fact, inputs: &Inputs) -> Vec<String> {
    let says = |statement: &&Statement| match field {
        NAME => statement.says.name.as_ref() == Some(&fact.value),
        _ => statement.says.metadata.get(field) == Some(&fact.value),
    };
    let all = inputs
        .decisions
        .map(|decisions| (decisions, decisions.all()));
    match fact.from {
        Provenance::Person => {
            let naming = all.iter().flat_map(|(decisions, all)| {
                let numbers = decisions.facts_by_name(secret);
                numbers.map(|number| &all[number])
            });
            let places = naming
                .filter(says)
                .map(|statement| statement.place.to_string());
            let places: Vec<String> = places.collect();
            match places.is_empty() {
                true => vec!["a statement of an earlier run".to_owned()],
                false => places,
            }
        }
        Provenance::Statement => {
            let holds = |statement: &&Statement| {
                let when = statement.when.as_ref();
                when.is_some_and(|when| when.holds(secret, &inputs.repositories))
            };
            let wide = all
                .iter()
                .flat_map(|(_, all)| all.iter())
                .filter(says)
                .filter(holds);
            wide.map(|statement| statement.place.to_string()).collect()
        }
        Provenance::Default => vec!["metadata.defaults of the policy".to_owned()],
        // All places of a repository have its name and its pipelines.
        Provenance::Derived => {
            let sources = metadata::derivations(secret, field, fact, inputs);
            sources.into_iter().collect()
        }
        _ => metadata::places_that_state(secret, field, fact, inputs),
    }
}

/// The statements and rules in order, and the number of further statements whose condition does not hold.
fn chain(secret: &Secret, inputs: &Inputs) -> (Vec<ChainStep>, usize) {
    let said = inputs.outcome(secret);
    let mut chain = Vec::new();
    let mut idle = 0;
    if let Some(decisions) = inputs.decisions {
        let [of_use, of_value] = decisions.naming(secret);
        let numbers = of_use
            .iter()
            .chain(of_value)
            .chain(&decisions.wide_outcomes);
        for &number in numbers {
            let statement = &decisions.all()[number];
            let Some(outcome) = statement.says.outcome else {
                continue;
            };
            let result = statement_result(number, statement, secret, &said, inputs);
            let names_it = !statement.secrets.is_empty();
            if matches!(result, StepResult::DoesNotHold(_)) && !names_it {
                idle += 1;
                if idle > SHOWN {
                    continue;
                }
            }
            let id = statement.place.id.as_ref();
            let id = id.map_or_else(String::new, |id| format!(" ({id})"));
            chain.push(ChainStep {
                what: StepKind::Statement,
                name: format!("{}{id}", statement.place),
                outcome,
                result,
            });
        }
    }
    let decision = &secret.decision;
    let mut is_decided = said.decides.is_some();
    let mut check = |name: &str, outcome, result| {
        chain.push(ChainStep {
            what: StepKind::Check,
            name: name.to_owned(),
            outcome,
            result,
        });
    };
    if decision.is_by_person() && !is_decided {
        check(PERSON, decision.outcome, StepResult::Decided);
        is_decided = true;
    }
    // What the last checks made of the decision.
    let rule = decision.rule.as_str();
    let is_of_policy = inputs.policy.decisions.iter().any(|known| known.id == rule);
    let is_base = is_of_policy || [PERSON, NO_RULE, NOT_FOUND].contains(&rule);
    if !is_base {
        check(rule, decision.outcome, StepResult::Decided);
        is_decided = true;
    }
    let result = |is_decided: &mut bool| match std::mem::replace(is_decided, true) {
        true => StepResult::WouldHave,
        false => StepResult::Decided,
    };
    if secret.occurrences.is_empty() {
        let result = result(&mut is_decided);
        check(NOT_FOUND, Outcome::Retire, result);
        return (chain, idle.saturating_sub(SHOWN));
    }
    for rule in inputs.policy.decisions.iter() {
        let failing = failing(&rule.when, secret, inputs);
        chain.push(ChainStep {
            what: StepKind::Rule,
            name: rule.id.clone(),
            outcome: rule.then,
            result: match failing.is_empty() {
                true => result(&mut is_decided),
                false => StepResult::DoesNotHold(failing),
            },
        });
    }
    if !is_decided {
        chain.push(ChainStep {
            what: StepKind::Check,
            name: NO_RULE.to_owned(),
            outcome: Outcome::Review,
            result: StepResult::Decided,
        });
    }
    (chain, idle.saturating_sub(SHOWN))
}

fn statement_result(
    number: usize,
    statement: &Statement,
    secret: &Secret,
    said: &SaidOutcome,
    inputs: &Inputs,
) -> StepResult {
    let failing = match &statement.when {
        Some(_) if secret.occurrences.is_empty() => vec!["no place is left".to_owned()],
        Some(when) => failing(when, secret, inputs),
        None => Vec::new(),
    };
    let clash = said.clash.as_ref();
    if !failing.is_empty() {
        StepResult::DoesNotHold(failing)
    } else if statement.says.outcome_on(inputs.today).is_none() {
        StepResult::Ended
    } else if said.decides == Some(number) {
        StepResult::Decided
    } else if clash.is_some_and(|clash| clash.first == number || clash.second == number) {
        StepResult::Contradicted
    } else {
        StepResult::WouldHave
    }
}

/// The names of the parts of a condition that do not hold.
fn failing(condition: &Condition, secret: &Secret, inputs: &Inputs) -> Vec<String> {
    if condition.holds(secret, &inputs.repositories) {
        return Vec::new();
    }
    // Each part alone is a condition, too.
    let parts = match serde_yaml::to_value(condition) {
        Ok(serde_yaml::Value::Mapping(parts)) => parts,
        _ => Default::default(),
    };
    let fails = |part: serde_yaml::Mapping| {
        let alone: Option<Condition> = serde_yaml::from_value(part.into()).ok();
        alone.is_some_and(|alone| !alone.holds(secret, &inputs.repositories))
    };
    let named = parts.into_iter().filter_map(|(name, value)| {
        let text = name.as_str()?.to_owned();
        let alone: serde_yaml::Mapping = [(name, value)].into_iter().collect();
        fails(alone).then_some(text)
    });
    let named: Vec<String> = named.collect();
    match named.is_empty() {
        true => vec!["condition".to_owned()],
        false => named,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::policy::AuthorUse;
    use super::super::sample_secrets::{relocated, secret};
    use super::super::{Decisions, Policy, settle};
    use super::*;

    /// The explanation of one secret that was settled with these statements.
    fn explained(secret: Secret, statements: Option<&str>) -> (Secret, Explanation) {
        let policy = Policy::builtin();
        let decisions = statements.map(|text| {
            let text = format!("schema: 2\nstatements:\n{text}");
            Decisions::parse(Path::new("decisions.yaml"), &text, &policy).unwrap()
        });
        let inputs = Inputs {
            decisions: decisions.as_ref(),
            ..Inputs::new(&policy, jiff::civil::date(2026, 1, 1))
        };
        let settled = settle([secret], &inputs);
        let secret = settled.secrets.into_values().next().unwrap();
        let explanation = explain(&secret, &inputs);
        (secret, explanation)
    }

    fn results(explanation: &Explanation) -> Vec<(&str, &StepResult)> {
        let chain = explanation.chain.iter();
        let of_note = chain.filter(|step| !matches!(step.result, StepResult::DoesNotHold(_)));
        of_note
            .map(|step| (step.name.as_str(), &step.result))
            .collect()
    }

    fn step<'a>(explanation: &'a Explanation, name: &str) -> &'a ChainStep {
        explanation
            .chain
            .iter()
            .find(|step| step.name == name)
            .unwrap()
    }

    #[test]
    fn exactly_the_decision_is_marked_as_decided() {
        let sample = || relocated(1, "DB_PASSWORD", &[("shop", "config/app.yml")]);
        let id = sample().id;
        for statements in [
            None,
            Some(format!(
                "  - {{ secret: {id}, outcome: retain, reason: r, by: c }}\n"
            )),
            Some(
                "  - { when: { repository: [shop] }, outcome: retire, reason: r, by: c }\n"
                    .to_owned(),
            ),
        ] {
            let (secret, explanation) = explained(sample(), statements.as_deref());
            let decided = explanation.chain.iter();
            let decided: Vec<_> = decided
                .filter(|step| step.result == StepResult::Decided)
                .collect();
            assert_eq!(decided.len(), 1, "{:#?}", explanation.chain);
            assert_eq!(decided[0].outcome, secret.decision.outcome);
            let by_person = decided[0].what == StepKind::Statement;
            assert_eq!(by_person, secret.decision.is_by_person());
        }
    }

    #[test]
    fn statements_come_first_and_rules_would_have() {
        let sample = relocated(1, "DB_PASSWORD", &[("shop", "config/app.yml")]);
        let statements = format!(
            "  - {{ when: {{ repository: [other] }}, outcome: retire, reason: r, by: c }}\n\
             \x20 - {{ when: {{ repository: [shop] }}, outcome: retire, reason: r, by: c }}\n\
             \x20 - {{ secret: {0}, outcome: relocate, reason: r, by: c, until: 2025-01-01 }}\n\
             \x20 - {{ secret: {0}, outcome: retain, reason: r, by: c }}\n",
            sample.id
        );
        let (secret, explanation) = explained(sample, Some(&statements));
        assert_eq!(secret.decision.outcome, Outcome::Retain);
        let results = results(&explanation);
        assert_eq!(
            results[..3],
            [
                ("decisions.yaml:5", &StepResult::Ended),
                ("decisions.yaml:6", &StepResult::Decided),
                ("decisions.yaml:4", &StepResult::WouldHave),
            ]
        );
        // A rule of the policy would have decided.
        assert_eq!(results[3].1, &StepResult::WouldHave);
        assert_eq!(
            step(&explanation, "decisions.yaml:3").result,
            StepResult::DoesNotHold(vec!["repository".to_owned()])
        );
        assert_eq!(
            step(&explanation, "expired").result,
            StepResult::DoesNotHold(vec!["expired".to_owned()])
        );
    }

    #[test]
    fn places_that_disagree_are_a_check_with_their_answers() {
        let places = [("shop", "prod/app.yml"), ("shop", "dev/app.yml")];
        let (secret, explanation) = explained(secret(1, "TOKEN", &places), None);
        assert_eq!(secret.decision.outcome, Outcome::Review);
        let values: Vec<_> = explanation.conflicts["appenv"].keys().collect();
        assert_eq!(values, ["dev", "prod"]);
        let answers = explanation
            .questions
            .iter()
            .flat_map(|(_, answers)| answers);
        let answers: Vec<&str> = answers.map(String::as_str).collect();
        assert!(answers.contains(&"uses: separate"), "{answers:?}");
        let questions: Vec<_> = explanation.questions.iter().map(|(text, _)| text).collect();
        assert_eq!(
            questions,
            secret.decision.questions.iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_derived_fact_names_its_source() {
        let mut policy = Policy::builtin();
        policy.fields.get_mut("owner").unwrap().authors = AuthorUse::Fill;
        let inputs = Inputs {
            pipelines: [("acme/shop".to_owned(), ["jenkins".to_owned()].into())].into(),
            ..Inputs::new(&policy, jiff::civil::date(2026, 1, 1))
        };
        let mut sample = secret(
            1,
            "TOKEN",
            &[("acme/shop", "a.yml"), ("acme/shop", "b.yml")],
        );
        for place in &mut sample.occurrences {
            place.refs = vec!["refs/heads/env/prod".to_owned()];
            place.author = Some("Ann <ann@example.com>".to_owned());
        }
        let settled = settle([sample], &inputs);
        let secret = settled.secrets.values().next().unwrap();
        let explanation = explain(secret, &inputs);
        for (field, value, by) in [
            ("repository", "acme/shop", "the name of the repository"),
            ("appname", "shop", "the name of the repository"),
            ("pipeline", "jenkins", "jenkins is configured"),
            ("owner", "ann@example.com", "the author of its commit"),
            ("appenv", "prod", "the branches that have it"),
        ] {
            let fact = &secret.metadata[field];
            assert_eq!(
                (fact.value.as_str(), fact.from),
                (value, Provenance::Derived)
            );
            assert_eq!(explanation.stated_by[field], [by], "{field}");
        }
    }

    #[test]
    fn a_fact_names_who_states_it() {
        let (secret, explanation) =
            explained(secret(1, "TOKEN", &[("shop", "prod/app.yml")]), None);
        assert_eq!(secret.metadata["appenv"].value, "prod");
        let by = &explanation.stated_by["appenv"];
        assert!(by[0].starts_with("shop: prod/app.yml"), "{by:?}");
        let known = relocated(2, "TOKEN", &[("shop", "app.yml")]);
        let statement = format!(
            "  - {{ secret: {}, metadata: {{ owner: ann }}, by: c }}\n",
            known.id
        );
        let (_, explanation) = explained(known, Some(&statement));
        assert_eq!(explanation.stated_by["owner"], ["decisions.yaml:3"]);
    }
}
