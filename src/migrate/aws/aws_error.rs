//! Conversion of the SDK's errors: their kind, without the request and the response that they may
//! contain.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::migrate::client_error::{Call, ClientError, ErrorKind};

/// Converts an error of the SDK. Keeps its code, message and request id; request and response are
/// dropped, because they may contain a value.
pub(super) fn client_error<E>(call: Call, error: &SdkError<E, HttpResponse>) -> ClientError
where
    E: ProvideErrorMetadata + RequestId + Error + 'static,
{
    let mut converted = match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code().unwrap_or_default();
            let message = context.err().message().unwrap_or_default();
            let kind = match classify(code, message, context.raw().status().as_u16()) {
                // The only existing resource that CreateSecret refers to is the KMS key.
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
        _ => unanswered(call, error),
    };
    converted.request_id = error
        .as_service_error()
        .and_then(RequestId::request_id)
        .map(str::to_owned);
    converted
}

/// Converts an error without an answer of the service: no credentials, no connection, or a lost
/// one.
///
/// The SDK and its HTTP client have no types for expired credentials, name resolution and
/// certificates, so that these are recognised by the messages.
fn unanswered(call: Call, error: &(dyn Error + 'static)) -> ClientError {
    let chain = || causes(error);
    if let Some(found) = chain().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        // The further lines list every provider that was tried.
        let message = deepest(found).to_string();
        let message = message
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches(" Attempted:");
        let expired = message.to_lowercase().contains("expired");
        let kind = if expired {
            ErrorKind::ExpiredCredentials
        } else {
            ErrorKind::NoCredentials
        };
        return ClientError::new(call, kind, None, message);
    }
    let message = deepest(error).to_string();
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
        _ if chain().any(|error| is_resolution(&error.to_string())) => ErrorKind::Unreachable,
        _ if message.contains("certificate") => ErrorKind::Unreachable,
        _ => ErrorKind::Ambiguous,
    };
    ClientError::new(call, kind, None, &message)
}

fn is_resolution(message: &str) -> bool {
    message.contains("dns error") || message.contains("failed to lookup address")
}

/// The error, its source, the source of that, and so on.
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

/// The kind of an error, by the service's code, else by the HTTP status. Where one code has several
/// meanings, the service distinguishes them only in the message.
fn classify(code: &str, message: &str, status: u16) -> ErrorKind {
    let message_has = |part: &str| message.to_lowercase().contains(part);
    match code {
        "ResourceNotFoundException" => ErrorKind::NotFound,
        "ResourceExistsException" => ErrorKind::Exists,
        "InvalidRequestException"
            if message_has("scheduled for deletion") || message_has("marked for deletion") =>
        {
            ErrorKind::ScheduledForDeletion
        }
        "AccessDeniedException" | "KMSAccessDeniedException"
            if code.starts_with("KMS") || message_has("access to kms") =>
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
        "InvalidSignatureException" | "SignatureDoesNotMatch" if message_has("scoped to") => {
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
