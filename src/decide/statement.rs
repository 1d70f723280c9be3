//! A statement of a person: which secrets it is about, and what it says of them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::moment::Moment;
use super::person_decision::PersonDecision;
use super::rule_condition::Condition;
use crate::secret::SecretId;

/// A statement about the secrets with these ids, or about all secrets that a condition matches. If it
/// has both, both must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The ids of the secrets. Empty: the condition alone selects them.
    pub secrets: Vec<SecretId>,
    /// The condition.
    pub when: Option<Condition>,
    /// What it says.
    pub says: PersonDecision,
    /// When, if the statement says so.
    pub at: Option<Moment>,
    /// Where it is written.
    pub place: StatementPlace,
}

/// The place of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementPlace {
    /// The path of the file, for messages.
    pub path: Arc<Path>,
    /// The name of the file within the folder of the inventory.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The id of the statement, if it has one.
    pub id: Option<String>,
}

impl StatementPlace {
    /// The place as the inventory records it. A line number would change with every edit before it.
    pub fn recorded(&self) -> String {
        match &self.id {
            Some(id) => format!("{}#{id}", self.file),
            None => self.file.to_string(),
        }
    }
}

/// The path and the line.
impl fmt::Display for StatementPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}
