//! `keyferry import`

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::PathBuf;

use super::aws_connection::{block_on, connect};
use super::console::Console;
use super::decision_sources::{self, Sources};
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::inventory_trust;
use super::messages;
use super::next_command::CommandLine;
use super::open_inventory::{self, OpenInventory};
use super::options::{AwsOptions, InventoryOptions, PolicyOptions, ReadingOptions};
use super::progress_bars::ProgressBars;
use crate::cancel::{Cancellation, INTERRUPT};
use crate::decide::policy::{Price, Target};
use crate::decide::{Problem, settle};
use crate::finding::Occurrence;
use crate::inventory::entry::{MigrationProgress, Secret};
use crate::inventory::store::Store;
use crate::migrate::aws::Access;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check_extent::Check;
use crate::migrate::import::{
    ImportJob, ImportRefused, ImportSettings, ImportSummary, ReadError, ReadValue, check_job,
    dry_run, import,
};
use crate::migrate::journal::{Journal, JournalHistory};
use crate::migrate::plan::{Plan, PlanInput, draft};
use crate::report::import as report;
use crate::secret::{SecretId, SecretValue};
use crate::worker::value_readers::ValueReaders;

/// Create the planned secrets in AWS Secrets Manager
///
/// Decides about every secret again, and refuses a plan that would not be made like that now. Reads
/// each value again at the place where it was found, compares it with the fingerprint in the
/// inventory, creates the secret with its tags and KMS key, and reads it back. Replaces and deletes
/// nothing in the account. After an interruption, running the command again completes the import.
///
/// Exit codes: 0 every secret of the plan is in the account, 2 usage or configuration error, 4 some
/// secrets are not in the account, 130 interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Plan to import [default: plan.json in the inventory folder]
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,

    /// Skip the confirmation prompt
    #[arg(long, short)]
    yes: bool,

    /// Check that every value can still be read; make no AWS calls
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    reading: ReadingOptions,

    /// Attributes to compare after a secret was created
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Check::Value)]
    verify: Check,

    /// Maximum number of secrets created per second; the account's limit is 50 for all its users
    /// together
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=50))]
    rate: u32,

    /// Stop after this number of secrets in a row that failed for the same reason, such as a missing
    /// permission or a service that does not answer
    #[arg(long, value_name = "N", default_value_t = ImportSettings::MAX_FAILURES, value_parser = clap::value_parser!(u32).range(1..))]
    max_failures: u32,

    #[command(flatten)]
    aws: AwsOptions,
}

/// The options of `import`, resolved from arguments and policy.
#[derive(Clone)]
pub struct Options {
    /// File of the plan, if it is not the default.
    plan: Option<PathBuf>,
    confirmed: bool,
    dry_run: bool,
    check: Check,
    rate: u32,
    max_failures: u32,
    /// Without a Region, the Region of the plan is used.
    access: Access,
    next_plan: CommandLine,
    next_import: CommandLine,
    next_verify: CommandLine,
}

impl Options {
    /// Resolves the options. The policy's account is used if the arguments give none.
    pub fn resolve(args: &Args, target: &Target) -> Self {
        let next_verify = CommandLine::new(&args.inventory, &args.aws);
        let next_plan = next_verify.clone().with_policy(&args.policy);
        Self {
            plan: args.plan.clone(),
            confirmed: args.yes,
            dry_run: args.dry_run,
            check: args.verify,
            rate: args.rate,
            max_failures: args.max_failures,
            access: args.aws.access(target.account.as_ref(), None),
            next_import: args
                .reading
                .added_to(next_plan.clone().with_file("--plan", args.plan.as_deref())),
            next_plan,
            next_verify,
        }
    }
}

/// What would be planned now: the inventory, settled with the files that people write as they are at
/// this moment.
#[derive(Clone, Debug)]
pub struct PresentDecisions {
    /// All secrets, decided, named and tagged.
    pub secrets: Vec<Secret>,
    /// Problems that keep secrets from being imported.
    pub problems: BTreeMap<SecretId, Vec<Problem>>,
    /// The target in the policy.
    pub target: Target,
}

impl PresentDecisions {
    /// Settles the secrets of a store. The store stays as it is.
    fn read(args: &PolicyOptions, store: &Store) -> Result<Self, CommandError> {
        let sources = Sources::read(args, &store.folder)?;
        let settled = settle(store.secrets.values().cloned(), &sources.inputs(store));
        decision_sources::refuse_contradictions(&settled.contradictions)?;
        Ok(Self {
            secrets: settled.secrets.into_values().collect(),
            problems: settled.problems,
            target: sources.policy.target,
        })
    }

    /// The plan that would be made now, with the options of `plan`.
    fn draft(&self, plan: &Plan, inventory: &OpenInventory<'_>, history: &JournalHistory) -> Plan {
        draft(&PlanInput {
            inventory: inventory.id,
            key: inventory.key,
            secrets: &self.secrets,
            account: &plan.account,
            region: &plan.region,
            kms_key: plan.present_kms_key(&self.target).as_ref(),
            policy_target: &self.target,
            price: &Price::default(),
            history,
            problems: &self.problems,
        })
    }
}

/// The end of an import: the result of the command, and the progress that the inventory has to
/// record whatever the result is.
#[derive(Debug)]
pub struct ImportEnd {
    /// New progress of each secret that made any.
    pub progress: Vec<(SecretId, MigrationProgress)>,
    /// Result of the command.
    pub result: CommandResult,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, an unreachable account, or an import that stopped.
pub fn run(args: &Args, progress: &ProgressBars) -> CommandResult {
    inventory_trust::check(&args.inventory.folder, &[])?;
    let sources = Sources::read(&args.policy, &args.inventory.folder)?;
    let mut store = Store::open_to_write(&args.inventory.folder)?;
    inventory_trust::remember(&store);
    open_inventory::announce(&mut store);
    let options = Options::resolve(args, &sources.policy.target);
    let secrets: Vec<Secret> = store.secrets.values().cloned().collect();
    let readers = ValueReaders::new(store.locations(), args.reading.limits());
    let reader = SourceReader(readers.follow_outside(args.reading.follow_outside));
    let stdin = std::io::stdin();
    let mut prompt = stdin.is_terminal().then(|| BufReader::new(stdin));
    let end = Console::with_standard_streams(progress, |console| {
        let prompt = prompt.as_mut().map(|stdin| stdin as &mut dyn BufRead);
        let inventory = OpenInventory::of(&store, &secrets);
        let present = || PresentDecisions::read(&args.policy, &store);
        import_plan(
            &options, &inventory, &present, &reader, &INTERRUPT, console, prompt,
        )
    });
    // Progress is saved before an error is reported.
    if record_progress(&mut store, &end.progress) {
        let inputs = sources.inputs(&store);
        if let Err(unsaved) = decision_sources::save(&mut store, None, &inputs) {
            // The error of the import is more important, because the journal contains the progress
            // too.
            if end.result.is_ok() {
                return Err(unsaved);
            }
            messages::error(&unsaved);
        }
    }
    end.result
}

/// Records progress in the inventory and returns whether anything changed. A secret never loses
/// progress: a verified secret stays verified.
fn record_progress(store: &mut Store, progress: &[(SecretId, MigrationProgress)]) -> bool {
    let mut changed = false;
    for (id, progress) in progress {
        let entry = store.secrets.get_mut(&id.of_value());
        changed |= entry.is_some_and(|entry| entry.advance(id, *progress));
    }
    changed
}

/// Imports the plan of an opened inventory and prints the summary. `present` settles the inventory
/// anew. `prompt` is where the confirmation is read from; it is `None` if stdin is not a terminal.
pub fn import_plan(
    options: &Options,
    inventory: &OpenInventory<'_>,
    present: &dyn Fn() -> Result<PresentDecisions, CommandError>,
    reader: &dyn ReadValue,
    cancel: &Cancellation,
    console: &mut Console<'_>,
    prompt: Option<&mut dyn BufRead>,
) -> ImportEnd {
    let run = || {
        let file = options.plan.clone();
        let plan = Plan::load(&file.unwrap_or_else(|| inventory.plan_file()))?;
        check_options(options, &plan)?;
        let history = JournalHistory::read(&inventory.journal_file())?;
        let first = present()?;
        let opened = Opened {
            options,
            inventory,
            plan: &plan,
            history: &history,
            reader,
        };
        opened.check(&first, console)?;
        if options.dry_run || options.confirmed {
            return opened.import(&first, cancel, console);
        }
        if !confirm(&plan, console, prompt)? {
            console.say("nothing was imported")?;
            return Ok(ImportEnd {
                progress: Vec::new(),
                result: Ok(Exit::Interrupted),
            });
        }
        // The question may have been open for hours.
        let second = present()?;
        opened.check(&second, console)?;
        opened.import(&second, cancel, console)
    };
    run().unwrap_or_else(|error| ImportEnd {
        progress: Vec::new(),
        result: Err(error),
    })
}

/// Refuses options and a policy that name another account or Region than the plan.
fn check_options(options: &Options, plan: &Plan) -> Result<(), ImportRefused> {
    if let Some(found) = options
        .access
        .region
        .as_ref()
        .filter(|region| **region != plan.region)
    {
        return Err(ImportRefused::Region {
            plan: plan.region.clone(),
            found: found.clone(),
        });
    }
    match options
        .access
        .account
        .as_ref()
        .filter(|account| **account != plan.account)
    {
        Some(found) => Err(ImportRefused::ExpectedAccount {
            plan: plan.account.clone(),
            found: found.clone(),
        }),
        None => Ok(()),
    }
}

/// The parts of an import that was opened.
struct Opened<'a> {
    options: &'a Options,
    inventory: &'a OpenInventory<'a>,
    plan: &'a Plan,
    history: &'a JournalHistory,
    reader: &'a dyn ReadValue,
}

impl Opened<'_> {
    fn with_job<T>(&self, present: &PresentDecisions, run: impl FnOnce(&ImportJob<'_>) -> T) -> T {
        let draft = present.draft(self.plan, self.inventory, self.history);
        run(&ImportJob {
            plan: self.plan,
            inventory: self.inventory.id,
            secrets: &present.secrets,
            present: &draft,
            history: self.history,
            key: self.inventory.key,
            reader: self.reader,
        })
    }

    /// Refuses a plan that does not belong to the inventory, or would not be made now. Prints the
    /// changes.
    fn check(
        &self,
        present: &PresentDecisions,
        console: &mut Console<'_>,
    ) -> Result<(), CommandError> {
        let (account, region) = (&self.plan.account, &self.plan.region);
        match self.with_job(present, |job| check_job(job, account, region)) {
            Ok(changes) => {
                if changes.added > 0 {
                    console.say(&format!(
                        "note: {} of the secrets to relocate are not in the plan: run keyferry plan again to include them",
                        changes.added
                    ))?;
                }
                Ok(())
            }
            Err(refused) => {
                if let ImportRefused::Changed(changes) = &refused {
                    console.print(|out| report::write_changes(out, changes))?;
                }
                Err(refused.into())
            }
        }
    }

    fn import(
        &self,
        present: &PresentDecisions,
        cancel: &Cancellation,
        console: &mut Console<'_>,
    ) -> Result<ImportEnd, CommandError> {
        self.with_job(present, |job| {
            import_job(self.options, self.inventory, job, cancel, console)
        })
    }
}

fn import_job(
    options: &Options,
    inventory: &OpenInventory<'_>,
    job: &ImportJob<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<ImportEnd, CommandError> {
    let plan = job.plan;
    let summary = if options.dry_run {
        let summary = dry_run(job, cancel, console.progress)?;
        console.progress.finish();
        summary
    } else {
        block_on(send(options, inventory, job, cancel, console))??
    };
    let setting = report::Setting {
        plan: options.next_plan.as_str(),
        import: options.next_import.as_str(),
        verify: options.next_verify.as_str(),
    };
    let printed = console.print(|out| report::write(out, &summary, plan, &setting));
    let progress = summary
        .outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.secret.clone(), outcome.status.progress()?)))
        .collect();
    // The progress counts even if the summary could not be printed. The reason why the import
    // stopped is more important than that.
    Ok(ImportEnd {
        progress,
        result: result(summary).and_then(|exit| printed.map(|()| exit)),
    })
}

fn result(summary: ImportSummary) -> CommandResult {
    let complete = summary.is_complete();
    match summary.stopped {
        Some(stop) => Err(stop.into()),
        None if complete => Ok(Exit::Clean),
        None if summary.interrupted => Ok(Exit::Interrupted),
        None => Ok(Exit::Failed),
    }
}

async fn send(
    options: &Options,
    inventory: &OpenInventory<'_>,
    job: &ImportJob<'_>,
    cancel: &Cancellation,
    console: &mut Console<'_>,
) -> Result<ImportSummary, CommandError> {
    let mut access = options.access.clone();
    access.region.get_or_insert_with(|| job.plan.region.clone());
    let connection = connect(&access, console).await?;
    let journal = Journal::open(&inventory.journal_file())?;
    if journal.torn() > 0 {
        let bytes = journal.torn();
        console.say(&format!(
            "note: an interruption left the last line of the journal incomplete; its {bytes} bytes were removed"
        ))?;
    }
    let pace = CallPace {
        create: f64::from(options.rate),
        ..CallPace::default()
    };
    let settings = ImportSettings {
        account: &connection.account,
        region: &connection.region,
        journal: &journal,
        check: options.check,
        pace: &pace,
        max_failures: options.max_failures,
        cancel,
        progress: console.progress,
    };
    let summary = import(job, &settings, &connection.client).await;
    console.progress.finish();
    Ok(summary?)
}

/// Asks for a confirmation if the import would write anything.
fn confirm(
    plan: &Plan,
    console: &mut Console<'_>,
    prompt: Option<&mut dyn BufRead>,
) -> Result<bool, CommandError> {
    let writes = plan
        .importable()
        .filter(|entry| entry.class.may_write())
        .count();
    if writes == 0 {
        return Ok(true);
    }
    let Some(prompt) = prompt else {
        let error = anyhow::anyhow!("import needs a confirmation, and stdin is not a terminal");
        return Err(CommandError::usage(error).hint("give --yes to skip the confirmation prompt"));
    };
    let failed = |error: std::io::Error| {
        CommandError::failed(anyhow::anyhow!("cannot ask for a confirmation: {error}"))
    };
    let (account, region) = (&plan.account, &plan.region);
    write!(
        console.stderr,
        "import {writes} entries of the plan into account {account}, {region}? [y/N] "
    )
    .map_err(failed)?;
    console.stderr.flush().map_err(failed)?;
    let mut answer = String::new();
    prompt.read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Reads values from the sources for the import.
struct SourceReader(ValueReaders);

impl ReadValue for SourceReader {
    fn read(
        &self,
        occurrence: &Occurrence,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
    ) -> Result<Option<SecretValue>, ReadError> {
        let read = self.0.read(occurrence, is_wanted);
        read.map_err(|failure| match failure.repository_hint() {
            Some(hint) => ReadError::of_source(failure, hint),
            None => ReadError::new(failure),
        })
    }
}
