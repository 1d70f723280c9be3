//! The check that a reply belongs to its request.
//!
//! The endpoint is not trusted. Each reply must name the secret that was asked for, in the account
//! and Region of the work, and the version that was asked for or sent. Planning, importing and
//! verifying make all their calls through this client.

use std::collections::BTreeMap;

use super::client::{
    Client, CreateRequest, CreatedSecret, FetchedValue, LIST_PAGE_MAX, SecretDescription,
    SecretPage,
};
use super::client_error::{Call, ClientError, ErrorKind};
use crate::secrets_manager::{Account, Region, SecretArn, SecretName};

/// A client that refuses replies of another account, Region, secret or version.
pub(super) struct CheckedClient<'a, C> {
    client: &'a C,
    account: &'a Account,
    region: &'a Region,
}

impl<'a, C: Client> CheckedClient<'a, C> {
    /// Checks the replies of `client` for this account and Region.
    pub(super) fn new(client: &'a C, account: &'a Account, region: &'a Region) -> Self {
        Self {
            client,
            account,
            region,
        }
    }

    /// Checks the ARN in a reply about the secret of this name.
    fn check(
        &self,
        call: Call,
        asked: &SecretName,
        named: &str,
        arn: &str,
    ) -> Result<(), ClientError> {
        let arn = self.check_place(call, arn)?;
        if named == asked.as_str() && arn.name == asked.as_str() {
            Ok(())
        } else {
            Err(wrong(
                call,
                "the reply is about another secret than the request",
            ))
        }
    }

    /// Checks account and Region of an ARN.
    fn check_place(&self, call: Call, arn: &str) -> Result<SecretArn, ClientError> {
        let arn: SecretArn = arn
            .parse()
            .map_err(|_| wrong(call, "the reply does not contain the ARN of a secret"))?;
        if arn.account != *self.account {
            // Only possible if STS did not confirm the account of the credentials.
            let message = format!(
                "the credentials are of account {}, the expected account is {}",
                arn.account, self.account
            );
            let kind = ErrorKind::WrongAccount;
            return Err(ClientError::new(call, kind, None, &message));
        }
        if arn.region != *self.region {
            let message = format!(
                "the reply is from Region {}, the request was for {}",
                arn.region, self.region
            );
            return Err(wrong(call, &message));
        }
        Ok(arn)
    }
}

/// The error of a reply that does not belong to its request. `message` quotes no reply.
fn wrong(call: Call, message: &str) -> ClientError {
    ClientError::new(call, ErrorKind::WrongAnswer, None, message)
}

impl<C: Client> Client for CheckedClient<'_, C> {
    async fn describe(&self, name: &SecretName) -> Result<SecretDescription, ClientError> {
        let live = self.client.describe(name).await?;
        self.check(Call::Describe, name, &live.name, &live.arn)?;
        Ok(live)
    }

    async fn list(&self, next: Option<&str>) -> Result<SecretPage, ClientError> {
        let page = self.client.list(next).await?;
        if page.secrets.len() > LIST_PAGE_MAX as usize {
            return Err(wrong(
                Call::List,
                "the page has more secrets than were asked for",
            ));
        }
        for secret in &page.secrets {
            self.check_place(Call::List, &secret.arn)?;
        }
        Ok(page)
    }

    async fn create(&self, request: &CreateRequest<'_>) -> Result<CreatedSecret, ClientError> {
        let created = self.client.create(request).await?;
        self.check(Call::Create, request.name, &created.name, &created.arn)
            .map_err(|mut error| {
                if error.kind == ErrorKind::WrongAccount {
                    error.message.push_str(", and the secret was created there");
                }
                error
            })?;
        if created.version != request.token {
            let message = "the reply has a version id that is not the request token";
            return Err(wrong(Call::Create, message));
        }
        Ok(created)
    }

    async fn get_value(
        &self,
        name: &SecretName,
        version: &str,
    ) -> Result<FetchedValue, ClientError> {
        let fetched = self.client.get_value(name, version).await?;
        self.check(Call::GetValue, name, &fetched.name, &fetched.arn)?;
        if fetched.version != version {
            let message = "the reply has another version than the request";
            return Err(wrong(Call::GetValue, message));
        }
        Ok(fetched)
    }

    async fn tag(
        &self,
        name: &SecretName,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), ClientError> {
        // The reply is empty. The import describes the secret before and after.
        self.client.tag(name, tags).await
    }
}
