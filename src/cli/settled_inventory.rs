//! An inventory that is read and settled, as `discover` and `plan` would settle it, and never written.

use super::decision_sources::{self, Sources};
use super::errors::CommandError;
use super::inventory_trust;
use super::messages;
use super::open_inventory;
use super::options::{InventoryOptions, PolicyOptions};
use crate::decide::Settled;
use crate::inventory::store::Store;

/// An inventory, and the files that decide about its secrets.
pub struct SettledInventory {
    /// The policy, the register and the statements of people.
    pub sources: Sources,
    /// The inventory. It has no secrets: they are in `settled`.
    pub store: Store,
    /// All secrets, decided, named and tagged.
    pub settled: Settled,
}

impl SettledInventory {
    /// Reads an inventory and settles it. Warnings and contradictions are messages: the secrets that they are about are
    /// shown in review.
    ///
    /// # Errors
    ///
    /// Somebody else's inventory, or a file that cannot be read or has a mistake.
    pub fn read(
        inventory: &InventoryOptions,
        policy: &PolicyOptions,
    ) -> Result<Self, CommandError> {
        inventory_trust::check(&inventory.folder, &[])?;
        let sources = Sources::read(policy, &inventory.folder)?;
        let mut store = Store::open(&inventory.folder)?;
        open_inventory::announce(&mut store);
        let inputs = sources.inputs(&store);
        let mut settled = decision_sources::settle_store(&mut store, &inputs);
        settled.secrets = std::mem::take(&mut store.secrets);
        if !settled.contradictions.is_empty() {
            messages::warn(&settled.contradictions.to_string());
        }
        drop(inputs);
        Ok(Self {
            sources,
            store,
            settled,
        })
    }
}
