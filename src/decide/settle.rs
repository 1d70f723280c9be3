//! Settling an inventory: every secret is decided, named and tagged, and every problem of a
//! relocated one is collected.
//!
//! This is the use case behind `discover` and `plan`. Both settle all secrets anew, so that an edit
//! of the policy, the register or `decisions.yaml` counts at once. It is a pure function: it reads
//! no file and no clock and prints nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::contradiction::Contradictions;
use super::decision::decide_use;
use super::inputs::Inputs;
use super::metadata::{APPID, missing_fields};
use super::naming;
use super::problem::{Problem, Warning};
use super::repository_facts::SetFact;
use super::shared_values;
use super::statement_tally::{StatementTally, StatementUse};
use super::tags;
use super::uses;
use crate::inventory::entry::{Outcome, Provenance, Secret};
use crate::secret::SecretId;

/// Secrets that were decided, named and tagged.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// All secrets that were given, by id. A use that is settled separately is a secret of its own.
    pub secrets: BTreeMap<SecretId, Secret>,
    /// The problems of each relocated secret that has any. None occurs twice.
    pub problems: BTreeMap<SecretId, Vec<Problem>>,
    /// Possible mistakes in the files that people write.
    pub warnings: Vec<Warning>,
    /// The statements of people that apply to any secret, in order.
    pub statements: Vec<StatementUse>,
    /// The contradictions between statements of people.
    pub contradictions: Contradictions,
}

/// Decides, names and tags all secrets of an inventory.
///
/// Takes entries of the inventory, whose uses it splits. Settling the entries of the result again changes nothing.
pub fn settle(secrets: impl IntoIterator<Item = Secret>, inputs: &Inputs) -> Settled {
    let mut tally = StatementTally::of(inputs);
    let mut settled: Vec<Secret> = Vec::new();
    for entry in secrets {
        let said = uses::said(&entry, inputs);
        for mut secret in uses::split(entry, &said, inputs) {
            let verdict = decide_use(&mut secret, &said, inputs);
            tally.add(&secret, verdict);
            settled.push(secret);
        }
    }
    let mut secrets = settled;
    let mut warnings = warnings(&secrets, inputs);
    warnings.extend(tally.idle(inputs));
    let mut problems = naming::name_all(&mut secrets, inputs.policy);
    for (id, more) in tags::tag_all(&mut secrets, inputs.policy) {
        problems.entry(id).or_default().extend(more);
    }
    for (id, more) in shared_values::problems(&secrets, inputs.policy) {
        problems.entry(id).or_default().extend(more);
    }
    for secret in &secrets {
        let missing = missing_fields(secret, inputs.policy);
        if secret.decision.outcome == Outcome::Relocate && !missing.is_empty() {
            let problems = problems.entry(secret.id.clone()).or_default();
            problems.extend(missing.iter().map(|field| Problem::field_missing(field)));
        }
    }
    for problems in problems.values_mut() {
        let mut seen = BTreeSet::new();
        problems.retain(|problem| seen.insert(problem.clone()));
    }
    Settled {
        secrets: secrets
            .into_iter()
            .map(|secret| (secret.id.clone(), secret))
            .collect(),
        problems,
        warnings,
        statements: tally.uses(),
        contradictions: tally.contradictions(),
    }
}

/// Repositories that a warning names.
const REPOSITORIES_SHOWN: usize = 3;
/// Secrets that a warning names.
const SECRETS_SHOWN: usize = 20;

fn warnings(secrets: &[Secret], inputs: &Inputs) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(decisions) = inputs.decisions {
        let values: BTreeSet<SecretId> =
            secrets.iter().map(|secret| secret.id.of_value()).collect();
        let ids = secrets
            .iter()
            .flat_map(|secret| std::iter::once(&secret.id).chain(&secret.reading.earlier));
        let readers: BTreeSet<SecretId> = secrets
            .iter()
            .flat_map(|secret| secret.readers.iter().map(|reader| secret.id.of_use(reader)))
            .collect();
        let unknown = decisions.unknown_ids(ids.chain(&values).chain(&readers));
        let more = unknown.len().saturating_sub(SECRETS_SHOWN);
        if !unknown.is_empty() {
            let ids = unknown.into_iter().take(SECRETS_SHOWN).collect();
            warnings.push(Warning::UnknownSecrets { ids, more });
        }
    }
    if let Some(registry) = inputs.registry {
        let occurrences = secrets.iter().flat_map(|secret| &secret.occurrences);
        let repositories: BTreeSet<&str> = occurrences
            .map(|occurrence| occurrence.repository.as_str())
            .collect();
        let used = repositories
            .iter()
            .any(|repository| registry.knows(&inputs.repositories.name(repository)))
            || secrets.iter().any(|secret| {
                let appid = secret.metadata.get(APPID).map(|fact| &fact.value);
                appid.is_some_and(|appid| registry.application(appid).next().is_some())
            });
        if !repositories.is_empty() && !used {
            let shown = repositories.into_iter().take(REPOSITORIES_SHOWN);
            warnings.push(Warning::UnusedRegistry {
                repositories: shown.map(str::to_owned).collect(),
            });
        }
    }
    warnings.extend(sets_not_used(secrets, inputs));
    warnings
}

/// The facts of `--set` that are weaker than what repositories state.
fn sets_not_used(secrets: &[Secret], inputs: &Inputs) -> Vec<Warning> {
    let has_set = inputs
        .repositories
        .0
        .values()
        .any(|facts| !facts.set.is_empty());
    let mut unused: BTreeMap<(String, String), usize> = BTreeMap::new();
    for secret in secrets.iter().filter(|_| has_set) {
        let repositories: BTreeSet<&str> = secret
            .occurrences
            .iter()
            .map(|place| &*place.repository)
            .collect();
        let facts = repositories
            .into_iter()
            .flat_map(|repository| inputs.repositories.set(repository));
        let is_weaker = |set: &SetFact| {
            secret.metadata.get(set.field).is_some_and(|fact| {
                matches!(fact.from, Provenance::Policy | Provenance::Codeowners)
                    && fact.value != set.value
            })
        };
        let weaker: BTreeSet<_> = facts
            .filter(is_weaker)
            .map(|set| (set.field, set.value))
            .collect();
        for (field, value) in weaker {
            *unused
                .entry((field.to_owned(), value.to_owned()))
                .or_default() += 1;
        }
    }
    let warning = |((field, value), secrets)| Warning::SetNotUsed {
        field,
        value,
        secrets,
    };
    unused.into_iter().map(warning).collect()
}
