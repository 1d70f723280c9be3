//! `keyferry registry init`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::decision_sources;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::inventory_trust;
use super::messages;
use super::options::InventoryOptions;
use crate::decide::policy::Policy;
use crate::decide::{APPID, Glob};
use crate::inventory::entry::{Provenance, Secret};
use crate::inventory::store::{REGISTRIES, Store};
use crate::output;
use crate::report::register_template::{self, TemplateRow};

/// Write and check the register of applications
///
/// Exit codes: 0 done, 2 usage or configuration error, or the file exists, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(subcommand)]
    action: Action,
}

/// Subcommands of `registry`.
#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    Init(InitArgs),
}

/// Write a register with a row for each repository of the inventory
///
/// The columns are repository, path and the metadata fields of the policy, except those that each
/// place states by itself, such as the environment. Values that all secrets of a repository have in
/// common are filled in; the others are empty, for a person. docs/policy.md describes the register.
#[derive(Clone, Debug, clap::Args)]
struct InitArgs {
    /// Policy file [default: policy.yaml in the inventory folder, otherwise the built-in policy]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// File to write [default: registry.csv in the inventory folder]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, a file that exists, or one that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    let folder = &args.inventory.folder;
    let Action::Init(args) = &args.action;
    let file = args
        .output
        .clone()
        .unwrap_or_else(|| folder.join("registry.csv"));
    let beside = REGISTRIES.map(|name| folder.join(name));
    let mut others = beside
        .iter()
        .filter(|path| args.output.is_none() && **path != file);
    if let Some(other) = others.find(|path| path.symlink_metadata().is_ok()) {
        let error = anyhow::anyhow!(
            "{} exists, and an inventory has one register",
            other.display()
        );
        return Err(CommandError::usage(error).hint("name another file with --output"));
    }
    if !args.force && file.symlink_metadata().is_ok() {
        let error = anyhow::anyhow!("{} exists", file.display());
        return Err(CommandError::usage(error)
            .hint("name another file with --output, or replace it with --force"));
    }
    inventory_trust::check(folder, &[])?;
    let policy = decision_sources::read_policy(args.policy.as_ref(), folder)?;
    let store = Store::open(folder)?;
    let fields = columns(&policy);
    let rows = rows(&store, &fields);
    output::write_file(&file, |out| register_template::write(out, &fields, &rows))?;
    messages::note(&format!(
        "{} has {} rows, one for each repository",
        file.display(),
        rows.len()
    ));
    Ok(Exit::Clean)
}

/// The fields that a register gives: those of the policy, without those that places state.
fn columns(policy: &Policy) -> Vec<String> {
    let first = [APPID, "appname", "owner"];
    let is_column = |field: &&String| {
        field.as_str() != "repository"
            && !policy.metadata.compared.contains(field)
            && !first.contains(&field.as_str())
    };
    let known = first
        .into_iter()
        .filter(|field| policy.fields.contains_key(*field))
        .map(str::to_owned);
    known
        .chain(policy.fields.keys().filter(is_column).cloned())
        .collect()
}

/// A row for each repository. A further clone has the row of the first.
fn rows(store: &Store, fields: &[String]) -> Vec<TemplateRow> {
    let mut secrets: BTreeMap<&str, Vec<&Secret>> = BTreeMap::new();
    for secret in store.secrets.values() {
        let repositories: BTreeSet<&str> = secret
            .occurrences
            .iter()
            .map(|place| &*place.repository)
            .collect();
        // A secret of several repositories may belong to several applications.
        if let [repository] = repositories.into_iter().collect::<Vec<_>>()[..] {
            secrets.entry(repository).or_default().push(secret);
        }
    }
    let first_clones = store
        .identity
        .repositories
        .iter()
        .filter(|(_, entry)| entry.clone_of.is_none());
    let row = |name: &String| {
        let secrets = secrets
            .get(name.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let values = fields
            .iter()
            .filter_map(|field| Some((field.clone(), in_common(secrets, field)?)));
        TemplateRow {
            repository: Glob::escaped(name),
            values: values.collect(),
        }
    };
    first_clones.map(|(name, _)| row(name)).collect()
}

/// The value of a field that all secrets have.
fn in_common(secrets: &[&Secret], field: &str) -> Option<String> {
    let mut values = secrets.iter().map(|secret| {
        let fact = secret.metadata.get(field)?;
        let is_known = match fact.from {
            // A rule of the policy is about the secret.
            Provenance::Default | Provenance::Policy => false,
            Provenance::Derived => field == "appname",
            _ => true,
        };
        is_known.then_some(fact.value.as_str())
    });
    let first = values.next()??;
    values
        .all(|value| value == Some(first))
        .then(|| first.to_owned())
}
