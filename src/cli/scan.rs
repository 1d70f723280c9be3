//! `keyferry scan`

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::console::{stdout_has_color, terminal_width};
use super::decision_sources::Sources;
use super::dismissals::Dismissals;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages::{self, Detail};
use super::open_inventory;
use super::options::{NamedTargets, PolicyOptions, RuleOptions, TargetOptions};
use super::progress_bars::ProgressBars;
use super::target_scans::scan_targets;
use crate::coverage::Coverage;
use crate::finding::repository_identity::KnownUnits;
use crate::inventory::inventory_key::InventoryKey;
use crate::inventory::key_file;
use crate::inventory::store::Store;
use crate::output;
use crate::progress::Progress as _;
use crate::report::catalogue::Catalogue;
use crate::report::{self, Format, Terminal, coverage_report};
use crate::scan::{self, Scan, Since};
use crate::worker::supervisor::{self, RevisionError, Workers};

/// Report the secrets in working trees and git history
///
/// Reads every file of a working tree (including files that git ignores), every blob of the object
/// database once, the messages of commits and tags, and the other files of the git directory:
/// configuration, hooks, reflogs. Values are redacted unless --show-secrets is given. The report
/// ends with a coverage report: the things that were read, skipped (with the reason), and
/// unreadable.
///
/// Exit codes: 0 no findings, 1 findings, 2 usage or configuration error, 3 something could not be
/// read (with --strict, or was too large), 4 failed, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    targets: TargetOptions,

    #[command(flatten)]
    rules: RuleOptions,

    /// Format of the report; json, jsonl and csv contain ids and all details
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write the report to FILE, readable only by you
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write the values of the secrets into the report
    #[arg(long)]
    show_secrets: bool,

    /// Write the ids of commits and blobs, and the ends of values, into the report; --show-secrets
    /// includes this, except in SARIF. Whoever has such a report, and knows the text around a weak
    /// value, can test guesses of the value
    #[arg(long)]
    show_ids: bool,

    /// Report only new findings: those that commits since a day introduced (2026-01-31, or RFC
    /// 3339), or commits that are not reachable from a revision (main, v1.2, HEAD~10), and those
    /// that are not committed. Findings whose age is unknown, because a shallow or partial clone
    /// lacks commits, are counted, and lead to exit code 3
    #[arg(long, value_name = "REV|DATE", conflicts_with = "no_history")]
    since: Option<Since>,

    /// Use this inventory: its key, so that the secret ids are those of the inventory, and its
    /// decisions. Findings that are dismissed there, by a person or by a rule, are left out of the
    /// report and counted. The inventory is not changed
    #[arg(long, short, value_name = "DIR")]
    inventory: Option<PathBuf>,

    #[command(flatten)]
    policy: PolicyOptions,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or a report that cannot be written.
pub fn run(args: &Args, progress: &ProgressBars) -> CommandResult {
    if let Some(file) = &args.output {
        output::check(file).map_err(CommandError::usage)?;
    }
    let targets = args.targets.targets()?;
    let library = args.rules.library()?;
    let opened = match &args.inventory {
        Some(folder) => {
            // A mistake in a file is reported before the scan, which can take long.
            let sources = Sources::read(&args.policy, folder)?;
            Some((Store::open(folder)?, sources))
        }
        None => {
            refuse_policy(&args.policy)?;
            None
        }
    };
    let (key, known, own) = match &opened {
        Some((store, _)) => (
            store.key.clone(),
            store.known_units(),
            open_inventory::own_files(store),
        ),
        None => (machine_key()?, KnownUnits::default(), BTreeSet::new()),
    };
    if let Some(Since::Revision(revision)) = &args.since {
        check_revision(revision, &targets)?;
    }
    let width = terminal_width().filter(|_| args.output.is_none() && args.format == Format::Text);
    let options = scan::Options {
        own,
        excerpts: width.is_some(),
        since: args.since.clone(),
        cache: args.targets.cache(&library),
        ..args.targets.options()
    };
    let workers = Workers {
        options: &options,
        rules: args.rules.own(&library),
        key: &key,
        now: jiff::Timestamp::now().as_second(),
        time_limit: args.targets.time_limit(),
        progress,
    };
    let mut dismissals = opened.map(|(store, sources)| Dismissals::new(store, sources, &options));
    let mut scanned = Scan::default();
    let unread = scan_targets(targets, known, &workers, |target| {
        if let Some(dismissals) = &mut dismissals {
            dismissals.add(&target);
        }
        scanned.add(target);
        Ok(())
    })?;
    progress.finish();
    scanned.coverage.absorb(unread);
    scanned.coverage.strict = args.targets.is_strict();
    scanned.close();
    let nested = std::mem::take(&mut scanned.nested);
    let (mut findings, coverage) = scanned.into_findings();
    let dismissed = dismissals.map(|dismissals| dismissals.leave_out(&mut findings));
    // Values in the report are more than ids. SARIF has no values.
    let object_ids = args.show_ids || (args.show_secrets && args.format != Format::Sarif);
    let mut reported = coverage.clone();
    if !object_ids {
        report::leave_out_ids(&mut findings, &mut reported);
    }
    let all = messages::detail_level() == Detail::Verbose;
    let next = format!(
        "next: `keyferry explain FILE:LINE` says why a value was reported; `keyferry discover{}` decides about each secret",
        args.targets.as_arguments()
    );
    let catalogue = Catalogue::of(library.files.iter().map(|(_, file)| file));
    let options = report::Options {
        show_secrets: args.show_secrets,
        object_ids,
        color: args.output.is_none() && stdout_has_color(),
        targets: &nested,
        terminal: width.map(|width| Terminal { width, all }),
        next: Some(next.as_str()).filter(|_| messages::detail_level() >= Detail::Usual),
        history: args.targets.reads_history(),
        dismissed,
        ..report::Options::new(&catalogue)
    };
    if let Some(file) = &args.output
        && coverage.interrupted
    {
        // A part of a report, in the place of an earlier whole one, would look like a whole one.
        let file = file.display();
        messages::warn(&format!("interrupted: no report was written to {file}"));
        return Ok(Exit::Interrupted);
    }
    let written = output::write(args.output.as_deref(), |out| {
        report::write(args.format, out, &findings, &reported, &options)
    });
    written?;
    if !args.format.carries_coverage() || args.output.is_some() {
        if messages::detail_level() >= Detail::Usual || !coverage.complete() {
            let mut text = Vec::new();
            coverage_report::write(&mut text, &coverage).map_err(anyhow::Error::from)?;
            messages::block(&String::from_utf8_lossy(&text));
        }
        if let Some(dismissed @ 1..) = dismissed {
            messages::note(&report::dismissed_in_words(dismissed));
        }
    }
    Ok(exit(&coverage, !findings.is_empty()))
}

/// Refuses files of decisions for a scan that uses none.
fn refuse_policy(given: &PolicyOptions) -> Result<(), CommandError> {
    let option = match (&given.policy, &given.registry) {
        (Some(_), _) => "--policy",
        (_, Some(_)) => "--registry",
        _ => return Ok(()),
    };
    let error = anyhow::anyhow!("{option} has no effect on a scan without --inventory");
    Err(CommandError::usage(error).hint("name the inventory, or omit the option"))
}

/// Checks before the scan that every repository knows the revision of `--since`, because an unknown
/// revision is most likely misspelt. A repository that cannot be read is reported by the scan.
fn check_revision(revision: &str, targets: &NamedTargets) -> Result<(), CommandError> {
    let places = targets.places.values();
    for place in places.filter(|place| place.looks_like_repository()) {
        if let Err(RevisionError::Unknown(why)) = supervisor::find_revision(place, revision) {
            let place = place.location.display();
            let error = anyhow::anyhow!(
                "--since {revision}: {place} has no such revision, and it is not a date: {why}"
            );
            return Err(CommandError::usage(error).hint("a date is written like 2026-01-31"));
        }
    }
    Ok(())
}

/// The exit code. An incomplete scan takes precedence over findings, because the unread part may
/// contain more.
fn exit(coverage: &Coverage, found: bool) -> Exit {
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

/// The key of secret ids in scans without an inventory: the key in the environment, otherwise a key
/// of this user on this machine, so that repeated scans give the same ids.
fn machine_key() -> Result<InventoryKey, CommandError> {
    if let Some(key) = key_file::from_environment()? {
        return Ok(key);
    }
    let kept = key_file::path("scan").and_then(|path| match key_file::read(&path) {
        // Another scan can create the key at this moment.
        Err(key_file::KeyError::Missing(_)) => {
            key_file::create(&path).or_else(|error| key_file::read(&path).map_err(|_| error))
        }
        other => other,
    });
    kept.or_else(|error| {
        messages::note(&format!(
            "the next scan will produce other secret ids: {error}"
        ));
        InventoryKey::generate()
            .map_err(|error| CommandError::failed(anyhow::anyhow!("no randomness: {error}")))
    })
}
