//! Settling an inventory: every secret is decided, named and tagged, and every problem of a
//! relocated one is collected.
//!
//! This is the use case behind `discover` and `plan`. Both settle all secrets anew, so that an edit
//! of the policy, the register or `decisions.yaml` counts at once. It is a pure function: it reads
//! no file and no clock and prints nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::contradiction::Contradictions;
use super::credential_parts;
use super::decision::decide_use;
use super::inputs::Inputs;
use super::metadata::{self, APPID, missing_fields};
use super::naming;
use super::problem::{Problem, Warning};
use super::repository_facts::SetFact;
use super::shared_values;
use super::statement_tally::{StatementTally, StatementUse, Verdict};
use super::tags;
use super::uses;
use crate::inventory::entry::{Outcome, Provenance, Secret};
use crate::parallel;
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
    /// The applications of each secret that is no use.
    applications: BTreeMap<SecretId, BTreeSet<String>>,
}

impl Settled {
    /// The applications of an entry that was made of these secrets: see [`metadata::applications`].
    pub fn applications(&self, entry: &Secret, inputs: &Inputs) -> BTreeSet<String> {
        let known = self.applications.get(&entry.id);
        match known.filter(|_| entry.uses.is_empty()) {
            Some(known) => known.clone(),
            None => metadata::applications(entry, inputs),
        }
    }
}

/// Decides, names and tags all secrets of an inventory.
///
/// Takes entries of the inventory, whose uses it splits. Settling the entries of the result again changes nothing.
pub fn settle(secrets: impl IntoIterator<Item = Secret>, inputs: &Inputs) -> Settled {
    let mut tally = StatementTally::of(inputs);
    let entries: Vec<Secret> = secrets.into_iter().collect();
    let mut secrets: Vec<Secret> = Vec::with_capacity(entries.len());
    let mut applications = BTreeMap::new();
    for (secret, mut verdict) in decide_all(entries, inputs) {
        if secret.in_use.is_none() {
            let own = std::mem::take(&mut verdict.applications);
            applications.insert(secret.id.clone(), own);
        }
        tally.add(&secret, verdict);
        secrets.push(secret);
    }
    credential_parts::settle(&mut secrets, inputs);
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
        applications,
    }
}

/// The number of entries that a thread takes at a time.
const AT_A_TIME: usize = 64;

/// Splits entries into uses, and decides all of them, on all cores. The result is in order of the entries.
fn decide_all(entries: Vec<Secret>, inputs: &Inputs) -> Vec<(Secret, Verdict)> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut entries = entries.into_iter();
    let mut pieces: Vec<(usize, Mutex<Vec<Secret>>)> = Vec::new();
    while entries.len() > 0 {
        let piece = entries.by_ref().take(AT_A_TIME).collect();
        pieces.push((pieces.len(), Mutex::new(piece)));
    }
    let decide_piece = |done: &mut Vec<(usize, Vec<(Secret, Verdict)>)>,
                        (number, piece): &(usize, Mutex<Vec<Secret>>)| {
        let piece = std::mem::take(&mut *piece.lock().unwrap_or_else(PoisonError::into_inner));
        let mut decided = Vec::with_capacity(piece.len());
        for entry in piece {
            let said = uses::said(&entry, inputs);
            for mut secret in uses::split(entry, &said, inputs) {
                let verdict = decide_use(&mut secret, &said, inputs);
                decided.push((secret, verdict));
            }
        }
        done.push((*number, decided));
    };
    let done = parallel::for_each_uninterrupted(&pieces, workers, Vec::new, decide_piece);
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, decided)| decided).collect()
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
            let named = unknown.into_iter().take(SECRETS_SHOWN).map(|id| {
                let place = decisions.place_of(&id).map(ToString::to_string);
                (place.unwrap_or_default(), id)
            });
            let ids = named.collect();
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
