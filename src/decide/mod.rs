//! What is known of each secret, and what becomes of it: retire, retain, relocate, or a person must look.
//!
//! ```text
//! people ─ registry ─ CODEOWNERS ─ policy rules ─ names ─ defaults ──▶ metadata ──▶ decision
//! ```
//!
//! Deciding is a function of the secret and the [`Inputs`]: it reads no file and no clock, and deciding twice changes
//! nothing. It knows nothing of scanning or importing.

mod check;
pub mod codeowners;
pub mod condition;
pub mod decisions_file;
mod metadata;
pub mod naming;
mod outcome;
pub mod policy;
pub mod registry;
pub mod tags;
pub mod value;
pub mod words;

use std::collections::BTreeMap;

pub use self::codeowners::Codeowners;
pub use self::decisions_file::Decisions;
pub use self::metadata::{APPID, NAME, applications};
pub use self::policy::{Policy, PolicyError};
pub use self::registry::Registry;
use crate::inventory::entry::Secret;
pub use crate::yaml::FileError;

/// `Decision::rule` when a person decided.
pub const PERSON: &str = "person";
/// `Decision::rule` when a secret would be relocated, but its places disagree on what it needs.
pub const CONFLICT: &str = "conflict";
/// `Decision::rule` when no rule of the policy applies.
pub const NO_RULE: &str = "no-rule";
/// `Decision::rule` of a secret that is kept for what is known of it, though it is found nowhere any more.
pub const NOT_FOUND: &str = "not-found";

/// Everything that a decision depends on, besides the secret.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    pub policy: &'a Policy,
    pub registry: Option<&'a Registry>,
    /// By the name of the repository.
    pub codeowners: BTreeMap<String, Codeowners>,
    /// `None` when there is no such file: what people decided earlier then stays.
    pub decisions: Option<&'a Decisions>,
    /// `--set field=value`, checked with [`Policy::check_field`]. It speaks of a secret in the repositories where this run
    /// found it.
    pub set: BTreeMap<String, String>,
    pub today: jiff::civil::Date,
}

impl<'a> Inputs<'a> {
    /// The policy alone.
    pub fn new(policy: &'a Policy, today: jiff::civil::Date) -> Self {
        Self {
            policy,
            registry: None,
            codeowners: BTreeMap::new(),
            decisions: None,
            set: BTreeMap::new(),
            today,
        }
    }
}

/// Sets the metadata and the decision of a secret.
pub fn decide(secret: &mut Secret, inputs: &Inputs) {
    metadata::remember(secret, inputs);
    let gathered = metadata::gather(secret, inputs);
    secret.metadata.clone_from(&gathered.facts);
    secret.decision = outcome::decide(secret, &gathered, inputs);
}

/// The required metadata fields that a secret lacks, in order.
pub fn missing_fields(secret: &Secret, policy: &Policy) -> Vec<String> {
    let required = policy.fields.iter().filter(|(_, spec)| spec.required);
    required
        .map(|(field, _)| field)
        .filter(|field| !secret.metadata.contains_key(*field))
        .cloned()
        .collect()
}

/// A secret for tests.
#[cfg(test)]
pub(crate) mod sample_secrets;
#[cfg(test)]
mod tests;
