//! Decides every secret of an inventory again from what the organisation and its people say: the policy, the register, the
//! CODEOWNERS files, `decisions.yaml` and `--set`. `discover` and `plan` both do this, so that an edit of any of them counts
//! at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::errors::CommandError;
use super::messages;
use super::options::PolicyOptions;
use crate::decide::codeowners::Codeowners;
use crate::decide::decisions_file::Decisions;
use crate::decide::policy::Policy;
use crate::decide::registry::Registry;
use crate::decide::{self, Inputs, naming, tags};
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::store::{self, Store};
use crate::secret::SecretId;
use crate::source::target;

/// What decides, read from files.
pub struct Sources {
    pub policy: Policy,
    pub registry: Option<Registry>,
    pub decisions: Option<Decisions>,
}

impl Sources {
    pub fn read(args: &PolicyOptions, folder: &Path) -> Result<Self, CommandError> {
        let beside = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        let policy = match args.policy.clone().or_else(|| beside(store::POLICY)) {
            Some(path) => Policy::load(&path)?,
            None => Policy::builtin(),
        };
        let registry = args
            .registry
            .clone()
            .or_else(|| store::REGISTRIES.into_iter().find_map(beside));
        let registry = registry
            .map(|path| Registry::load(&path, &policy))
            .transpose();
        let registry = registry.map_err(CommandError::registry)?;
        let decisions = beside(store::DECISIONS)
            .map(|path| Decisions::load(&path, &policy))
            .transpose();
        let decisions = decisions.map_err(CommandError::decisions)?;
        Ok(Self {
            policy,
            registry,
            decisions,
        })
    }

    /// What decides, with the CODEOWNERS of every repository that the inventory knows and this machine has.
    pub fn inputs(&self, store: &Store) -> Inputs<'_> {
        let texts = store
            .locations()
            .into_iter()
            .filter_map(|(name, location)| Some((name, target::codeowners(&location)?)));
        Inputs {
            registry: self.registry.as_ref(),
            decisions: self.decisions.as_ref(),
            codeowners: texts
                .map(|(name, text)| (name, Codeowners::parse(&text)))
                .collect(),
            ..Inputs::new(&self.policy, jiff::Zoned::now().date())
        }
    }

    /// Checks `FIELD=VALUE` arguments against the policy.
    pub fn parse_set(&self, set: &[String]) -> Result<BTreeMap<String, String>, CommandError> {
        let mut fields = BTreeMap::new();
        for text in set {
            let (field, value) = text.split_once('=').ok_or_else(|| {
                CommandError::usage(anyhow::anyhow!(
                    "--set {text}: it takes FIELD=VALUE, as in --set appid=orders"
                ))
            })?;
            self.policy.check_field(field, value).map_err(|problem| {
                CommandError::usage(anyhow::anyhow!("--set {text}: {problem}"))
            })?;
            fields.insert(field.to_owned(), value.to_owned());
        }
        Ok(fields)
    }
}

/// Decides, names and tags every secret. Returns what keeps a relocated secret from being planned.
pub fn settle(store: &mut Store, inputs: &Inputs) -> BTreeMap<SecretId, Vec<String>> {
    for secret in store.secrets.values_mut() {
        decide::decide(secret, inputs);
    }
    if let Some(decisions) = inputs.decisions {
        for id in decisions.unknown_ids(store.secrets.keys()) {
            messages::warn(&format!(
                "{}: {id} is in no file of the inventory",
                store::DECISIONS
            ));
        }
    }
    if let Some(registry) = inputs.registry {
        // Most rows are of repositories that were not scanned; that none is of those that were is worth a word.
        let places = store
            .secrets
            .values()
            .flat_map(|secret| &secret.occurrences);
        let repositories: BTreeSet<&str> = places.map(|place| place.repository.as_str()).collect();
        if !repositories.is_empty()
            && !repositories
                .iter()
                .any(|repository| registry.knows(repository))
        {
            let some: Vec<&str> = repositories.into_iter().take(3).collect();
            messages::warn(&format!(
                "no row of the register is for any repository with secrets, such as {}",
                some.join(", ")
            ));
        }
    }
    let mut secrets: Vec<Secret> = std::mem::take(&mut store.secrets).into_values().collect();
    let mut problems = naming::name_all(&mut secrets, inputs.policy);
    for (id, more) in tags::tag_all(&mut secrets, inputs.policy) {
        problems.entry(id).or_default().extend(more);
    }
    for secret in &secrets {
        let missing = decide::missing_fields(secret, inputs.policy);
        if secret.decision.outcome == Outcome::Relocate && !missing.is_empty() {
            let said = problems.entry(secret.id.clone()).or_default();
            said.extend(missing.iter().map(|field| naming::unknown(field)));
        }
    }
    for said in problems.values_mut() {
        let mut seen = BTreeSet::new();
        said.retain(|problem| seen.insert(problem.clone()));
    }
    store.secrets = secrets
        .into_iter()
        .map(|secret| (secret.id.clone(), secret))
        .collect();
    problems
}

/// Saves the inventory, each secret in the file of its application.
pub fn save(store: &mut Store, inputs: &Inputs) -> Result<(), CommandError> {
    store.save(|secret| decide::applications(secret, inputs))?;
    Ok(())
}
