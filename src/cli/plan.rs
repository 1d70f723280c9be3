//! `keyferry plan`

use std::path::PathBuf;

use super::account::{AccessArgs, Console, Opened, block_on, open, print, say};
use super::exit::{CommandError, CommandResult, Exit};
use crate::migrate::aws;
use crate::migrate::compare::compare;
use crate::migrate::pace::{Cancel, Pace};
use crate::migrate::plan::{Input, Plan, draft};
use crate::report::{output, plan as text};

/// Show what an import would do, and what stands in its way
///
/// Compares the secrets that are to be relocated with the account, checks every rule of Secrets Manager, and writes
/// plan.json for `import`. Reads no value and changes nothing.
///
/// Exit codes: 0 all can be imported, 1 some cannot as they are, 2 usage, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub access: AccessArgs,

    /// ARN of the KMS key that encrypts the secrets [default: the account's key for Secrets Manager]
    #[arg(long, value_name = "ARN")]
    pub kms_key: Option<String>,

    /// Make no call: needs --account, and a Region
    #[arg(long)]
    pub offline: bool,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Where to write the plan [default: plan.json in the inventory's folder]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// The plan itself
    Json,
}

pub fn run(args: &Args, opened: &Opened<'_>, cancel: &Cancel, console: &mut Console<'_>) -> CommandResult {
    let plan = block_on(cancel, make(args, opened, cancel, console))??;
    if cancel.is_cancelled() {
        say(console.talk, "interrupted: no plan was written")?;
        return Ok(Exit::Interrupted);
    }
    let file = args.output.clone().unwrap_or_else(|| opened.folder.join("plan.json"));
    output::write_file(&file, |out| out.write_all(plan.to_json().as_bytes())).map_err(CommandError::failed)?;
    print(console.out, |out| match args.format {
        Format::Text => text::write(out, &plan, Some(&file.to_string_lossy())),
        Format::Json => out.write_all(plan.to_json().as_bytes()),
    })?;
    Ok(if plan.blocked().next().is_some() { Exit::Findings } else { Exit::Clean })
}

async fn make(
    args: &Args,
    opened: &Opened<'_>,
    cancel: &Cancel,
    console: &mut Console<'_>,
) -> Result<Plan, CommandError> {
    let access = args.access.access();
    let input = |account: &str, region: &str| {
        draft(&Input {
            inventory: opened.id,
            key: opened.key,
            secrets: opened.secrets,
            account,
            region,
            kms_key: args.kms_key.as_deref(),
        })
    };
    if args.offline {
        let Some(account) = &access.account else {
            return Err(CommandError::usage(anyhow::anyhow!(
                "--offline needs --account: names and tokens depend on it"
            )));
        };
        let Some(region) = aws::region(&access).await else {
            return Err(CommandError::usage(anyhow::anyhow!("no Region is configured")).hint("give it with --region"));
        };
        return Ok(input(account, &region));
    }
    let connection = open(&access, console.talk).await?;
    let mut plan = input(&connection.account, &connection.region);
    console.meter.begin(plan.importable().count() as u64);
    let step = || console.meter.step();
    let compared = compare(&mut plan, opened.secrets, &connection.client, &Pace::default(), cancel, &step).await;
    console.meter.end();
    compared?;
    Ok(plan)
}
