//! An entry of the inventory as a file of secrets has it: with the names of the repositories in place of its places.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;

/// An entry of the inventory as it is stored.
pub type StoredSecret = Secret<RepositoryName>;

/// The name of a repository. Its file in the folder `places` has the places.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct RepositoryName(pub String);

impl StoredSecret {
    /// The entry of a secret.
    pub fn of(secret: &Secret) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for place in &secret.occurrences {
            if names.last() != Some(&&*place.repository) {
                names.push(&place.repository);
            }
        }
        names.sort_unstable();
        names.dedup();
        let names = names
            .into_iter()
            .map(|name| RepositoryName(name.to_owned()));
        secret.with_occurrences(names.collect())
    }
}
