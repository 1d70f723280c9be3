//! `keyferry import`

use std::io::BufRead;
use std::path::PathBuf;

use super::account::{AccessArgs, Console, InventoryArg, Opened, block_on, open, print, say};
use super::exit::{CommandError, CommandResult, Exit};
use super::next_command;
use super::settle::{Defaults, PolicyArgs};
use crate::cancel::Cancellation;
use crate::inventory::entry::Progress;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check::Check;
use crate::migrate::import::{
    ImportJob, ImportRefused, ImportSettings, ImportSummary, ReadValue, check_job, dry_run, import,
};
use crate::migrate::journal::Journal;
use crate::migrate::plan::PlanFileError;
use crate::migrate::plan::{Class, Plan};
use crate::report::import as text;
use crate::secret::SecretId;

/// Bring the planned secrets into AWS Secrets Manager
///
/// Reads each value again from where it was found, compares it with the inventory, creates the secret with its tags and
/// key, and reads it back. Nothing that is in the account is replaced or deleted. Interrupted at any moment, it is
/// finished by running it again.
///
/// Exit codes: 0 all is in the account, 2 usage, 4 something is not, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub inventory: InventoryArg,

    #[command(flatten)]
    pub policy: PolicyArgs,

    /// The plan [default: plan.json in the inventory's folder]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,

    /// Read and compare every value, and call nobody
    #[arg(long)]
    pub dry_run: bool,

    /// What to compare of an imported secret
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Check::Value)]
    pub verify: Check,

    /// Secrets created a second, at most; the account's limit is 50 for all who use it
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub rate: u32,

    #[command(flatten)]
    pub access: AccessArgs,

    #[arg(skip)]
    pub defaults: Defaults,
}

/// ImportSettings the command ended, and what the inventory has to note whatever the end.
#[derive(Debug)]
pub struct Ended {
    pub progress: Vec<(SecretId, Progress)>,
    pub result: CommandResult,
}

impl From<CommandError> for Ended {
    fn from(error: CommandError) -> Self {
        Ended {
            progress: Vec::new(),
            result: Err(error),
        }
    }
}

/// `stdin`: where to ask, if it is a terminal.
pub fn run(
    args: &Args,
    opened: &Opened<'_>,
    reader: &dyn ReadValue,
    cancel: &Cancellation,
    console: &mut Console<'_>,
    stdin: Option<&mut dyn BufRead>,
) -> Ended {
    match ended(args, opened, reader, cancel, console, stdin) {
        Ok(ended) => ended,
        Err(error) => error.into(),
    }
}

fn ended(
    args: &Args,
    opened: &Opened<'_>,
    reader: &dyn ReadValue,
    cancel: &Cancellation,
    console: &mut Console<'_>,
    stdin: Option<&mut dyn BufRead>,
) -> Result<Ended, CommandError> {
    let plan = Plan::load(
        &args
            .plan
            .clone()
            .unwrap_or_else(|| opened.folder.join("plan.json")),
    )?;
    let job = ImportJob {
        plan: &plan,
        inventory: opened.id,
        secrets: opened.secrets,
        key: opened.key,
        reader,
    };
    check_job(&job, &plan.account, &plan.region)?;
    let summary = if args.dry_run {
        let summary = dry_run(&job, cancel, console.progress)?;
        console.progress.finish();
        summary
    } else {
        if !confirm(args, &plan, console, stdin)? {
            say(console.talk, "nothing was done")?;
            return Ok(Ended {
                progress: Vec::new(),
                result: Ok(Exit::Interrupted),
            });
        }
        block_on(send(args, opened, &job, cancel, console))??
    };
    let verify = next_command::arguments(&args.inventory, &args.access);
    let again = next_command::with_policy(verify.clone(), &args.policy);
    let mut import = again.clone();
    if let Some(file) = &args.plan {
        next_command::push_file(&mut import, "--plan", file);
    }
    let setting = text::Setting {
        plan: &again,
        import: &import,
        verify: &verify,
    };
    let printed = print(console.out, |out| {
        text::write(out, &summary, &plan, &setting)
    });
    let progress = summary
        .outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.secret.clone(), outcome.status.progress()?)))
        .collect();
    // What was achieved is noted even when nobody could be told; why it stopped is told before that.
    Ok(Ended {
        progress,
        result: result(summary).and_then(|exit| printed.map(|()| exit)),
    })
}

fn result(summary: ImportSummary) -> CommandResult {
    let complete = summary.is_complete();
    match summary.stopped {
        Some(stop) => {
            let hint = stop.hint();
            Err(CommandError::failed(stop).hint(hint))
        }
        None if complete => Ok(Exit::Clean),
        None if summary.interrupted => Ok(Exit::Interrupted),
        None => Ok(Exit::Failed),
    }
}

async fn send(
    args: &Args,
    opened: &Opened<'_>,
    job: &ImportJob<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<ImportSummary, CommandError> {
    let mut access = args.access.access();
    access.account = access.account.or_else(|| args.defaults.account.clone());
    access.region.get_or_insert_with(|| job.plan.region.clone());
    let connection = open(&access, console.talk).await?;
    let journal = Journal::open(&opened.folder.join("journal.jsonl"))?;
    if journal.torn() > 0 {
        let bytes = journal.torn();
        say(
            console.talk,
            &format!(
                "note: the journal's last line was torn by an interruption; its {bytes} bytes were cut off"
            ),
        )?;
    }
    let pace = CallPace {
        create: f64::from(args.rate),
        ..CallPace::default()
    };
    let how = ImportSettings {
        account: &connection.account,
        region: &connection.region,
        journal: &journal,
        check: args.verify,
        pace: &pace,
        cancel,
        progress: console.progress,
    };
    let summary = import(job, &how, &connection.client).await;
    console.progress.finish();
    Ok(summary?)
}

/// Asks before anything is written. Without a terminal nobody can answer, so that --yes is needed.
fn confirm(
    args: &Args,
    plan: &Plan,
    console: &mut Console<'_>,
    stdin: Option<&mut dyn BufRead>,
) -> Result<bool, CommandError> {
    let writes = plan
        .importable()
        .filter(|entry| entry.class != Class::InSync)
        .count();
    if args.yes || writes == 0 {
        return Ok(true);
    }
    let Some(stdin) = stdin else {
        return Err(CommandError::usage(anyhow::anyhow!(
            "import asks before it writes, and stdin is no terminal"
        ))
        .hint("give --yes to import without being asked"));
    };
    let failed = |error: std::io::Error| {
        CommandError::failed(anyhow::Error::new(error).context("cannot ask"))
    };
    let (account, region) = (&plan.account, &plan.region);
    write!(
        console.talk,
        "import {writes} of the plan's entries into account {account}, {region}? [y/N] "
    )
    .map_err(failed)?;
    console.talk.flush().map_err(failed)?;
    let mut answer = String::new();
    stdin.read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

impl From<PlanFileError> for CommandError {
    fn from(error: PlanFileError) -> Self {
        let hint = error.hint();
        CommandError::usage(error).hint(hint)
    }
}

impl From<ImportRefused> for CommandError {
    fn from(error: ImportRefused) -> Self {
        let hint = error.hint();
        match error {
            ImportRefused::Journal(error) => error.into(),
            error => CommandError::usage(error).hint(hint),
        }
    }
}
