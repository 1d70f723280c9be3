//! The input of a plan.

use std::collections::BTreeMap;

use crate::decide::Problem;
use crate::decide::policy::{Price, Target};
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::migrate::journal::JournalHistory;
use crate::secret::SecretId;
use crate::secrets_manager::{Account, KeyArn, Region};

/// The input of a plan: an inventory, its key, and the account to import into.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// Id of the inventory.
    pub inventory: &'a str,
    /// The key of the inventory: makes the request tokens.
    pub key: &'a InventoryKey,
    /// All secrets of the inventory. Those with the decision "relocate" become entries.
    pub secrets: &'a [Secret],
    /// The account to import into.
    pub account: &'a Account,
    /// The Region to import into.
    pub region: &'a Region,
    /// The key that encrypts the secrets; `None`: the account's default key for Secrets Manager.
    pub kms_key: Option<&'a KeyArn>,
    /// The target in the policy. Options may override it.
    pub policy_target: &'a Target,
    /// Prices for the cost estimate.
    pub price: &'a Price,
    /// The content of the journal: proves which secrets were imported.
    pub history: &'a JournalHistory,
    /// The problems that settling found, by secret.
    pub problems: &'a BTreeMap<SecretId, Vec<Problem>>,
}
