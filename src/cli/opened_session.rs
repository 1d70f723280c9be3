//! The session that the commands `review` and `export` work in.

use super::decision_sources::Sources;
use super::errors::CommandError;
use super::options::{InventoryOptions, PolicyOptions, SelectionOptions};
use super::settled_inventory::SettledInventory;
use crate::decide::repository_facts::Repositories;
use crate::decide::{Inputs, SecretSelection};
use crate::inventory::entry::Secret;
use crate::session::session_error::SessionError;
use crate::session::session_state::{Load, Loaded, Session};

/// Opens a session of a person.
///
/// # Errors
///
/// Somebody else's inventory, or a file that cannot be read or has a mistake.
pub fn open(
    inventory: &InventoryOptions,
    policy: &PolicyOptions,
    person: &str,
) -> Result<Session, CommandError> {
    let (of_load, policy) = (inventory.clone(), policy.clone());
    let load: Load = Box::new(move || load(&of_load, &policy).map_err(|error| error.error));
    Session::open(&inventory.folder, person, load).map_err(refused)
}

fn load(inventory: &InventoryOptions, policy: &PolicyOptions) -> Result<Loaded, CommandError> {
    let SettledInventory {
        sources,
        store,
        settled,
    } = SettledInventory::read(inventory, policy)?;
    let Inputs {
        codeowners,
        pipelines,
        repositories,
        ..
    } = sources.inputs(&store);
    let Sources {
        policy, registry, ..
    } = sources;
    Ok(Loaded {
        policy,
        registry,
        codeowners,
        pipelines,
        repositories,
        secrets: settled.secrets,
    })
}

/// The error of a session, as that of a command.
pub fn refused(error: SessionError) -> CommandError {
    match error {
        SessionError::Load(error) => CommandError::usage(error),
        error @ SessionError::Own(_) => CommandError::failed(error),
        error => CommandError::usage(error),
    }
}

/// A filter on secrets.
pub struct SecretFilter {
    selection: SecretSelection,
    repositories: Repositories,
}

impl SecretFilter {
    /// The filter of the options of a command.
    pub fn of(options: &SelectionOptions, session: &Session) -> Self {
        Self {
            selection: options.selection(),
            repositories: session.repositories().clone(),
        }
    }

    /// Whether it selects a secret.
    pub fn selects(&self, secret: &Secret) -> bool {
        self.selection.selects(secret, &self.repositories)
    }
}
