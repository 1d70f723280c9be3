//! The real Secrets Manager. Nothing else in the project names the AWS SDK.
//!
//! The SDK repeats no call here: [`super::pace`] does, since it knows which call is safe to repeat. The SDK's own
//! buffers for a request are freed, not zeroized: they are out of our reach.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_sdk_secretsmanager::types::Tag;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::Blob;
use aws_smithy_types::date_time::Format;

use super::client::{
    Call, Client, ClientError, CreateRequest, Created, Description, ErrorKind, Fetched, Listed,
    Page,
};
use crate::secret::SecretValue;
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

#[derive(Clone, Debug)]
pub struct AwsClient {
    secrets: aws_sdk_secretsmanager::Client,
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
    let client = AwsClient {
        secrets: aws_sdk_secretsmanager::Client::new(&config),
    };
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
        .map_err(|error| explain(Call::CallerIdentity, &error))?;
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

impl Client for AwsClient {
    async fn describe(&self, name: &str) -> Result<Description, ClientError> {
        let sent = self.secrets.describe_secret().secret_id(name).send().await;
        let answer = sent.map_err(|error| explain(Call::Describe, &error))?;
        Ok(Description {
            arn: answer.arn().unwrap_or_default().to_owned(),
            tags: read_tags(answer.tags()),
            kms_key: answer.kms_key_id().map(str::to_owned),
            versions: answer
                .version_ids_to_stages()
                .cloned()
                .unwrap_or_default()
                .into_iter()
                .collect(),
            deleted: answer
                .deleted_date()
                .and_then(|date| date.fmt(Format::DateTime).ok()),
        })
    }

    async fn list(&self, next: Option<&str>) -> Result<Page, ClientError> {
        let call = self
            .secrets
            .list_secrets()
            .include_planned_deletion(true)
            .max_results(100);
        let sent = call.set_next_token(next.map(str::to_owned)).send().await;
        let answer = sent.map_err(|error| explain(Call::List, &error))?;
        let secrets = answer
            .secret_list()
            .iter()
            .map(|secret| Listed {
                name: secret.name().unwrap_or_default().to_owned(),
                tags: read_tags(secret.tags()),
            })
            .collect();
        Ok(Page {
            secrets,
            next: answer.next_token().map(str::to_owned),
        })
    }

    async fn create(&self, request: &CreateRequest<'_>) -> Result<Created, ClientError> {
        let call = self
            .secrets
            .create_secret()
            .name(request.name)
            .client_request_token(request.token)
            .description(request.description)
            .set_kms_key_id(request.kms_key.map(ToString::to_string))
            .set_tags(Some(write_tags(request.tags)));
        let call = match std::str::from_utf8(request.value.expose()) {
            Ok(text) => call.secret_string(text),
            Err(_) => call.secret_binary(Blob::new(request.value.expose())),
        };
        let answer = call
            .send()
            .await
            .map_err(|error| explain(Call::Create, &error).without(request.value))?;
        Ok(Created {
            arn: answer.arn().unwrap_or_default().to_owned(),
            version: answer.version_id().unwrap_or_default().to_owned(),
        })
    }

    async fn get_value(&self, name: &str, version: &str) -> Result<Fetched, ClientError> {
        let sent = self
            .secrets
            .get_secret_value()
            .secret_id(name)
            .version_id(version)
            .send()
            .await;
        let answer = sent.map_err(|error| explain(Call::GetValue, &error))?;
        let value = match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(blob)) => blob.into_inner(),
            (None, None) => Vec::new(),
        };
        Ok(Fetched {
            value: SecretValue::new(value),
            version: answer.version_id.unwrap_or_default(),
            stages: answer.version_stages.unwrap_or_default(),
        })
    }

    async fn tag(&self, name: &str, tags: &BTreeMap<String, String>) -> Result<(), ClientError> {
        let call = self
            .secrets
            .tag_resource()
            .secret_id(name)
            .set_tags(Some(write_tags(tags)));
        call.send()
            .await
            .map(drop)
            .map_err(|error| explain(Call::Tag, &error))
    }
}

fn read_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .filter_map(|tag| {
            Some((
                tag.key()?.to_owned(),
                tag.value().unwrap_or_default().to_owned(),
            ))
        })
        .collect()
}

fn write_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

/// Keeps the code, the message and the request id of an SDK error, and drops the rest: it may hold request and response.
fn explain<E>(call: Call, error: &SdkError<E, HttpResponse>) -> ClientError
where
    E: ProvideErrorMetadata + RequestId + Error + 'static,
{
    let mut explained = match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or_default();
            let message = context.err().message().unwrap_or_default();
            let kind = match classify(code, message, context.raw().status().as_u16()) {
                // Of what CreateSecret names, only the KMS key has to be there.
                ErrorKind::NotFound if call == Call::Create => ErrorKind::Kms,
                kind => kind,
            };
            ClientError::new(
                call,
                kind,
                Some(code).filter(|code| !code.is_empty()),
                message,
            )
        }
        SdkError::TimeoutError(_) => {
            ClientError::new(call, ErrorKind::Ambiguous, None, "no answer in time")
        }
        SdkError::ResponseError(_) => ClientError::new(
            call,
            ErrorKind::Ambiguous,
            None,
            "the answer could not be read",
        ),
        _ => before_an_answer(call, error),
    };
    explained.request_id = error
        .as_service_error()
        .and_then(RequestId::request_id)
        .map(str::to_owned);
    explained
}

/// What is said by a failure that no service answered: credentials, connection, or a connection lost on the way.
fn before_an_answer(call: Call, error: &(dyn Error + 'static)) -> ClientError {
    let chain = || causes(error);
    if let Some(found) = chain().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        // The rest lists every provider that was asked.
        let words = deepest(found).to_string();
        let words = words
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches(" Attempted:");
        let expired = words.to_lowercase().contains("expired");
        let kind = if expired {
            ErrorKind::ExpiredCredentials
        } else {
            ErrorKind::NoCredentials
        };
        return ClientError::new(call, kind, None, words);
    }
    let words = deepest(error).to_string();
    let io = chain()
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .next();
    let kind = match io.map(std::io::Error::kind) {
        Some(
            std::io::ErrorKind::ConnectionRefused
            | std::io::ErrorKind::HostUnreachable
            | std::io::ErrorKind::NetworkUnreachable
            | std::io::ErrorKind::AddrNotAvailable
            | std::io::ErrorKind::InvalidInput,
        ) => ErrorKind::Unreachable,
        // Name resolution has no kind of its own, nor has a certificate that is not trusted.
        _ if chain().any(|error| is_resolution(&error.to_string())) => ErrorKind::Unreachable,
        _ if words.contains("certificate") => ErrorKind::Unreachable,
        _ => ErrorKind::Ambiguous,
    };
    ClientError::new(call, kind, None, &words)
}

fn is_resolution(words: &str) -> bool {
    words.contains("dns error") || words.contains("failed to lookup address")
}

/// The error, its cause, and so on down.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let this = next?;
        next = this.source();
        Some(this)
    })
}

fn deepest<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

/// By the service's code, then by its words, then by the status.
fn classify(code: &str, message: &str, status: u16) -> ErrorKind {
    let says = |part: &str| message.to_lowercase().contains(part);
    match code {
        "ResourceNotFoundException" => ErrorKind::NotFound,
        "ResourceExistsException" => ErrorKind::Exists,
        "InvalidRequestException"
            if says("scheduled for deletion") || says("marked for deletion") =>
        {
            ErrorKind::ScheduledForDeletion
        }
        "AccessDeniedException" | "KMSAccessDeniedException"
            if code.starts_with("KMS") || says("access to kms") =>
        {
            ErrorKind::Kms
        }
        "EncryptionFailure"
        | "EncryptionFailureException"
        | "DecryptionFailure"
        | "DecryptionFailureException" => ErrorKind::Kms,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            ErrorKind::AccessDenied
        }
        "LimitExceededException" => ErrorKind::QuotaExceeded,
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete" => ErrorKind::Throttled,
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => {
            ErrorKind::ExpiredCredentials
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" if says("scoped to") => {
            ErrorKind::WrongRegion
        }
        "OptInRequired" | "RegionDisabledException" => ErrorKind::WrongRegion,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature" => ErrorKind::NoCredentials,
        "InvalidRequestException" | "InvalidParameterException" | "ValidationException" => {
            ErrorKind::InvalidRequest
        }
        _ => match status {
            429 => ErrorKind::Throttled,
            401 | 403 => ErrorKind::AccessDenied,
            500.. => ErrorKind::Ambiguous,
            _ => ErrorKind::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_classified() {
        let kms = "Access to KMS is not allowed";
        let deleted = "You can't create this secret because a secret with this name is already scheduled for deletion.";
        for (code, message, status, kind) in [
            ("ResourceExistsException", "", 400, ErrorKind::Exists),
            (
                "InvalidRequestException",
                deleted,
                400,
                ErrorKind::ScheduledForDeletion,
            ),
            (
                "InvalidRequestException",
                "",
                400,
                ErrorKind::InvalidRequest,
            ),
            ("AccessDeniedException", "", 400, ErrorKind::AccessDenied),
            ("AccessDeniedException", kms, 400, ErrorKind::Kms),
            ("EncryptionFailure", "", 400, ErrorKind::Kms),
            ("LimitExceededException", "", 400, ErrorKind::QuotaExceeded),
            ("ThrottlingException", "", 400, ErrorKind::Throttled),
            ("", "", 429, ErrorKind::Throttled),
            (
                "ExpiredTokenException",
                "",
                400,
                ErrorKind::ExpiredCredentials,
            ),
            (
                "InvalidSignatureException",
                "Credential should be scoped to a valid region",
                400,
                ErrorKind::WrongRegion,
            ),
            (
                "UnrecognizedClientException",
                "",
                400,
                ErrorKind::NoCredentials,
            ),
            ("InternalServiceError", "", 500, ErrorKind::Ambiguous),
            ("", "", 503, ErrorKind::Ambiguous),
            (
                "MalformedPolicyDocumentException",
                "",
                400,
                ErrorKind::Other,
            ),
        ] {
            assert_eq!(
                classify(code, message, status),
                kind,
                "{code} {message} {status}"
            );
        }
    }
}
