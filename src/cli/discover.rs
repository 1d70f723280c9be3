//! `keyferry discover`

use std::collections::BTreeMap;

use super::decision_sources::{self, Sources};
use super::discover_run::{self, DiscoverRun};
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::inventory_trust;
use super::messages;
use super::next_command;
use super::open_inventory;
use super::options::{
    InventoryFolder, InventoryFolderParser, PolicyOptions, RuleOptions, TargetOptions,
};
use super::progress_bars::ProgressBars;
use super::repository_notes;
use super::target_scans::scan_targets;
use crate::decide::Problem;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::key_file;
use crate::inventory::store::Store;
use crate::output;
use crate::progress::Progress as _;
use crate::report::{coverage_report, number, summary};
use crate::scan::Options;
use crate::secret::SecretId;
use crate::worker::supervisor::Workers;

/// Scan into the inventory and decide about each secret
///
/// The inventory has one entry per secret, with all its places, its metadata and a decision. It
/// contains no values: it identifies a value by a fingerprint under a key that is stored outside
/// the inventory. A rescan keeps the decisions of people. A rescan with the same findings changes
/// no byte.
///
/// Exit codes: 0 done, 2 usage or configuration error, or statements of people that contradict each
/// other (the results of the scan are saved), 3 something could not be read (with --strict,
/// or was too large), 4 failed, 130 interrupted (the targets that were finished are in the
/// inventory).
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    targets: TargetOptions,

    #[command(flatten)]
    rules: RuleOptions,

    /// Folder of the inventory; created if it does not exist
    #[arg(
        long,
        short,
        value_name = "DIR",
        default_value = "inventory",
        value_parser = InventoryFolderParser
    )]
    inventory: InventoryFolder,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Set a metadata field of all secrets in the targets, found now or later, where it is unknown:
    /// appid=orders, appenv=prod, owner=team@example.com, …; an empty value withdraws it; repeatable
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,

    /// Set a metadata field like --set, also where the repository states another value: by a path, a
    /// host, CODEOWNERS or a rule of the policy; repeatable
    #[arg(long, value_name = "FIELD=VALUE")]
    force_set: Vec<String>,

    /// Confirm that the repository NAME of the inventory is among the targets although nothing
    /// proves it: it was moved, or its history was rewritten; repeatable
    #[arg(long, value_name = "NAME")]
    same: Vec<String>,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or an inventory that cannot be written.
pub fn run(args: &Args, progress: &ProgressBars) -> CommandResult {
    let targets = args.targets.targets()?;
    let library = args.rules.library()?;
    // Configuration errors are reported before the scan, which can take long.
    inventory_trust::check(&args.inventory, &args.targets.locations())?;
    let sources = Sources::read(&args.policy, &args.inventory)?;
    let set = sources.parse_set(&args.set, &args.force_set)?;
    let mut store = Store::open_or_create(&args.inventory)?;
    inventory_trust::remember(&store);
    open_inventory::announce(&mut store);
    announce_new_key(&store);
    let options = Options {
        own: open_inventory::own_files(&store),
        cache: args.targets.cache(&library),
        ..args.targets.options()
    };
    let key = store.key.clone();
    let workers = Workers {
        options: &options,
        rules: args.rules.own(&library),
        key: &key,
        now: jiff::Timestamp::now().as_second(),
        time_limit: args.targets.time_limit(),
        progress,
    };
    let mut known = store.known_units();
    for name in &args.same {
        if !known.by_name.contains_key(name) {
            let error =
                anyhow::anyhow!("--same {name}: the inventory has no repository of this name");
            return Err(CommandError::usage(error).hint("keyferry.yaml lists them"));
        }
        known.confirmed.insert(name.clone());
    }
    let (all, mut left) = (targets.places.len(), targets.places.len());
    let mut run = DiscoverRun::new(known.clone(), &options, set);
    let unread = scan_targets(targets, known, &workers, |target| {
        left -= 1;
        if target.coverage.interrupted {
            return Ok(());
        }
        run.add(&mut store, target);
        if left > 0 {
            // The results of a target are saved before the next target begins.
            run.save_so_far(&mut store, &sources)?;
        }
        Ok(())
    })?;
    progress.finish();
    if unread.interrupted {
        if run.targets() > 0 {
            discover_run::save_undecided(&mut store, &sources)?;
        }
        messages::warn(&interruption(run.targets(), all));
        return Ok(Exit::Interrupted);
    }
    let finished = run.finish(&mut store);
    for note in &finished.notes {
        messages::note(note);
    }
    let mut coverage = finished.coverage;
    coverage.absorb(unread);
    coverage.strict = args.targets.is_strict();
    coverage.sort();
    let inputs = sources.inputs(&store);
    let settled = decision_sources::settle_store(&mut store, &inputs);
    decision_sources::save(&mut store, Some(&settled), &inputs)?;

    let secrets: Vec<Secret> = std::mem::take(&mut store.secrets).into_values().collect();
    let next = next_step(args, &secrets, &settled.problems);
    let inventory = args.inventory.display().to_string();
    let folder = next_command::quoted(&inventory);
    let setting = summary::Setting {
        inventory: &inventory,
        list: &format!("keyferry list --inventory {folder} --outcome review"),
        plain: &finished.plain,
        statements: &settled.statements,
        next: &next,
    };
    let written = output::write(None, |out| {
        coverage_report::write(out, &coverage)?;
        writeln!(out)?;
        summary::write(out, &secrets, &setting)
    });
    written?;
    for note in repository_notes::reading_changes(&finished.reading_changes) {
        messages::note(&note);
    }
    let changed = match finished.reading_changes.len() {
        0 => String::new(),
        changed => format!(", {changed} reading changed"),
    };
    messages::note(&format!(
        "secrets in the inventory folder {inventory}: {} new, {} gone{changed}",
        finished.new, finished.gone
    ));
    decision_sources::refuse_contradictions(&settled.contradictions)?;
    Ok(if coverage.complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

/// The message after an interruption. Targets that were finished are in the inventory.
fn interruption(done: usize, all: usize) -> String {
    match done {
        0 => "interrupted: the inventory is unchanged".to_owned(),
        done => format!(
            "interrupted: the inventory contains {done} of {all} targets, not yet decided; run the command again for the others"
        ),
    }
}

/// Reports where the key of a new inventory is stored. Users who do not know of the key do not back
/// it up.
fn announce_new_key(store: &Store) {
    // No scan was ever stored: the inventory was created now, or by a run that was interrupted.
    let new = store.identity.repositories.is_empty() && store.secrets.is_empty();
    if new
        && let Ok(None) = key_file::from_environment()
        && let Ok(path) = key_file::path(&store.identity.id)
    {
        let key = path.display();
        messages::note(&format!(
            "this inventory has a new key: {key}\nback up the key, separately from the inventory; the inventory cannot be opened without it"
        ));
    }
}

fn next_step(
    args: &Args,
    secrets: &[Secret],
    problems: &BTreeMap<SecretId, Vec<Problem>>,
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
    if secrets.len() == count(Outcome::Dismiss) {
        return "no secrets to import".into();
    }
    // Most secrets lack the same fields. The most common problems are listed; `plan` lists all.
    let mut counts: BTreeMap<&Problem, usize> = BTreeMap::new();
    problems
        .values()
        .flatten()
        .for_each(|problem| *counts.entry(problem).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(problem, count)| (std::cmp::Reverse(count), &problem.message));
    if !counts.is_empty() {
        let blocked = problems
            .values()
            .filter(|problems| !problems.is_empty())
            .count();
        let mut next =
            format!("{blocked} of {relocate} secrets to relocate cannot be planned yet:");
        for (problem, count) in counts.iter().take(6) {
            next.push_str(&format!("\n  {count:>4}  {problem}"));
        }
        next.push_str(&format!("\n  resolve these problems, then run {plan}"));
        return next;
    }
    if review > 0 {
        let review = number::count(review as u64, "secret", "secrets");
        return format!(
            "decide the {review} in review in {folder}/decisions.yaml (docs/policy.md), then run {plan}"
        );
    }
    plan
}
