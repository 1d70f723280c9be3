//! Statements about one secret that contradict each other.
//!
//! Two people work on two branches of an inventory, and git merges them. Then one secret can have
//! two entries with different decisions. A rule could choose one of them, and the other would be
//! lost without anyone having been asked. So every statement of a person is kept, until a person
//! says which of them is right.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Alternatives, Decision, Fact, MigrationProgress, Outcome, Provenance, Secret};

impl Alternatives {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether people said different things of a field.
    pub fn has_fact(&self, field: &str) -> bool {
        self.facts.contains_key(field) || self.said.values().any(|facts| facts.contains_key(field))
    }

    /// All statements of an entry: its alternatives, and the fields that have none.
    pub(super) fn of(secret: &Secret) -> Self {
        let mut all = secret.disputed.clone();
        if all.decisions.is_empty() && secret.decision.is_by_person() {
            all.decisions.insert(secret.decision.clone());
        }
        for (field, fact) in &secret.metadata {
            if fact.from == Provenance::Person {
                let values = all.facts.entry(field.clone()).or_default();
                values.insert(fact.value.clone());
            }
        }
        for (repository, facts) in &secret.said {
            let said = all.said.entry(repository.clone()).or_default();
            for (field, value) in facts {
                let values = said.entry(field.clone()).or_default();
                values.insert(value.clone());
            }
        }
        if secret.progress > MigrationProgress::Found
            && let Some(name) = &secret.target
        {
            let known = all.targets.entry(name.clone());
            known.or_insert(secret.progress);
        }
        all
    }

    /// Adds the statements of another entry.
    pub(super) fn absorb(&mut self, other: Self) {
        self.decisions.extend(other.decisions);
        for (field, values) in other.facts {
            self.facts.entry(field).or_default().extend(values);
        }
        for (repository, facts) in other.said {
            let said = self.said.entry(repository).or_default();
            for (field, values) in facts {
                said.entry(field).or_default().extend(values);
            }
        }
        for (name, progress) in other.targets {
            let known = self.targets.entry(name).or_insert(progress);
            *known = progress.max(*known);
        }
    }

    /// Writes the statements into an entry: those with one value into its own fields, the others
    /// into [`Secret::disputed`].
    pub(super) fn write_to(mut self, secret: &mut Secret) {
        if let Some(decision) = self.decision() {
            secret.decision = decision;
        }
        if self.decisions.len() == 1 {
            self.decisions.clear();
        }
        self.facts.retain(|field, values| {
            secret.metadata.remove(field);
            let fact = |value| Fact {
                value,
                from: Provenance::Person,
            };
            match only(values) {
                Some(value) => secret.metadata.insert(field.clone(), fact(value)),
                None => return true,
            };
            false
        });
        secret.said.clear();
        self.said.retain(|repository, facts| {
            facts.retain(|field, values| match only(values) {
                Some(value) => {
                    let said = secret.said.entry(repository.clone()).or_default();
                    said.insert(field.clone(), value);
                    false
                }
                None => true,
            });
            !facts.is_empty()
        });
        if let Some((name, progress)) = self.furthest() {
            secret.progress = secret.progress.max(progress);
            secret.target = Some(name.to_owned());
        }
        if self.targets.len() == 1 {
            self.targets.clear();
        }
        secret.disputed = self;
    }

    /// The decision that the alternatives make: people who decided the same are believed, others
    /// are asked. `None` if no person decided.
    pub fn decision(&self) -> Option<Decision> {
        let first = self.decisions.first()?;
        let of_people = self.decisions.iter();
        let reasons: BTreeSet<&str> = of_people.map(|decision| &*decision.reason).collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        if self
            .decisions
            .iter()
            .all(|decision| decision.outcome == first.outcome)
        {
            let mut of_people = self.decisions.iter();
            return Some(Decision {
                reason: reasons.join(" / "),
                by_condition: of_people.all(|decision| decision.by_condition),
                ..first.clone()
            });
        }
        let shown = self.decisions.iter().take(SHOWN).map(|decision| {
            let reason = shortened(&decision.reason);
            format!("{} ({reason})", decision.outcome.name())
        });
        let reason = "People decided differently in inventories that were merged.";
        Some(Decision {
            questions: vec![format!(
                "Which decision is right: {}?",
                shown.collect::<Vec<_>>().join(" or ")
            )],
            ..Decision::by_rule(Outcome::Review, Decision::CONFLICT, reason)
        })
    }

    /// The possible answers to one of its questions: a field and its value. The name in Secrets Manager is the field
    /// `name`, with the last part of each name.
    pub fn answers(&self, question: &str) -> Vec<(String, String)> {
        let said = self.said.values().flatten();
        let facts = self.facts.iter().chain(said);
        let asked = facts.filter(|(field, _)| question.contains(&format!(" merged: is {field} `")));
        let values: BTreeSet<(String, String)> = asked
            .flat_map(|(field, values)| {
                let values = values.iter();
                values.map(|value| (field.clone(), value.clone()))
            })
            .collect();
        if !values.is_empty() || !question.starts_with("Secrets Manager has it under several") {
            return values.into_iter().collect();
        }
        let last = |name: &String| name.rsplit('/').next().unwrap_or_default().to_owned();
        let names = self.targets.keys().map(last);
        names.map(|name| ("name".to_owned(), name)).collect()
    }

    /// The questions about facts and names.
    pub fn questions(&self) -> Vec<String> {
        let said = self.said.values().flatten();
        let mut fields: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
        for (field, values) in self.facts.iter().chain(said) {
            fields.entry(field).or_default().extend(values);
        }
        let quoted = |values: Vec<&str>| {
            let shown = values.iter().take(SHOWN);
            let shown = shown.map(|value| format!("`{}`", shortened(value)));
            shown.collect::<Vec<_>>().join(" or ")
        };
        let mut questions: Vec<String> = fields
            .into_iter()
            .map(|(field, values)| {
                let values = values.into_iter().map(String::as_str).collect();
                format!(
                    "People said different things in inventories that were merged: is {field} {}?",
                    quoted(values)
                )
            })
            .collect();
        if !self.targets.is_empty() {
            let names = self.targets.keys().map(String::as_str).collect();
            questions.push(format!(
                "Secrets Manager has it under several names: do applications read {}? Answer with `name`, and delete the others in the account.",
                quoted(names)
            ));
        }
        questions
    }

    /// The name with the most progress; of several, the first.
    fn furthest(&self) -> Option<(&str, MigrationProgress)> {
        let best = self.targets.values().max()?;
        let mut names = self.targets.iter();
        let (name, progress) = names.find(|(_, progress)| *progress == best)?;
        Some((name, *progress))
    }
}

/// The largest number of alternatives that a question names.
const SHOWN: usize = 3;
/// The largest number of characters of an alternative in a question.
const LENGTH: usize = 120;

fn shortened(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(LENGTH).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// The only value of a set.
fn only(values: &BTreeSet<String>) -> Option<String> {
    values.first().filter(|_| values.len() == 1).cloned()
}
