//! The row of a secret in the lists of an inventory.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::left_out_ids::path_without_id;
use crate::finding::{Confidence, Kind, Origin};
use crate::inventory::entry::{Exposure, MigrationProgress, Outcome, Secret};
use crate::inventory::place_order;
use crate::secret::SecretId;

/// A secret of an inventory, or a use of one that is settled separately. An unknown field is null; no field is missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SecretRow")]
#[serde(deny_unknown_fields)]
pub struct SecretRow<'a> {
    /// Id of the secret. That of a use has `/`, the application, `/` and the environment behind it.
    pub secret_id: &'a SecretId,
    /// Outcome of the decision.
    pub outcome: Outcome,
    /// Id of the rule that decided, or `person`.
    pub rule: &'a str,
    /// Reason of the decision.
    pub reason: &'a str,
    /// Open questions.
    pub questions: &'a [String],
    /// Kind of the secret.
    pub kind: Kind,
    /// Id of the rule that found the value.
    pub detector: &'a str,
    /// Confidence that the value is a secret.
    pub confidence: Confidence,
    /// Where the value can be read now.
    pub exposure: Exposure,
    /// Name in Secrets Manager, if it has one.
    pub name: Option<&'a str>,
    /// Name that the value is assigned to.
    pub key: Option<&'a str>,
    /// Metadata fields with their values.
    pub metadata: BTreeMap<&'a str, &'a str>,
    /// Repository of the first place: one at HEAD, or else the newest one of the history. Null if there is no place.
    pub repository: Option<&'a str>,
    /// Path of this place. Empty for messages and headers.
    pub path: Option<&'a str>,
    /// Line of this place, from 1.
    pub line: Option<u64>,
    /// Type of this place.
    pub origin: Option<Origin>,
    /// Number of places.
    pub places: u64,
    /// Progress towards Secrets Manager.
    pub progress: MigrationProgress,
}

impl<'a> SecretRow<'a> {
    /// The row of a settled secret.
    pub fn of(secret: &'a Secret) -> Self {
        let first = place_order::first(secret);
        let facts = secret.metadata.iter();
        Self {
            secret_id: &secret.id,
            outcome: secret.decision.outcome,
            rule: &secret.decision.rule,
            reason: &secret.decision.reason,
            questions: &secret.decision.questions,
            kind: secret.kind,
            detector: &secret.detector,
            confidence: secret.confidence,
            exposure: secret.exposure,
            name: secret.target.as_deref(),
            key: secret.context.key.as_deref(),
            metadata: facts
                .map(|(field, fact)| (&**field, &*fact.value))
                .collect(),
            repository: first.map(|place| place.repository.as_str()),
            path: first.map(path_without_id),
            line: first.map(|place| place.line),
            origin: first.map(|place| place.origin),
            places: secret.occurrences.len() as u64,
            progress: secret.progress,
        }
    }
}
