//! `keyferry plan`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::aws_connection::{block_on, connect};
use super::console::Console;
use super::decision_sources::{self, Sources};
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::inventory_trust;
use super::next_command::CommandLine;
use super::open_inventory::{self, OpenInventory};
use super::options::{AwsOptions, InventoryOptions, PolicyOptions};
use super::progress_bars::ProgressBars;
use crate::cancel::{Cancellation, INTERRUPT};
use crate::decide::policy::{Price, Target};
use crate::decide::readiness::{ApplicationKey, Readiness, readiness};
use crate::decide::{Glob, Inputs, Problem, SecretSelection, Settled, StatementUse};
use crate::inventory::entry::Secret;
use crate::inventory::store::Store;
use crate::migrate::aws::{self, Access};
use crate::migrate::call_pacer::CallPace;
use crate::migrate::journal::JournalHistory;
use crate::migrate::plan::{Plan, PlanInput, compare, draft};
use crate::output;
use crate::report::plan as report;
use crate::secret::SecretId;
use crate::secrets_manager::{Account, KeyArn, Region};

/// Plan the import: list its actions and the problems that prevent it
///
/// Decides about every secret again, compares the secrets to relocate with the AWS account, checks
/// all rules of Secrets Manager, and writes plan.json for `import`. Reads no secret value and
/// changes nothing in the account.
///
/// Exit codes: 0 every entry can be imported, 1 some entries cannot be imported, 2 usage or
/// configuration error, 4 failed, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// ARN of the KMS key that encrypts the secrets [default: the key of the policy, otherwise the
    /// account's default key for Secrets Manager]
    #[arg(long, value_name = "ARN", value_parser = str::parse::<KeyArn>)]
    kms_key: Option<KeyArn>,

    /// Make no AWS calls; requires an account and a Region from the policy or the options
    #[arg(long)]
    offline: bool,

    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Do not show the text through a pager
    #[arg(long)]
    no_pager: bool,

    /// Plan only these applications: the metadata field `appid` or `appname`
    #[arg(long, value_name = "GLOB", value_parser = str::parse::<Glob>)]
    application: Vec<Glob>,

    /// Plan only applications that are ready: see `status`
    #[arg(long)]
    ready: bool,

    /// File to write the plan to [default: plan.json in the inventory folder]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    aws: AwsOptions,
}

/// Output formats of `plan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: planned actions, problems and costs
    Text,
    /// The content of plan.json
    Json,
}

/// The options of `plan`, resolved from arguments and policy.
#[derive(Clone)]
pub struct Options {
    access: Access,
    kms_key: Option<KeyArn>,
    offline: bool,
    format: Format,
    pager: bool,
    /// File to write the plan to, if it is not the default.
    output: Option<PathBuf>,
    inventory: InventoryOptions,
    next_import: CommandLine,
    next_verify: CommandLine,
}

impl Options {
    /// Resolves the options. The policy's target is used for arguments that are not given.
    pub fn resolve(args: &Args, target: &Target) -> Self {
        let verify = CommandLine::new(&args.inventory, &args.aws);
        Self {
            access: args
                .aws
                .access(target.account.as_ref(), target.region.as_ref()),
            kms_key: args.kms_key.clone().or_else(|| target.kms_key.clone()),
            offline: args.offline,
            format: args.format,
            pager: !args.no_pager && args.format == Format::Text,
            output: args.output.clone(),
            inventory: args.inventory.clone(),
            next_import: verify
                .clone()
                .with_policy(&args.policy)
                .with_file("--plan", args.output.as_deref()),
            next_verify: verify,
        }
    }
}

/// Results of deciding about the secrets of the inventory.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    /// The target in the policy.
    pub target: &'a Target,
    /// List prices of the policy.
    pub price: &'a Price,
    /// Problems that keep secrets from being imported.
    pub problems: &'a BTreeMap<SecretId, Vec<Problem>>,
    /// The statements of people that apply to secrets.
    pub statements: &'a [StatementUse],
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, an unreachable account, or a file that cannot be written.
pub fn run(args: &Args, progress: &ProgressBars) -> CommandResult {
    if let Some(file) = &args.output {
        output::check(file).map_err(CommandError::usage)?;
    }
    inventory_trust::check(&args.inventory.folder, &[])?;
    let sources = Sources::read(&args.policy, &args.inventory.folder)?;
    check_target(&args.aws, &sources.policy.target)?;
    let mut store = Store::open_to_write(&args.inventory.folder)?;
    inventory_trust::remember(&store);
    open_inventory::announce(&mut store);
    let inputs = sources.inputs(&store);
    let settled = decision_sources::settle_store(&mut store, &inputs);
    decision_sources::refuse_contradictions(&settled.contradictions)?;
    decision_sources::save(&mut store, Some(&settled), &inputs)?;
    let options = Options::resolve(args, &sources.policy.target);
    let mut secrets: Vec<Secret> = std::mem::take(&mut store.secrets).into_values().collect();
    limit(args, &settled, &inputs, &mut secrets)?;
    let decided = Decided {
        target: &sources.policy.target,
        price: &sources.policy.price,
        problems: &settled.problems,
        statements: &settled.statements,
    };
    let inventory = OpenInventory::of(&store, &secrets);
    Console::with_standard_streams(progress, |console| {
        write_plan(&options, &inventory, decided, &INTERRUPT, console)
    })
}

/// Keeps the secrets of the applications that are to be planned. They are in `secrets`, no longer in `settled`.
///
/// # Errors
///
/// No secret is left, although applications are selected.
fn limit(
    args: &Args,
    settled: &Settled,
    inputs: &Inputs,
    secrets: &mut Vec<Secret>,
) -> Result<(), CommandError> {
    if args.ready {
        let all = readiness(&*secrets, &settled.problems);
        let ready: BTreeSet<ApplicationKey> = all
            .into_iter()
            .filter(Readiness::is_ready)
            .map(|of| of.application)
            .collect();
        secrets.retain(|secret| ready.contains(&ApplicationKey::of(secret)));
        if secrets.is_empty() {
            let error = anyhow::anyhow!("no application is ready");
            return Err(CommandError::usage(error).hint("keyferry status shows what is missing"));
        }
    }
    if !args.application.is_empty() {
        let selection = SecretSelection {
            application: args.application.clone(),
            ..SecretSelection::default()
        };
        secrets.retain(|secret| selection.selects(secret, &inputs.repositories));
        if secrets.is_empty() {
            let error = anyhow::anyhow!("--application: no secret belongs to such an application");
            return Err(CommandError::usage(error).hint("keyferry status lists the applications"));
        }
    }
    Ok(())
}

/// Makes the plan of an opened inventory, writes its file and prints it.
///
/// # Errors
///
/// An unreachable account, or a file that cannot be written.
pub fn write_plan(
    options: &Options,
    inventory: &OpenInventory<'_>,
    decided: Decided<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> CommandResult {
    let history = JournalHistory::read(&inventory.journal_file())?;
    let statements = decided.statements;
    let decided = (decided, &history);
    let plan = block_on(make_plan(options, inventory, decided, cancel, console))??;
    warn_of_other_imports(&plan, inventory, console)?;
    if cancel.is_requested() {
        console.say("interrupted: no plan was written")?;
        return Ok(Exit::Interrupted);
    }
    let file = options
        .output
        .clone()
        .unwrap_or_else(|| inventory.plan_file());
    output::write_file(&file, |out| out.write_all(plan.to_json().as_bytes()))?;
    let setting = report::Setting {
        statements,
        inventory: &options.inventory.folder.to_string_lossy(),
        file: &file.to_string_lossy(),
        import: options.next_import.as_str(),
        verify: options.next_verify.as_str(),
    };
    let paged = console.print_long(options.pager, |out| match options.format {
        Format::Text => report::write(out, &plan, &setting),
        Format::Json => out.write_all(plan.to_json().as_bytes()),
    })?;
    if paged {
        // The end of the text is no longer on the screen, if it ever was.
        console.print(|out| report::write_next(out, &plan, &setting))?;
    }
    Ok(if plan.blocked().next().is_some() {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

/// Refuses an account or a Region that contradicts the policy: a mistake in one of the two would put
/// all secrets into the wrong place.
fn check_target(given: &AwsOptions, target: &Target) -> Result<(), CommandError> {
    let contradiction = |option: &str, field: &str, given: &str, policy: &str| {
        let error = anyhow::anyhow!(
            "{option} {given} contradicts the policy, in which target.{field} is {policy}"
        );
        Err(CommandError::usage(error).hint(format!(
            "omit {option}, or give a policy for this target with --policy"
        )))
    };
    match (&given.account, &target.account) {
        (Some(given), Some(policy)) if given != policy => {
            return contradiction("--account", "account", given.as_str(), policy.as_str());
        }
        _ => {}
    }
    match (&given.region, &target.region) {
        (Some(given), Some(policy)) if given != policy => {
            contradiction("--region", "region", given.as_str(), policy.as_str())
        }
        _ => Ok(()),
    }
}

/// Warns of a plan for another account or Region than those of all earlier imports: it would create
/// the same secrets once more.
fn warn_of_other_imports(
    plan: &Plan,
    inventory: &OpenInventory<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    // A damaged journal stops the import, with its own error.
    let Ok(history) = JournalHistory::read(&inventory.journal_file()) else {
        return Ok(());
    };
    let places = history.places();
    let planned =
        |(account, region): &(Account, Region)| *account == plan.account && *region == plan.region;
    let Some((account, region)) = places.first() else {
        return Ok(());
    };
    if places.iter().any(planned) {
        return Ok(());
    }
    let more = match places.len() {
        1 => String::new(),
        count => format!(" and {} other places", count - 1),
    };
    console.say(&format!(
        "warning: this plan is for account {}, {}; earlier imports went to account {account}, {region}{more}: \
         the same secrets would be created in both",
        plan.account, plan.region
    ))
}

async fn make_plan(
    options: &Options,
    inventory: &OpenInventory<'_>,
    decided: (Decided<'_>, &JournalHistory),
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<Plan, CommandError> {
    if options.offline {
        let Some(account) = &options.access.account else {
            let error = anyhow::anyhow!("--offline needs an account: request tokens depend on it");
            return Err(CommandError::usage(error)
                .hint("give it with --account or in the target of the policy"));
        };
        let hint = "give it with --region";
        let region = match aws::region(&options.access).await {
            Some(Ok(region)) => region,
            Some(Err(error)) => return Err(CommandError::usage(error).hint(hint)),
            None => {
                let error = anyhow::anyhow!("no Region is configured");
                return Err(CommandError::usage(error).hint(hint));
            }
        };
        return Ok(draft(&input(options, inventory, decided, account, &region)));
    }
    let connection = connect(&options.access, console).await?;
    let input = input(
        options,
        inventory,
        decided,
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
    options: &'a Options,
    inventory: &OpenInventory<'a>,
    (decided, history): (Decided<'a>, &'a JournalHistory),
    account: &'a Account,
    region: &'a Region,
) -> PlanInput<'a> {
    PlanInput {
        inventory: inventory.id,
        key: inventory.key,
        secrets: inventory.secrets,
        account,
        region,
        kms_key: options.kms_key.as_ref(),
        policy_target: decided.target,
        price: decided.price,
        history,
        problems: decided.problems,
    }
}
