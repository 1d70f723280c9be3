//! The option that selects the inventory.

use super::inventory_folder::{InventoryFolder, InventoryFolderParser};

/// The folder of the inventory.
#[derive(Clone, Debug, clap::Args)]
pub struct InventoryOptions {
    /// Folder of the inventory
    #[arg(
        long = "inventory",
        short = 'i',
        value_name = "DIR",
        default_value = "inventory",
        value_parser = InventoryFolderParser
    )]
    pub folder: InventoryFolder,
}
