//! The draft of a plan: made from the inventory and the limits of Secrets Manager, without a call.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::cost_estimate::CostEstimate;
use super::plan_content::{Class, Entry, NotPlanned, Plan, SCHEMA, StoredAs};
use super::plan_input::PlanInput;
use super::planned_place::PlannedPlace;
use crate::decide::{Problem, ProblemCode};
use crate::escape;
use crate::finding::{Decoding, Occurrence};
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::place_order;
use crate::migrate::plan_problem::{self, PlanProblem, PlanProblemCode};
use crate::secrets_manager::{Description, ProposedText, SecretName};

/// Makes a plan from the inventory and the limits of Secrets Manager. Makes no call and reads no
/// value: every entry without a problem is [`Class::Unchecked`].
pub fn draft(input: &PlanInput<'_>) -> Plan {
    let mut not_planned = NotPlanned::default();
    let mut entries = Vec::new();
    for secret in input.secrets {
        match secret.decision.outcome {
            Outcome::Relocate => entries.push(draft_entry(input, secret)),
            Outcome::Retain => not_planned.retain += 1,
            Outcome::Retire => not_planned.retire += 1,
            Outcome::PartOf => not_planned.part_of += 1,
            Outcome::Dismiss => not_planned.dismiss += 1,
            Outcome::Review => {
                not_planned.review += 1;
                not_planned.questions += secret.decision.questions.len() as u64;
            }
        }
    }
    entries.sort_by(|a, b| a.secret.cmp(&b.secret));
    refuse_shared_names(&mut entries);
    let mut plan = Plan {
        schema: SCHEMA,
        inventory: input.inventory.to_owned(),
        account: input.account.clone(),
        region: input.region.clone(),
        policy_target: Some(input.policy_target.clone()),
        compared: false,
        counts: BTreeMap::new(),
        not_planned,
        cost: CostEstimate::default(),
        notes: Vec::new(),
        entries,
    };
    plan.count(input);
    plan
}

fn draft_entry(input: &PlanInput<'_>, secret: &Secret) -> Entry {
    let occurrence = source(secret);
    let description = describe(secret);
    let unsettled = input
        .problems
        .get(&secret.id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut problems = self::unsettled(unsettled);
    match &secret.target {
        Some(name) => problems.extend(plan_problem::name_problems(name)),
        // Naming has given the reason.
        None if !problems.is_empty() => {}
        None => problems.push(PlanProblem::new(
            PlanProblemCode::NoName,
            "no name can be made for it: a part of the naming template is unknown",
            "say what is missing in the registry, in decisions.yaml or with --set, then plan again",
        )),
    }
    match occurrence {
        Some(ref occurrence) => match plan_problem::reading_problem(secret) {
            Some(problem) => problems.push(problem),
            None => problems.extend(plan_problem::occurrence_size(occurrence)),
        },
        None => problems.push(PlanProblem::new(
            PlanProblemCode::NoOccurrence,
            "the inventory has no place where the value can be read",
            "run `keyferry discover` again",
        )),
    }
    problems.extend(part_problems(input, secret));
    problems.extend(plan_problem::tag_problems(&secret.tags));
    problems.extend(
        input
            .kms_key
            .and_then(|key| plan_problem::key_region_problem(key, input.region)),
    );
    Entry {
        secret: secret.id.clone(),
        fingerprint: *secret.moved_fingerprint(),
        class: class_of(&problems),
        token: secret.target.as_ref().map(|name| {
            input.key.request_token(
                input.account.as_str(),
                input.region.as_str(),
                name,
                secret.moved_fingerprint(),
            )
        }),
        name: secret.target.as_deref().map(ProposedText::new),
        description,
        kms_key: input.kms_key.cloned(),
        tags: secret.tags.clone(),
        rotation: secret.rotation.clone(),
        roles: secret.roles(),
        payload: secret.payload.clone(),
        replacement: secret.replacement.clone(),
        problems,
        occurrence: occurrence.as_deref().map(PlannedPlace::of),
        reading: occurrence
            .as_deref()
            .map(|place| Decoding::in_words(&place.decoding)),
        stored_as: Some(match secret.payload.is_none() && secret.moves_binary() {
            false => StoredAs::SecretString,
            true => StoredAs::SecretBinary,
        }),
    }
}

/// The problems of the other values that are moved with a secret.
fn part_problems(input: &PlanInput<'_>, secret: &Secret) -> Vec<PlanProblem> {
    let parts = secret
        .payload
        .iter()
        .flat_map(|payload| payload.parts.values());
    let own = secret.id.of_value();
    let mut problems = Vec::new();
    for part in parts.filter(|part| part.secret != own) {
        let of_value = |known: &&Secret| known.id.of_value() == part.secret;
        let holders: Vec<&Secret> = input.secrets.iter().filter(of_value).collect();
        match holders
            .iter()
            .find_map(|part| plan_problem::reading_problem(part))
        {
            Some(problem) => problems.push(problem),
            None if !holders.is_empty()
                && holders
                    .iter()
                    .all(|part| part.importable_places().is_empty()) =>
            {
                problems.push(PlanProblem::new(
                    PlanProblemCode::NoOccurrence,
                    format!(
                        "the inventory has no place where {} can be read",
                        part.secret
                    ),
                    "run `keyferry discover` again",
                ));
            }
            None => {}
        }
    }
    problems
}

/// The problems that settling found. All missing fields of a secret are one problem, with one hint.
fn unsettled(problems: &[Problem]) -> Vec<PlanProblem> {
    let not_settled = |message: &str, hint: &str| {
        PlanProblem::new(
            PlanProblemCode::NotSettled,
            escape::line(message),
            escape::line(hint),
        )
    };
    let missing: BTreeSet<&str> = problems
        .iter()
        .filter(|problem| problem.code == ProblemCode::FieldMissing)
        .filter_map(|problem| problem.field.as_deref())
        .collect();
    let mut planned = Vec::new();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().copied().collect();
        let set: Vec<String> = missing
            .iter()
            .map(|field| format!("--set {field}=…"))
            .collect();
        let message = format!(
            "{} {} not known",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" }
        );
        let hint = format!(
            "say it for all secrets of a target with `keyferry discover TARGET {}`, for repositories in the register, or for single secrets in decisions.yaml; then plan again",
            set.join(" ")
        );
        planned.push(not_settled(&message, &hint));
    }
    let others = problems
        .iter()
        .filter(|problem| problem.code != ProblemCode::FieldMissing);
    planned.extend(others.map(|problem| not_settled(&problem.message, &problem.hint)));
    planned
}

fn class_of(problems: &[PlanProblem]) -> Class {
    if problems.is_empty() {
        Class::Unchecked
    } else if problems.iter().all(|problem| {
        matches!(
            problem.code,
            PlanProblemCode::NotSettled | PlanProblemCode::NoName
        )
    }) {
        Class::NotSettled
    } else if problems.iter().any(|problem| {
        matches!(
            problem.code,
            PlanProblemCode::ValueDoubtful | PlanProblemCode::ValueInParts
        )
    }) {
        Class::NotExact
    } else {
        Class::Invalid
    }
}

/// The place to read the value from first: one from which it can be moved. Of these, a blob in git is preferred,
/// because it cannot change; then a place that is still in use.
fn source(secret: &Secret) -> Option<Cow<'_, Occurrence>> {
    let rank =
        |place: &Cow<'_, Occurrence>| (place.blob.is_none(), !place.at_head, !place.reachable);
    let importable = secret.importable_places().into_iter().min_by_key(rank);
    let any = || {
        secret
            .occurrences
            .iter()
            .map(Cow::Borrowed)
            .min_by_key(rank)
    };
    importable.or_else(any)
}

/// The secret's description in Secrets Manager: its kind, key and origin, cut to the allowed
/// length.
fn describe(secret: &Secret) -> Description {
    let places = place_order::sorted(secret);
    let from = places.first().map_or("", |place| place.repository.as_str());
    let key = secret
        .context
        .key
        .as_deref()
        .map(|key| format!(" {key}"))
        .unwrap_or_default();
    let text = format!(
        "{} secret{key} from {from}, moved by keyferry ({})",
        secret.kind.name(),
        secret.id
    );
    Description::truncated(&escape::line(&text))
}

/// Marks the entries whose names other entries have, too: the account can hold a name once.
fn refuse_shared_names(entries: &mut [Entry]) {
    let names: Vec<ProposedText<SecretName>> = entries
        .iter()
        .filter_map(|entry| entry.name.clone())
        .collect();
    let shared = plan_problem::shared_names(names.iter().map(ProposedText::as_str));
    for entry in entries {
        if let Some(count) = entry
            .name
            .as_ref()
            .and_then(|name| shared.get(name.as_str()))
        {
            entry.problems.push(PlanProblem::new(
                PlanProblemCode::NameShared,
                format!("{count} secrets of the inventory would get this name"),
                "add a field to the naming template in which they differ, or give one of them another name",
            ));
            entry.class = Class::Invalid;
        }
    }
}
