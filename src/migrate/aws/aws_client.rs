//! The calls of [`Client`] through the SDK.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::types::Tag;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::{Blob, DateTime};

use super::aws_error::client_error;
use crate::migrate::client::{
    Client, CreateRequest, CreatedSecret, FetchedValue, LIST_PAGE_MAX, ListedSecret,
    SecretDescription, SecretPage,
};
use crate::migrate::client_error::{Call, ClientError};
use crate::secret::SecretValue;
use crate::secrets_manager::SecretName;

/// A client of Secrets Manager in one account and Region.
#[derive(Clone, Debug)]
pub struct AwsClient {
    secrets: aws_sdk_secretsmanager::Client,
}

impl AwsClient {
    /// A client with these credentials, in this Region.
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            secrets: aws_sdk_secretsmanager::Client::new(config),
        }
    }
}

impl Client for AwsClient {
    async fn describe(&self, name: &SecretName) -> Result<SecretDescription, ClientError> {
        let sent = self
            .secrets
            .describe_secret()
            .secret_id(name.as_str())
            .send()
            .await;
        let answer = sent.map_err(|error| client_error(Call::Describe, &error))?;
        let time = |date: &DateTime| date.fmt(Format::DateTime).ok();
        Ok(SecretDescription {
            name: answer.name().unwrap_or_default().to_owned(),
            arn: answer.arn().unwrap_or_default().to_owned(),
            tags: read_tags(answer.tags()),
            kms_key: answer.kms_key_id().map(str::to_owned),
            versions: answer
                .version_ids_to_stages()
                .cloned()
                .unwrap_or_default()
                .into_iter()
                .collect(),
            deleted: answer.deleted_date().and_then(time),
            changed: answer
                .last_rotated_date()
                .or(answer.last_changed_date())
                .and_then(time),
        })
    }

    async fn list(&self, next: Option<&str>) -> Result<SecretPage, ClientError> {
        let call = self
            .secrets
            .list_secrets()
            .include_planned_deletion(true)
            .max_results(LIST_PAGE_MAX);
        let sent = call.set_next_token(next.map(str::to_owned)).send().await;
        let answer = sent.map_err(|error| client_error(Call::List, &error))?;
        let secrets = answer
            .secret_list()
            .iter()
            .map(|secret| ListedSecret {
                name: secret.name().unwrap_or_default().to_owned(),
                arn: secret.arn().unwrap_or_default().to_owned(),
                tags: read_tags(secret.tags()),
            })
            .collect();
        Ok(SecretPage {
            secrets,
            next: answer.next_token().map(str::to_owned),
        })
    }

    #[expect(clippy::disallowed_methods, reason = "CreateSecret sends the value")]
    async fn create(&self, request: &CreateRequest<'_>) -> Result<CreatedSecret, ClientError> {
        let call = self
            .secrets
            .create_secret()
            .name(request.name.as_str())
            .client_request_token(request.token)
            .description(request.description.as_str())
            .set_kms_key_id(request.kms_key.map(ToString::to_string))
            .set_tags(Some(write_tags(request.tags)));
        let call = match std::str::from_utf8(request.value.expose()) {
            Ok(text) => call.secret_string(text),
            Err(_) => call.secret_binary(Blob::new(request.value.expose())),
        };
        let answer = call
            .send()
            .await
            .map_err(|error| client_error(Call::Create, &error).without(request.value))?;
        Ok(CreatedSecret {
            name: answer.name().unwrap_or_default().to_owned(),
            arn: answer.arn().unwrap_or_default().to_owned(),
            version: answer.version_id().unwrap_or_default().to_owned(),
        })
    }

    async fn get_value(
        &self,
        name: &SecretName,
        version: &str,
    ) -> Result<FetchedValue, ClientError> {
        let sent = self
            .secrets
            .get_secret_value()
            .secret_id(name.as_str())
            .version_id(version)
            .send()
            .await;
        let answer = sent.map_err(|error| client_error(Call::GetValue, &error))?;
        let value = match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(blob)) => blob.into_inner(),
            (None, None) => Vec::new(),
        };
        Ok(FetchedValue {
            name: answer.name.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
            value: SecretValue::new(value),
            version: answer.version_id.unwrap_or_default(),
            stages: answer.version_stages.unwrap_or_default(),
        })
    }

    async fn tag(
        &self,
        name: &SecretName,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), ClientError> {
        let call = self
            .secrets
            .tag_resource()
            .secret_id(name.as_str())
            .set_tags(Some(write_tags(tags)));
        call.send()
            .await
            .map(drop)
            .map_err(|error| client_error(Call::Tag, &error))
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
