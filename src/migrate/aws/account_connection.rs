//! The connection to an account: credentials, Region, endpoint, and the account's id.

use std::time::Duration;

use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_types::service_config::ServiceConfigKey;

use super::aws_client::AwsClient;
use super::aws_error::client_error;
use super::guarded_http::{check_endpoint, guarded_http};
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::secrets_manager::{Account, Region, RegionError};

/// How to connect to an account. For a field of `None`, the default chain of every AWS tool
/// applies.
#[derive(Clone, Default)]
pub struct Access {
    /// Profile of the AWS configuration.
    pub profile: Option<String>,
    /// Region of the secrets.
    pub region: Option<Region>,
    /// Endpoint of Secrets Manager and STS in place of AWS's own.
    pub endpoint_url: Option<String>,
    /// Allows plain HTTP to an endpoint on another machine.
    pub allow_http: bool,
    /// Bounds of the time that one call takes.
    pub timeouts: CallTimeouts,
    /// The expected account: compared with the account of the credentials.
    pub account: Option<Account>,
    /// Access key id and secret access key in place of the default chain, for programs that use the
    /// library.
    pub keys: Option<(String, String)>,
}

/// Bounds of the time that one attempt of a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTimeouts {
    /// To establish the connection.
    pub connect: Duration,
    /// Until the reply begins.
    pub read: Duration,
    /// Until the whole reply was read.
    pub attempt: Duration,
}

impl Default for CallTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            attempt: Duration::from_secs(20),
        }
    }
}

/// A client with its account and Region.
#[derive(Debug)]
pub struct Connection {
    /// The client of Secrets Manager.
    pub client: AwsClient,
    /// The account of the credentials.
    pub account: Account,
    /// The Region of the client.
    pub region: Region,
    /// A note for the user if STS did not confirm the account.
    pub note: Option<String>,
}

/// Finds credentials and Region, and asks STS for the account of the credentials.
///
/// # Errors
///
/// No Region is configured, an endpoint is not safe, there are no usable credentials, they are of
/// another account than the expected one, or STS does not answer and no account is expected.
pub async fn connect(access: &Access) -> Result<Connection, ClientError> {
    let config = load(access).await;
    check_endpoints(&config, access)?;
    let wrong_region =
        |why: &str| ClientError::new(Call::Connect, ErrorKind::WrongRegion, None, why);
    let region = match configured_region(&config) {
        Some(Ok(region)) => region,
        Some(Err(error)) => return Err(wrong_region(&error.to_string())),
        None => return Err(wrong_region("no Region is configured")),
    };
    let client = AwsClient::new(&config);
    let (account, note) = match (
        caller_account(&config)
            .await
            .map_err(|error| of_profile(error, access)),
        &access.account,
    ) {
        (Ok(found), Some(expected)) if found != *expected => {
            let message = format!(
                "the credentials are of account {found}, the expected account is {expected}"
            );
            return Err(ClientError::new(
                Call::CallerIdentity,
                ErrorKind::WrongAccount,
                None,
                &message,
            ));
        }
        (Ok(found), _) => (found, None),
        // A network may have an endpoint of Secrets Manager and none of STS.
        (Err(error), Some(expected)) if is_account_assumed(error.kind) => (
            expected.clone(),
            Some(format!(
                "the account of the credentials could not be checked, account {expected} is assumed ({error})"
            )),
        ),
        (Err(error), _) => return Err(error),
    };
    Ok(Connection {
        client,
        account,
        region,
        note,
    })
}

/// True if the expected account is assumed after an error of this kind from STS.
pub fn is_account_assumed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AccessDenied | ErrorKind::Unreachable | ErrorKind::Ambiguous
    )
}

/// The configured Region; `None` if none is configured. Makes no call.
///
/// # Errors
///
/// The configured text is not the name of a Region.
pub async fn region(access: &Access) -> Option<Result<Region, RegionError>> {
    configured_region(&load(access).await)
}

fn configured_region(config: &SdkConfig) -> Option<Result<Region, RegionError>> {
    config.region().map(|region| region.as_ref().parse())
}

async fn load(access: &Access) -> SdkConfig {
    let http = guarded_http(access.allow_http);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(access.timeouts.connect)
        .read_timeout(access.timeouts.read)
        .operation_attempt_timeout(access.timeouts.attempt)
        // An operation is one attempt and, before it, the look-up of credentials.
        .operation_timeout(access.timeouts.attempt * 2)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    if let Some(profile) = &access.profile {
        // The default chain prefers keys and Region of the environment to those of a profile, but a
        // profile that is named explicitly has priority.
        let settings = ProviderConfig::default().with_http_client(http.clone());
        let region = ProfileFileRegionProvider::builder()
            .configure(&settings)
            .profile_name(profile)
            .build();
        let region = RegionProviderChain::first_try(region)
            .or_else(EnvironmentVariableRegionProvider::new());
        let settings = settings.with_region(region.region().await);
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&settings)
            .profile_name(profile)
            .build();
        loader = loader
            .profile_name(profile)
            .region(region)
            .credentials_provider(credentials);
    }
    if let Some(region) = &access.region {
        loader = loader.region(aws_config::Region::new(region.to_string()));
    }
    if let Some(url) = &access.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some((id, secret)) = &access.keys {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "keyferry"));
    }
    loader.load().await
}

/// Checks the endpoints that are configured for the two services, wherever that is: an option, the
/// environment, or the configuration file. The HTTP client checks every request once more.
fn check_endpoints(config: &SdkConfig, access: &Access) -> Result<(), ClientError> {
    let of_service = |service: &str| {
        config.service_config()?.load_config(
            ServiceConfigKey::builder()
                .service_id(service)
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build()
                .ok()?,
        )
    };
    let configured = match &access.endpoint_url {
        // It counts instead of all others.
        Some(url) => vec![url.clone()],
        None => [
            config.endpoint_url().map(str::to_owned),
            of_service("Secrets Manager"),
            of_service("STS"),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    for url in &configured {
        check_endpoint(url, access.allow_http).map_err(|error| {
            let kind = ErrorKind::UnsafeEndpoint;
            ClientError::new(Call::Connect, kind, None, &error.to_string())
        })?;
    }
    Ok(())
}

/// Adds the name of the profile to an error about missing credentials, which the SDK leaves out.
fn of_profile(error: ClientError, access: &Access) -> ClientError {
    match &access.profile {
        Some(profile) if error.kind == ErrorKind::NoCredentials => {
            let message = format!("the profile `{profile}` has none: {}", error.message);
            ClientError::new(error.call, error.kind, error.code.as_deref(), &message)
        }
        _ => error,
    }
}

/// The account of the credentials, by STS.
async fn caller_account(config: &SdkConfig) -> Result<Account, ClientError> {
    let sts = aws_sdk_sts::Client::new(config);
    let identity = sts
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| client_error(Call::CallerIdentity, &error))?;
    match identity.account().map(str::parse) {
        Some(Ok(account)) => Ok(account),
        _ => Err(ClientError::new(
            Call::CallerIdentity,
            ErrorKind::Other,
            None,
            "the answer contains no account",
        )),
    }
}
