//! Everything that an inventory knows of one secret, without its value: the content of `show`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::json::Tool;
use super::left_out_ids::path_without_id;
use super::row::introduction;
use crate::decide::explanation::{ChainStep, Explanation, StepKind, StepResult};
use crate::finding::{
    Confidence, Context, Decoding, Doubt, Introduction, Kind, Occurrence, Origin, ReadingName,
};
use crate::inventory::entry::{Exposure, Fact, MigrationProgress, Outcome, Provenance, Secret};
use crate::inventory::place_order;
use crate::inventory::secret_roles::Role;
use crate::migrate::plan::{Class, Entry};
use crate::migrate::plan_problem::PlanProblem;
use crate::secret::SecretId;

/// The document of `show --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SecretDetails")]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of this format.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// The program that wrote the document.
    pub tool: Tool<'static>,
    /// True if the places have the ids of their commits.
    pub object_ids: bool,
    /// The secret, or its uses if they are settled separately.
    pub secrets: Vec<SecretView>,
}

impl Document {
    /// The document of these secrets.
    pub fn of(secrets: Vec<SecretView>, object_ids: bool) -> Self {
        Self {
            schema: 1,
            tool: Tool::THIS,
            object_ids,
            secrets,
        }
    }
}

/// A secret, or a use of one that is settled separately. An unknown field is null; no field is missing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretView {
    /// Id of the secret.
    pub secret_id: SecretId,
    /// Kind of the secret.
    pub kind: Kind,
    /// Id of the rule that found the value.
    pub detector: String,
    /// Name of this rule, if it is a built-in one.
    pub detector_name: Option<String>,
    /// Confidence that the value is a secret.
    pub confidence: Confidence,
    /// Name of the offline proof that the value passed.
    pub proof: Option<String>,
    /// The value itself says that it has expired.
    pub expired: bool,
    /// Where the value can be read now.
    pub exposure: Exposure,
    /// Progress towards Secrets Manager.
    pub progress: MigrationProgress,
    /// The oldest known commit with the value. Null if no commit has it.
    pub since: Option<Since>,
    /// Ids of the value in earlier versions of the program, which read it differently.
    pub earlier_ids: Vec<SecretId>,
    /// The value that is read at the places of this one now.
    pub read_now_as: Option<SecretId>,
    /// Name that the value is assigned to, login, and other facts of the text around the value.
    pub context: Context,
    /// Roles of its credential: user, host and database of a login, and the secrets that belong to it.
    pub roles: BTreeMap<String, Role>,
    /// Names of the parts that are moved together as JSON, and the ids of their values. Empty if the value is moved alone.
    pub payload: BTreeMap<String, SecretId>,
    /// Metadata fields.
    pub metadata: Vec<FactView>,
    /// Fields on which the places disagree.
    pub conflicts: Vec<ConflictView>,
    /// Required fields without a value.
    pub missing: Vec<String>,
    /// Applications and environments that share the secret.
    pub readers: BTreeSet<String>,
    /// Ids of the other uses of the value that are settled separately.
    pub other_uses: Vec<SecretId>,
    /// The decision.
    pub decision: DecisionView,
    /// Name in Secrets Manager, if it has one.
    pub name: Option<String>,
    /// Template that names are made of.
    pub name_template: String,
    /// Tags in Secrets Manager.
    pub tags: BTreeMap<String, String>,
    /// What `plan --offline` says of it. Null if it is not to be relocated.
    pub plan: Option<PlanView>,
    /// Number of places.
    pub place_count: u64,
    /// The places: those at HEAD first, then those of the history, the newest first. Without `--all`, the first ones.
    pub places: Vec<PlaceView>,
}

/// The oldest known commit with a value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// `at-or-before` if a commit before it may have introduced the value.
    pub introduced: Introduction,
    /// Id of the commit, only with `--show-ids`.
    pub commit: Option<String>,
    /// Author of the commit.
    pub author: Option<String>,
    /// Author date of the commit, in RFC 3339.
    pub date: Option<String>,
    /// The repository.
    pub repository: String,
    /// The path of the value in it.
    pub path: String,
}

/// A metadata field.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactView {
    /// The field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// The source of the value.
    pub from: Provenance,
    /// Statements, places or parts of the policy that state it.
    pub stated_by: Vec<String>,
}

/// A field on which places disagree.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictView {
    /// The field.
    pub field: String,
    /// Each value with the places that state it.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

/// The decision on a secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionView {
    /// The outcome.
    pub outcome: Outcome,
    /// Id of the rule that decided, or `person`.
    pub rule: String,
    /// The reason.
    pub reason: String,
    /// The statement that decided.
    pub statement: Option<String>,
    /// Open questions.
    pub questions: Vec<QuestionView>,
    /// The statements and rules that were looked at, in order.
    pub chain: Vec<StepView>,
    /// Number of further statements whose condition does not hold.
    pub statements_more: u64,
}

/// An open question.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionView {
    /// The question.
    pub question: String,
    /// Possible answers, as parts of a statement in YAML.
    pub answers: Vec<String>,
}

/// A statement or rule that was looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepView {
    /// The statement or rule, in words.
    pub what: StepKind,
    /// Place of the statement, or id of the rule.
    pub name: String,
    /// The outcome that it gives.
    pub outcome: Outcome,
    /// What became of it.
    pub result: ResultName,
    /// Parts of its condition that do not hold.
    pub failing: Vec<String>,
}

/// What became of a statement or rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResultName {
    /// It decided.
    Decided,
    /// It holds, and would have decided.
    WouldHave,
    /// Its condition does not hold.
    DoesNotHold,
    /// Its last day has passed.
    Ended,
    /// Another statement says something else.
    Contradicted,
}

/// The entry of the plan for a secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanView {
    /// Class of the entry, without a comparison with the account.
    pub class: Class,
    /// How the value is made of the bytes of its file.
    pub reading: Option<String>,
    /// Parameter of CreateSecret that gets the value.
    pub stored_as: Option<String>,
    /// Problems that prevent the import.
    pub problems: Vec<PlanProblem>,
}

/// A place of a secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceView {
    /// The repository.
    pub repository: String,
    /// The path. Empty for messages and headers.
    pub path: String,
    /// Line of the first byte, from 1.
    pub line: u64,
    /// Column of the first byte, in bytes from 1.
    pub column: u64,
    /// Type of the place.
    pub origin: Origin,
    /// Whether HEAD's tree has the value at this path.
    pub at_head: bool,
    /// Whether a ref, HEAD or the working tree leads to it.
    pub reachable: bool,
    /// Relation of `commit` to the introduction of the value. Null if no commit has it.
    pub introduced: Option<Introduction>,
    /// The oldest known commit with the value at this path, only with `--show-ids`.
    pub commit: Option<String>,
    /// Author of this commit.
    pub author: Option<String>,
    /// Author date of this commit.
    pub date: Option<String>,
    /// Branches and tags that have the value at this path.
    pub refs: Vec<String>,
    /// Number of further branches and tags.
    pub refs_more: u64,
    /// Author date of the last commit of branches and tags that had the value.
    pub last_date: Option<String>,
    /// Kind of the secret at this place.
    pub kind: Kind,
    /// Rule that found it here.
    pub detector: String,
    /// Name that the value is assigned to here.
    pub key: Option<String>,
    /// Whether the value is the one that the readers of the file read.
    pub reading: ReadingName,
    /// The reason for which the reading is doubtful.
    pub reading_doubt: Option<Doubt>,
    /// How the value is made of the bytes of the file. Null without `--show-ids`.
    pub steps: Option<String>,
}

/// The inputs of the view of a secret.
#[derive(Clone, Copy)]
pub struct ViewInput<'a> {
    /// The settled secret.
    pub secret: &'a Secret,
    /// Why it is decided as it is.
    pub explanation: &'a Explanation,
    /// Its entry in the plan.
    pub entry: Option<&'a Entry>,
    /// Required fields without a value.
    pub missing: &'a [String],
    /// All uses of the value that are settled separately.
    pub uses: &'a [SecretId],
    /// Name of the detector.
    pub detector_name: Option<&'a str>,
    /// Template that names are made of.
    pub template: &'a str,
    /// The most places.
    pub most_places: usize,
    /// Whether commits are named.
    pub object_ids: bool,
}

impl SecretView {
    /// The view of a settled secret.
    pub fn of(input: &ViewInput<'_>) -> Self {
        let ViewInput {
            secret,
            explanation,
            ..
        } = *input;
        let fact = |(field, fact): (&String, &Fact)| FactView {
            field: field.clone(),
            value: fact.value.clone(),
            from: fact.from,
            stated_by: explanation
                .stated_by
                .get(field)
                .cloned()
                .unwrap_or_default(),
        };
        let conflicts = explanation.conflicts.iter();
        let conflicts = conflicts.map(|(field, values)| ConflictView {
            field: field.clone(),
            values: values.clone(),
        });
        let questions = explanation.questions.iter();
        let questions = questions.map(|(question, answers)| QuestionView {
            question: question.clone(),
            answers: answers.clone(),
        });
        let payload = secret.payload.iter().flat_map(|payload| &payload.parts);
        let payload = payload.map(|(name, part)| (name.clone(), part.secret.clone()));
        let places = place_order::sorted(secret).into_iter();
        let places = places.take(input.most_places);
        Self {
            secret_id: secret.id.clone(),
            kind: secret.kind,
            detector: secret.detector.clone(),
            detector_name: input.detector_name.map(str::to_owned),
            confidence: secret.confidence,
            proof: secret.proof.clone(),
            expired: secret.expired,
            exposure: secret.exposure,
            progress: secret.progress,
            since: since(secret, input.object_ids),
            earlier_ids: secret.reading.earlier.iter().cloned().collect(),
            read_now_as: secret.reading.read_now_as.clone(),
            context: secret.context.clone(),
            roles: secret.roles(),
            payload: payload.collect(),
            metadata: secret.metadata.iter().map(fact).collect(),
            conflicts: conflicts.collect(),
            missing: input.missing.to_vec(),
            readers: secret.readers.clone(),
            other_uses: input
                .uses
                .iter()
                .filter(|id| **id != secret.id)
                .cloned()
                .collect(),
            decision: DecisionView {
                outcome: secret.decision.outcome,
                rule: secret.decision.rule.clone(),
                reason: secret.decision.reason.clone(),
                statement: secret.decision.statement.clone(),
                questions: questions.collect(),
                chain: explanation.chain.iter().map(StepView::of).collect(),
                statements_more: explanation.statements_more as u64,
            },
            name: secret.target.clone(),
            name_template: input.template.to_owned(),
            tags: secret.tags.clone(),
            plan: input.entry.map(|entry| PlanView {
                class: entry.class,
                reading: entry.reading.clone().filter(|_| input.object_ids),
                stored_as: entry.stored_as.map(|stored| stored.name().to_owned()),
                problems: entry.problems.clone(),
            }),
            place_count: secret.occurrences.len() as u64,
            places: places
                .map(|place| PlaceView::of(secret, place, input.object_ids))
                .collect(),
        }
    }
}

/// The oldest known commit with a value.
pub fn since(secret: &Secret, object_ids: bool) -> Option<Since> {
    let dated = secret.occurrences.iter().filter_map(|place| {
        let date: jiff::Timestamp = place.date.as_ref()?.parse().ok()?;
        Some((date, place.introduced, place))
    });
    let (_, _, oldest) = dated.min()?;
    Some(Since {
        introduced: oldest.introduced,
        commit: oldest.commit.clone().filter(|_| object_ids),
        author: oldest.author.clone(),
        date: oldest.date.clone(),
        repository: oldest.repository.clone(),
        path: path_without_id(oldest).to_owned(),
    })
}

impl StepView {
    fn of(step: &ChainStep) -> Self {
        let (result, failing) = match &step.result {
            StepResult::Decided => (ResultName::Decided, &[][..]),
            StepResult::WouldHave => (ResultName::WouldHave, &[][..]),
            StepResult::DoesNotHold(failing) => (ResultName::DoesNotHold, failing.as_slice()),
            StepResult::Ended => (ResultName::Ended, &[][..]),
            StepResult::Contradicted => (ResultName::Contradicted, &[][..]),
        };
        Self {
            what: step.what,
            name: step.name.clone(),
            outcome: step.outcome,
            result,
            failing: failing.to_vec(),
        }
    }
}

impl PlaceView {
    fn of(secret: &Secret, place: &Occurrence, object_ids: bool) -> Self {
        let evidence = secret.evidence_at(Some(place));
        Self {
            repository: place.repository.clone(),
            path: path_without_id(place).to_owned(),
            line: place.line,
            column: place.column,
            origin: place.origin,
            at_head: place.at_head,
            reachable: place.reachable,
            introduced: introduction(place),
            commit: place.commit.clone().filter(|_| object_ids),
            author: place.author.clone(),
            date: place.date.clone(),
            refs: place.refs.clone(),
            refs_more: place.refs_more,
            last_date: place.last_date.clone(),
            kind: evidence.kind,
            detector: evidence.detector.clone(),
            key: evidence.context.key.clone(),
            reading: place.certainty.reading(),
            reading_doubt: place.certainty.doubt(),
            steps: object_ids.then(|| Decoding::in_words(&place.decoding)),
        }
    }
}
