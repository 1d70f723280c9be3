//! What `plan`, `import` and `verify` share: how they get at an account, what they are given, and the runtime.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::CommandError;
use crate::inventory::entry::Secret;
use crate::inventory::inventory_key::InventoryKey;
use crate::migrate::aws::{Access, Connection, connect, is_account_assumed};
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::migrate::journal::JournalError;
use crate::progress::Progress;
use crate::secrets_manager::{Account, Region};

/// Credentials and Region are found as every AWS tool finds them: environment, profile, single sign-on, instance role.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "AWS")]
pub struct AccessArgs {
    /// Profile of the AWS configuration
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,

    /// AWS Region [default: the configured one]
    #[arg(long, value_name = "REGION", value_parser = str::parse::<Region>)]
    pub region: Option<Region>,

    /// Endpoint in place of AWS's own: a VPC endpoint, a test server
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    pub endpoint_url: Option<String>,

    /// The account that is meant, 12 digits: refuses to work in another one
    #[arg(long, value_name = "ID", value_parser = str::parse::<Account>)]
    pub account: Option<Account>,
}

#[derive(Clone, Debug, clap::Args)]
pub struct InventoryArg {
    /// Folder of the inventory
    #[arg(
        long = "inventory",
        short = 'i',
        value_name = "DIR",
        default_value = "inventory"
    )]
    pub folder: PathBuf,
}

fn endpoint(text: &str) -> Result<String, String> {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(text.to_owned()),
        _ => {
            Err("an endpoint is a URL such as https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com".to_owned())
        }
    }
}

impl AccessArgs {
    pub fn access(&self) -> Access {
        Access {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            account: self.account.clone(),
            keys: None,
        }
    }
}

/// An inventory that the caller has opened.
#[derive(Clone, Copy)]
pub struct Opened<'a> {
    /// Its folder: `plan.json` and `journal.jsonl` are there.
    pub folder: &'a Path,
    /// Its id.
    pub id: &'a str,
    pub key: &'a InventoryKey,
    pub secrets: &'a [Secret],
}

/// Where a command speaks.
pub struct Console<'a> {
    /// Data: stdout.
    pub out: &'a mut dyn Write,
    /// Talk: stderr.
    pub talk: &'a mut dyn Write,
    pub progress: &'a dyn Progress,
}

/// Runs async work to its end.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            CommandError::failed(
                anyhow::Error::new(error).context("cannot start the async runtime"),
            )
        })?;
    Ok(runtime.block_on(work))
}

/// Connects, and tells what there is to tell about how.
pub async fn open(access: &Access, talk: &mut dyn Write) -> Result<Connection, CommandError> {
    use ErrorKind::{InvalidRequest, NoCredentials, WrongAccount, WrongRegion};
    let connection = match connect(access).await {
        Ok(connection) => connection,
        Err(error)
            if error.call == Call::CallerIdentity
                && is_account_assumed(error.kind)
                && access.account.is_none() =>
        {
            let hint = format!(
                "{}; where STS alone is closed off, give --account",
                error.kind.hint()
            );
            return Err(CommandError::failed(error).hint(hint));
        }
        // What the user has set up, not the service: nothing was done.
        Err(error)
            if matches!(
                error.kind,
                WrongAccount | WrongRegion | NoCredentials | InvalidRequest
            ) =>
        {
            let hint = error.kind.hint();
            return Err(CommandError::usage(error).hint(hint));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(note) = &connection.note {
        say(talk, &format!("note: {note}"))?;
    }
    Ok(connection)
}

/// One line on stderr.
pub fn say(talk: &mut dyn Write, line: &str) -> Result<(), CommandError> {
    writeln!(talk, "{line}").map_err(|error| {
        CommandError::failed(anyhow::Error::new(error).context("cannot write to stderr"))
    })
}

/// A report on stdout; a reader that has seen enough is no failure.
pub fn print(
    out: &mut dyn Write,
    report: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), CommandError> {
    match report(out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(CommandError::failed(
            anyhow::Error::new(error).context("cannot write to stdout"),
        )),
        _ => Ok(()),
    }
}

impl From<ClientError> for CommandError {
    fn from(error: ClientError) -> Self {
        let hint = error.kind.hint();
        CommandError::failed(error).hint(hint)
    }
}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        let hint = error.hint();
        CommandError::failed(error).hint(hint)
    }
}
