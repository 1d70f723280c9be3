//! How credentials, Region and account are found, and what connects to the service.

use std::time::Duration;

use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::aws_client::AwsClient;
use super::aws_error::client_error;
use crate::migrate::client_error::{Call, ClientError, ErrorKind};
use crate::secrets_manager::{Account, Region, RegionError};

/// How to get at an account. What is `None` is found as every AWS tool finds it.
#[derive(Clone, Default)]
pub struct Access {
    pub profile: Option<String>,
    pub region: Option<Region>,
    pub endpoint_url: Option<String>,
    /// The account that is meant: checked against the one that answers.
    pub account: Option<Account>,
    /// Access key id and secret access key, in place of the default chain: for programs that use the library.
    pub keys: Option<(String, String)>,
}

/// A client and where it leads.
#[derive(Debug)]
pub struct Connection {
    pub client: AwsClient,
    pub account: Account,
    pub region: Region,
    /// What the user should know of how the account was found.
    pub note: Option<String>,
}

/// Finds credentials and Region, and asks STS which account they are of.
pub async fn connect(access: &Access) -> Result<Connection, ClientError> {
    let config = load(access).await;
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
        (Ok(found), Some(meant)) if found != *meant => {
            let message = format!("the credentials are of account {found}, {meant} is meant");
            return Err(ClientError::new(
                Call::CallerIdentity,
                ErrorKind::WrongAccount,
                None,
                &message,
            ));
        }
        (Ok(found), _) => (found, None),
        // A network that lets Secrets Manager through need not let STS through.
        (Err(error), Some(meant)) if taken_at_word(error.kind) => (
            meant.clone(),
            Some(format!("account {meant} is taken at your word ({error})")),
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

/// With such an answer from STS, the account is the one that the user names.
pub fn taken_at_word(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AccessDenied | ErrorKind::Unreachable | ErrorKind::Ambiguous
    )
}

/// The configured Region, without a call. `None`: none is configured.
///
/// # Errors
///
/// If the configured text is no name of a Region.
pub async fn region(access: &Access) -> Option<Result<Region, RegionError>> {
    configured_region(&load(access).await)
}

fn configured_region(config: &SdkConfig) -> Option<Result<Region, RegionError>> {
    config.region().map(|region| region.as_ref().parse())
}

async fn load(access: &Access) -> SdkConfig {
    let http = http_client(access.endpoint_url.as_deref());
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(15))
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_secs(40))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    if let Some(profile) = &access.profile {
        // The default chain takes keys and Region of the environment before those of a profile, but who names a profile
        // means it.
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

/// HTTPS by rustls, through the proxy that the environment names; an endpoint on this machine is reached without one.
///
/// The client's own `build_https` knows no proxy, hence the connector function.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    let local = endpoint.is_some_and(|url| {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        ["127.", "localhost", "[::1]"]
            .iter()
            .any(|start| host.starts_with(start))
    });
    HttpBuilder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(if local {
            ProxyConfig::disabled()
        } else {
            ProxyConfig::from_env()
        }));
        connector.build()
    })
}

/// The SDK does not say which profile has nothing to give.
fn of_profile(error: ClientError, access: &Access) -> ClientError {
    match &access.profile {
        Some(profile) if error.kind == ErrorKind::NoCredentials => {
            let message = format!("the profile `{profile}` gives none: {}", error.message);
            ClientError::new(error.call, error.kind, error.code.as_deref(), &message)
        }
        _ => error,
    }
}

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
            "the answer names no account",
        )),
    }
}
