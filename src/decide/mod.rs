//! Deciding: from a secret and the files that people write to its metadata, its outcome, its name
//! and its tags.
//!
//! ```text
//! people ─ CODEOWNERS ─ policy rules ─ --set ─ registry ─ repository name ─ defaults ──▶ metadata ──▶ decision ──▶ name, tags
//! ```
//!
//! The outcome is retire, retain, relocate, dismiss, or review by a person. [`settle`](settle::settle) does
//! all of it for the secrets of an inventory. It is a function of the secrets and the [`Inputs`]:
//! it reads no file and no clock, and settling twice changes nothing. This module knows nothing of
//! scanning or importing.

pub mod answer;
pub mod codeowners;
mod compared_rules;
mod conflict;
mod contradiction;
mod credential_parts;
mod decision;
mod decisions;
pub mod decisions_file;
mod dispute;
pub mod explanation;
mod field_names;
mod glob;
pub mod idle_rules;
mod inputs;
mod lifecycle;
mod lifecycle_check;
mod metadata;
pub mod moment;
pub mod name_template;
mod name_words;
mod naming;
mod owner_pattern;
mod person_decision;
mod place_facts;
mod place_identity;
mod place_view;
mod place_words;
pub mod policy;
mod policy_check;
mod policy_file;
pub mod policy_rules;
pub mod problem;
pub mod question;
pub mod readiness;
mod reading;
pub mod registry;
pub mod replacement_rule;
pub mod repository_facts;
mod repository_sources;
pub mod rotation_rule;
mod rule_check;
pub mod rule_condition;
pub mod rule_ids;
mod rule_results;
mod said;
mod said_at_place;
pub mod secret_selection;
pub mod settle;
mod shared_values;
mod statement;
mod statement_tally;
mod tags;
mod text_pattern;
mod uses;

pub use self::codeowners::Codeowners;
pub use self::contradiction::{Contradiction, Contradictions};
pub use self::decision::decide;
pub use self::decisions::Decisions;
pub use self::glob::{Glob, GlobError, RepositoryGlob};
pub use self::inputs::Inputs;
pub use self::metadata::{APPID, NAME, applications, missing_fields};
pub use self::person_decision::{Day, DayError, PersonDecision};
pub use self::policy::Policy;
pub use self::problem::{Problem, ProblemCode, Warning};
pub use self::registry::Registry;
pub use self::secret_selection::{SecretSelection, UnknownValue, nearest_names};
pub use self::settle::{Settled, settle};
pub use self::statement::{Statement, StatementPlace};
pub use self::statement_tally::{StatementUse, Verdict};
pub use self::text_pattern::{Pattern, PatternError};

#[cfg(test)]
pub(crate) mod sample_secrets;
#[cfg(test)]
mod tests;
