//! The roles of a credential: the user, host and database of a login, and the values that belong together.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::Secret;
use super::place_order::{Standing, first};
use crate::finding::Context;
use crate::secret::SecretId;

/// Greatest number of ids that a question names.
const IDS_SHOWN: usize = 5;

/// What the places of a secret state of the values that belong to its credential. Places at HEAD come before the history,
/// and that before objects that no ref leads to: only the first that state something count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedParts {
    /// The secrets of the credentials that the value is a part of. Several contradict each other.
    pub part_of: BTreeSet<SecretId>,
    /// The parts of the credential of which the value is the secret, by name. Several of one name contradict each other.
    pub parts: BTreeMap<String, BTreeSet<SecretId>>,
}

impl StatedParts {
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.part_of.is_empty() && self.parts.is_empty()
    }

    /// Whether places contradict each other.
    pub fn is_contradictory(&self) -> bool {
        self.question().is_some()
    }

    /// The question that a contradiction leads to.
    pub fn question(&self) -> Option<String> {
        let several = |ids: &BTreeSet<SecretId>| (ids.len() > 1).then(|| listed(ids));
        if let Some(ids) = several(&self.part_of) {
            return Some(format!(
                "Its places say that it belongs to several secrets: {ids}. Is it moved alone? Answer with `outcome: …`."
            ));
        }
        let mut parts = self.parts.iter();
        parts.find_map(|(name, ids)| {
            let ids = several(ids)?;
            Some(format!(
                "Its places name several values of `{name}`: {ids}. Is it moved without them? Answer with `outcome: …`."
            ))
        })
    }

    fn add(&mut self, context: &Context) {
        self.part_of.extend(context.part_of.clone());
        for (name, id) in &context.parts {
            self.parts
                .entry(name.clone())
                .or_default()
                .insert(id.clone());
        }
    }
}

fn listed(ids: &BTreeSet<SecretId>) -> String {
    let shown: Vec<&str> = ids.iter().take(IDS_SHOWN).map(SecretId::as_str).collect();
    match ids.len().saturating_sub(IDS_SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The value of a role: text, or another secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Role {
    /// The text.
    Text {
        /// A fact that is not secret.
        value: String,
    },
    /// The other secret.
    Secret {
        /// Its id.
        secret: SecretId,
    },
}

impl Secret {
    /// What its places state of the values that belong to its credential.
    pub fn stated_parts(&self) -> StatedParts {
        let mut stated: BTreeMap<Standing, StatedParts> = BTreeMap::new();
        for place in &self.occurrences {
            let context = self.stated_at(Some(place)).context;
            if context.part_of.is_some() || !context.parts.is_empty() {
                stated.entry(Standing::of(place)).or_default().add(context);
            }
        }
        stated
            .pop_first()
            .map(|(_, stated)| stated)
            .unwrap_or_default()
    }

    /// The roles of its credential. A role on which places contradict each other is left out.
    pub fn roles(&self) -> BTreeMap<String, Role> {
        let mut texts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let standing = first(self).map(Standing::of);
        let mut add = |context: &Context| {
            let port = context.port.map(|port| port.to_string());
            for (name, value) in [
                ("username", &context.user),
                ("host", &context.host),
                ("port", &port),
                ("dbname", &context.database),
                ("engine", &context.engine),
            ] {
                if let Some(value) = value {
                    texts.entry(name).or_default().insert(value.clone());
                }
            }
        };
        let near = self.occurrences.iter();
        for place in near.filter(|place| Some(Standing::of(place)) == standing) {
            add(self.stated_at(Some(place)).context);
        }
        let own = self.id.of_value();
        let texts = texts.into_iter().filter_map(|(name, values)| {
            let value = values.first().filter(|_| values.len() == 1)?.clone();
            Some((name.to_owned(), Role::Text { value }))
        });
        let parts = self.stated_parts().parts.into_iter();
        let parts = parts.filter_map(|(name, ids)| {
            let secret = ids
                .first()
                .filter(|id| ids.len() == 1 && **id != own)?
                .clone();
            Some((name, Role::Secret { secret }))
        });
        texts.chain(parts).collect()
    }
}
