//! All statements of people, from all their files, with an index of those that name secrets.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::decisions_file;
use super::policy::Policy;
use super::statement::Statement;
use crate::human_text;
use crate::inventory::entry::Secret;
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
    /// The statements without ids that say facts.
    pub(super) wide_facts: Vec<usize>,
    /// The statements without ids that have an outcome.
    pub(super) wide_outcomes: Vec<usize>,
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
        Ok(Self::of(decisions_file::parse(path, &name, text, policy)?))
    }

    /// These statements.
    pub fn of(all: Vec<Statement>) -> Self {
        let mut decisions = Self::default();
        for (number, statement) in all.iter().enumerate() {
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
            }
        }
        Self { all, ..decisions }
    }

    /// All statements, in order.
    pub fn all(&self) -> &[Statement] {
        &self.all
    }

    /// The statements that name a secret: by its id, else by an id that it had when an earlier version
    /// read its value differently.
    pub(super) fn naming(&self, secret: &Secret) -> &[usize] {
        let mut ids = std::iter::once(&secret.id).chain(&secret.reading.earlier);
        ids.find_map(|id| self.by_id.get(id))
            .map_or(&[], Vec::as_slice)
    }

    /// The ids that a statement names and that are not in `known`, in order. This is no error, since
    /// such a secret may come back.
    pub fn unknown_ids<'a>(&self, known: impl IntoIterator<Item = &'a SecretId>) -> Vec<SecretId> {
        let known: BTreeSet<&SecretId> = known.into_iter().collect();
        let unknown = self.by_id.keys().filter(|id| !known.contains(id));
        let unknown: BTreeSet<&SecretId> = unknown.collect();
        unknown.into_iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
