//! What the statements of people say of one secret.
//!
//! A statement that names the use comes before one that names the value, and that before one that only has a condition.
//! Within the same rank, different
//! outcomes, or different values of one field, contradict each other: nothing is taken then, and people are asked.
//! Of equal statements, the first one counts.
//!
//! Conditions are tried twice: for facts on the facts of all other sources, for the outcome on the final facts. So no
//! statement depends on the facts of another one, and deciding twice changes nothing. A secret that is no longer found
//! has no place that a condition could match: it keeps its facts, and only statements that name it decide.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;

use super::contradiction::{Clash, Topic};
use super::decisions::Decisions;
use super::person_decision::PersonDecision;
use super::repository_facts::Repositories;
use super::statement::Statement;
use crate::inventory::entry::{Fact, Secret};
use crate::inventory::use_key::UseChoice;

/// Facts that statements with conditions say of one secret.
#[derive(Debug, Default)]
pub(super) struct SaidFacts<'a> {
    /// Field → the value, and the number of the statement.
    pub facts: BTreeMap<&'a str, (&'a str, usize)>,
    /// The fields of which statements say different things.
    pub clashes: Vec<Clash>,
}

/// The outcome that statements say of one secret.
#[derive(Debug, Default)]
pub(super) struct SaidOutcome {
    /// The statement that decides.
    pub decides: Option<usize>,
    /// The first statement that no longer decides, because its last day has passed. Only if none
    /// decides.
    pub ended: Option<usize>,
    /// Statements with different outcomes.
    pub clash: Option<Clash>,
}

/// What statements say of the uses of an entry of the inventory.
#[derive(Clone, Debug, Default)]
pub(super) struct SaidUses {
    /// Whether the uses are separate.
    pub choice: Option<UseChoice>,
    /// The statement with a condition that says so.
    pub by_condition: Option<usize>,
    /// Statements with conditions that say different things.
    pub clash: Option<Clash>,
}

/// The first of some statements, and the first one that says something else.
fn first_and_other<T: PartialEq>(
    said: impl Iterator<Item = (usize, T)>,
) -> Option<(usize, T, Option<usize>)> {
    let mut said = said;
    let (first, value) = said.next()?;
    let other = said.find(|(_, other)| *other != value);
    Some((first, value, other.map(|(number, _)| number)))
}

impl Decisions {
    /// What the statements say that name a secret without a condition: its facts, its name, the reading of its value and
    /// whether its uses are separate. If statements of one rank contradict each other in one of these, they say nothing of
    /// it.
    pub(super) fn person(&self, secret: &Secret) -> Option<Cow<'_, PersonDecision>> {
        let [of_use, of_value] = self.naming(secret).map(|numbers| self.merged(numbers));
        match (of_use, of_value) {
            (Some(mut of_use), Some(of_value)) => {
                let own = of_use.to_mut();
                for (field, value) in &of_value.metadata {
                    let known = own.metadata.entry(field.clone());
                    known.or_insert_with(|| value.clone());
                }
                own.name = own.name.take().or_else(|| of_value.name.clone());
                own.reading = own.reading.or(of_value.reading);
                own.uses = own.uses.or(of_value.uses);
                Some(of_use)
            }
            (of_use, of_value) => of_use.or(of_value),
        }
    }

    /// What these statements say together, as far as they have no condition.
    fn merged<'a>(&'a self, numbers: &'a [usize]) -> Option<Cow<'a, PersonDecision>> {
        let mut said = self.unconditional(numbers);
        let (_, first) = said.next()?;
        let Some((_, second)) = said.next() else {
            return Some(Cow::Borrowed(&first.says));
        };
        let all: Vec<&PersonDecision> = [first, second]
            .into_iter()
            .chain(said.map(|(_, statement)| statement))
            .map(|statement| &statement.says)
            .collect();
        let mut merged = PersonDecision {
            by: first.says.by.clone(),
            ..PersonDecision::default()
        };
        let mut fields: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for (field, value) in all.iter().flat_map(|says| &says.metadata) {
            let known = fields.entry(field).or_insert(Some(value));
            *known = known.filter(|known| known == value);
        }
        let agreed = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), value?.to_owned())));
        merged.metadata = agreed.collect();
        merged.name = only(all.iter().filter_map(|says| says.name.as_ref())).cloned();
        merged.reading = only(all.iter().filter_map(|says| says.reading.as_ref())).copied();
        merged.uses = only(all.iter().filter_map(|says| says.uses.as_ref())).copied();
        Some(Cow::Owned(merged))
    }

    /// The contradictions between the statements that name a secret without a condition, except for
    /// their outcomes.
    pub(super) fn clashes_by_name(&self, secret: &Secret) -> Vec<Clash> {
        let ranks = self.naming(secret).into_iter();
        ranks.flat_map(|numbers| self.clashes_of(numbers)).collect()
    }

    fn clashes_of(&self, naming: &[usize]) -> Vec<Clash> {
        if naming.len() < 2 {
            return Vec::new();
        }
        let mut clashes = Vec::new();
        let said = || self.unconditional(naming);
        let names = said().filter_map(|(number, said)| Some((number, said.says.name.as_ref()?)));
        clashes.extend(clash(Topic::Name, names));
        let readings = said().filter_map(|(number, said)| Some((number, said.says.reading?)));
        clashes.extend(clash(Topic::Reading, readings));
        let uses = said().filter_map(|(number, said)| Some((number, said.says.uses?)));
        clashes.extend(clash(Topic::Uses, uses));
        let mut fields: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        for (number, statement) in said() {
            for (field, value) in &statement.says.metadata {
                fields.entry(field).or_default().push((number, value));
            }
        }
        for (field, values) in fields {
            clashes.extend(clash(Topic::Field(field.to_owned()), values.into_iter()));
        }
        clashes
    }

    /// The statements that name a secret and say a fact, a name or a reading of it.
    pub(super) fn facts_by_name(&self, secret: &Secret) -> impl Iterator<Item = usize> {
        let ranks = self.naming(secret).into_iter();
        let facts = ranks.flat_map(|numbers| self.unconditional(numbers));
        facts
            .filter(|(_, statement)| statement.says.has_facts())
            .map(|(number, _)| number)
    }

    /// The facts that statements with conditions say of a secret that the other sources say `facts` of.
    pub(super) fn facts_by_condition<'a>(
        &'a self,
        secret: &Secret,
        facts: &BTreeMap<String, Fact>,
        repositories: &Repositories,
    ) -> SaidFacts<'a> {
        /// The values of a field, each with the number of its statement.
        type Values<'a> = Vec<(usize, &'a str)>;
        let mut said = SaidFacts::default();
        if secret.occurrences.is_empty() {
            return said;
        }
        let holds = |&number: &usize| {
            let when = self.all()[number].when.as_ref();
            when.is_some_and(|when| when.holds_with(secret, facts, repositories))
        };
        let [of_use, of_value] = self.naming(secret);
        let says_facts = |number: &usize| !self.all()[*number].says.metadata.is_empty();
        let ranks = [of_use, of_value, &self.wide_facts].map(|numbers| {
            let numbers = numbers.iter().copied();
            numbers.filter(says_facts).filter(holds).collect::<Vec<_>>()
        });
        let mut fields: BTreeMap<&str, (usize, Values)> = BTreeMap::new();
        for (rank, numbers) in ranks.iter().enumerate() {
            for &number in numbers {
                for (field, value) in &self.all()[number].says.metadata {
                    let (best, values) = fields.entry(field).or_insert((rank, Vec::new()));
                    if *best == rank {
                        values.push((number, value));
                    }
                }
            }
        }
        for (field, (_, values)) in fields {
            match first_and_other(values.into_iter()) {
                Some((first, _, Some(second))) => said.clashes.push(Clash {
                    topic: Topic::Field(field.to_owned()),
                    first,
                    second,
                }),
                Some((number, value, None)) => {
                    said.facts.insert(field, (value, number));
                }
                None => {}
            }
        }
        said
    }

    /// What statements with conditions say of the uses of an entry. Their conditions are about the value and its places
    /// only, since the facts of an entry depend on whether its uses are separate.
    pub(super) fn uses_by_condition(
        &self,
        entry: &Secret,
        repositories: &Repositories,
    ) -> SaidUses {
        if entry.occurrences.is_empty() {
            return SaidUses::default();
        }
        let facts = BTreeMap::new();
        let said = self.wide_uses.iter().filter_map(|&number| {
            let statement = &self.all()[number];
            let when = statement.when.as_ref()?;
            let holds = when.holds_with(entry, &facts, repositories);
            holds.then_some((number, statement.says.uses?))
        });
        match first_and_other(said) {
            None => SaidUses::default(),
            Some((first, _, Some(second))) => SaidUses {
                clash: Some(Clash {
                    topic: Topic::Uses,
                    first,
                    second,
                }),
                ..SaidUses::default()
            },
            Some((number, choice, None)) => SaidUses {
                choice: Some(choice),
                by_condition: Some(number),
                clash: None,
            },
        }
    }

    /// The outcome that statements say of a secret whose metadata are set.
    pub(super) fn outcome(
        &self,
        secret: &Secret,
        repositories: &Repositories,
        today: Date,
    ) -> SaidOutcome {
        let is_found = !secret.occurrences.is_empty();
        let holds = |statement: &Statement| match &statement.when {
            Some(when) => is_found && when.holds(secret, repositories),
            None => true,
        };
        let [of_use, of_value] = self.naming(secret);
        let ranks = [of_use, of_value, &self.wide_outcomes];
        for numbers in ranks {
            let said = numbers.iter().filter_map(|&number| {
                let statement = &self.all()[number];
                let outcome = statement.says.outcome_on(today)?;
                holds(statement).then_some((number, outcome))
            });
            match first_and_other(said) {
                None => {}
                Some((first, _, Some(second))) => {
                    let clash = Clash {
                        topic: Topic::Outcome,
                        first,
                        second,
                    };
                    return SaidOutcome {
                        clash: Some(clash),
                        ..SaidOutcome::default()
                    };
                }
                Some((decides, _, None)) => {
                    return SaidOutcome {
                        decides: Some(decides),
                        ..SaidOutcome::default()
                    };
                }
            }
        }
        let ended = ranks.into_iter().flatten().copied().find(|&number| {
            let statement = &self.all()[number];
            statement.says.outcome.is_some() && holds(statement)
        });
        SaidOutcome {
            ended,
            ..SaidOutcome::default()
        }
    }

    fn unconditional<'a>(
        &'a self,
        numbers: &'a [usize],
    ) -> impl Iterator<Item = (usize, &'a Statement)> {
        let said = numbers.iter().map(|&number| (number, &self.all()[number]));
        said.filter(|(_, statement)| statement.when.is_none())
    }
}

/// The contradiction between statements on one topic, if there is one.
fn clash<T: PartialEq>(topic: Topic, said: impl Iterator<Item = (usize, T)>) -> Option<Clash> {
    let (first, _, second) = first_and_other(said)?;
    let second = second?;
    Some(Clash {
        topic,
        first,
        second,
    })
}

/// The value of an iterator whose values are all equal.
fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests;
