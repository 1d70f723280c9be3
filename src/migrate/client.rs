//! The calls to Secrets Manager that Keyferry makes, as a trait.
//!
//! [`aws`](super::aws) implements it with the SDK; the tests implement it with a fake that is
//! stricter than any server that runs on one machine.

use std::collections::BTreeMap;

use super::client_error::ClientError;
use crate::secret::SecretValue;
use crate::secrets_manager::{Description, KeyArn, SecretName};

/// The calls that planning, importing and verifying need.
///
/// No call deletes, overwrites or restores a secret, so that none of the commands can do so by
/// mistake. Undoing an import will be a separate trait, which only the command for it receives.
#[expect(
    async_fn_in_trait,
    reason = "the futures stay on the task that made them, so they need not be Send"
)]
pub trait Client {
    /// DescribeSecret: the metadata of the secret of this name. Reads no value.
    ///
    /// # Errors
    ///
    /// The call failed; [`ClientError::kind`] says how. The same holds for the other calls.
    async fn describe(&self, name: &SecretName) -> Result<SecretDescription, ClientError>;

    /// ListSecrets: one page of the account's secrets, including those scheduled for deletion.
    /// `next` is the token of the page before; `None` asks for the first page.
    ///
    /// # Errors
    ///
    /// The call failed.
    async fn list(&self, next: Option<&str>) -> Result<SecretPage, ClientError>;

    /// CreateSecret. A repetition with the same token and value changes nothing.
    ///
    /// # Errors
    ///
    /// The call failed. The error contains no part of the value.
    async fn create(&self, request: &CreateRequest<'_>) -> Result<CreatedSecret, ClientError>;

    /// GetSecretValue of one version. The version is always given: the service is eventually
    /// consistent, so that the current version might be an older one.
    ///
    /// # Errors
    ///
    /// The call failed.
    async fn get_value(
        &self,
        name: &SecretName,
        version: &str,
    ) -> Result<FetchedValue, ClientError>;

    /// TagResource with all tags in one call, because policies on request tags may require every
    /// tag.
    ///
    /// # Errors
    ///
    /// The call failed.
    async fn tag(
        &self,
        name: &SecretName,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), ClientError>;
}

/// The number of secrets that a page of ListSecrets is asked for, the greatest that is allowed.
pub const LIST_PAGE_MAX: i32 = 100;

/// The parameters of CreateSecret.
#[derive(Clone, Copy, Debug)]
pub struct CreateRequest<'a> {
    /// The secret's name.
    pub name: &'a SecretName,
    /// ClientRequestToken; becomes the VersionId.
    pub token: &'a str,
    /// Sent as SecretString if it is UTF-8, else as SecretBinary.
    pub value: &'a SecretValue,
    /// The secret's description.
    pub description: &'a Description,
    /// `None`: the account's default key for Secrets Manager.
    pub kms_key: Option<&'a KeyArn>,
    /// The secret's tags.
    pub tags: &'a BTreeMap<String, String>,
}

/// The answer of CreateSecret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedSecret {
    /// Name of the secret.
    pub name: String,
    /// ARN of the secret.
    pub arn: String,
    /// VersionId of its first version.
    pub version: String,
}

/// The answer of DescribeSecret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretDescription {
    /// Name of the secret.
    pub name: String,
    /// ARN of the secret.
    pub arn: String,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
    /// ARN, id or alias; `None`: the account's default key.
    pub kms_key: Option<String>,
    /// Staging labels of each version, by VersionId.
    pub versions: BTreeMap<String, Vec<String>>,
    /// Time at which it was scheduled for deletion (RFC 3339); `None` if it was not.
    pub deleted: Option<String>,
    /// Time of its last change or rotation (RFC 3339), where the service gives one.
    pub changed: Option<String>,
}

impl SecretDescription {
    /// The staging label of the version that GetSecretValue returns by default.
    pub const CURRENT: &'static str = "AWSCURRENT";

    /// True if the version with this id is the current one.
    pub fn is_current(&self, version: &str) -> bool {
        self.versions
            .get(version)
            .is_some_and(|stages| stages.iter().any(|stage| stage == Self::CURRENT))
    }
}

/// One page of the answer of ListSecrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretPage {
    /// The secrets of the page.
    pub secrets: Vec<ListedSecret>,
    /// Token of the next page; `None` on the last page.
    pub next: Option<String>,
}

/// A secret as ListSecrets returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSecret {
    /// The secret's name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// All its tags.
    pub tags: BTreeMap<String, String>,
}

/// The answer of GetSecretValue.
#[derive(Clone, Debug)]
pub struct FetchedValue {
    /// Name of the secret.
    pub name: String,
    /// ARN of the secret.
    pub arn: String,
    /// SecretString or SecretBinary; empty if the answer has neither.
    pub value: SecretValue,
    /// VersionId of the version that was read.
    pub version: String,
    /// Staging labels of that version.
    pub stages: Vec<String>,
}
