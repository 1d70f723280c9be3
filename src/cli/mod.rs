//! The command line: one command a file. Stdout is data, stderr is talk.

pub mod account;
pub mod detectors;
pub mod detectors_import;
pub mod discover;
pub mod exit;
pub mod explain;
pub mod ferry;
pub mod import;
pub mod messages;
pub mod next_command;
pub mod options;
pub mod output_check;
pub mod plan;
pub mod scan;
pub mod settle;
pub mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cancel::INTERRUPT;
use crate::progress::Progress as _;
use exit::Exit;

/// Finds the secrets hardcoded in repositories and their git history, decides what becomes of each, and ferries the
/// relocated ones into AWS Secrets Manager.
///
/// The road: `scan` looks; `discover` scans into an inventory with decisions; `plan` compares the inventory with the
/// account; `import` ferries; `verify` checks.
///
/// Exit codes: 0 clean, 1 findings or differences, 2 usage or configuration, 3 scanned incompletely, 4 failed, 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "keyferry",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
struct Cli {
    /// Do not draw progress bars
    #[arg(long, global = true, display_order = 900)]
    no_progress: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(scan::Args),
    Discover(discover::Args),
    Plan(plan::Args),
    Import(import::Args),
    Verify(verify::Args),
    Detectors(detectors::Args),
    Explain(explain::Args),
}

/// Runs the program.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| messages::error(&defect(panic.location()))));
    std::panic::catch_unwind(run).unwrap_or_else(|_| Exit::Failed.into())
}

/// What is said of a panic: never its message, which may quote what was read.
fn defect(place: Option<&std::panic::Location>) -> exit::CommandError {
    let place = place
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    exit::CommandError::failed(anyhow::anyhow!("a defect of keyferry{place}"))
        .hint("please report it with the version and the command; nothing of what was read is in this message")
}

fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout with 0, a mistake to stderr with 2: clap knows which.
            return match error.print() {
                _ if error.use_stderr() => Exit::Usage.into(),
                Err(failed) if failed.kind() != std::io::ErrorKind::BrokenPipe => {
                    messages::error(&exit::CommandError::failed(
                        crate::output::OutputError::Stdout(failed),
                    ));
                    Exit::Failed.into()
                }
                _ => Exit::Clean.into(),
            };
        }
    };
    // The first Ctrl-C lets the work stop in order, the second ends the process.
    let handler = ctrlc::set_handler(|| {
        if INTERRUPT.request() {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    if let Err(error) = handler {
        messages::warn(&format!("Ctrl-C will end the program at once: {error}"));
    }
    let ui = messages::Ui::new(!cli.no_progress);
    let result = match cli.command {
        Command::Scan(args) => scan::run(&args, &ui),
        Command::Discover(args) => discover::run(&args, &ui),
        Command::Plan(args) => ferry::plan(&args, &ui),
        Command::Import(args) => ferry::import(&args, &ui),
        Command::Verify(args) => ferry::verify(&args, &ui),
        Command::Detectors(args) => detectors::run(&args),
        Command::Explain(args) => explain::run(&args),
    };
    ui.finish();
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

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let told = defect(Some(std::panic::Location::caller()));
        assert!(
            told.error
                .to_string()
                .starts_with("a defect of keyferry at src/cli/mod.rs:"),
            "{}",
            told.error
        );
        assert_eq!(
            (told.exit, defect(None).error.to_string().as_str()),
            (Exit::Failed, "a defect of keyferry")
        );
    }
}
