//! `keyferry scan`

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::exit::{CommandError, CommandResult, Exit};
use super::messages::{self, Ui};
use super::options::rule_options::{self, RuleArgs};
use super::options::target_options::TargetArgs;
use super::output_check;
use crate::coverage::Coverage;
use crate::inventory::inventory_key::InventoryKey;
use crate::inventory::key_file;
use crate::inventory::store::Store;
use crate::progress::Progress as _;
use crate::report::catalogue::Catalogue;
use crate::report::{self, Format, coverage_report};
use crate::scan::Since;
use crate::source::git::Repo;
use crate::source::target::{Shape, Unit};
use crate::{output, scan};

/// Look for secrets in working trees and git history
///
/// Reads every file of a working tree (those that git ignores too), every blob of the repository's object database once,
/// the messages of commits and tags, and what else stands in git's own directory: configuration, hooks, reflogs. Values are
/// redacted unless you ask for them. Ends with an account of what was read and what was not.
///
/// Exit codes: 0 nothing found, 1 findings, 2 usage, 3 something could not be read, 4 failed, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub targets: TargetArgs,

    #[command(flatten)]
    pub rules: RuleArgs,

    /// What to write; ids of secrets, and what else is known of a place, are in jsonl, json and csv
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Write the report to a file that only you can read
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write the values themselves into the report
    #[arg(long)]
    pub show_secrets: bool,

    /// Tell only what is new: brought in by commits of this day or later (2026-01-31, or RFC 3339), or by commits that a
    /// revision does not lead to (main, v1.2, HEAD~10); and what is not committed yet
    #[arg(long, value_name = "REV|DATE", conflicts_with = "no_history")]
    pub since: Option<Since>,

    /// Use the key of this inventory, so that secret ids are those of its entries
    #[arg(long, value_name = "DIR")]
    pub inventory: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> CommandResult {
    output_check::check(args.output.as_deref())?;
    let units = args.targets.units()?;
    let library = args.rules.library()?;
    let engine = rule_options::engine(&library)?;
    let (key, known) = match &args.inventory {
        Some(folder) => {
            let store = Store::open(folder).map_err(super::settle::store_error)?;
            let locations = store.locations();
            (store.key.clone(), locations)
        }
        None => (machine_key()?, BTreeMap::new()),
    };
    let own = args
        .inventory
        .as_ref()
        .and_then(|folder| folder.canonicalize().ok());
    if let Some(Since::Revision(revision)) = &args.since {
        known_revision(revision, &units)?;
    }
    let cache = args.targets.cache(&library);
    let options = scan::Options {
        own,
        since: args.since.clone(),
        cache,
        ..args.targets.options()
    };
    let scanned = scan::scan(units, &known, &engine, &key, &options, ui);
    ui.finish();
    let targets = targets(scanned.units.iter().map(|scanned| &scanned.unit));
    let (findings, coverage) = scanned.into_findings();
    let catalogue = Catalogue::of(library.files.iter().map(|(_, file)| file));
    let options = report::Options {
        show_secrets: args.show_secrets,
        color: args.output.is_none() && messages::stdout_color(),
        targets: &targets,
        ..report::Options::new(&catalogue)
    };
    let written = output::write(args.output.as_deref(), |out| {
        report::write(args.format, out, &findings, &coverage, &options)
    });
    written.map_err(CommandError::failed)?;
    if !args.format.carries_coverage() || args.output.is_some() {
        let mut text = Vec::new();
        coverage_report::write(&mut text, &coverage).map_err(anyhow::Error::from)?;
        messages::block(&String::from_utf8_lossy(&text));
    }
    Ok(exit(&coverage, !findings.is_empty()))
}

/// A revision that a target does not know is most likely misspelt: told before anything is read.
fn known_revision(revision: &str, units: &[Unit]) -> Result<(), CommandError> {
    let repositories = units
        .iter()
        .filter(|unit| matches!(unit.shape, Shape::Worktree | Shape::Bare));
    for unit in repositories {
        if let Err(why) = Repo::open(&unit.location).and_then(|repo| repo.commit(revision)) {
            let place = unit.location.display();
            let error =
                anyhow::anyhow!("--since {revision}: {place} knows no such day or revision: {why}");
            return Err(CommandError::usage(error).hint("a day is written 2026-01-31"));
        }
    }
    Ok(())
}

/// The target that each repository within one was found in, by their names.
fn targets<'a>(units: impl Iterator<Item = &'a Unit> + Clone) -> BTreeMap<String, String> {
    let (given, within): (Vec<_>, Vec<_>) = units.partition(|unit| unit.prefix.is_empty());
    let target = |unit: &Unit| {
        let around = given
            .iter()
            .filter(|target| unit.location.starts_with(&target.location));
        // Of targets in each other, the one from which the prefix leads here. What git keeps in `.git/modules` is shown
        // elsewhere than it is.
        around.max_by_key(|target| {
            (
                target.location.join(&unit.prefix) == unit.location,
                target.location.components().count(),
            )
        })
    };
    within
        .into_iter()
        .filter_map(|unit| Some((unit.name.clone(), target(unit)?.name.clone())))
        .collect()
}

/// An incomplete scan says so even if it found something: what it did not read may hold more.
pub fn exit(coverage: &Coverage, found: bool) -> Exit {
    if coverage.interrupted {
        Exit::Interrupted
    } else if !coverage.complete() {
        Exit::Incomplete
    } else if found {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// The key that makes the secret ids of scans without an inventory: from the environment, or this user's own on this machine,
/// so that two scans of the same give the same ids.
fn machine_key() -> Result<InventoryKey, CommandError> {
    if let Some(key) = key_file::from_environment().map_err(CommandError::usage)? {
        return Ok(key);
    }
    let kept = key_file::path("scan").and_then(|path| match key_file::read(&path) {
        // Another scan may be making it at this moment.
        Err(key_file::KeyError::Missing(_)) => {
            key_file::create(&path).or_else(|error| key_file::read(&path).map_err(|_| error))
        }
        other => other,
    });
    kept.or_else(|error| {
        messages::note(&format!("secret ids will differ at the next scan: {error}"));
        InventoryKey::generate()
            .map_err(|error| CommandError::failed(anyhow::anyhow!("no randomness: {error}")))
    })
}
