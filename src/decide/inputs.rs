//! Everything that a decision depends on, besides the secret itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::codeowners::Codeowners;
use super::decisions::Decisions;
use super::person_decision::PersonDecision;
use super::policy::Policy;
use super::registry::Registry;
use super::repository_facts::Repositories;
use super::said::SaidOutcome;
use crate::inventory::entry::Secret;

/// Everything that a decision depends on, besides the secret itself.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The rules of the organisation.
    pub policy: &'a Policy,
    /// The application register, if there is one.
    pub registry: Option<&'a Registry>,
    /// CODEOWNERS files by the name of the repository.
    pub codeowners: BTreeMap<String, Codeowners>,
    /// The systems of pipelines that each repository has a configuration for, by its name.
    pub pipelines: BTreeMap<String, BTreeSet<String>>,
    /// The statements of people. `None`: there is no file of them, so earlier decisions of people stay.
    pub decisions: Option<&'a Decisions>,
    /// The repositories of the inventory, with the facts of `--set` about them.
    pub repositories: Repositories,
    /// The date on which decisions with a last day are judged.
    pub today: jiff::civil::Date,
}

impl<'a> Inputs<'a> {
    /// What the statements of people say that name a secret without a condition: under its id, else under an id that it
    /// had when an earlier version read its value differently.
    pub(super) fn person(&self, secret: &Secret) -> Option<Cow<'a, PersonDecision>> {
        self.decisions?.person(secret)
    }

    /// The outcome that the statements of people say of a secret whose metadata are set.
    pub(super) fn outcome(&self, secret: &Secret) -> SaidOutcome {
        let decisions = self.decisions;
        decisions
            .map(|decisions| decisions.outcome(secret, &self.repositories, self.today))
            .unwrap_or_default()
    }

    /// The policy alone.
    pub fn new(policy: &'a Policy, today: jiff::civil::Date) -> Self {
        Self {
            policy,
            registry: None,
            codeowners: BTreeMap::new(),
            pipelines: BTreeMap::new(),
            decisions: None,
            repositories: Repositories::default(),
            today,
        }
    }
}
