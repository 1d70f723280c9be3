//! `keyferry export`

use std::path::PathBuf;

use super::errors::CommandResult;
use super::exit::Exit;
use super::messages;
use super::opened_session::{self, SecretFilter};
use super::options::{InventoryOptions, PolicyOptions, SelectionOptions};
use crate::output;
use crate::session::{answer_sheet, sheet_file};

/// Write the open questions as a sheet that people fill in
///
/// A row is a question of a secret, with its possible answers, the most likely answer and the reason for
/// it. Rows are in order of team and application. People fill in the columns `answer` and `reason`.
/// `keyferry review --batch FILE` reads the sheet. The sheet contains no value.
///
/// Exit codes: 0 done, also if no question is open, 2 usage or configuration error, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Format of the sheet
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,

    /// File to write. Left out, the sheet goes to standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionOptions,
}

/// Formats of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For any spreadsheet
    Csv,
    /// A workbook
    Xlsx,
    /// One JSON document
    Json,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or an output that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    let session = opened_session::open(&args.inventory, &args.policy, "")?;
    let filter = SecretFilter::of(&args.selection, &session);
    let rows = answer_sheet::rows(&session, |secret| filter.selects(secret));
    output::write(args.output.as_deref(), |out| match args.format {
        Format::Csv => sheet_file::write_csv(out, &rows),
        Format::Xlsx => sheet_file::write_xlsx(out, &rows),
        Format::Json => sheet_file::write_json(out, &rows),
    })?;
    if rows.is_empty() {
        messages::note("no question is open");
    }
    Ok(Exit::Clean)
}
