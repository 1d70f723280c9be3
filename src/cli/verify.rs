//! `keyferry verify`

use super::account::{AccessArgs, Console, InventoryArg, Opened, block_on, open, print};
use super::exit::{CommandError, CommandResult, Exit};
use crate::cancel::Cancellation;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check::Check;
use crate::migrate::journal::JournalHistory;
use crate::migrate::verify::{VerifyInput, VerifyReport, verify};
use crate::report::verify as text;

/// Prove that what was imported is in the account, unchanged
///
/// Compares every imported secret with the account: that it exists, that the imported version is the current one, its
/// tags, its KMS key and its value. Changes nothing.
///
/// Exit codes: 0 no difference, 1 differences, 2 usage, 4 failed, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub inventory: InventoryArg,

    /// What to compare
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Check::Value)]
    pub verify: Check,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    #[command(flatten)]
    pub access: AccessArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: what differs, and what could not be compared
    Text,
    /// Every secret that was checked, with its differences
    Json,
}

pub fn run(
    args: &Args,
    opened: &Opened<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> CommandResult {
    let report = block_on(make(args, opened, cancel, console))??;
    print(console.out, |out| match args.format {
        Format::Text => text::write(out, &report),
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
}

async fn make(
    args: &Args,
    opened: &Opened<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<VerifyReport, CommandError> {
    let history = JournalHistory::read(&opened.folder.join("journal.jsonl"))?;
    let mut access = args.access.access();
    let places = history.places();
    if let [(_, region)] = places.as_slice() {
        access.region.get_or_insert_with(|| region.clone());
    }
    if places.is_empty() {
        let error = anyhow::anyhow!(
            "nothing has been imported from this inventory yet: there is nothing to verify"
        );
        return Err(CommandError::usage(error).hint("keyferry plan, then keyferry import"));
    }
    let connection = open(&access, console.talk).await?;
    // Elsewhere everything would be missing, which is not what is wrong.
    let here = (connection.account.clone(), connection.region.clone());
    if !places.contains(&here) {
        let (account, region) = &places[0];
        let error = anyhow::anyhow!("nothing was imported into account {}, {}", here.0, here.1);
        return Err(CommandError::usage(error)
            .hint(format!("the journal knows of account {account}, {region}")));
    }
    let input = VerifyInput {
        account: &connection.account,
        region: &connection.region,
        key: opened.key,
        secrets: opened.secrets,
        history: &history,
        check: args.verify,
    };
    let report = verify(
        &input,
        &connection.client,
        &CallPace::default(),
        cancel,
        console.progress,
    )
    .await;
    console.progress.finish();
    Ok(report?)
}
