//! All secrets of an account, by ListSecrets, as far as they carry the tag of this inventory.
//!
//! The endpoint is not trusted: the list ends at a token that was seen before, and after a number of
//! pages that no account needs. The part of it that is kept is bounded by the ids that are asked for.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::call_pacer::{CallFamily, CallPacer};
use super::client::{Client, LIST_PAGE_MAX};
use super::client_error::{Call, ClientError, ErrorKind};
use super::plan::ID_TAG;
use crate::cancel::Cancellation;
use crate::escape;
use crate::secret::SecretId;
use crate::secrets_manager::{SECRETS_MAX, SecretName};

/// The greatest number of pages: twice as many as the greatest number of secrets in an account fill.
pub(super) const PAGES_MAX: u64 = 2 * SECRETS_MAX / LIST_PAGE_MAX as u64;

/// Names that are kept for one id.
const NAMES_KEPT: usize = 10;

/// The secrets of an account.
#[derive(Debug, Default)]
pub(super) struct SecretList {
    /// Number of all secrets.
    pub secrets: u64,
    /// The names of those with the id of one of our secrets in their [`ID_TAG`].
    names: HashMap<String, Vec<String>>,
}

impl SecretList {
    /// Lists the secrets of the account, and keeps the names of those that are tagged with one of
    /// the ids. `None`: the role may not list. A cancellation ends the list early.
    ///
    /// # Errors
    ///
    /// The account cannot be asked, or the pages do not end.
    pub(super) async fn fetch<'a, C: Client>(
        client: &C,
        pacer: &CallPacer<'_>,
        ids: impl Iterator<Item = &'a SecretId>,
        cancel: &Cancellation,
    ) -> Result<Option<Self>, ClientError> {
        let endless = |message: &str| {
            Err(ClientError::new(
                Call::List,
                ErrorKind::WrongAnswer,
                None,
                message,
            ))
        };
        let ids: HashSet<&str> = ids.map(SecretId::as_str).collect();
        let mut list = Self::default();
        let mut next: Option<String> = None;
        // Tokens are of any length; only their hashes are kept.
        let mut tokens: HashSet<[u8; 32]> = HashSet::new();
        for _ in 0..PAGES_MAX {
            if cancel.is_requested() {
                return Ok(Some(list));
            }
            let page = match pacer
                .call(CallFamily::List, |_| false, || client.list(next.as_deref()))
                .await
            {
                Ok(page) => page,
                Err(error) if error.kind == ErrorKind::AccessDenied => return Ok(None),
                Err(error) => return Err(error),
            };
            list.secrets += page.secrets.len() as u64;
            for secret in page.secrets {
                let id = secret
                    .tags
                    .get(ID_TAG)
                    .filter(|id| ids.contains(id.as_str()));
                if let Some(id) = id {
                    list.add(id, secret.name);
                }
            }
            match &page.next {
                None => return Ok(Some(list)),
                Some(token) if !tokens.insert(Sha256::digest(token.as_bytes()).into()) => {
                    return endless("the pages repeat: a token came twice");
                }
                Some(_) => next = page.next,
            }
        }
        endless(&format!(
            "the list does not end: {PAGES_MAX} pages were read, twice as many as the largest account has"
        ))
    }

    fn add(&mut self, id: &str, name: String) {
        let names = self.names.entry(id.to_owned()).or_default();
        if names.len() < NAMES_KEPT
            && SecretName::errors(&name).is_empty()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }

    /// The names other than `name` under which the account has a secret with the tag of this id,
    /// sorted and escaped; at most ten.
    pub(super) fn other_names(&self, id: &SecretId, name: Option<&str>) -> Vec<String> {
        let names = self.names.get(id.as_str()).map(Vec::as_slice);
        let mut others: Vec<String> = names
            .unwrap_or_default()
            .iter()
            .filter(|other| Some(other.as_str()) != name)
            .map(|other| escape::line(other).into_owned())
            .collect();
        others.sort();
        others
    }
}
