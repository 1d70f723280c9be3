//! `keyferry plan`

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::account::{AccessArgs, Console, InventoryArg, Opened, block_on, open, print, say};
use super::exit::{CommandError, CommandResult, Exit};
use super::next_command;
use super::settle::{Defaults, PolicyArgs};
use crate::cancel::Cancellation;
use crate::decide::policy::Price;
use crate::migrate::aws;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::plan::{Plan, PlanInput, compare, draft};
use crate::output;
use crate::report::plan as text;
use crate::secret::SecretId;
use crate::secrets_manager::{Account, KeyArn, Region};

/// Show what an import would do, and what stands in its way
///
/// Compares the secrets that are to be relocated with the account, checks every rule of Secrets Manager, and writes
/// plan.json for `import`. Reads no value and changes nothing.
///
/// Exit codes: 0 all can be imported, 1 some cannot as they are, 2 usage, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub inventory: InventoryArg,

    #[command(flatten)]
    pub policy: PolicyArgs,

    /// ARN of the KMS key that encrypts the secrets [default: the policy's, else the account's key for Secrets Manager]
    #[arg(long, value_name = "ARN", value_parser = str::parse::<KeyArn>)]
    pub kms_key: Option<KeyArn>,

    /// Make no call: needs an account and a Region, from the policy or the options
    #[arg(long)]
    pub offline: bool,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Where to write the plan [default: plan.json in the inventory's folder]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub access: AccessArgs,

    #[arg(skip)]
    pub defaults: Defaults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: what would be done, what stands in the way, what it costs
    Text,
    /// The plan itself, as it is in plan.json
    Json,
}

/// What deciding, naming and tagging found.
#[derive(Clone, Copy)]
pub struct Settled<'a> {
    pub price: &'a Price,
    /// What keeps secrets from being imported.
    pub problems: &'a BTreeMap<SecretId, Vec<String>>,
}

pub fn run(
    args: &Args,
    opened: &Opened<'_>,
    settled: Settled<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> CommandResult {
    let plan = block_on(make(args, opened, settled, cancel, console))??;
    if cancel.is_requested() {
        say(console.talk, "interrupted: no plan was written")?;
        return Ok(Exit::Interrupted);
    }
    let file = args
        .output
        .clone()
        .unwrap_or_else(|| opened.folder.join("plan.json"));
    output::write_file(&file, |out| out.write_all(plan.to_json().as_bytes()))
        .map_err(CommandError::failed)?;
    let again = next_command::with_policy(
        next_command::arguments(&args.inventory, &args.access),
        &args.policy,
    );
    let mut import = again.clone();
    if let Some(file) = &args.output {
        next_command::push_file(&mut import, "--plan", file);
    }
    let setting = text::Setting {
        inventory: &args.inventory.folder.to_string_lossy(),
        file: &file.to_string_lossy(),
        import: &import,
        verify: &next_command::arguments(&args.inventory, &args.access),
    };
    print(console.out, |out| match args.format {
        Format::Text => text::write(out, &plan, &setting),
        Format::Json => out.write_all(plan.to_json().as_bytes()),
    })?;
    Ok(if plan.blocked().next().is_some() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

async fn make(
    args: &Args,
    opened: &Opened<'_>,
    settled: Settled<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<Plan, CommandError> {
    let mut access = args.access.access();
    access.account = access.account.or_else(|| args.defaults.account.clone());
    access.region = access.region.or_else(|| args.defaults.region.clone());
    if args.offline {
        let Some(account) = &access.account else {
            return Err(CommandError::usage(anyhow::anyhow!(
                "--offline needs an account: tokens depend on it"
            ))
            .hint("give it with --account, or in the policy's target"));
        };
        let hint = "give it with --region";
        let region = match aws::region(&access).await {
            Some(Ok(region)) => region,
            Some(Err(error)) => return Err(CommandError::usage(error).hint(hint)),
            None => {
                let error = anyhow::anyhow!("no Region is configured");
                return Err(CommandError::usage(error).hint(hint));
            }
        };
        return Ok(draft(&input(args, opened, settled, account, &region)));
    }
    let connection = open(&access, console.talk).await?;
    let input = input(
        args,
        opened,
        settled,
        &connection.account,
        &connection.region,
    );
    let mut plan = draft(&input);
    let compared = compare(
        &mut plan,
        &input,
        &connection.client,
        &CallPace::default(),
        cancel,
        console.progress,
    )
    .await;
    console.progress.finish();
    compared?;
    Ok(plan)
}

fn input<'a>(
    args: &'a Args,
    opened: &Opened<'a>,
    settled: Settled<'a>,
    account: &'a Account,
    region: &'a Region,
) -> PlanInput<'a> {
    PlanInput {
        inventory: opened.id,
        key: opened.key,
        secrets: opened.secrets,
        account,
        region,
        kms_key: args.kms_key.as_ref().or(args.defaults.kms_key.as_ref()),
        price: settled.price,
        problems: settled.problems,
    }
}
