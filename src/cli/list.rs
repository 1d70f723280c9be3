//! `keyferry list`

use super::console::terminal_width;
use super::errors::{CommandError, CommandResult};
use super::exit::Exit;
use super::messages;
use super::options::{InventoryOptions, PolicyOptions, SelectionOptions};
use super::settled_inventory::SettledInventory;
use crate::decide::UnknownValue;
use crate::detect::library::Library;
use crate::inventory::entry::Secret;
use crate::output;
use crate::report::inventory_list::{self, Format, SortKey};

/// List the secrets of an inventory
///
/// Decides about every secret again, like `plan`, and writes nothing. Of one option that is given
/// several times, one value must hold; of several options, all must hold. A glob is about the whole
/// text: `*` does not match `/`, `**` does. A use that is settled separately is a secret of its own.
///
/// Exit codes: 0 done, also if no secret is selected, 2 usage or configuration error, or a value that
/// no secret can have, 4 failed.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    inventory: InventoryOptions,

    #[command(flatten)]
    policy: PolicyOptions,

    /// Format of the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Order of the list
    #[arg(long, value_enum, default_value_t = SortKey::Outcome)]
    sort: SortKey,

    #[command(flatten)]
    selection: SelectionOptions,
}

/// Runs the command.
///
/// # Errors
///
/// Wrong arguments or files, or an output that cannot be written.
pub fn run(args: &Args) -> CommandResult {
    let inventory = SettledInventory::read(&args.inventory, &args.policy)?;
    let (sources, store) = (&inventory.sources, &inventory.store);
    for field in args.selection.missing_fields() {
        let known = sources.policy.check_field_name(field);
        known
            .map_err(|error| CommandError::usage(anyhow::anyhow!("--missing {field}: {error}")))?;
    }
    let selection = args.selection.selection();
    let secrets = &inventory.settled.secrets;
    let inputs = sources.inputs_without_codeowners(store);
    if !secrets.is_empty() {
        let rules = || {
            let library = Library::builtin();
            library.specs().map(|(_, rule)| rule.id.clone()).collect()
        };
        selection.check(secrets, &inputs, rules).map_err(unknown)?;
    }
    let is_selected = |secret: &&Secret| selection.selects(secret, &inputs.repositories);
    let mut selected: Vec<&Secret> = secrets.values().filter(is_selected).collect();
    inventory_list::sort(&mut selected, args.sort);
    if selected.is_empty() && args.format != Format::Text {
        messages::note(&inventory_list::none_selected(secrets.len()));
    }
    let listing = inventory_list::SecretList {
        selected: &selected,
        all: secrets,
        fields: sources.policy.fields.keys().map(String::as_str).collect(),
        width: terminal_width(),
    };
    output::write(None, |out| {
        inventory_list::write(args.format, out, &listing)
    })?;
    Ok(Exit::Clean)
}

/// The error for a value that no secret can have.
fn unknown(error: UnknownValue) -> CommandError {
    let nearest = error.nearest().join(", ");
    let all = error.known.len() <= error.nearest().len();
    let hint = match (nearest.is_empty(), all) {
        (true, _) => "the inventory has no values of this kind".to_owned(),
        (false, true) => format!("known values: {nearest}"),
        (false, false) => format!("known values like it: {nearest}"),
    };
    CommandError::usage(error).hint(hint)
}
