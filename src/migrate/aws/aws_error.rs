//! Conversion of the SDK's errors: their kind, without the request and the response that they may
//! contain.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::guarded_http::TransportError;
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
            let status = context.raw().status().as_u16();
            let kind = match classify(code, message, status) {
                // The only existing resource that CreateSecret refers to is the KMS key.
                ErrorKind::NotFound if call == Call::Create => ErrorKind::Kms,
                kind => kind,
            };
            let code = Some(code).filter(|code| !code.is_empty());
            let message = match kind {
                ErrorKind::WrongAnswer => unusable(status),
                // It may quote the value that the answer would have contained.
                _ if call == Call::GetValue => String::new(),
                _ => shown_message(message),
            };
            ClientError::new(call, kind, code, &message)
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
    let request_id = error.as_service_error().and_then(RequestId::request_id);
    converted.set_request_id(request_id);
    converted
}

/// The message for a reply that is no answer of the service.
fn unusable(status: u16) -> String {
    match status {
        300..=399 => format!("the reply is a redirect (status {status}), which is not followed"),
        _ => format!("the reply cannot be parsed (status {status})"),
    }
}

/// The part of a service's message that may be shown. After the first line, a message about a
/// signature quotes the request with its session token. A long run without spaces is a token.
fn shown_message(message: &str) -> String {
    /// Length from which a run of letters and digits is taken for a token. Names and ARNs have
    /// other characters within so many.
    const TOKEN: usize = 100;
    let line = message.lines().next().unwrap_or_default();
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '%');
    let mut shown = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let run = rest
            .find(|c| is_token(c) != is_token(first))
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(run);
        shown.push_str(if is_token(first) && run.len() >= TOKEN {
            "[…]"
        } else {
            run
        });
        rest = after;
    }
    shown
}

/// Converts an error without an answer of the service: no credentials, no connection, or a lost
/// one.
///
/// The SDK and its HTTP client have no types for expired credentials, name resolution and
/// certificates, so that these are recognised by the messages.
fn unanswered(call: Call, error: &(dyn Error + 'static)) -> ClientError {
    let chain = || causes(error);
    if let Some(found) = chain().find_map(|error| error.downcast_ref::<TransportError>()) {
        let kind = if found.is_of_endpoint() {
            ErrorKind::UnsafeEndpoint
        } else {
            ErrorKind::WrongAnswer
        };
        return ClientError::new(call, kind, None, &found.to_string());
    }
    if let Some(found) = chain().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        // The further lines list every provider that was tried.
        let message = deepest(found).to_string();
        let message = message
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches(" Attempted:");
        let kind = if is_clock_skew(message) {
            ErrorKind::ClockSkew
        } else if message.to_lowercase().contains("expired") {
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
        // The HTTP client bounds the headers too, before ours are counted.
        _ if message.contains("message head is too large") => ErrorKind::WrongAnswer,
        _ => ErrorKind::Ambiguous,
    };
    ClientError::new(call, kind, None, &message)
}

/// True for a message about a signature whose time differs too much from that of the service.
fn is_clock_skew(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "signature expired",
        "not yet current",
        "is now earlier than",
        "time too skewed",
    ]
    .iter()
    .any(|part| message.contains(part))
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
        "ExpiredTokenException" | "ExpiredToken" => ErrorKind::ExpiredCredentials,
        // `RequestExpired`: the request arrived long after the time in its signature.
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => ErrorKind::ClockSkew,
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "AuthFailure"
            if is_clock_skew(message) =>
        {
            ErrorKind::ClockSkew
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
            // The SDK reports a reply that it cannot parse as an error of the service.
            200..=399 => ErrorKind::WrongAnswer,
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
            ("", "", 200, ErrorKind::WrongAnswer),
            ("", "", 302, ErrorKind::WrongAnswer),
            ("RequestTimeTooSkewed", "", 403, ErrorKind::ClockSkew),
            (
                "InvalidSignatureException",
                "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z (20260101T001500Z - 5 min.)",
                400,
                ErrorKind::ClockSkew,
            ),
            (
                "SignatureDoesNotMatch",
                "Signature not yet current: 20260101T010000Z is still later than 20260101T000500Z",
                403,
                ErrorKind::ClockSkew,
            ),
            (
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided.",
                403,
                ErrorKind::NoCredentials,
            ),
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

    #[test]
    fn a_quoted_request_and_a_token_are_not_shown() {
        let token = ["FwoGZXIvYXdzE".repeat(9), "/+=".to_owned()].concat();
        let quoting = format!(
            "The signature does not match.\n\nThe Canonical String was\nx-amz-security-token:{token}"
        );
        assert_eq!(shown_message(&quoting), "The signature does not match.");
        assert_eq!(
            shown_message(&format!("no access with {token}, sorry")),
            "no access with […], sorry"
        );
        let denied = "User: arn:aws:sts::123456789012:assumed-role/a/b is not authorized to perform: secretsmanager:CreateSecret on resource: /orders/api/prod/db_password";
        assert_eq!(shown_message(denied), denied);
    }
}
