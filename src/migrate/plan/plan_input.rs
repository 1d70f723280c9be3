//! The input of a plan.

use std::collections::BTreeMap;

use crate::decide::policy::Price;
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::secret::SecretId;
use crate::secrets_manager::{Account, KeyArn, Region};

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// Id of the inventory.
    pub inventory: &'a str,
    pub key: &'a InventoryKey,
    pub secrets: &'a [Secret],
    pub account: &'a Account,
    pub region: &'a Region,
    /// `None`: the account's default key.
    pub kms_key: Option<&'a KeyArn>,
    pub price: &'a Price,
    /// What keeps secrets from being imported, found when they were decided, named and tagged.
    pub problems: &'a BTreeMap<SecretId, Vec<String>>,
}
