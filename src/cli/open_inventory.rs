//! The parts of an opened inventory that `plan`, `import` and `verify` work with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::messages;
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::inventory::store::Store;
use crate::migrate::journal::JournalHistory;
use crate::migrate::plan::Plan;
use crate::no_follow_open::{self, Links};

/// A plan of this size is read by a scan like any other file.
const LARGEST_PLAN: u64 = 256 << 20;

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
        match notice.is_warning() {
            true => messages::warn(&notice.to_string()),
            false => messages::note(&notice.to_string()),
        }
    }
}

/// The absolute paths of the files in the folder of an inventory that consist of nothing but what
/// this program wrote: ids and fingerprints, which look like secrets. A scan does not read these,
/// and reads all others.
pub fn own_files(store: &Store) -> BTreeSet<PathBuf> {
    let inventory = OpenInventory::of(store, &[]);
    let mut own: Vec<PathBuf> = store.own_files();
    let plan = inventory.plan_file();
    let is_plan = || {
        let text = no_follow_open::read_at_most(&plan, Links::RefusedAtEnd, LARGEST_PLAN).ok()?;
        let read = Plan::load(&plan).ok()?;
        Some(read.inventory == inventory.id && read.to_json().as_bytes() == text)
    };
    if is_plan() == Some(true) {
        own.push(plan);
    }
    let journal = inventory.journal_file();
    // Each line has the hash of the one before, so a line of somebody else fits nowhere but at the end.
    if JournalHistory::read(&journal).is_ok_and(|history| history.torn == 0) {
        own.push(journal);
    }
    // The scan compares canonical paths.
    own.into_iter()
        .filter_map(|path| path.canonicalize().ok())
        .collect()
}
