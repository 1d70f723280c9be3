//! All statements of people, from all their files, with an index of those that name secrets.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::decisions_file;
use super::field_names::IDENTITY;
use super::policy::Policy;
use super::statement::{Statement, StatementPlace};
use crate::human_text;
use crate::inventory::entry::Secret;
use crate::inventory::use_key::UseChoice;
use crate::no_follow_open::Links;
use crate::secret::SecretId;
use crate::yaml::FileError;

/// The statements of people, in order: the files by name, and the statements of each as written. A
/// statement is known by its number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    all: Vec<Statement>,
    /// The statements that name a secret.
    by_id: HashMap<SecretId, Vec<usize>>,
    /// Whether any statement with a condition says an application or an environment.
    identify_by_condition: bool,
    /// The statements without ids that say facts.
    pub(super) wide_facts: Vec<usize>,
    /// The statements without ids that have an outcome.
    pub(super) wide_outcomes: Vec<usize>,
    /// The statements without ids that say whether uses are separate.
    pub(super) wide_uses: Vec<usize>,
}

impl Decisions {
    /// Reads files, each given by its path and its name within the folder of the inventory.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or has a mistake. The error has the place of the mistake.
    pub fn load(
        files: &[(PathBuf, String)],
        links: Links,
        policy: &Policy,
    ) -> Result<Decisions, FileError> {
        let mut files: Vec<&(PathBuf, String)> = files.iter().collect();
        files.sort_by_key(|(_, name)| name);
        let mut all = Vec::new();
        for (path, name) in files {
            let text = human_text::read(path, links)?;
            all.extend(decisions_file::parse(path, name, &text, policy)?);
        }
        Ok(Self::of(all))
    }

    /// Reads the text of one file; `path` is for messages.
    ///
    /// # Errors
    ///
    /// If the text has a mistake. The error has its place.
    pub fn parse(path: &Path, text: &str, policy: &Policy) -> Result<Decisions, FileError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::parse_file(path, &name, text, policy)
    }

    /// Reads the text of a file that has this name within the folder of the inventory; `path` is for messages.
    ///
    /// # Errors
    ///
    /// If the text has a mistake. The error has its place.
    pub fn parse_file(
        path: &Path,
        name: &str,
        text: &str,
        policy: &Policy,
    ) -> Result<Decisions, FileError> {
        Ok(Self::of(decisions_file::parse(path, name, text, policy)?))
    }

    /// These statements.
    pub fn of(all: Vec<Statement>) -> Self {
        let mut decisions = Self::default();
        for (number, statement) in all.iter().enumerate() {
            let facts = &statement.says.metadata;
            decisions.identify_by_condition |= statement.when.is_some()
                && IDENTITY.into_iter().any(|field| facts.contains_key(field));
            for id in &statement.secrets {
                decisions.by_id.entry(id.clone()).or_default().push(number);
            }
            if statement.secrets.is_empty() {
                if !statement.says.metadata.is_empty() {
                    decisions.wide_facts.push(number);
                }
                if statement.says.outcome.is_some() {
                    decisions.wide_outcomes.push(number);
                }
                if statement.says.uses.is_some() {
                    decisions.wide_uses.push(number);
                }
            }
        }
        Self { all, ..decisions }
    }

    /// All statements, in order.
    pub fn all(&self) -> &[Statement] {
        &self.all
    }

    /// The statements that name a secret, by rank: those that name its use, and those that name its value: by its id, else
    /// by an id that it had when an earlier version read the value differently.
    pub(super) fn naming(&self, secret: &Secret) -> [&[usize]; 2] {
        let of = |id: &SecretId| self.by_id.get(id).map(Vec::as_slice);
        let of_use = of(&secret.id).filter(|_| secret.id.is_of_use());
        let of_value = of(&secret.id.of_value());
        let of_value = of_value.or_else(|| secret.reading.earlier.iter().find_map(of));
        [of_use, of_value].map(|numbers| numbers.unwrap_or_default())
    }

    /// Whether the application or the environment of a place can depend on the condition of a statement.
    pub(super) fn identify_by_condition(&self) -> bool {
        self.identify_by_condition
    }

    /// Whether a person said by the id of this use alone that it shares a secret with others.
    pub(super) fn shares(&self, id: &SecretId) -> bool {
        let numbers = self.by_id.get(id).into_iter().flatten();
        let mut choices = numbers.filter_map(|&number| self.all[number].says.uses);
        choices.next() == Some(UseChoice::Together)
    }

    /// The ids that a statement names and that are not in `known`, in order. This is no error, since
    /// such a secret may come back.
    pub fn unknown_ids<'a>(&self, known: impl IntoIterator<Item = &'a SecretId>) -> Vec<SecretId> {
        let known: BTreeSet<&SecretId> = known.into_iter().collect();
        let unknown = self.by_id.keys().filter(|id| !known.contains(id));
        let unknown: BTreeSet<&SecretId> = unknown.collect();
        unknown.into_iter().cloned().collect()
    }

    /// The place of the first statement that names an id.
    pub fn place_of(&self, id: &SecretId) -> Option<&StatementPlace> {
        let first = self.by_id.get(id)?.first()?;
        Some(&self.all().get(*first)?.place)
    }
}

#[cfg(test)]
mod tests;
