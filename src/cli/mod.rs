//! The command line: one command in each file, whose doc comment is its help. Stdout is for data,
//! stderr for messages.
//!
//! clap parses the `Args` of a command. A command that also depends on the policy resolves both
//! into `Options`. [`errors`] converts every error into an exit code and a hint.

pub mod aws_connection;
mod completions;
pub mod console;
pub mod decision_sources;
pub mod detectors;
pub mod detectors_import;
pub mod discover;
pub mod discover_run;
mod dismissals;
pub mod errors;
pub mod exit;
pub mod explain;
mod export;
pub mod import;
pub mod inventory_trust;
pub mod list;
mod manual;
pub mod messages;
pub mod next_command;
pub mod open_inventory;
mod opened_session;
pub mod options;
mod pager;
mod place_line_reader;
mod place_reading;
pub mod plan;
pub mod policy_command;
pub mod progress_bars;
pub mod registry_init;
mod repository_notes;
mod reveal;
pub mod review;
pub mod review_terminal;
pub mod scan;
mod secret_lookup;
pub mod settled_inventory;
pub mod show;
mod status;
pub mod target_scans;
pub mod terminal_screen;
pub mod verify;

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::cancel;
use crate::inventory::key_file;
use crate::output::OutputError;
use crate::process_hardening;
use crate::progress::Progress as _;
use crate::worker::{self, worker_process};
use errors::{CommandError, CommandResult};
use exit::Exit;
use messages::Detail;
use progress_bars::ProgressBars;

/// Finds hardcoded secrets in repositories and their git history, decides about each secret, and
/// imports the secrets to relocate into AWS Secrets Manager.
///
/// `scan` reports secrets. `discover` scans into an inventory and decides about each secret. `list`
/// lists them, `show` shows one. `plan` compares the inventory with the AWS account. `import` creates the planned secrets in the
/// account. `verify` compares the imported secrets with the account. `policy` writes, shows and
/// checks the policy.
///
/// Exit codes: 0 clean, 1 findings or differences, 2 usage or configuration error, 3 incomplete
/// scan, 4 failed, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "keyferry", version, max_term_width = 100)]
struct Cli {
    /// Do not show progress bars
    #[arg(long, global = true, display_order = 900)]
    no_progress: bool,

    /// Write no notes and no progress bars to stderr, only warnings and errors
    #[arg(
        long,
        short,
        global = true,
        display_order = 901,
        conflicts_with = "verbose"
    )]
    quiet: bool,

    /// Say more: the policy and the files that are used, and the time of each target. On a terminal,
    /// `scan` shows all secrets with all of their places
    #[arg(long, short, global = true, display_order = 902)]
    verbose: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(scan::Args),
    Discover(discover::Args),
    List(list::Args),
    Show(show::Args),
    Review(review::Args),
    Export(export::Args),
    Status(status::Args),
    Plan(plan::Args),
    Import(import::Args),
    Verify(verify::Args),
    Policy(policy_command::Args),
    Detectors(detectors::Args),
    Explain(explain::Args),
    Registry(registry_init::Args),
    Completions(completions::Args),
    Man(manual::Args),
}

/// Runs the program on the arguments of the process and returns its exit code.
///
/// To be called by `main` alone, before it starts a thread.
pub fn main() -> ExitCode {
    if is_worker() {
        process_hardening::volunteer_for_memory();
    }
    process_hardening::protect_memory();
    take_key();
    std::panic::set_hook(Box::new(|panic| messages::error(&defect(panic.location()))));
    std::panic::catch_unwind(run).unwrap_or_else(|_| Exit::Failed.into())
}

/// Whether another command has started this process to scan one target for it. This is no command for users, so clap does
/// not know it, and neither help nor completions have it.
fn is_worker() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|name| name == worker::COMMAND) && arguments.next().is_none()
}

#[expect(unsafe_code, reason = "the argument is inside")]
fn take_key() {
    // SAFETY: the program has started no thread yet.
    key_file::keep_variable(unsafe { process_hardening::take_variable(key_file::VARIABLE) });
}

/// The error message for a panic. It contains the place of the panic but not its message, which can
/// quote external text.
fn defect(place: Option<&std::panic::Location>) -> CommandError {
    let place = place
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    CommandError::failed(anyhow::anyhow!("a defect of keyferry{place}")).hint(
        "please report it with the version and the command; this message contains no scanned text",
    )
}

fn run() -> ExitCode {
    if is_worker() {
        handle_interrupts();
        let result = worker_process::run().map(|()| Exit::Clean);
        return end(result.map_err(CommandError::failed));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help to stdout and usage errors to stderr.
            return match error.print() {
                _ if error.use_stderr() => Exit::Usage.into(),
                Err(failed) if failed.kind() != std::io::ErrorKind::BrokenPipe => {
                    messages::error(&OutputError::Stdout(failed).into());
                    Exit::Failed.into()
                }
                _ => Exit::Clean.into(),
            };
        }
    };
    handle_interrupts();
    messages::set_detail(match (cli.quiet, cli.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Usual,
    });
    let progress = ProgressBars::new(!cli.no_progress && !cli.quiet);
    let begun = Instant::now();
    let result = match cli.command {
        Command::Scan(args) => scan::run(&args, &progress),
        Command::Discover(args) => discover::run(&args, &progress),
        Command::List(args) => list::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Plan(args) => plan::run(&args, &progress),
        Command::Import(args) => import::run(&args, &progress),
        Command::Verify(args) => verify::run(&args, &progress),
        Command::Policy(args) => policy_command::run(&args),
        Command::Detectors(args) => detectors::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Registry(args) => registry_init::run(&args),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Man(args) => manual::run(&args, Cli::command()),
    };
    progress.finish();
    messages::detail(|| format!("done after {:.1} s", begun.elapsed().as_secs_f64()));
    end(result)
}

/// The first Ctrl-C requests an orderly stop, the second one ends the process.
fn handle_interrupts() {
    let handler = ctrlc::set_handler(|| {
        if !pager::is_running() && cancel::interrupt() {
            terminal_screen::give_back();
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    if let Err(error) = handler {
        messages::warn(&format!("Ctrl-C will end the program immediately: {error}"));
    }
}

/// Reports the error of a command. Returns the exit code.
fn end(result: CommandResult) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            messages::error(&error);
            error.exit.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The commands without subcommands, each with the names that lead to it.
    fn leaves(command: &clap::Command, path: &[String]) -> Vec<(Vec<String>, clap::Command)> {
        if !command.has_subcommands() {
            return vec![(path.to_vec(), command.clone())];
        }
        let below = command
            .get_subcommands()
            .filter(|below| below.get_name() != "help");
        let of = |below: &clap::Command| {
            let path = [path, &[below.get_name().to_owned()]].concat();
            leaves(below, &path)
        };
        below.flat_map(of).collect()
    }

    /// Words for the arguments that a command needs.
    fn needed(command: &clap::Command) -> Vec<String> {
        let needed = command
            .get_positionals()
            .filter(|argument| argument.is_required_set());
        let word = |argument: &clap::Arg| match argument.get_possible_values().first() {
            Some(first) => first.get_name().to_owned(),
            None => "file:1".to_owned(),
        };
        needed.map(word).collect()
    }

    #[test]
    fn common_options_may_be_before_and_behind_each_subcommand() {
        let mut all = Cli::command();
        all.build();
        let leaves = leaves(&all, &[]);
        assert!(leaves.len() > 15, "{}", leaves.len());
        let (mut folders, mut flags) = (0, 0);
        for (path, command) in &leaves {
            let words = [&path[..], &needed(command)].concat();
            let parse = |at: usize, option: &[&str]| {
                let (before, behind) = words.split_at(at);
                let option: Vec<String> = option.iter().map(|&word| word.to_owned()).collect();
                let line = [&["keyferry".to_owned()], before, &option, behind].concat();
                let parsed = Cli::command().try_get_matches_from(&line);
                let parsed = parsed.unwrap_or_else(|error| panic!("{line:?}: {error}"));
                let mut leaf = &parsed;
                while let Some((_, below)) = leaf.subcommand() {
                    leaf = below;
                }
                leaf.clone()
            };
            for at in 0..=words.len() {
                assert!(parse(at, &["-q"]).get_flag("quiet"), "{words:?} {at}");
                assert!(parse(at, &["-v"]).get_flag("verbose"), "{words:?} {at}");
                flags += 1;
            }
            let folder = command
                .get_arguments()
                .any(|known| known.get_short() == Some('i') && known.get_id() == "folder");
            for at in (1..=words.len()).filter(|_| folder) {
                let parsed = parse(at, &["-i", "dir"]);
                let folder: &options::InventoryFolder = parsed.get_one("folder").unwrap();
                assert_eq!((folder.to_str(), folder.is_named()), (Some("dir"), true));
                folders += 1;
            }
        }
        assert!(folders > 10 && flags > 30, "{folders} {flags}");
    }

    #[test]
    fn a_panic_is_reported_with_its_place_only() {
        let error = defect(Some(std::panic::Location::caller()));
        assert!(
            error
                .error
                .to_string()
                .starts_with("a defect of keyferry at src/cli/mod.rs:"),
            "{}",
            error.error
        );
        assert_eq!(
            (error.exit, defect(None).error.to_string().as_str()),
            (Exit::Failed, "a defect of keyferry")
        );
    }
}
