//! `keyferry verify`

use std::borrow::Cow;
use std::path::PathBuf;

use super::aws_connection::{block_on, connect};
use super::console::Console;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::inventory_trust;
use super::open_inventory::{self, OpenInventory};
use super::options::{AwsOptions, InventoryOptions};
use super::progress_bars::ProgressBars;
use crate::cancel::{Cancellation, INTERRUPT};
use crate::inventory::entry::{MigrationProgress, Secret};
use crate::inventory::store::Store;
use crate::migrate::aws::Access;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check_extent::Check;
use crate::migrate::import::ImportRefused;
use crate::migrate::journal::JournalHistory;
use crate::migrate::plan::Plan;
use crate::migrate::verify::{VerifyInput, VerifyReport, verify};
use crate::report::verify as report;
use crate::secrets_manager::{Account, Region};

/// Compare the planned and imported secrets with the AWS account
///
/// Checks for every secret of the plan, and every imported one, that it exists, that the imported
/// version is the current version or was rotated since, and that tags, KMS key and value are
/// unchanged. Changes nothing in the account.
///
/// Exit codes: 0 no differences, 1 differences, or planned secrets that are not in the account, 2
/// usage or configuration error, 4 failed, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    /// Plan to compare with the account [default: plan.json in the inventory folder, if present]
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Attributes to compare
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Check::Value)]
    verify: Check,

    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    aws: AwsOptions,
}

/// Output formats of `verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: differences, and attributes that could not be compared
    Text,
    /// One JSON document with every checked secret and its differences
    Json,
}

/// The options of `verify`, resolved from the arguments and the places of earlier work.
struct Options {
    access: Access,
    check: Check,
    format: Format,
}

impl Options {
    /// Resolves the options. If plan and journal name one account and Region, that Region is the
    /// default.
    fn resolve(args: &Args, places: &[(Account, Region)]) -> Self {
        let region = match places {
            [(_, region)] => Some(region),
            _ => None,
        };
        Self {
            access: args.aws.access(None, region),
            check: args.verify,
            format: args.format,
        }
    }
}

/// What the account is compared with, besides the inventory.
struct Records {
    plan: Option<Plan>,
    history: JournalHistory,
}

impl Records {
    /// Reads plan and journal. Neither need exist, unless the user names the plan.
    fn read(args: &Args, inventory: &OpenInventory<'_>) -> Result<Self, CommandError> {
        let file = inventory.plan_file();
        let plan = match &args.plan {
            Some(file) => Some(Plan::load(file)?),
            // A link is an error of reading, not an absent file.
            None if std::fs::symlink_metadata(&file).is_err() => None,
            None => Some(Plan::load(&file)?),
        };
        if let Some(plan) = plan.as_ref().filter(|plan| plan.inventory != inventory.id) {
            return Err(ImportRefused::of_inventory(plan, inventory.id).into());
        }
        Ok(Self {
            plan,
            history: JournalHistory::read(&inventory.journal_file())?,
        })
    }

    /// The accounts and Regions that plan and journal name, sorted, each once.
    fn places(&self) -> Vec<(Account, Region)> {
        let plan = self.plan.iter().filter(|plan| !plan.entries.is_empty());
        let planned = plan.map(|plan| (plan.account.clone(), plan.region.clone()));
        let mut places: Vec<_> = self.history.places().into_iter().chain(planned).collect();
        places.sort();
        places.dedup();
        places
    }
}

/// Runs the command.
///
/// # Errors
///
/// An inventory that cannot be read, an inventory without a plan and without imports, or an
/// unreachable account.
pub fn run(args: &Args, progress: &ProgressBars) -> CommandResult {
    inventory_trust::check(&args.inventory.folder, &[])?;
    let mut store = Store::open(&args.inventory.folder)?;
    inventory_trust::remember(&store);
    open_inventory::announce(&mut store);
    let entries = store.secrets.values();
    let secrets: Vec<Secret> = entries
        .flat_map(Secret::stored_uses)
        .map(Cow::into_owned)
        .collect();
    let inventory = OpenInventory::of(&store, &secrets);
    let records = Records::read(args, &inventory)?;
    let options = Options::resolve(args, &records.places());
    Console::with_standard_streams(progress, |console| {
        let report = block_on(compare(&options, &inventory, &records, &INTERRUPT, console))??;
        console.print(|out| match options.format {
            Format::Text => report::write(out, &report),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &report)?;
                writeln!(out)
            }
        })?;
        Ok(match (report.complete, report.is_clean()) {
            (false, _) => Exit::Interrupted,
            (true, false) => Exit::Findings,
            (true, true) => Exit::Clean,
        })
    })
}

async fn compare(
    options: &Options,
    inventory: &OpenInventory<'_>,
    records: &Records,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<VerifyReport, CommandError> {
    let places = records.places();
    let is_imported = |secret: &Secret| secret.progress > MigrationProgress::Found;
    if places.is_empty() && !inventory.secrets.iter().any(is_imported) {
        let error = anyhow::anyhow!(
            "there is nothing to verify: no secret of this inventory is planned or imported"
        );
        return Err(CommandError::usage(error).hint("run keyferry plan, then keyferry import"));
    }
    let connection = connect(&options.access, console).await?;
    // In another account every secret would be reported as missing, which hides the actual mistake.
    let connected = (connection.account.clone(), connection.region.clone());
    if let Some((account, region)) = places.first()
        && !places.contains(&connected)
    {
        let error = anyhow::anyhow!(
            "no secret was imported into account {}, {}, and none is planned for it",
            connected.0,
            connected.1
        );
        let hint = format!("plan and journal are for account {account}, {region}");
        return Err(CommandError::usage(error).hint(hint));
    }
    if places.is_empty() {
        console.say(
            "note: journal and plan are missing, so that the account of the imports is not known; the account of the credentials is compared",
        )?;
    }
    let input = VerifyInput {
        account: &connection.account,
        region: &connection.region,
        key: inventory.key,
        secrets: inventory.secrets,
        plan: records.plan.as_ref(),
        history: &records.history,
        check: options.check,
    };
    let pace = CallPace::default();
    let report = verify(&input, &connection.client, &pace, cancel, console.progress).await;
    console.progress.finish();
    Ok(report?)
}
