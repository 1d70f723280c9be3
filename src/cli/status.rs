//! `keyferry status`

use super::console::terminal_width;
use super::errors::CommandResult;
use super::exit::Exit;
use super::options::{InventoryOptions, PolicyOptions};
use super::settled_inventory::SettledInventory;
use crate::decide::readiness::readiness;
use crate::output;
use crate::report::application_status::{self, Document};
use crate::report::json;

/// Show which applications are ready for the import, and what is missing for the others
///
/// An application is ready if each of its secrets is decided, and if each secret to relocate has all
/// required fields, legal tags and a legal name. The ready applications are the next wave: `keyferry plan
/// --ready` plans them alone. Decides again, like `plan`, and writes nothing.
///
/// Exit codes: 0 done, 2 usage or configuration error, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Output formats of `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or an output that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    let inventory = SettledInventory::read(&args.inventory, &args.policy)?;
    let all = readiness(
        inventory.settled.secrets.values(),
        &inventory.settled.problems,
    );
    output::write(None, |out| match args.format {
        Format::Text => {
            application_status::write(out, &all, terminal_width().unwrap_or(usize::MAX))
        }
        Format::Json => json::write_pretty(out, &Document::of(&all)),
    })?;
    Ok(Exit::Clean)
}
