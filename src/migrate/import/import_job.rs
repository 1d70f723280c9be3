//! The job of an import: its plan, inventory and source, and whether these and the account belong
//! together.

use crate::cancel::Cancellation;
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check::Check;
use crate::migrate::journal::{Journal, JournalError};
use crate::migrate::plan::Plan;
use crate::progress::Progress;
use crate::secret::{SecretId, SecretValue};
use crate::secrets_manager::{Account, Region};

/// Reads a value again from where it was found.
pub trait ReadValue {
    fn read(&self, occurrence: &Occurrence) -> Result<SecretValue, ReadError>;
}

/// Why a value could not be read; never with any part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// What is imported, and from what.
#[derive(Clone, Copy)]
pub struct ImportJob<'a> {
    pub plan: &'a Plan,
    /// Id of the inventory that is open.
    pub inventory: &'a str,
    pub secrets: &'a [Secret],
    pub key: &'a InventoryKey,
    pub reader: &'a dyn ReadValue,
}

/// How it is imported.
#[derive(Clone, Copy)]
pub struct ImportSettings<'a> {
    /// The account and Region that the client leads to.
    pub account: &'a Account,
    pub region: &'a Region,
    pub journal: &'a Journal,
    pub check: Check,
    pub pace: &'a CallPace,
    pub cancel: &'a Cancellation,
    pub progress: &'a dyn Progress,
}

/// Why an import was not begun.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefused {
    #[error("the plan is for account {plan}, the credentials are of account {found}")]
    Account { plan: Account, found: Account },
    #[error("the plan is for Region {plan}, the client leads to {found}")]
    Region { plan: Region, found: Region },
    #[error("the plan was made from inventory {plan}, this one is {found}")]
    Inventory { plan: String, found: String },
    #[error(
        "the plan's entry for {secret} does not bear this inventory's token: it was edited, or made with another key"
    )]
    Token { secret: SecretId },
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl ImportRefused {
    pub fn hint(&self) -> &'static str {
        match self {
            ImportRefused::Account { .. } => {
                "name the right profile with --profile, or plan for this account"
            }
            ImportRefused::Region { .. } => {
                "give the plan's Region with --region, or plan for this one"
            }
            ImportRefused::Inventory { .. } => {
                "open the inventory that the plan belongs to, or plan again"
            }
            ImportRefused::Token { .. } => {
                "plan again with `keyferry plan`; a plan is not meant to be edited"
            }
            ImportRefused::Journal(error) => error.hint(),
        }
    }
}

/// What must hold before anything is done: the plan, the inventory, its key and the account belong together.
pub fn check_job(
    job: &ImportJob<'_>,
    account: &Account,
    region: &Region,
) -> Result<(), ImportRefused> {
    let plan = job.plan;
    if plan.account != *account {
        return Err(ImportRefused::Account {
            plan: plan.account.clone(),
            found: account.clone(),
        });
    }
    if plan.region != *region {
        return Err(ImportRefused::Region {
            plan: plan.region.clone(),
            found: region.clone(),
        });
    }
    if plan.inventory != job.inventory {
        return Err(ImportRefused::Inventory {
            plan: escape::line(&plan.inventory).into_owned(),
            found: job.inventory.to_owned(),
        });
    }
    for entry in &plan.entries {
        let expected = entry.name.as_ref().map(|name| {
            job.key
                .request_token(account.as_str(), region.as_str(), name, &entry.fingerprint)
        });
        if entry.token != expected {
            return Err(ImportRefused::Token {
                secret: entry.secret.clone(),
            });
        }
    }
    Ok(())
}
