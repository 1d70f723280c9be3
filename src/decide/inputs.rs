//! Everything that a decision depends on, besides the secret itself.

use std::collections::BTreeMap;

use super::codeowners::Codeowners;
use super::decisions_file::{Decisions, PersonDecision};
use super::policy::Policy;
use super::registry::Registry;
use super::repository_facts::Repositories;
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
    /// `decisions.yaml`. `None`: there is no such file, so earlier decisions of people stay.
    pub decisions: Option<&'a Decisions>,
    /// The repositories of the inventory, with the facts of `--set` about them.
    pub repositories: Repositories,
    /// The date on which decisions with a last day are judged.
    pub today: jiff::civil::Date,
}

impl<'a> Inputs<'a> {
    /// The entry of a secret in `decisions.yaml`: under its id, else under an id that it had when an earlier version
    /// read its value differently.
    pub(super) fn person(&self, secret: &Secret) -> Option<&'a PersonDecision> {
        let decisions = self.decisions?;
        let mut ids = std::iter::once(&secret.id).chain(&secret.reading.earlier);
        ids.find_map(|id| decisions.get(id))
    }

    /// The policy alone.
    pub fn new(policy: &'a Policy, today: jiff::civil::Date) -> Self {
        Self {
            policy,
            registry: None,
            codeowners: BTreeMap::new(),
            decisions: None,
            repositories: Repositories::default(),
            today,
        }
    }
}
