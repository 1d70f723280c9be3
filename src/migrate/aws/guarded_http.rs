//! The HTTP client of all calls: the endpoint at the other end is not trusted.
//!
//! A request leaves over plain HTTP only to this machine, unless the user allows more. The final URL
//! of each request is checked, so that it does not matter where an endpoint is configured: an
//! option, an `AWS_ENDPOINT_URL*` variable, or the configuration file. A reply is read to its end
//! here, up to a bound, within the timeouts of the attempt. A redirect is not followed.

use std::fmt;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::secrets_manager::{EndpointUrl, EndpointUrlError};

/// The greatest size of a page of ListSecrets, in bytes. A page has at most 100 secrets, each with
/// at most 50 tags of 384 characters, a description of 2,048 characters and 20 staging labels of
/// 256: under 30 KB, and under 100 KB if all characters are outside ASCII.
const LIST_REPLY_MAX: u64 = 16 << 20;

/// The greatest size of any other reply, in bytes. A value has at most 65,536 bytes, each of which
/// takes at most six in JSON; everything else in a reply is smaller.
const REPLY_MAX: u64 = 1 << 20;

/// The greatest size of the headers of a reply, in bytes.
const HEADERS_MAX: usize = 64 << 10;

/// Why a request was not sent, or its reply not read. No variant holds any part of the reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TransportError {
    /// The endpoint is another machine, and the connection would not be encrypted.
    #[error("the endpoint {host} is another machine and the connection is not encrypted (http://)")]
    PlainHttp {
        /// The host of the endpoint.
        host: String,
    },
    /// The URL of the endpoint cannot be used.
    #[error(transparent)]
    Url(#[from] EndpointUrlError),
    /// The body of the reply is too large.
    #[error("the reply has more than {limit} bytes, more than any reply of the service")]
    ReplySize {
        /// The bound, in bytes.
        limit: u64,
    },
    /// The headers of the reply are too large.
    #[error("the headers of the reply have more than {HEADERS_MAX} bytes")]
    HeaderSize,
}

impl TransportError {
    /// True if the request was not sent, because of its endpoint.
    pub(super) fn is_of_endpoint(&self) -> bool {
        matches!(
            self,
            TransportError::PlainHttp { .. } | TransportError::Url(_)
        )
    }
}

/// Checks that requests may be sent to an endpoint.
///
/// # Errors
///
/// The URL cannot be used, or is a plain `http://` to another machine and `allow_http` is false.
pub(super) fn check_endpoint(url: &str, allow_http: bool) -> Result<EndpointUrl, TransportError> {
    let url: EndpointUrl = url.parse()?;
    if url.is_encrypted() || url.is_loopback() || allow_http {
        Ok(url)
    } else {
        Err(TransportError::PlainHttp { host: url.host() })
    }
}

/// An HTTPS client with rustls that checks its endpoints and bounds its replies.
///
/// It uses the proxy of the environment, except for an endpoint on this machine. `allow_http` allows
/// plain HTTP to other machines.
pub(super) fn guarded_http(allow_http: bool) -> SharedHttpClient {
    let client = |proxy: fn() -> ProxyConfig| {
        // The SDK's `build_https` does not support a proxy, hence the connector function.
        aws_smithy_http_client::Builder::new().build_with_connector_fn(
            move |settings, components| {
                let mut connector =
                    Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring));
                connector.set_connector_settings(settings.cloned());
                if let Some(components) = components {
                    connector.set_sleep_impl(components.sleep_impl());
                }
                connector.set_proxy_config(Some(proxy()));
                connector.build()
            },
        )
    };
    SharedHttpClient::new(GuardedClient {
        direct: client(ProxyConfig::disabled),
        proxied: client(ProxyConfig::from_env),
        allow_http,
    })
}

#[derive(Clone, Debug)]
struct GuardedClient {
    direct: SharedHttpClient,
    proxied: SharedHttpClient,
    allow_http: bool,
}

impl HttpClient for GuardedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(GuardedConnector {
            client: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

/// The connector of one call. It chooses the inner connector when it knows the request, because each
/// inner one reads the certificates of the system when it is made.
#[derive(Debug)]
struct GuardedConnector {
    client: GuardedClient,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for GuardedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Credentials of a machine in AWS come over plain HTTP. No such request is signed.
        let is_metadata = |url: &EndpointUrl| url.is_metadata_service() && !is_signed(&request);
        let uri = request.uri();
        let url = match uri.parse() {
            Ok(url) if is_metadata(&url) => Ok(url),
            _ => check_endpoint(uri, self.client.allow_http),
        };
        let url = match url {
            Ok(url) => url,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        // A proxy would see the content of a connection without encryption to this machine.
        let client = if url.is_loopback() || is_metadata(&url) {
            &self.client.direct
        } else {
            &self.client.proxied
        };
        let limit = reply_limit(&request);
        let connector = client.http_connector(&self.settings, &self.components);
        let reply = connector.call(request);
        HttpConnectorFuture::new(async move { bounded(reply.await?, limit).await })
    }
}

/// True for a request that carries a signature, and so is for a service of AWS.
fn is_signed(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key("x-amz-target")
        || headers
            .get("authorization")
            .is_some_and(|text| text.starts_with("AWS4-"))
}

/// The greatest size of the reply to a request, in bytes.
fn reply_limit(request: &HttpRequest) -> u64 {
    match request.headers().get("x-amz-target") {
        Some("secretsmanager.ListSecrets") => LIST_REPLY_MAX,
        _ => REPLY_MAX,
    }
}

/// The same reply with its whole body in memory.
async fn bounded(mut reply: HttpResponse, limit: u64) -> Result<HttpResponse, ConnectorError> {
    let refuse = |error: TransportError| Err(ConnectorError::other(error.into(), None));
    let headers: usize = reply
        .headers()
        .iter_bytes()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if headers > HEADERS_MAX {
        return refuse(TransportError::HeaderSize);
    }
    let declared = reply.headers().get("content-length");
    if declared
        .and_then(|text| text.trim().parse::<u64>().ok())
        .is_some_and(|length| length > limit)
    {
        return refuse(TransportError::ReplySize { limit });
    }
    let mut body = ByteStream::new(reply.take_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| ConnectorError::io(LostReply.into()))?;
        if (bytes.len() + chunk.len()) as u64 > limit {
            return refuse(TransportError::ReplySize { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    *reply.body_mut() = SdkBody::from(bytes);
    Ok(reply)
}

/// The connection ended before the reply did.
#[derive(Debug)]
struct LostReply;

impl fmt::Display for LostReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reply ended early")
    }
}

impl std::error::Error for LostReply {}
