//! `keyferry show`

use super::console::{stdout_has_color, terminal_width};
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::options::{InventoryOptions, PolicyOptions, ReadingOptions, RuleOptions};
use super::place_reading::PlaceReaders;
use super::reveal;
use super::secret_lookup;
use super::settled_inventory::SettledInventory;
use crate::decide::explanation;
use crate::decide::missing_fields;
use crate::detect::library::Library;
use crate::inventory::entry::Secret;
use crate::inventory::place_order;
use crate::migrate::journal::JournalHistory;
use crate::migrate::plan::{Plan, PlanInput, draft};
use crate::output;
use crate::report::catalogue::Catalogue;
use crate::report::json;
use crate::report::secret_text::{self, Layout, LineState};
use crate::report::secret_view::{Document, SecretView, ViewInput};
use crate::secret::SecretId;

/// Show everything that the inventory knows of one secret
///
/// Shows kind, detector, confidence and exposure, since when and by whom the value is there, login, facts
/// with their sources, the statements and rules that were looked at, questions with their possible
/// answers, name, tags and plan, and the places. On a terminal, the line of each shown place is read again,
/// also from the history, and all secrets of the line are masked. Decides again, like `plan`, and writes
/// nothing. Shows no value without --reveal.
///
/// Exit codes: 0 done, 2 usage or configuration error, or no such secret, 4 failed, or the value is at
/// none of its places now, 130 interrupted or not confirmed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Id of a secret or of a use, the beginning of an id, or the name in Secrets Manager
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Show all places instead of the first 10
    #[arg(long)]
    all: bool,

    /// Show the value, too, after a confirmation: to a person at a terminal only, not in CI. The value is
    /// read again from its repository, and is written to no file
    #[arg(long)]
    reveal: bool,

    /// Show the ids of commits, and how the value is read. Whoever has them, and knows the text around a
    /// weak value, can test guesses of the value
    #[arg(long)]
    show_ids: bool,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

/// Output formats of `show`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// Places that are shown without `--all`.
const PLACES: usize = 10;

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, no such secret, a value that cannot be read again, or an output that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    if args.reveal {
        if args.format != Format::Text {
            let error = anyhow::anyhow!("--reveal is for --format text only");
            return Err(CommandError::usage(error));
        }
        reveal::check_terminal()?;
    }
    let library = args.rules.library()?;
    let inventory = SettledInventory::read(&args.inventory, &args.policy)?;
    let found = secret_lookup::find(&inventory.settled, &args.id)?;
    let secrets = views(args, &inventory, &library, &found)?;
    let readers = PlaceReaders::of(&inventory, &args.reading, args.rules.own(&library))?;
    // Lines are for terminals only, like those of a scan.
    let width = terminal_width();
    let lines = match (args.format, width) {
        (Format::Text, Some(_)) => found
            .iter()
            .map(|secret| lines(args, secret, &readers))
            .collect(),
        _ => Vec::new(),
    };
    output::write(None, |out| match args.format {
        Format::Text => {
            let color = stdout_has_color();
            secret_text::write(out, &secrets, &lines, Layout { width, color })
        }
        Format::Json => {
            let object_ids = args.show_ids;
            json::write_pretty(out, &Document::of(secrets, object_ids))
        }
    })?;
    match args.reveal {
        // Uses of one value have the same value.
        true => reveal::run(found[0], &readers),
        false => Ok(Exit::Clean),
    }
}

/// The number of places that are shown.
fn most_places(args: &Args) -> usize {
    if args.all { usize::MAX } else { PLACES }
}

/// The lines of the shown places of a secret.
fn lines(args: &Args, secret: &Secret, readers: &PlaceReaders<'_>) -> Vec<LineState> {
    let places = place_order::sorted(secret).into_iter();
    places
        .take(most_places(args))
        .map(|place| readers.shown_line(secret, place, args.show_ids))
        .collect()
}

/// The views of some secrets of an inventory.
fn views(
    args: &Args,
    inventory: &SettledInventory,
    library: &Library,
    found: &[&Secret],
) -> Result<Vec<SecretView>, CommandError> {
    let policy = &inventory.sources.policy;
    let inputs = inventory.sources.inputs(&inventory.store);
    let catalogue = Catalogue::of(library.files.iter().map(|(_, file)| file));
    let plan = planned(inventory, found)?;
    let view = |secret: &&Secret| {
        let value = secret.id.of_value();
        let all = inventory.settled.secrets.keys();
        let uses = all.filter(|id| id.of_value() == value).cloned();
        let uses: Vec<SecretId> = uses.collect();
        let described = catalogue.get(&secret.detector);
        SecretView::of(&ViewInput {
            secret,
            explanation: &explanation::explain(secret, &inputs),
            entry: plan.entries.iter().find(|entry| entry.secret == secret.id),
            missing: &missing_fields(secret, policy),
            uses: &uses,
            detector_name: described.map(|entry| entry.name.as_str()),
            template: policy.naming.template.as_str(),
            most_places: most_places(args),
            object_ids: args.show_ids,
        })
    };
    Ok(found.iter().map(view).collect())
}

/// The plan that `plan --offline` would make of these secrets. The shown parts do not depend on the account and the Region.
fn planned(inventory: &SettledInventory, found: &[&Secret]) -> Result<Plan, CommandError> {
    let target = &inventory.sources.policy.target;
    let secrets: Vec<Secret> = found.iter().map(|secret| (*secret).clone()).collect();
    let account = match &target.account {
        Some(account) => account.clone(),
        None => "000000000000".parse().map_err(CommandError::failed)?,
    };
    let region = match &target.region {
        Some(region) => region.clone(),
        None => "us-east-1".parse().map_err(CommandError::failed)?,
    };
    Ok(draft(&PlanInput {
        inventory: &inventory.store.identity.id,
        key: &inventory.store.key,
        secrets: &secrets,
        account: &account,
        region: &region,
        kms_key: target.kms_key.as_ref().filter(|_| target.region.is_some()),
        policy_target: target,
        price: &inventory.sources.policy.price,
        history: &JournalHistory::default(),
        problems: &inventory.settled.problems,
    }))
}
