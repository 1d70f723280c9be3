//! The calls to Secrets Manager that Keyferry makes, as a trait.
//!
//! [`aws`](super::aws) implements it with the SDK; the tests implement it with a fake that is stricter
//! than any server that runs on one machine.

use std::collections::BTreeMap;

use super::client_error::ClientError;
use crate::secret::SecretValue;
use crate::secrets_manager::KeyArn;

/// The calls.
#[expect(
    async_fn_in_trait,
    reason = "the futures stay on the task that made them, so they need not be Send"
)]
pub trait Client {
    /// DescribeSecret: reads no value.
    async fn describe(&self, name: &str) -> Result<SecretDescription, ClientError>;

    /// One page of ListSecrets, secrets in their recovery window included. `next` is what the page before said.
    async fn list(&self, next: Option<&str>) -> Result<SecretPage, ClientError>;

    /// CreateSecret. Repeated with the same token and value it changes nothing.
    async fn create(&self, request: &CreateRequest<'_>) -> Result<CreatedSecret, ClientError>;

    /// GetSecretValue of one version. The version is always named: without it the newest answer is not certain.
    async fn get_value(&self, name: &str, version: &str) -> Result<FetchedValue, ClientError>;

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
pub struct CreatedSecret {
    pub arn: String,
    pub version: String,
}

/// What DescribeSecret says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretDescription {
    pub arn: String,
    pub tags: BTreeMap<String, String>,
    /// `None`: the account's default key.
    pub kms_key: Option<String>,
    /// VersionId to its staging labels.
    pub versions: BTreeMap<String, Vec<String>>,
    /// When it was scheduled for deletion, RFC 3339.
    pub deleted: Option<String>,
}

impl SecretDescription {
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
pub struct SecretPage {
    pub secrets: Vec<ListedSecret>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSecret {
    pub name: String,
    pub tags: BTreeMap<String, String>,
}

/// What GetSecretValue says.
#[derive(Clone, Debug)]
pub struct FetchedValue {
    pub value: SecretValue,
    pub version: String,
    pub stages: Vec<String>,
}
