//! Problems of a secret that is to be relocated, and warnings about the files that people write.

use std::fmt;

use crate::secret::SecretId;

/// A problem that keeps a secret from being planned.
///
/// Programs act on the code. The message and the hint are for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// The kind of problem.
    pub code: ProblemCode,
    /// The metadata field that causes it, if one does.
    pub field: Option<String>,
    /// The problem in words.
    pub message: String,
    /// A way to solve it.
    pub hint: String,
}

/// The kind of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemCode {
    /// A field that the name, a tag or the policy needs has no value.
    FieldMissing,
    /// A field has a value that the policy does not allow.
    FieldIllegal,
    /// A value that belongs to one application is that of several.
    FieldShared,
    /// The value of a tag breaks a limit of the service.
    TagIllegal,
    /// The name that the template gives breaks a limit of the service.
    NameIllegal,
    /// Another secret has the name.
    NameTaken,
    /// The secret is in Secrets Manager under another name than the one that a person wishes.
    NameWished,
    /// The secret is in Secrets Manager under a name that no longer fits the template.
    NameOutdated,
}

/// The hint for facts that come from people.
const CORRECT: &str =
    "correct it in the register, in decisions.yaml or with --set, then plan again";

impl Problem {
    /// A problem whose cause is a fact that people can correct.
    pub(super) fn of_fact(code: ProblemCode, message: String) -> Self {
        Self {
            code,
            field: None,
            message,
            hint: CORRECT.to_owned(),
        }
    }

    /// A field that is needed has no value.
    pub fn field_missing(field: &str) -> Self {
        Self {
            code: ProblemCode::FieldMissing,
            field: Some(field.to_owned()),
            message: format!("{field} is not known"),
            hint: format!("set it with --set {field}=…, in the register or in decisions.yaml"),
        }
    }

    /// A secret in Secrets Manager has a name that no longer fits the template.
    ///
    /// The message does not contain the name: a report shows it beside the problem, and lists equal
    /// problems once.
    pub fn name_outdated() -> Self {
        Self {
            code: ProblemCode::NameOutdated,
            field: None,
            message: "it is in Secrets Manager under a name that no longer fits the naming template"
                .to_owned(),
            hint: "a secret in the account keeps its name: change the template, or the facts that the name is made of, \
                   so that they give this name again; then plan again"
                .to_owned(),
        }
    }

    /// Names the field that causes the problem.
    pub(super) fn with_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}

/// The message and the hint on one line.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.hint)
    }
}

/// Something in the files of people that may be a mistake and stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Statements name secrets that the inventory does not have. They may come back.
    UnknownSecrets {
        /// The first of them, in order, each with the place of a statement that names it.
        ids: Vec<(String, SecretId)>,
        /// The number of the others.
        more: usize,
    },
    /// Statements of people have only a condition, and apply to no secret: it matches none, or other statements come
    /// first.
    IdleStatements {
        /// The places of the first of them, in order.
        places: Vec<String>,
        /// The number of the others.
        more: usize,
    },
    /// The register has rows, but none of them is for a repository with secrets. Most rows are for
    /// repositories that were not scanned, so this is not an error.
    UnusedRegistry {
        /// Up to three of the repositories with secrets.
        repositories: Vec<String>,
    },
    /// A fact of `--set` is not that of secrets whose repository states another one.
    SetNotUsed {
        /// The field.
        field: String,
        /// The value of `--set`.
        value: String,
        /// The number of these secrets.
        secrets: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::UnknownSecrets { ids, more } => {
                let ids: Vec<String> = ids
                    .iter()
                    .map(|(place, id)| format!("{place}: {id}"))
                    .collect();
                f.write_str(&ids.join(", "))?;
                if *more > 0 {
                    write!(f, " and {more} more")?;
                }
                match ids.len() + more {
                    1 => f.write_str(" is in no file of the inventory"),
                    _ => f.write_str(" are in no file of the inventory"),
                }
            }
            Warning::IdleStatements { places, more } => {
                write!(f, "{}", places.join(", "))?;
                if *more > 0 {
                    write!(f, " and {more} more")?;
                }
                f.write_str(
                    ": the condition matches no secret for which no other statement comes first",
                )
            }
            Warning::UnusedRegistry { repositories } => write!(
                f,
                "no row of the register is for any repository with secrets, such as {}",
                repositories.join(", ")
            ),
            Warning::SetNotUsed {
                field,
                value,
                secrets,
            } => write!(
                f,
                "--set {field}={value}: the repository states another {field} of {secrets} {}; --force-set replaces it",
                if *secrets == 1 { "secret" } else { "secrets" }
            ),
        }
    }
}
