//! The connection of `plan`, `import` and `verify` to an AWS account, and the async runtime that
//! they need.

use std::future::Future;

use super::console::Console;
use super::errors::CommandError;
use crate::migrate::aws::{self, Access, Connection};

/// Runs async work to its end.
///
/// # Errors
///
/// The runtime cannot be started.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            CommandError::failed(anyhow::anyhow!("cannot start the async runtime: {error}"))
        })?;
    Ok(runtime.block_on(work))
}

/// Connects to an account. Writes a note to stderr if the account was not confirmed by STS.
///
/// # Errors
///
/// No Region, no credentials, another account than the expected one, or an unreachable service.
pub async fn connect(
    access: &Access,
    console: &mut Console<'_>,
) -> Result<Connection, CommandError> {
    let connection = aws::connect(access)
        .await
        .map_err(|error| CommandError::connection(error, access.account.is_some()))?;
    if let Some(note) = &connection.note {
        console.note(note)?;
    }
    Ok(connection)
}
