//! Errors of calls to Secrets Manager, by what can be done about them.

use std::fmt;

use crate::escape;
use crate::secret::SecretValue;

/// Which call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Describe,
    List,
    Create,
    GetValue,
    Tag,
    CallerIdentity,
    /// None: the client could not be made.
    Connect,
}

impl Call {
    /// As the service calls it.
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

/// What went wrong, by what can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No such secret, or no such version of it.
    NotFound,
    /// The name is taken, by another value.
    Exists,
    /// The name is in its recovery window.
    ScheduledForDeletion,
    AccessDenied,
    Throttled,
    InvalidRequest,
    QuotaExceeded,
    /// The KMS key is missing, disabled or not ours to use.
    Kms,
    /// No answer, or one that says nothing: the call may have happened.
    Ambiguous,
    /// No connection was made: the call did not happen.
    Unreachable,
    ExpiredCredentials,
    /// None found, or the service does not know them.
    NoCredentials,
    /// No Region, one that is not enabled, or an endpoint of another one.
    WrongRegion,
    /// The credentials are of another account than the one that is meant.
    WrongAccount,
    Other,
}

impl ErrorKind {
    /// The same call may succeed a little later.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            ErrorKind::Throttled | ErrorKind::Ambiguous | ErrorKind::Unreachable
        )
    }

    /// Every other call would fail the same way: going on only repeats it.
    pub fn is_systemic(self) -> bool {
        matches!(
            self,
            ErrorKind::Unreachable
                | ErrorKind::ExpiredCredentials
                | ErrorKind::NoCredentials
                | ErrorKind::WrongRegion
                | ErrorKind::WrongAccount
                | ErrorKind::QuotaExceeded
        )
    }

    fn words(self) -> &'static str {
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
            ErrorKind::ExpiredCredentials => "the credentials have expired",
            ErrorKind::NoCredentials => "no usable credentials",
            ErrorKind::WrongRegion => "no Region, or the wrong one",
            ErrorKind::WrongAccount => "another account",
            ErrorKind::Other => "failed",
        }
    }

    /// What the user can do. Stands apart from the message.
    pub fn hint(self) -> &'static str {
        match self {
            ErrorKind::NotFound => "run `keyferry plan` to compare the plan with the account again",
            ErrorKind::Exists => {
                "choose another name for it in the policy, or move the secret that has the name"
            }
            ErrorKind::ScheduledForDeletion => {
                "restore it with `aws secretsmanager restore-secret`, or wait until its recovery window has ended, then plan again"
            }
            ErrorKind::AccessDenied => {
                "the role needs this permission on this name, with these tags, and on the KMS key"
            }
            ErrorKind::Throttled => {
                "run it again, with a lower --rate if others share the account's rate"
            }
            ErrorKind::InvalidRequest => {
                "correct the name, tags or KMS key in the policy and plan again"
            }
            ErrorKind::QuotaExceeded => {
                "ask AWS for a higher quota, or delete what is not needed, then run it again"
            }
            ErrorKind::Kms => {
                "the key must be enabled, in this Region, and the role needs kms:GenerateDataKey and kms:Decrypt on it"
            }
            ErrorKind::Ambiguous => "run it again: what has happened already is not done twice",
            ErrorKind::Unreachable => "check the network, the Region and --endpoint-url",
            ErrorKind::ExpiredCredentials => {
                "sign in again (`aws sso login`), then run it again: it goes on where it stopped"
            }
            ErrorKind::NoCredentials => {
                "sign in (`aws sso login`), or name a profile with --profile"
            }
            ErrorKind::WrongRegion => {
                "give the Region with --region, and see that it is enabled in the account"
            }
            ErrorKind::WrongAccount => {
                "name a profile of that account with --profile, or correct --account, the policy's target or the plan"
            }
            ErrorKind::Other => "run it again; if it fails again, the request id helps AWS support",
        }
    }
}

/// A call that failed. It holds the service's code and message, never a request, a response or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    pub call: Call,
    pub kind: ErrorKind,
    /// The service's name for it.
    pub code: Option<String>,
    /// The service's words, with control characters escaped. Empty when there are none or when they are not to be shown.
    pub message: String,
    pub request_id: Option<String>,
}

impl ClientError {
    pub fn new(call: Call, kind: ErrorKind, code: Option<&str>, message: &str) -> Self {
        Self {
            call,
            kind,
            code: code.map(|code| escape::line(code).into_owned()),
            message: escape::line(message).into_owned(),
            request_id: None,
        }
    }

    /// Drops the service's words if they repeat any part of `value`: a validation message may quote what it refuses.
    #[must_use]
    pub fn without(mut self, value: &SecretValue) -> Self {
        /// Shorter runs than this occur in any sentence.
        const WINDOW: usize = 8;
        let bytes = value.expose();
        let quoted = match std::str::from_utf8(bytes) {
            // Sent as base64, which would not be recognised.
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

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call.name(), self.kind.words())?;
        if self.kind == ErrorKind::Ambiguous && matches!(self.call, Call::Create | Call::Tag) {
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
    }
}
