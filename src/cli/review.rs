//! `keyferry review`

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use super::opened_session::{self, refused};
use super::options::{InventoryOptions, PolicyOptions, ReadingOptions, RuleOptions};
use super::place_line_reader::LineReader;
use super::review_terminal;
use crate::escape;
use crate::output;
use crate::report::number::count;
use crate::session::session_state::Session;
use crate::session::{batch, sheet_file};

/// Answer the open questions of an inventory
///
/// Each answer is a statement in a file of the person who gave it, `decisions/PERSON.yaml` in the folder
/// of the inventory. `plan` and `discover` decide by it.
///
/// Shows the questions on the terminal, one group of alike secrets after the other, the largest first: the
/// evidence, the line of the secret with all secrets masked, the possible answers with the most likely one
/// first, and the secrets that one answer is for. Enter shows what the likely answer changes, and Enter again
/// writes it. `?` shows all keys. `q` ends the session at any time: each answer is written at once.
///
/// `--batch FILE` gives the answers of a sheet that `keyferry export` wrote and people filled in. Rows that do
/// not fit are reported; all others are answered.
///
/// Exit codes: 0 done, 1 rows of the sheet do not fit, 2 usage or configuration error, 4 failed, 130
/// interrupted.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// The person who answers: an address or a name. It is recorded with each answer
    #[arg(long, value_name = "PERSON", env = "KEYFERRY_BY")]
    by: Option<String>,

    /// Give the answers of a filled-in sheet: .csv, .tsv, .xlsx or .json
    #[arg(long, value_name = "FILE")]
    batch: Option<PathBuf>,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    reading: ReadingOptions,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or a file that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    let person = args
        .by
        .as_deref()
        .map(str::trim)
        .filter(|person| !person.is_empty());
    let Some(person) = person else {
        return Err(
            CommandError::usage(anyhow::anyhow!("nobody is named who answers"))
                .hint("give --by you@example.com, or set KEYFERRY_BY"),
        );
    };
    if let Some(sheet) = &args.batch {
        return answer_sheet(open(args, person)?, sheet);
    }
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        let error = anyhow::anyhow!("a session needs a terminal for stdin and stdout");
        let hint = "without one, use keyferry export, and review --batch FILE";
        return Err(CommandError::usage(error).hint(hint));
    }
    let folder = args.inventory.folder.to_path_buf();
    let lines = LineReader::start(folder, args.reading, args.rules.clone());
    let inventory = args.inventory.folder.display().to_string();
    review_terminal::run(open(args, person)?, &inventory, lines)
}

fn open(args: &Args, person: &str) -> Result<Session, CommandError> {
    opened_session::open(&args.inventory, &args.policy, person)
}

/// Gives the answers of a sheet.
fn answer_sheet(mut session: Session, sheet: &Path) -> CommandResult {
    let rows = sheet_file::read(sheet).map_err(CommandError::usage)?;
    let result = batch::answer(&mut session, &rows, Timestamp::now()).map_err(refused)?;
    for misfit in &result.misfits {
        messages::warn(&format!("{}: {}", misfit.place, misfit.message));
    }
    let given = count(result.answered as u64, "answer", "answers");
    let statements = count(result.statements as u64, "statement", "statements");
    let file = escape::line(&session.file().display().to_string()).into_owned();
    let misfits = result.misfits.len() as u64;
    let waiting = count(
        session.waiting() as u64,
        "secret still has",
        "secrets still have",
    );
    output::write(None, |out| {
        if result.answered > 0 {
            writeln!(out, "{given} written as {statements} to {file}")?;
        }
        if misfits > 0 {
            writeln!(
                out,
                "{}",
                count(
                    misfits,
                    "row does not fit and is not answered",
                    "rows do not fit and are not answered"
                )
            )?;
        }
        writeln!(out, "{waiting} an open question")
    })?;
    Ok(match result.misfits.is_empty() {
        true => Exit::Clean,
        false => Exit::Findings,
    })
}
