//! One entry of the inventory: a distinct value, everything known of it, and what becomes of it. It holds no value.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Confidence, Context, Kind, Occurrence};
use crate::secret::{Fingerprint, SecretId};

/// A file of the inventory: `<appid>.yaml`, `unassigned.yaml` or `shared.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryFile {
    /// Version of this format.
    pub schema: u32,
    /// In order of id.
    pub secrets: Vec<Secret>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    pub id: SecretId,
    pub fingerprint: Fingerprint,
    pub kind: Kind,
    /// The surest rule that found it.
    pub detector: String,
    pub confidence: Confidence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The value says itself that it is out of date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    pub exposure: Exposure,
    #[serde(default)]
    pub context: Context,
    /// What is known of it beyond the scan (`appid`, `owner`, …), with where each fact comes from.
    #[serde(default)]
    pub metadata: BTreeMap<String, Fact>,
    /// What `--set` said: the repository that was scanned with it, and there field → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<String, BTreeMap<String, String>>,
    pub decision: Decision,
    /// Name it gets, or has, in Secrets Manager. Absent while the name cannot be made, or unless it is relocated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Tags it gets in Secrets Manager.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    pub progress: Progress,
    /// In order of repository, path, line, column.
    pub occurrences: Vec<Occurrence>,
    /// The repositories in which this run found it; of them its `--set` speaks. Not written.
    #[serde(skip)]
    pub found_in: BTreeSet<String>,
}

/// Where the value can be read now.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// In a working tree or in HEAD's tree.
    AtHead,
    /// Only in history or messages that a ref leads to.
    History,
    /// Only in objects that no ref leads to.
    Unreachable,
}

/// A metadata field and its provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    pub value: String,
    pub from: Provenance,
}

/// Where a fact comes from, the weakest first: a stronger one replaces a weaker one, never the other way round.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A default of the policy.
    Default,
    /// Guessed from the name of the repository, of the key or of the path.
    Derived,
    /// A rule of the policy.
    Policy,
    /// CODEOWNERS of the repository.
    Codeowners,
    /// The organisation's application register.
    Registry,
    /// `--set` on the command line: a person said so of all secrets of a repository.
    Set,
    /// `decisions.yaml`: a person said so of this secret.
    Person,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub outcome: Outcome,
    /// Id of the policy rule that decided, or `person`.
    pub rule: String,
    pub reason: String,
    /// What a person must answer before this can go on; empty unless the outcome is `review`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
}

/// What becomes of a secret.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Goes into Secrets Manager.
    Relocate,
    /// Stays where it is, on premises.
    Retain,
    /// Is revoked and removed.
    Retire,
    /// Not decided: a person must look.
    Review,
}

impl Outcome {
    pub const ALL: [Outcome; 4] = [
        Outcome::Relocate,
        Outcome::Retain,
        Outcome::Retire,
        Outcome::Review,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Outcome::Relocate => "relocate",
            Outcome::Retain => "retain",
            Outcome::Retire => "retire",
            Outcome::Review => "review",
        }
    }
}

/// How far the secret has come on its way; written by `import` and `verify`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    Found,
    Imported,
    Verified,
}
