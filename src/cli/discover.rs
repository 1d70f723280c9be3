//! `keyferry discover`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::exit::{CommandError, CommandResult, Exit};
use super::messages::{self, Ui};
use super::next_command;
use super::options::rule_options::{self, RuleArgs};
use super::options::target_options::TargetArgs;
use super::settle::{self, PolicyArgs, Sources};
use crate::decide::Inputs;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::key_file;
use crate::inventory::merge::{self, Scanned};
use crate::inventory::store::{RepositoryEntry, Store};
use crate::output;
use crate::progress::Progress as _;
use crate::report::{coverage_report, summary};
use crate::scan::{self, Options};
use crate::secret::SecretId;
use crate::source::target::Shape;

/// Scan into the inventory: one entry a secret, with every place, what is known of it, and a decision
///
/// The inventory holds no value: what it keeps of one is a fingerprint under a key that lies outside it. What people have
/// decided stays when a repository is scanned again, and a scan that finds the same changes no byte.
///
/// Exit codes: 0 done, 2 usage, 3 something could not be read, 4 failed, 130 interrupted (the inventory stays as it was).
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub targets: TargetArgs,

    #[command(flatten)]
    pub rules: RuleArgs,

    /// Folder of the inventory; made if it is not there
    #[arg(long, short, value_name = "DIR", default_value = "inventory")]
    pub inventory: PathBuf,

    #[command(flatten)]
    pub policy: PolicyArgs,

    /// Say a fact of all secrets in the targets: appid=orders, appenv=prod, owner=team@example.com …
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
}

pub fn run(args: &Args, ui: &Ui) -> CommandResult {
    let units = args.targets.units()?;
    let library = args.rules.library()?;
    let engine = rule_options::engine(&library)?;
    // Everything that can be wrong with the configuration is told before the long work.
    let sources = Sources::read(&args.policy, &args.inventory)?;
    let set = sources.parse_set(&args.set)?;
    let mut store = Store::open_or_create(&args.inventory).map_err(settle::store_error)?;
    tell_of_key(&store);
    let cache = args.targets.cache(&library);
    let options = Options {
        own: args.inventory.canonicalize().ok(),
        cache,
        ..args.targets.options()
    };
    let scanned = scan::scan(units, &store.locations(), &engine, &store.key, &options, ui);
    ui.finish();
    if scanned.coverage.interrupted {
        messages::warn("interrupted: the inventory is as it was");
        return Ok(Exit::Interrupted);
    }

    for unit in &scanned.units {
        let entry = RepositoryEntry {
            location: unit.unit.location.clone(),
        };
        store
            .identity
            .repositories
            .insert(unit.unit.name.clone(), entry);
    }
    let scans: Vec<Scanned> = scanned
        .units
        .iter()
        .map(|unit| Scanned {
            repository: &unit.unit.name,
            findings: &unit.findings,
            worktree: options.worktree,
            history: options.history,
            incomplete: !scanned.coverage.complete(),
        })
        .collect();
    let merged = merge::merge(&mut store.secrets, &scans);
    let inputs = Inputs {
        set,
        ..sources.inputs(&store)
    };
    let problems = settle::settle(&mut store, &inputs);
    settle::save(&mut store, &inputs)?;

    let secrets: Vec<Secret> = store.secrets.values().cloned().collect();
    let next = next_step(args, &secrets, &problems);
    let plain: BTreeSet<String> = scanned
        .units
        .iter()
        .filter(|scanned| matches!(scanned.unit.shape, Shape::Folder | Shape::File))
        .map(|scanned| scanned.unit.name.clone())
        .collect();
    let inventory = args.inventory.display().to_string();
    let setting = summary::Setting {
        inventory: &inventory,
        plain: &plain,
        next: &next,
    };
    let written = output::write(None, |out| {
        coverage_report::write(out, &scanned.coverage)?;
        writeln!(out)?;
        summary::write(out, &secrets, &setting)
    });
    written.map_err(CommandError::failed)?;
    messages::note(&format!(
        "secrets in the folder {inventory}: {} new, {} gone",
        merged.new, merged.gone
    ));
    Ok(if scanned.coverage.complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

/// Says where the key of a new inventory is. Nobody looks for a key that they do not know of until they need it.
fn tell_of_key(store: &Store) {
    // Nothing was ever read into it: it was made just now, or by a run that was interrupted.
    let new = store.identity.repositories.is_empty() && store.secrets.is_empty();
    if new
        && let Ok(None) = key_file::from_environment()
        && let Ok(path) = key_file::path(&store.identity.id)
    {
        let key = path.display();
        messages::note(&format!(
            "this inventory has a new key, {key}\nback it up, apart from the inventory, which cannot be opened without it"
        ));
    }
}

fn next_step(
    args: &Args,
    secrets: &[Secret],
    problems: &BTreeMap<SecretId, Vec<String>>,
) -> String {
    let count = |outcome| {
        secrets
            .iter()
            .filter(|secret| secret.decision.outcome == outcome)
            .count()
    };
    let (relocate, review) = (count(Outcome::Relocate), count(Outcome::Review));
    let folder = args.inventory.display();
    let plan = format!(
        "keyferry plan --inventory {}",
        next_command::quoted(&args.inventory.to_string_lossy())
    );
    if secrets.is_empty() {
        return "nothing to move".into();
    }
    // The same is missing of most: the commonest is told, `plan` tells all.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    problems
        .values()
        .flatten()
        .for_each(|problem| *counts.entry(problem).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(problem, count)| (std::cmp::Reverse(count), problem));
    if !counts.is_empty() {
        let blocked = problems
            .values()
            .filter(|problems| !problems.is_empty())
            .count();
        let mut next = format!("{blocked} of {relocate} secrets to relocate cannot be planned yet");
        for (problem, count) in counts.iter().take(6) {
            next.push_str(&format!("\n  {count:>4}  {problem}"));
        }
        next.push_str(&format!("\n      then {plan}"));
        return next;
    }
    if review > 0 {
        return format!(
            "settle the {review} in review in {folder}/decisions.yaml (docs/policy.md), then {plan}"
        );
    }
    plan
}
