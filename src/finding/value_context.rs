//! Facts that the text around a value states about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::SecretId;

/// Facts that the text around a value states about it. These facts are not secret.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, default)]
pub struct Context {
    /// The name it is assigned to: `DB_PASSWORD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The user that logs in with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The host that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The port of that host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The name of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The kind of database server: `postgres`, `mysql`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The account that the credential belongs to, from the credential or from the text around it:
    /// the number of an AWS account or a Slack workspace, the id of a Stripe account, the project
    /// of a key of Google Cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The id by which its provider revokes the key: `private_key_id` of a service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The environments that the text around the value states: `production` of `APP_ENV=production`, `ProductionConfig`
    /// of the class that contains the value. Several if they contradict each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
    /// The parts of the credential whose secret this value is, itself included: the name of each part, and the id of its
    /// value. `aws_access_key_id` and `aws_secret_access_key` of a secret access key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, SecretId>,
    /// The secret of the credential that this value is a part of, as the access key id is of the secret access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<SecretId>,
}

impl Context {
    /// Copies the facts from `other` that are unknown here. The environment is no such fact: the value can be the same in
    /// the environments of other places.
    pub fn fill_from(&mut self, other: &Context) {
        fn fill<T: Clone>(own: &mut Option<T>, other: &Option<T>) {
            if own.is_none() {
                own.clone_from(other);
            }
        }
        fill(&mut self.key, &other.key);
        fill(&mut self.user, &other.user);
        fill(&mut self.host, &other.host);
        fill(&mut self.port, &other.port);
        fill(&mut self.database, &other.database);
        fill(&mut self.engine, &other.engine);
        fill(&mut self.account, &other.account);
        fill(&mut self.key_id, &other.key_id);
        fill(&mut self.part_of, &other.part_of);
        if self.parts.is_empty() {
            self.parts.clone_from(&other.parts);
        }
    }
}
