//! The option that selects the inventory.

use super::inventory_folder::{InventoryFolder, InventoryFolderParser};

/// The folder of the inventory.
#[derive(Clone, Debug, clap::Args)]
pub struct InventoryOptions {
    /// Folder of the inventory
    // Global, so that it can be before and behind a subcommand: `policy -i DIR show`.
    #[arg(
        global = true,
        long = "inventory",
        short = 'i',
        value_name = "DIR",
        default_value = "inventory",
        value_parser = InventoryFolderParser
    )]
    pub folder: InventoryFolder,
}
