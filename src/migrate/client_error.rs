//! Errors of calls to Secrets Manager, classified by the possible reactions of the caller and the
//! user.

use std::fmt;

use crate::escape;
use crate::secret::SecretValue;

/// The call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// DescribeSecret.
    Describe,
    /// ListSecrets.
    List,
    /// CreateSecret.
    Create,
    /// GetSecretValue.
    GetValue,
    /// TagResource.
    Tag,
    /// GetCallerIdentity, of STS.
    CallerIdentity,
    /// No call was made: the client could not be set up.
    Connect,
}

impl Call {
    /// The service's name of the call.
    pub fn name(self) -> &'static str {
        match self {
            Call::Describe => "DescribeSecret",
            Call::List => "ListSecrets",
            Call::Create => "CreateSecret",
            Call::GetValue => "GetSecretValue",
            Call::Tag => "TagResource",
            Call::CallerIdentity => "GetCallerIdentity",
            Call::Connect => "connecting",
        }
    }
}

/// The kind of an error: decides whether a call is repeated, whether the run goes on, and the hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No such secret, or no such version of it.
    NotFound,
    /// A secret of this name exists, with another value or token.
    Exists,
    /// The secret of this name is scheduled for deletion.
    ScheduledForDeletion,
    /// The role lacks a permission.
    AccessDenied,
    /// The account's rate of calls is exceeded.
    Throttled,
    /// The service refused the request's parameters.
    InvalidRequest,
    /// The account holds as many secrets as its quota allows.
    QuotaExceeded,
    /// The KMS key does not exist, is disabled, or may not be used by the role.
    Kms,
    /// No usable answer arrived: the call may have been carried out.
    Ambiguous,
    /// No connection was established: the call was not carried out.
    Unreachable,
    /// A reply came that no Secrets Manager sends: too large, not in its format, or not the answer to
    /// the request. The call may have been carried out.
    WrongAnswer,
    /// The endpoint may not be used: it is not encrypted and on another machine, or its URL is
    /// unusable. Nothing was sent.
    UnsafeEndpoint,
    /// The clock of this machine differs from that of AWS.
    ClockSkew,
    /// The credentials have expired.
    ExpiredCredentials,
    /// No credentials were found, or the service does not know them.
    NoCredentials,
    /// No Region is configured, it is not enabled in the account, or the endpoint is in another
    /// one.
    WrongRegion,
    /// The credentials are of another account than the expected one.
    WrongAccount,
    /// Any other error.
    Other,
}

impl ErrorKind {
    /// True if the same call may succeed a little later.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            ErrorKind::Throttled | ErrorKind::Ambiguous | ErrorKind::Unreachable
        )
    }

    /// True if every other call would fail the same way, so that the run ends.
    pub fn is_systemic(self) -> bool {
        matches!(
            self,
            ErrorKind::Unreachable
                | ErrorKind::WrongAnswer
                | ErrorKind::UnsafeEndpoint
                | ErrorKind::ClockSkew
                | ErrorKind::ExpiredCredentials
                | ErrorKind::NoCredentials
                | ErrorKind::WrongRegion
                | ErrorKind::WrongAccount
                | ErrorKind::QuotaExceeded
        )
    }

    fn summary(self) -> &'static str {
        match self {
            ErrorKind::NotFound => "no such secret or version",
            ErrorKind::Exists => "the name is taken",
            ErrorKind::ScheduledForDeletion => "the secret is scheduled for deletion",
            ErrorKind::AccessDenied => "access denied",
            ErrorKind::Throttled => "throttled",
            ErrorKind::InvalidRequest => "the request was refused as invalid",
            ErrorKind::QuotaExceeded => "a quota of the account is exhausted",
            ErrorKind::Kms => "the KMS key cannot be used",
            ErrorKind::Ambiguous => "no usable answer",
            ErrorKind::Unreachable => "the endpoint cannot be reached",
            ErrorKind::WrongAnswer => "not an answer of Secrets Manager",
            ErrorKind::UnsafeEndpoint => "the endpoint is not safe",
            ErrorKind::ClockSkew => "the clock of this machine is wrong",
            ErrorKind::ExpiredCredentials => "the credentials have expired",
            ErrorKind::NoCredentials => "no usable credentials",
            ErrorKind::WrongRegion => "no Region, or the wrong one",
            ErrorKind::WrongAccount => "another account",
            ErrorKind::Other => "failed",
        }
    }

    /// The hint: a remedy for the user. Separate from the message.
    pub fn hint(self) -> &'static str {
        match self {
            ErrorKind::NotFound => "run `keyferry plan` to compare the plan with the account again",
            ErrorKind::Exists => {
                "choose another name in the policy, or move the existing secret to another name"
            }
            ErrorKind::ScheduledForDeletion => {
                "restore the secret with `aws secretsmanager restore-secret`, or wait until its recovery window has ended, then plan again"
            }
            ErrorKind::AccessDenied => {
                "the role needs this permission on this name, with these tags, and on the KMS key"
            }
            ErrorKind::Throttled => {
                "run the command again, with a lower --rate if other programs call the service in this account"
            }
            ErrorKind::InvalidRequest => {
                "correct the name, tags or KMS key in the policy and plan again"
            }
            ErrorKind::QuotaExceeded => {
                "ask AWS for a higher quota, or delete secrets that are not needed, then run the command again"
            }
            ErrorKind::Kms => {
                "the key must be enabled, in this Region, and the role needs kms:GenerateDataKey and kms:Decrypt on it"
            }
            ErrorKind::Ambiguous => "run the command again: no step that has succeeded is repeated",
            ErrorKind::Unreachable => "check the network, the Region and --endpoint-url",
            ErrorKind::WrongAnswer => {
                "something else than Secrets Manager answers: check --endpoint-url, AWS_ENDPOINT_URL, the proxy and the network"
            }
            ErrorKind::UnsafeEndpoint => {
                "use https://, or allow plain HTTP with --allow-http: values and credentials can then be read on the way"
            }
            ErrorKind::ClockSkew => {
                "AWS accepts requests whose time is at most five minutes off: set the clock of this machine (`timedatectl set-ntp true`), then run the command again"
            }
            ErrorKind::ExpiredCredentials => {
                "sign in again (`aws sso login`), then run the command again: it continues where it stopped"
            }
            ErrorKind::NoCredentials => {
                "sign in (`aws sso login`), or name a profile with --profile"
            }
            ErrorKind::WrongRegion => {
                "give the Region with --region, and check that it is enabled in the account"
            }
            ErrorKind::WrongAccount => {
                "name a profile of that account with --profile, or correct --account, the policy's target or the plan"
            }
            ErrorKind::Other => {
                "run the command again; if it fails again, give the request id to AWS support"
            }
        }
    }
}

/// The error of a call: the service's code and message, never a request, a response or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    /// The call that failed.
    pub call: Call,
    /// The kind of the error.
    pub kind: ErrorKind,
    /// The service's error code, escaped.
    pub code: Option<String>,
    /// The service's message, escaped. Empty if there is none or if it may quote a value.
    pub message: String,
    /// The service's id of the request, for AWS support.
    pub request_id: Option<String>,
}

impl ClientError {
    /// An error without a request id. Code and message may be any text: they are escaped and cut.
    pub fn new(call: Call, kind: ErrorKind, code: Option<&str>, message: &str) -> Self {
        Self {
            call,
            kind,
            code: code.map(|code| shown(code, 100)),
            message: shown(message, 1000),
            request_id: None,
        }
    }

    /// Sets the service's id of the request, which may be any text.
    pub fn set_request_id(&mut self, id: Option<&str>) {
        self.request_id = id.map(|id| shown(id, 100));
    }

    /// Removes the service's message if it contains any part of `value`: a validation message may
    /// quote the text that it refuses.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the value is searched for in a message, to remove it"
    )]
    pub fn without(mut self, value: &SecretValue) -> Self {
        /// Bytes of a part. Shorter parts occur in any sentence.
        const WINDOW: usize = 8;
        let bytes = value.expose();
        let quoted = match std::str::from_utf8(bytes) {
            // It was sent as base64, in which no part would be recognised.
            Err(_) => true,
            Ok(_) => bytes
                .windows(bytes.len().clamp(1, WINDOW))
                .any(|part| memchr::memmem::find(self.message.as_bytes(), part).is_some()),
        };
        if quoted {
            self.message.clear();
        }
        self
    }
}

/// Text of the service, escaped, of at most `longest` characters.
fn shown(text: &str, longest: usize) -> String {
    let cut = text.char_indices().nth(longest).map(|(at, _)| at);
    match cut {
        None => escape::line(text).into_owned(),
        Some(at) => format!("{}…", escape::line(&text[..at])),
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call.name(), self.kind.summary())?;
        let unclear = matches!(self.kind, ErrorKind::Ambiguous | ErrorKind::WrongAnswer);
        if unclear && matches!(self.call, Call::Create | Call::Tag) {
            f.write_str(", the call may have happened")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for ClientError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_quote_the_value_are_dropped() {
        let value = SecretValue::new(
            ["sticky", "-", "planted", "-", "value"]
                .concat()
                .into_bytes(),
        );
        let said = |message: &str| {
            ClientError::new(
                Call::Create,
                ErrorKind::InvalidRequest,
                Some("ValidationException"),
                message,
            )
        };
        let quoting = said("Value 'a-planted-val…' at 'secretString' failed to satisfy constraint")
            .without(&value);
        assert_eq!(
            quoting.to_string(),
            "CreateSecret: the request was refused as invalid (ValidationException)"
        );
        let harmless = said("Name is too long").without(&value);
        assert!(harmless.to_string().ends_with(": Name is too long"));
        assert!(
            said("x")
                .without(&SecretValue::new(vec![0xff; 20]))
                .message
                .is_empty()
        );
    }

    #[test]
    fn a_message_cannot_command_the_terminal() {
        let error = ClientError::new(
            Call::List,
            ErrorKind::Other,
            None,
            "\u{1b}[2Jgone\n\u{202e}",
        );
        assert_eq!(error.message, "\\u{1b}[2Jgone\\n\\u{202e}");
        let long = ClientError::new(
            Call::List,
            ErrorKind::Other,
            Some(&"c".repeat(5000)),
            &"ü".repeat(5000),
        );
        assert!(long.to_string().chars().count() < 1200);
    }
}
