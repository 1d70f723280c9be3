//! The few calls to Secrets Manager that Keyferry makes, as a trait of its own, and one error that says what may be done
//! about it. `aws` is the real thing; the tests have a fake that is stricter than any server that runs on one machine.
//!
//! No call deletes, overwrites or restores: what is not here cannot happen by mistake.

use std::collections::BTreeMap;
use std::fmt;

use crate::escape;
use crate::secret::SecretValue;
use crate::secrets_manager::KeyArn;

/// The calls.
#[expect(
    async_fn_in_trait,
    reason = "the futures stay on the task that made them, so they need not be Send"
)]
pub trait Client {
    /// DescribeSecret: reads no value.
    async fn describe(&self, name: &str) -> Result<Description, ClientError>;

    /// One page of ListSecrets, secrets in their recovery window included. `next` is what the page before said.
    async fn list(&self, next: Option<&str>) -> Result<Page, ClientError>;

    /// CreateSecret. Repeated with the same token and value it changes nothing.
    async fn create(&self, request: &CreateRequest<'_>) -> Result<Created, ClientError>;

    /// GetSecretValue of one version. The version is always named: without it the newest answer is not certain.
    async fn get_value(&self, name: &str, version: &str) -> Result<Fetched, ClientError>;

    /// TagResource, all tags in one call: policies that ask for request tags want every one of them.
    async fn tag(&self, name: &str, tags: &BTreeMap<String, String>) -> Result<(), ClientError>;
}

/// What CreateSecret is given.
#[derive(Clone, Copy, Debug)]
pub struct CreateRequest<'a> {
    pub name: &'a str,
    /// ClientRequestToken; becomes the VersionId.
    pub token: &'a str,
    /// Sent as SecretString when it is UTF-8, else as SecretBinary.
    pub value: &'a SecretValue,
    pub description: &'a str,
    pub kms_key: Option<&'a KeyArn>,
    pub tags: &'a BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    pub arn: String,
    pub version: String,
}

/// What DescribeSecret says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    pub arn: String,
    pub tags: BTreeMap<String, String>,
    /// `None`: the account's default key.
    pub kms_key: Option<String>,
    /// VersionId to its staging labels.
    pub versions: BTreeMap<String, Vec<String>>,
    /// When it was scheduled for deletion, RFC 3339.
    pub deleted: Option<String>,
}

impl Description {
    /// The label of the version that an application gets when it names none.
    pub const CURRENT: &'static str = "AWSCURRENT";

    pub fn is_current(&self, version: &str) -> bool {
        self.versions
            .get(version)
            .is_some_and(|stages| stages.iter().any(|stage| stage == Self::CURRENT))
    }
}

/// One page of ListSecrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub secrets: Vec<Listed>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub tags: BTreeMap<String, String>,
}

/// What GetSecretValue says.
#[derive(Clone, Debug)]
pub struct Fetched {
    pub value: SecretValue,
    pub version: String,
    pub stages: Vec<String>,
}

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
