//! The job of an import: its plan, inventory and source, and whether these and the account belong
//! together.

use std::collections::HashSet;
use std::error::Error;

use crate::cancel::Cancellation;
use crate::escape;
use crate::finding::Occurrence;
use crate::inventory::entry::{MigrationProgress, Secret};
use crate::inventory::inventory_key::InventoryKey;
use crate::migrate::call_pacer::CallPace;
use crate::migrate::check_extent::Check;
use crate::migrate::journal::{Journal, JournalError, JournalHistory};
use crate::migrate::plan::{Plan, PlanChanges};
use crate::progress::Progress;
use crate::secret::{SecretId, SecretValue};
use crate::secrets_manager::{Account, Region};

/// A source of secret values.
///
/// The import knows neither repositories nor files: it asks for the value of an occurrence and
/// compares the fingerprint itself.
pub trait ReadValue {
    /// Reads the value of an occurrence as it is now. `None`: the place can be read and holds
    /// another value. A source may find the value at more than one place, so that `is_wanted`
    /// judges each candidate.
    ///
    /// # Errors
    ///
    /// The place cannot be read, or its bytes cannot be decoded as recorded.
    fn read(
        &self,
        occurrence: &Occurrence,
        is_wanted: &dyn Fn(&SecretValue) -> bool,
    ) -> Result<Option<SecretValue>, ReadError>;
}

/// Why a value could not be read. Its message never contains any part of the value.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ReadError {
    error: Box<dyn Error + Send + Sync>,
    /// The hint, if no place of a whole source can be read.
    pub(super) source_hint: Option<String>,
}

impl ReadError {
    /// Wraps the error of one place.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            error: Box::new(error),
            source_hint: None,
        }
    }

    /// Wraps the error of a source of which no further place can be read.
    pub fn of_source(error: impl Error + Send + Sync + 'static, hint: String) -> Self {
        Self {
            source_hint: Some(hint),
            ..Self::new(error)
        }
    }
}

/// The content of an import: the plan, the inventory, and the source of the values.
#[derive(Clone, Copy)]
pub struct ImportJob<'a> {
    /// The plan to carry out.
    pub plan: &'a Plan,
    /// Id of the inventory that is open.
    pub inventory: &'a str,
    /// The secrets of that inventory, as they are now.
    pub secrets: &'a [Secret],
    /// A new draft of the plan, from everything that decides now.
    pub present: &'a Plan,
    /// The content of the journal.
    pub history: &'a JournalHistory,
    /// The key of that inventory: makes request tokens and fingerprints.
    pub key: &'a InventoryKey,
    /// Reads the values.
    pub reader: &'a dyn ReadValue,
}

/// The circumstances of an import: the account that is connected, and how to proceed there.
#[derive(Clone, Copy)]
pub struct ImportSettings<'a> {
    /// The account of the client's credentials.
    pub account: &'a Account,
    /// The Region of the client's endpoint.
    pub region: &'a Region,
    /// Records each step before and after its call.
    pub journal: &'a Journal,
    /// How far an imported secret is compared.
    pub check: Check,
    /// Rates, waits and number of calls in flight.
    pub pace: &'a CallPace,
    /// The number of entries in a row that fail for the same reason, after which the import ends.
    pub max_failures: u32,
    /// Ends the import early.
    pub cancel: &'a Cancellation,
    /// Receives one step for each importable entry.
    pub progress: &'a dyn Progress,
}

impl ImportSettings<'_> {
    /// The default of `max_failures`: more than the calls in flight.
    pub const MAX_FAILURES: u32 = 10;
}

/// Why an import was refused before it began. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefused {
    /// The credentials are of another account than the plan's.
    #[error("the plan is for account {plan}, the credentials are of account {found}")]
    Account {
        /// The plan's account.
        plan: Account,
        /// The account of the credentials.
        found: Account,
    },
    /// The client's Region is not the plan's.
    #[error("the plan is for Region {plan}, the client is connected to {found}")]
    Region {
        /// The plan's Region.
        plan: Region,
        /// The client's Region.
        found: Region,
    },
    /// The plan was made from another inventory.
    #[error("the plan was made from inventory {plan}, the open inventory is {found}")]
    Inventory {
        /// Id of the plan's inventory, escaped.
        plan: String,
        /// Id of the open inventory.
        found: String,
    },
    /// The request token of an entry is not the one that this inventory's key makes.
    #[error(
        "the plan's entry for {secret} has a request token of another origin: it was edited, or made with another key"
    )]
    Token {
        /// The secret of the entry.
        secret: SecretId,
    },
    /// The options or the policy name another account than the plan.
    #[error("the plan is for account {plan}, the expected account is {found}")]
    ExpectedAccount {
        /// The plan's account.
        plan: Account,
        /// The expected account.
        found: Account,
    },
    /// Decisions, policy, register or inventory were changed since the plan.
    #[error("the plan is out of date: {}", counted(.0))]
    Changed(Box<PlanChanges>),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The number of changes, in words.
fn counted(changes: &PlanChanges) -> String {
    match changes.entries.len() {
        0 => changes.whole.join(", "),
        1 => "1 of its entries would not be planned like that now".to_owned(),
        more => format!("{more} of its entries would not be planned like that now"),
    }
}

impl ImportRefused {
    /// A plan that was made from another inventory than the open one.
    pub fn of_inventory(plan: &Plan, open: &str) -> Self {
        ImportRefused::Inventory {
            plan: escape::line(&plan.inventory).into_owned(),
            found: open.to_owned(),
        }
    }

    /// The hint: a remedy for the user.
    pub fn hint(&self) -> &'static str {
        match self {
            ImportRefused::Account { .. } | ImportRefused::ExpectedAccount { .. } => {
                "name a profile of the plan's account with --profile, or plan for this account"
            }
            ImportRefused::Region { .. } => {
                "give the plan's Region with --region, or plan for this Region"
            }
            ImportRefused::Inventory { .. } => {
                "open the inventory that the plan was made from, or plan again"
            }
            ImportRefused::Token { .. } => {
                "plan again with `keyferry plan`; a plan is not meant to be edited"
            }
            ImportRefused::Changed(_) => {
                "run `keyferry plan` again, and give `import` the same --policy and --registry"
            }
            ImportRefused::Journal(error) => error.hint(),
        }
    }
}

/// Checks that the plan, the inventory, its key, the account and the Region belong together, and
/// that the plan is what would be planned now. Returns the changes that do not matter: those of
/// secrets that were imported already, and new secrets.
///
/// # Errors
///
/// The first of these that does not belong to the others, or all changes since the plan.
pub fn check_job(
    job: &ImportJob<'_>,
    account: &Account,
    region: &Region,
) -> Result<PlanChanges, ImportRefused> {
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
        return Err(ImportRefused::of_inventory(plan, job.inventory));
    }
    for entry in &plan.entries {
        let expected = entry.name.as_ref().map(|name| {
            job.key.request_token(
                account.as_str(),
                region.as_str(),
                name.as_str(),
                &entry.fingerprint,
            )
        });
        if entry.token != expected {
            return Err(ImportRefused::Token {
                secret: entry.secret.clone(),
            });
        }
    }
    let recorded: HashSet<&SecretId> = job
        .secrets
        .iter()
        .filter(|secret| secret.progress > MigrationProgress::Found)
        .map(|secret| &secret.id)
        .collect();
    let changes = PlanChanges::between(plan, job.present, job.secrets, |entry| {
        let token = entry.token.as_deref();
        recorded.contains(&entry.secret)
            || token.is_some_and(|token| job.history.arrived(token).is_some())
    });
    if changes.is_empty() {
        Ok(changes)
    } else {
        Err(ImportRefused::Changed(Box::new(changes)))
    }
}
