//! The parts of an opened inventory that `plan`, `import` and `verify` work with.

use std::path::{Path, PathBuf};

use super::messages;
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::inventory::store::Store;

/// An opened inventory, independent of its store, so that tests can make one in memory.
#[derive(Clone, Copy)]
pub struct OpenInventory<'a> {
    /// Folder of the inventory. It contains `plan.json` and `journal.jsonl`.
    pub folder: &'a Path,
    /// Id of the inventory.
    pub id: &'a str,
    /// Key of the inventory.
    pub key: &'a InventoryKey,
    /// All secrets, in order of id.
    pub secrets: &'a [Secret],
}

impl<'a> OpenInventory<'a> {
    /// The parts of `store`. `secrets` are the secrets of `store`.
    pub fn of(store: &'a Store, secrets: &'a [Secret]) -> Self {
        Self {
            folder: &store.folder,
            id: &store.identity.id,
            key: &store.key,
            secrets,
        }
    }

    /// The default file of the plan.
    pub fn plan_file(&self) -> PathBuf {
        self.folder.join("plan.json")
    }

    /// The file of the journal.
    pub fn journal_file(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }
}

/// Tells the user what happened to the files of a store since the last call.
pub fn announce(store: &mut Store) {
    for notice in store.take_notices() {
        messages::note(&notice.to_string());
    }
}
