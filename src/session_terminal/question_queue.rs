//! The order in which the groups of secrets are asked about.

use crate::decide::APPID;
use crate::inventory::entry::Secret;
use crate::inventory::place_order;
use crate::secret::SecretId;
use crate::session::question_group::Group;

/// The text that secrets are selected by, in small letters. Empty: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// The filter that a person types.
    pub fn of(text: &str) -> Self {
        Self(text.trim().to_lowercase())
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether application, owner, repository, path, key or rule of the secret contain the text, whatever the letter case.
    pub fn selects(&self, secret: &Secret) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let has = |text: &str| text.to_lowercase().contains(&self.0);
        let facts = [APPID, "appname", "owner"];
        let mut facts = facts.iter().filter_map(|field| secret.metadata.get(*field));
        facts.any(|fact| has(&fact.value))
            || has(&secret.detector)
            || has(&secret.decision.rule)
            || has(secret.id.as_str())
            || secret.context.key.as_deref().is_some_and(has)
            || secret
                .occurrences
                .iter()
                .any(|place| has(&place.repository) || has(&place.path))
    }
}

/// Puts the groups in order: first those that nobody has skipped, then the skipped ones, the one that was skipped first
/// before the others. `skipped` has the first members of skipped groups.
pub fn ordered(groups: Vec<Group>, skipped: &[SecretId]) -> Vec<Group> {
    let rank = |group: &Group| {
        let at = |id| skipped.iter().rposition(|known| known == id);
        group
            .members
            .iter()
            .filter_map(at)
            .max()
            .map_or(0, |at| at + 1)
    };
    let mut ranked: Vec<(usize, Group)> = groups
        .into_iter()
        .map(|group| (rank(&group), group))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, group)| group).collect()
}

/// A group, in the words of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// The number of secrets.
    pub secrets: usize,
    /// What is asked for.
    pub topic: String,
    /// The application, or the repository if no application is known, and the environment.
    pub about: String,
}

impl QueueRow {
    /// The row of a group whose first member is this secret.
    pub fn of(group: &Group, lead: &Secret) -> Self {
        let fact = |field: &str| lead.metadata.get(field).map(|fact| fact.value.clone());
        let repository = || place_order::first(lead).map(|place| place.repository.clone());
        let about = [fact(APPID).or_else(repository), fact("appenv")];
        Self {
            secrets: group.members.len(),
            topic: group.topic.to_string(),
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" "),
        }
    }
}
