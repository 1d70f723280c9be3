//! The input of a verification.

use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::migrate::check_extent::Check;
use crate::migrate::journal::JournalHistory;
use crate::migrate::plan::Plan;
use crate::secrets_manager::{Account, Region};

/// The input of a verification: plan, inventory and journal, and the account to compare them with.
#[derive(Clone, Copy)]
pub struct VerifyInput<'a> {
    /// The account of the client's credentials.
    pub account: &'a Account,
    /// The Region of the client's endpoint.
    pub region: &'a Region,
    /// The key of the inventory: makes request tokens and fingerprints.
    pub key: &'a InventoryKey,
    /// The secrets of the inventory.
    pub secrets: &'a [Secret],
    /// The plan, if there is one. A plan for another account or Region is not compared.
    pub plan: Option<&'a Plan>,
    /// The content of the journal.
    pub history: &'a JournalHistory,
    /// How far secrets are compared.
    pub check: Check,
}
