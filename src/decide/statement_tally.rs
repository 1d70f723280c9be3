//! Which statement of people applies to how many secrets, and which of them contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use super::contradiction::{Clash, Contradictions};
use super::decisions::Decisions;
use super::inputs::Inputs;
use super::problem::Warning;
use crate::inventory::entry::{Outcome, Secret};
use crate::secret::SecretId;

/// The statements of people that applied to one secret, by their numbers, and its applications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The applications that use it.
    pub(super) applications: BTreeSet<String>,
    /// The one that decided.
    pub(super) decided_by: Option<usize>,
    /// Those that gave facts.
    pub(super) facts_by: Vec<usize>,
    /// Those that contradict each other.
    pub(super) clashes: Vec<Clash>,
}

/// A statement of people, and the numbers of secrets that it applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementUse {
    /// Its file and line.
    pub place: String,
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its outcome, if it has one.
    pub outcome: Option<Outcome>,
    /// The number of secrets that it decides.
    pub decided: u64,
    /// The number of secrets that it gives facts to.
    pub facts: u64,
}

/// The statements that a warning names.
const SHOWN: usize = 10;

/// Counts the secrets that each statement applies to.
#[derive(Debug)]
pub(super) struct StatementTally<'a> {
    decisions: Option<&'a Decisions>,
    /// The number of secrets that each statement decided, and the number that it gave facts to.
    counts: Vec<(u64, u64)>,
    clashes: BTreeMap<Clash, Vec<SecretId>>,
    secrets: u64,
}

impl<'a> StatementTally<'a> {
    pub(super) fn of(inputs: &Inputs<'a>) -> Self {
        let statements = inputs
            .decisions
            .map_or(0, |decisions| decisions.all().len());
        Self {
            decisions: inputs.decisions,
            counts: vec![(0, 0); statements],
            clashes: BTreeMap::new(),
            secrets: 0,
        }
    }

    /// Counts what applied to a secret.
    pub(super) fn add(&mut self, secret: &Secret, verdict: Verdict) {
        self.secrets += 1;
        if let Some(number) = verdict.decided_by {
            self.counts[number].0 += 1;
        }
        for number in verdict.facts_by {
            self.counts[number].1 += 1;
        }
        for clash in verdict.clashes {
            let secrets = self.clashes.entry(clash).or_default();
            secrets.push(secret.id.clone());
        }
    }

    /// The statements that apply to a secret, in order.
    pub(super) fn uses(&self) -> Vec<StatementUse> {
        let statements = self.decisions.map_or(&[][..], Decisions::all);
        let used = statements.iter().zip(&self.counts);
        used.filter(|(_, counts)| **counts != (0, 0))
            .map(|(statement, &(decided, facts))| StatementUse {
                place: statement.place.to_string(),
                id: statement.place.id.clone(),
                outcome: statement.says.outcome.filter(|_| decided > 0),
                decided,
                facts,
            })
            .collect()
    }

    /// The warning about statements that have only a condition and apply to no secret.
    pub(super) fn idle(&self, inputs: &Inputs) -> Option<Warning> {
        if self.secrets == 0 {
            return None;
        }
        let clash = |number: usize| {
            let mut clashes = self.clashes.keys();
            clashes.any(|clash| clash.first == number || clash.second == number)
        };
        let statements = self.decisions?.all().iter().zip(&self.counts).enumerate();
        let idle = statements.filter(|(number, (statement, counts))| {
            let says = &statement.says;
            let has_ended = says.outcome.is_some() && says.outcome_on(inputs.today).is_none();
            **counts == (0, 0) && statement.secrets.is_empty() && !has_ended && !clash(*number)
        });
        let mut places: Vec<String> = idle
            .map(|(_, (statement, _))| statement.place.to_string())
            .collect();
        let more = places.len().saturating_sub(SHOWN);
        places.truncate(SHOWN);
        (!places.is_empty()).then_some(Warning::IdleStatements { places, more })
    }

    /// The contradictions.
    pub(super) fn contradictions(self) -> Contradictions {
        Contradictions::of(self.clashes, self.decisions)
    }
}
