//! `keyferry verify`

use super::aws_connection::{block_on, connect};
use super::console::Console;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::open_inventory::OpenInventory;
use super::options::{AwsOptions, InventoryOptions};
use super::progress_bars::ProgressBars;
use crate::cancel::{Cancellation, INTERRUPT};
use crate::inventory::entry::Secret;
use crate::inventory::store::Store;
use crate::migrate::aws::Access;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check_extent::Check;
use crate::migrate::journal::JournalHistory;
use crate::migrate::verify::{VerifyInput, VerifyReport, verify};
use crate::report::verify as report;

/// Compare the imported secrets with the AWS account
///
/// Checks for every imported secret that it exists, that the imported version is the current
/// version, and that tags, KMS key and value are unchanged. Changes nothing in the account.
///
/// Exit codes: 0 no differences, 1 differences, 2 usage or configuration error, 4 failed, 130
/// interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

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

/// The options of `verify`, resolved from the arguments and the journal of the inventory.
struct Options {
    access: Access,
    check: Check,
    format: Format,
}

impl Options {
    /// Resolves the options. If all imports of the journal went to one Region, that Region is the
    /// default.
    fn resolve(args: &Args, history: &JournalHistory) -> Self {
        let region = match history.places().as_slice() {
            [(_, region)] => Some(region.clone()),
            _ => None,
        };
        Self {
            access: args.aws.access(None, region.as_ref()),
            check: args.verify,
            format: args.format,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// An inventory that cannot be read, an inventory without imports, or an unreachable account.
pub fn run(args: &Args, progress: &ProgressBars) -> CommandResult {
    let store = Store::open(&args.inventory.folder)?;
    let secrets: Vec<Secret> = store.secrets.values().cloned().collect();
    let inventory = OpenInventory::of(&store, &secrets);
    let history = JournalHistory::read(&inventory.journal_file())?;
    let options = Options::resolve(args, &history);
    Console::with_standard_streams(progress, |console| {
        let report = block_on(compare(&options, &inventory, &history, &INTERRUPT, console))??;
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
    history: &JournalHistory,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<VerifyReport, CommandError> {
    let places = history.places();
    let Some((account, region)) = places.first() else {
        let error = anyhow::anyhow!("no secret has been imported from this inventory yet");
        return Err(CommandError::usage(error).hint("run keyferry plan, then keyferry import"));
    };
    let connection = connect(&options.access, console).await?;
    // In another account every secret would be reported as missing, which hides the actual mistake.
    let connected = (connection.account.clone(), connection.region.clone());
    if !places.contains(&connected) {
        let error = anyhow::anyhow!(
            "no secret was imported into account {}, {}",
            connected.0,
            connected.1
        );
        let hint = format!("the journal contains imports into account {account}, {region}");
        return Err(CommandError::usage(error).hint(hint));
    }
    let input = VerifyInput {
        account: &connection.account,
        region: &connection.region,
        key: inventory.key,
        secrets: inventory.secrets,
        history,
        check: options.check,
    };
    let pace = CallPace::default();
    let report = verify(&input, &connection.client, &pace, cancel, console.progress).await;
    console.progress.finish();
    Ok(report?)
}
