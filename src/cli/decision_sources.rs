//! The sources of decisions, read from files: the policy, the register, the CODEOWNERS files,
//! `decisions.yaml` and `--set`.
//!
//! `discover` and `plan` both settle all secrets of the inventory from them, so that an edit of any
//! of them counts at once.

use std::path::{Path, PathBuf};

use super::errors::CommandError;
use super::messages;
use super::open_inventory;
use super::options::PolicyOptions;
use crate::decide::Decisions;
use crate::decide::codeowners::Codeowners;
use crate::decide::policy::Policy;
use crate::decide::registry::Registry;
use crate::decide::repository_facts::{Repositories, RepositoryFacts};
use crate::decide::{self, Contradictions, Inputs, Settled, settle};
use crate::inventory::decision_files;
use crate::inventory::repository_entry::{RepositoryEntry, SetFacts};
use crate::inventory::store::{self, Store};
use crate::no_follow_open::Links;
use crate::source::target;

/// The files that define decisions, read and checked.
pub struct Sources {
    /// The policy.
    pub policy: Policy,
    /// The application register, if there is one.
    pub registry: Option<Registry>,
    /// The statements of people, if there is a file of them.
    pub decisions: Option<Decisions>,
}

impl Sources {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or has a mistake.
    pub fn read(args: &PolicyOptions, folder: &Path) -> Result<Self, CommandError> {
        // A link that the user names is followed. One in the folder is refused when it is read.
        let beside = |name: &str| {
            let path = folder.join(name);
            std::fs::symlink_metadata(&path).ok()?;
            Some((path, Links::RefusedAtEnd))
        };
        let named = |path: &Option<PathBuf>| Some((path.clone()?, Links::Followed));
        let policy = read_policy(args.policy.as_ref(), folder)?;
        let registry = match named(&args.registry) {
            Some(named) => Some(named),
            None => match store::REGISTRIES
                .map(beside)
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
            {
                found if found.len() > 1 => return Err(two_registers(&found)),
                found => found.into_iter().next(),
            },
        };
        messages::detail(|| {
            let file = registry
                .as_ref()
                .map(|(path, _)| path.display().to_string());
            format!("register: {}", file.unwrap_or_else(|| "none".to_owned()))
        });
        let registry = registry
            .map(|(path, links)| Registry::load(&path, links, &policy))
            .transpose();
        let registry = registry.map_err(CommandError::registry)?;
        let notes = registry.iter().flat_map(Registry::notes);
        notes.for_each(|note| messages::warn(note));
        let files = decision_files::list(folder).map_err(CommandError::usage)?;
        messages::detail(|| format!("files of decisions: {}", files.len()));
        let decisions = match files {
            files if files.is_empty() => None,
            files => Some(
                Decisions::load(&files, Links::RefusedAtEnd, &policy)
                    .map_err(CommandError::decisions)?,
            ),
        };
        Ok(Self {
            policy,
            registry,
            decisions,
        })
    }

    /// The inputs of deciding, with the CODEOWNERS files of all repositories of the inventory that
    /// this machine has.
    pub fn inputs(&self, store: &Store) -> Inputs<'_> {
        let texts = store
            .locations()
            .into_iter()
            .filter_map(|(name, location)| Some((name, target::codeowners(&location)?)));
        Inputs {
            codeowners: texts
                .map(|(name, text)| {
                    let owners = Codeowners::parse(&text);
                    if let Some(error) = owners.refusal() {
                        messages::warn(&format!("CODEOWNERS of {name} is not used: {error}"));
                    }
                    (name, owners)
                })
                .collect(),
            pipelines: store
                .locations()
                .into_iter()
                .map(|(name, location)| (name, target::pipelines(&location)))
                .collect(),
            ..self.inputs_without_codeowners(store)
        }
    }

    /// The inputs of deciding that need no file of a scanned repository. They suffice to assign
    /// secrets to applications.
    pub fn inputs_without_codeowners(&self, store: &Store) -> Inputs<'_> {
        Inputs {
            repositories: repositories(store),
            registry: self.registry.as_ref(),
            decisions: self.decisions.as_ref(),
            ..Inputs::new(&self.policy, jiff::Zoned::now().date())
        }
    }

    /// Checks the `FIELD=VALUE` arguments of `--set` and `--force-set` against the policy. A field without a value is
    /// withdrawn.
    ///
    /// # Errors
    ///
    /// If an argument has no `=`, the policy does not allow its field or value, or both options name a field.
    pub fn parse_set(
        &self,
        set: &[String],
        force_set: &[String],
    ) -> Result<SetFacts, CommandError> {
        let mut facts = SetFacts::default();
        let set = set.iter().map(|text| ("--set", text));
        for (option, text) in set.chain(force_set.iter().map(|text| ("--force-set", text))) {
            let (field, value) = text.split_once('=').ok_or_else(|| {
                CommandError::usage(anyhow::anyhow!(
                    "{option} {text}: it takes FIELD=VALUE, as in {option} appid=orders"
                ))
            })?;
            let checked = match value {
                "" => self.policy.check_field_name(field),
                value => self.policy.check_field(field, value),
            };
            checked.map_err(|error| {
                CommandError::usage(anyhow::anyhow!("{option} {text}: {error}"))
            })?;
            if option == "--force-set" {
                if facts.values.contains_key(field) && !facts.forced.contains(field) {
                    let error = anyhow::anyhow!("{option} {text}: --set names {field}, too");
                    return Err(CommandError::usage(error));
                }
                facts.forced.insert(field.to_owned());
            }
            let value = Some(value.to_owned()).filter(|value| !value.is_empty());
            facts.values.insert(field.to_owned(), value);
        }
        Ok(facts)
    }
}

/// Reads the policy: the named file, else that of the inventory's folder, else the built-in one.
///
/// # Errors
///
/// If the file cannot be read or has a mistake.
pub fn read_policy(named: Option<&PathBuf>, folder: &Path) -> Result<Policy, CommandError> {
    let beside = folder.join(store::POLICY);
    // A link that the user names is followed. One in the folder is refused when it is read.
    let (path, links) = match named {
        Some(path) => (path, Links::Followed),
        None if std::fs::symlink_metadata(&beside).is_ok() => (&beside, Links::RefusedAtEnd),
        None => {
            messages::detail(|| "policy: built-in".to_owned());
            return Ok(Policy::builtin());
        }
    };
    messages::detail(|| format!("policy: {}", path.display()));
    Policy::load(path, links).map_err(CommandError::policy)
}

/// The error for an inventory with several registers: nothing says which of them is up to date.
fn two_registers(found: &[(PathBuf, Links)]) -> CommandError {
    let paths: Vec<_> = found
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    CommandError::usage(anyhow::anyhow!(
        "there are several registers, and only one is read: {}",
        paths.join(", ")
    ))
    .hint("move the others away, or name one with --registry")
}

/// The facts of all repositories of the inventory.
fn repositories(store: &Store) -> Repositories {
    let facts = |(name, entry): (&String, &RepositoryEntry)| {
        let facts = RepositoryFacts {
            claim: entry.claim.clone(),
            within: entry.within.clone(),
            is_stranger: entry.is_stranger(name),
            set: entry.set.clone(),
            forced: entry.forced.clone(),
        };
        (name.clone(), facts)
    };
    Repositories(store.identity.repositories.iter().map(facts).collect())
}

/// Settles all secrets of a store and prints the warnings. The result has no secrets: they are in the store.
pub fn settle_store(store: &mut Store, inputs: &Inputs) -> Settled {
    let secrets = std::mem::take(&mut store.secrets);
    let mut settled = settle(secrets.into_values(), inputs);
    for warning in &settled.warnings {
        messages::warn(&warning.to_string());
    }
    store.secrets = std::mem::take(&mut settled.secrets);
    settled
}

/// Refuses statements of people that contradict each other.
///
/// # Errors
///
/// The contradictions.
pub fn refuse_contradictions(contradictions: &Contradictions) -> Result<(), CommandError> {
    if contradictions.is_empty() {
        return Ok(());
    }
    Err(
        CommandError::usage(contradictions.clone()).hint(
            "change or remove one of each two, or name the secret's id in a statement: it comes before those with a condition",
        ),
    )
}

/// Saves the inventory, each secret in the file of its application. `settled` is the result of settling its secrets, if that
/// was done.
///
/// # Errors
///
/// If the inventory cannot be written.
pub fn save(
    store: &mut Store,
    settled: Option<&Settled>,
    inputs: &Inputs,
) -> Result<(), CommandError> {
    store.save(|secret| match settled {
        Some(settled) => settled.applications(secret, inputs),
        None => decide::applications(secret, inputs),
    })?;
    open_inventory::announce(store);
    Ok(())
}
