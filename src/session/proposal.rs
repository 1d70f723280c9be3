//! The answer that is most likely, with the reason for it. It is only proposed: nothing is answered without a person.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::Policy;
use crate::decide::answer::{Answer, Topic};
use crate::decide::question::Question;
use crate::decide::registry::Registry;
use crate::inventory::entry::{Exposure, Outcome, Secret};
use crate::inventory::place_order;
use crate::inventory::use_key::UseChoice;

/// A possible answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The answer.
    pub answer: Answer,
    /// Why it is likely. Empty: nothing speaks for it.
    pub because: String,
}

/// How often an answer was given or is known for secrets that are like one in question.
pub type Precedents = BTreeMap<(String, Answer), usize>;

/// The feature under which a secret's answer is a precedent for others.
pub fn precedent_key(secret: &Secret, topic: &Topic) -> Vec<String> {
    let place = place_order::sorted(secret).first().copied();
    let repository = place
        .map(|place| place.repository.clone())
        .unwrap_or_default();
    match topic {
        Topic::Outcome => vec![
            format!("the same rule in {repository}\u{0}{}", secret.detector),
            format!("the same kind\u{0}{}", secret.kind.name()),
        ],
        topic => vec![format!("{repository}\u{0}{topic}")],
    }
}

/// The possible answers to a question, the most likely one first.
///
/// `precedents` counts the answers of secrets that are settled, by [`precedent_key`].
pub fn ranked(
    secret: &Secret,
    question: &Question,
    precedents: &Precedents,
    policy: &Policy,
    registry: Option<&Registry>,
) -> Vec<Proposal> {
    let mut answers: Vec<Answer> = question.answers.clone();
    if let Topic::Field(field) = &question.topic {
        let known = precedents.keys().map(|(_, answer)| answer.clone());
        let fits = |answer: &Answer| {
            matches!(answer, Answer::Field { field: of, value } if of == field
                && policy.check_field(of, value).is_ok())
        };
        let allowed = policy.fields.get(field).into_iter();
        let allowed = allowed.flat_map(|spec| spec.values.iter().cloned());
        let registered = registry.into_iter();
        let registered = registered.flat_map(|registry| registry.values(field).map(str::to_owned));
        let possible = allowed
            .chain(registered)
            .map(|value| Answer::of_field(field, value));
        let mut seen: BTreeSet<Answer> = answers.iter().cloned().collect();
        for answer in known.filter(fits).chain(possible) {
            if seen.insert(answer.clone()) {
                answers.push(answer);
            }
        }
    }
    let score = |answer: &Answer| -> (usize, String) {
        for key in precedent_key(secret, &question.topic) {
            let of = |answer: &Answer| {
                let known = precedents.get(&(key.clone(), answer.clone()));
                known.copied().unwrap_or(0)
            };
            let most = answers.iter().map(of).max().unwrap_or(0);
            if most > 0 {
                let known = of(answer);
                let words = key.split('\u{0}').next().unwrap_or_default();
                return (
                    known * 10,
                    match known {
                        0 => String::new(),
                        1 => format!("1 secret of {words} has it"),
                        known => format!("{known} secrets of {words} have it"),
                    },
                );
            }
        }
        by_itself(secret, answer)
    };
    let mut ranked: Vec<(usize, Proposal)> = answers
        .iter()
        .map(|answer| {
            let (score, because) = score(answer);
            let answer = answer.clone();
            (score, Proposal { answer, because })
        })
        .collect();
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranked.into_iter().map(|(_, proposal)| proposal).collect()
}

/// The rule of the built-in policy for values in tests, examples and documentation.
const TESTS: &str = "test-or-example";

/// What the secret itself says for an answer, if there is no precedent.
fn by_itself(secret: &Secret, answer: &Answer) -> (usize, String) {
    let is_gone = matches!(secret.exposure, Exposure::History);
    match answer {
        Answer::Outcome(Outcome::Dismiss) if secret.decision.rule == TESTS => (
            5,
            "the value is only in tests, examples or documentation".to_owned(),
        ),
        Answer::Outcome(Outcome::Retire) if secret.expired => {
            (4, "the value says that it has expired".to_owned())
        }
        Answer::Outcome(Outcome::Retire) if is_gone => {
            (3, "the value is only in history".to_owned())
        }
        Answer::Outcome(Outcome::Relocate) if !is_gone => {
            (2, "the value is in use at HEAD".to_owned())
        }
        Answer::Uses(UseChoice::Separate) => (
            1,
            "one secret for each application and environment can be rotated alone".to_owned(),
        ),
        _ => (0, String::new()),
    }
}
