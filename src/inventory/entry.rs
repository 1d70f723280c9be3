//! An entry of the inventory: a secret with its facts, its decision and its occurrences, but
//! without its value.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry_reading::{ReadingChoice, ValueReading};
use super::native_replacement::Replacement;
use super::payload::Payload;
use super::rotation_strategy::ChosenRotation;
use super::use_key::UseKey;
use crate::finding::{Confidence, Context, Kind, Occurrence};
use crate::secret::{Fingerprint, SecretId};

/// A distinct value: its facts, its decision and its occurrences. On disk, the occurrences are in files of their own
/// (`inventory::place_file`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Secret")]
pub struct Secret<Place = Occurrence> {
    /// The id of the value.
    pub id: SecretId,
    /// The fingerprint of the value.
    pub fingerprint: Fingerprint,
    /// The kind of secret.
    pub kind: Kind,
    /// The id of the rule that found it with the highest confidence.
    pub detector: String,
    /// The confidence that the value is a secret.
    pub confidence: Confidence,
    /// The name of the offline proof that the value passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// The value itself says that it has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    /// The remarks on the reading of the value.
    #[serde(default, skip_serializing_if = "ValueReading::is_default")]
    pub reading: ValueReading,
    /// The places where the value can be read now.
    pub exposure: Exposure,
    /// Facts that the text around the value states.
    #[serde(default)]
    pub context: Context,
    /// Facts from other sources than the scan (`appid`, `owner`, …), each with its provenance.
    #[serde(default, deserialize_with = "crate::yaml::unique")]
    pub metadata: BTreeMap<String, Fact>,
    /// The facts of `--set`, by the repository that was scanned with it: field → value. Earlier versions wrote them here.
    /// Now they are facts of the repository.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<String, BTreeMap<String, String>>,
    /// The decision on it.
    pub decision: Decision,
    /// The service that replaces it, or may replace it. Absent if no rule of the policy names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// The rotation of its value in Secrets Manager. Absent if it does not go there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<ChosenRotation>,
    /// What is moved in place of the value alone: the parts of its credential, as JSON. Absent if the value is moved alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Its name in Secrets Manager. Absent if it is not relocated, or if a part of the name is
    /// unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its tags in Secrets Manager.
    #[serde(
        default,
        deserialize_with = "crate::yaml::unique",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub tags: BTreeMap<String, String>,
    /// Its progress towards Secrets Manager.
    pub progress: MigrationProgress,
    /// Statements that contradict each other, from inventories that were merged, until a person says
    /// which of them are right.
    #[serde(default, skip_serializing_if = "Alternatives::is_empty")]
    pub disputed: Alternatives,
    /// The uses that are settled separately. Then the facts, the decision, the name and the progress are those of the
    /// uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<Use>,
    /// The applications and environments that read it, if several share it: `ord001/prod`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readers: BTreeSet<String>,
    /// The use that this is a part of. Only secrets that were settled have it, never entries.
    #[serde(skip)]
    pub in_use: Option<UseKey>,
    /// Its places, in order of repository, path, line, column. In a file of secrets: the repositories whose files of places
    /// have any.
    pub occurrences: Vec<Place>,
}

impl<Place> Secret<Place> {
    /// The same secret with these occurrences.
    pub fn with_occurrences<Other>(&self, occurrences: Vec<Other>) -> Secret<Other> {
        Secret {
            occurrences,
            id: self.id.clone(),
            fingerprint: self.fingerprint,
            kind: self.kind,
            detector: self.detector.clone(),
            confidence: self.confidence,
            proof: self.proof.clone(),
            expired: self.expired,
            reading: self.reading.clone(),
            exposure: self.exposure,
            context: self.context.clone(),
            metadata: self.metadata.clone(),
            said: self.said.clone(),
            decision: self.decision.clone(),
            replacement: self.replacement.clone(),
            rotation: self.rotation.clone(),
            payload: self.payload.clone(),
            target: self.target.clone(),
            tags: self.tags.clone(),
            progress: self.progress,
            disputed: self.disputed.clone(),
            uses: self.uses.clone(),
            readers: self.readers.clone(),
            in_use: self.in_use.clone(),
        }
    }
}

/// A use of a secret that is settled separately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// The application and the environment.
    pub of: UseKey,
    /// The applications and environments that read it, if several share it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readers: BTreeSet<String>,
    /// Its facts, each with its provenance.
    #[serde(default, deserialize_with = "crate::yaml::unique")]
    pub metadata: BTreeMap<String, Fact>,
    /// The decision on it.
    pub decision: Decision,
    /// The service that replaces it, or may replace it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// The rotation of its value in Secrets Manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<ChosenRotation>,
    /// The reading of a doubtful value that a person chose for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ReadingChoice>,
    /// The fingerprint of the value that is moved, if a person chose the value as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Fingerprint>,
    /// What is moved in place of the value alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Its name in Secrets Manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its tags in Secrets Manager.
    #[serde(
        default,
        deserialize_with = "crate::yaml::unique",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub tags: BTreeMap<String, String>,
    /// Its progress towards Secrets Manager.
    pub progress: MigrationProgress,
    /// Statements that contradict each other, from inventories that were merged.
    #[serde(default, skip_serializing_if = "Alternatives::is_empty")]
    pub disputed: Alternatives,
}

/// The places where a value can be read now.
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

impl Exposure {
    /// All exposures.
    pub const ALL: [Exposure; 3] = [Exposure::AtHead, Exposure::History, Exposure::Unreachable];

    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Exposure::AtHead => "at-head",
            Exposure::History => "history",
            Exposure::Unreachable => "unreachable",
        }
    }
}

/// A metadata field and its provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The value of the field.
    pub value: String,
    /// The source of the fact.
    pub from: Provenance,
}

/// The source of a fact, the weakest first. A fact of a stronger source replaces one of a weaker
/// source, never the reverse. `--set` and the register are weaker than what the repository itself states, unless a person
/// asked for the reverse.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A default of the policy.
    Default,
    /// Guessed from the name of the repository, of the key or of the path.
    Derived,
    /// The organisation's application register.
    Registry,
    /// `--set` on the command line: a person said so of all secrets of a repository.
    Set,
    /// A rule of the policy.
    Policy,
    /// CODEOWNERS of the repository.
    Codeowners,
    /// A column of the register that overrides other facts (`register: overrides` in the policy).
    RegistryOverride,
    /// `--force-set` on the command line.
    ForceSet,
    /// A statement of a person about all secrets that its condition matches.
    Statement,
    /// `decisions.yaml`: a person said so of this secret.
    Person,
}

/// The decision on a secret, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The outcome.
    pub outcome: Outcome,
    /// Id of the policy rule that decided, or `person`.
    pub rule: String,
    /// The reason, as the rule or the person gives it.
    pub reason: String,
    /// The questions that a person must answer before the secret is decided. Empty unless the
    /// outcome is `review`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// The statement of a person that decided: its file, and its id after `#` if it has one
    /// (`decisions/jane.yaml#mainframe`). Absent if no statement decided, or an earlier version wrote the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The statement does not name this secret: it is about all secrets that its condition matches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_condition: bool,
}

impl Decision {
    /// [`Decision::rule`] when a person decided.
    pub const PERSON: &str = "person";
    /// [`Decision::rule`] when statements about the secret contradict each other.
    pub const CONFLICT: &str = "conflict";

    /// A decision that no statement of a person made.
    pub fn by_rule(outcome: Outcome, rule: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            rule: rule.into(),
            reason: reason.into(),
            questions: Vec::new(),
            statement: None,
            by_condition: false,
        }
    }

    /// Whether a person decided about this very secret.
    pub fn is_about_it(&self) -> bool {
        self.is_by_person() && !self.by_condition
    }

    /// Whether a person decided.
    pub fn is_by_person(&self) -> bool {
        self.rule == Self::PERSON
    }
}

/// The outcome of a decision.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The secret goes into Secrets Manager.
    Relocate,
    /// The secret stays where it is, on premises.
    Retain,
    /// The secret is revoked and removed.
    Retire,
    /// It is no secret: a false alarm, or a made-up value.
    Dismiss,
    /// Not decided: a person must decide.
    Review,
    /// It goes into Secrets Manager as a part of another secret, as an access key id does with its secret access key. No
    /// rule and no person decides this: it follows from the decision on the other one.
    PartOf,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Outcome; 6] = [
        Outcome::Relocate,
        Outcome::Retain,
        Outcome::Retire,
        Outcome::Dismiss,
        Outcome::Review,
        Outcome::PartOf,
    ];

    /// The outcomes that a person or a rule of the policy can choose.
    pub const CHOICES: [Outcome; 5] = [
        Outcome::Relocate,
        Outcome::Retain,
        Outcome::Retire,
        Outcome::Dismiss,
        Outcome::Review,
    ];

    /// Reads an outcome that a rule of the policy chose.
    ///
    /// # Errors
    /// The text is no [`ChosenOutcome`].
    pub fn chosen<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ChosenOutcome::deserialize(deserializer).map(Self::from)
    }

    /// Reads an outcome that a person chose or left out.
    ///
    /// # Errors
    /// The text is no [`ChosenOutcome`].
    pub fn chosen_if_any<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Self>, D::Error> {
        let chosen = Option::<ChosenOutcome>::deserialize(deserializer)?;
        Ok(chosen.map(Self::from))
    }

    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Relocate => "relocate",
            Outcome::Retain => "retain",
            Outcome::Retire => "retire",
            Outcome::Dismiss => "dismiss",
            Outcome::Review => "review",
            Outcome::PartOf => "part-of",
        }
    }
}

/// An outcome that a person or a rule of the policy can choose: all but `part-of`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChosenOutcome {
    /// The secret goes into Secrets Manager.
    Relocate,
    /// The secret stays where it is, on premises.
    Retain,
    /// The secret is revoked and removed.
    Retire,
    /// It is no secret: a false alarm, or a made-up value.
    Dismiss,
    /// Not decided: a person must decide.
    Review,
}

impl From<ChosenOutcome> for Outcome {
    fn from(chosen: ChosenOutcome) -> Self {
        match chosen {
            ChosenOutcome::Relocate => Outcome::Relocate,
            ChosenOutcome::Retain => Outcome::Retain,
            ChosenOutcome::Retire => Outcome::Retire,
            ChosenOutcome::Dismiss => Outcome::Dismiss,
            ChosenOutcome::Review => Outcome::Review,
        }
    }
}

/// The progress of a secret towards Secrets Manager. `import` and `verify` write it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationProgress {
    /// A scan found it.
    Found,
    /// Secrets Manager has it.
    Imported,
    /// The value in Secrets Manager was read and compared.
    Verified,
}

impl MigrationProgress {
    /// The name used in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            MigrationProgress::Found => "found",
            MigrationProgress::Imported => "imported",
            MigrationProgress::Verified => "verified",
        }
    }
}

/// Alternative statements about one secret. In an entry, each of them has at least two values; the
/// entry has none of them in its own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Alternatives {
    /// Decisions of people.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub decisions: BTreeSet<Decision>,
    /// Facts that people gave for this secret: field → values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, BTreeSet<String>>,
    /// Facts of `--set` in inventories of the first version: repository → field → values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Names under which Secrets Manager has the secret, with the progress under each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, MigrationProgress>,
}
