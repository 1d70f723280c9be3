//! The decision on a secret: a person's outcome, else the first rule of the policy that applies,
//! else review by a person.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{self, Answer};
use super::conflict::Conflict;
use super::contradiction;
use super::decisions::Decisions;
use super::dispute;
use super::field_names::{APPID, IDENTITY};
use super::inputs::Inputs;
use super::lifecycle;
use super::metadata::{self, Gathered};
use super::reading;
use super::rule_ids::{CONFLICT, NO_RULE, NOT_FOUND, PERSON, REPLACED};
use super::said::{SaidOutcome, SaidUses};
use super::statement_tally::Verdict;
use super::uses;
use crate::inventory::entry::{Decision, MigrationProgress, Outcome, Secret};
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::use_key::UseChoice;

/// The greatest number of values that a question names.
const VALUES_SHOWN: usize = 5;
/// The greatest number of occurrences that a question names for one value.
const PLACES_SHOWN: usize = 3;
/// The greatest number of characters of a value or a place.
const LONGEST_SHOWN: usize = 100;

/// Sets the metadata and the decision of an entry whose uses are settled together.
///
/// Deciding is a function of the secret and the inputs. Deciding twice changes nothing.
pub fn decide(secret: &mut Secret, inputs: &Inputs) -> Verdict {
    let said = uses::said(secret, inputs);
    decide_use(secret, &said, inputs)
}

/// Sets the metadata and the decision of a use, or of an entry with one use. `uses` is what people say of the uses of its
/// entry.
pub(super) fn decide_use(secret: &mut Secret, uses: &SaidUses, inputs: &Inputs) -> Verdict {
    dispute::apply_answers(secret, inputs);
    reading::apply_choice(secret, inputs);
    let gathered = metadata::gather(secret, inputs);
    secret.metadata.clone_from(&gathered.facts);
    secret.replacement = lifecycle::replacement(secret, inputs);
    let said = inputs.outcome(secret);
    secret.decision = decision(secret, &gathered, &said, uses.choice, inputs);
    dispute::ask(secret, inputs);
    reading::ask(secret, inputs);
    let applications = metadata::applications_of(&gathered);
    let mut clashes = gathered.clashes;
    clashes.extend(said.clash);
    clashes.extend(uses.clash.clone());
    if let Some(decisions) = inputs.decisions {
        contradiction::ask(secret, &clashes, decisions);
    }
    let decision = &mut secret.decision;
    if !decision.is_by_person() {
        (decision.statement, decision.by_condition) = (None, false);
    }
    secret.rotation = lifecycle::rotation(secret, inputs);
    let mut facts_by = gathered.statements;
    let uses_by = uses
        .by_condition
        .filter(|number| !facts_by.contains(number));
    facts_by.extend(uses_by);
    Verdict {
        applications,
        decided_by: said.decides.filter(|_| secret.decision.is_by_person()),
        facts_by,
        clashes,
    }
}

/// The decision on a secret whose metadata are set.
fn decision(
    secret: &Secret,
    gathered: &Gathered,
    said: &SaidOutcome,
    uses: Option<UseChoice>,
    inputs: &Inputs,
) -> Decision {
    let statement = |number: Option<usize>| inputs.decisions?.all().get(number?);
    if let Some(statement) = statement(said.decides)
        && let Some(outcome) = statement.says.outcome
    {
        let says = &statement.says;
        let reason = says.reason.as_deref().unwrap_or_default().trim();
        let reason = format!("{reason} ({})", says.by.trim());
        let questions = if outcome == Outcome::Review {
            tree()
        } else {
            Vec::new()
        };
        return still_there(
            Decision {
                questions,
                statement: Some(statement.place.recorded()),
                by_condition: statement.secrets.is_empty(),
                ..Decision::by_rule(outcome, PERSON, reason)
            },
            secret,
        );
    }
    // Without a decisions.yaml it is not known whether the person has revoked this decision.
    if inputs.decisions.is_none() {
        let known = secret.disputed.decision();
        let known = known.or_else(|| {
            Some(&secret.decision)
                .filter(|known| known.is_by_person())
                .cloned()
        });
        if let Some(known) = known {
            return still_there(known, secret);
        }
    }
    let mut decision = replaced(secret, inputs).unwrap_or_else(|| by_policy(secret, inputs));
    doubt(&mut decision, secret, gathered, uses, inputs);
    if let Some(says) = statement(said.ended).map(|statement| &statement.says)
        && let (Some(outcome), Some(last)) = (says.outcome, says.until)
    {
        let note = format!(
            " {} decided {} until {}, which has passed.",
            says.by.trim(),
            outcome.name(),
            last.0
        );
        decision.reason.push_str(&note);
    }
    decision
}

/// A person's decision. It cannot relocate a secret that is no longer found anywhere.
fn still_there(decision: Decision, secret: &Secret) -> Decision {
    if decision.outcome != Outcome::Relocate || !secret.occurrences.is_empty() {
        return decision;
    }
    let reason = format!(
        "{} A person decided to relocate it: {}",
        not_found(secret),
        decision.reason
    );
    Decision {
        outcome: Outcome::Retire,
        reason,
        ..decision
    }
}

/// The reason to retire a secret that is no longer found anywhere.
fn not_found(secret: &Secret) -> &'static str {
    if secret.reading.read_now_as.is_some() {
        "An earlier version read this value at its places. Another value is read there now: see `read_now_as`."
    } else if secret.progress > MigrationProgress::Found {
        "It is in Secrets Manager and no longer found in any repository. Whoever kept a copy of one can still read it: \
         change it where it was issued."
    } else {
        "It is no longer found in any repository, so it cannot be read to be moved. Revoke it where it was issued."
    }
}

fn by_policy(secret: &Secret, inputs: &Inputs) -> Decision {
    if secret.occurrences.is_empty() {
        return Decision::by_rule(Outcome::Retire, NOT_FOUND, not_found(secret));
    }
    match inputs
        .policy
        .decisions
        .iter()
        .find(|rule| rule.when.holds(secret, &inputs.repositories))
    {
        Some(rule) => {
            let mut decision = Decision {
                questions: rule.questions.clone(),
                ..Decision::by_rule(rule.then, &*rule.id, rule.reason.trim())
            };
            if rule.when.replaceable == Some(true) {
                explain_replacement(&mut decision, secret, inputs);
            }
            decision
        }
        None => Decision {
            questions: tree(),
            ..Decision::by_rule(
                Outcome::Review,
                NO_RULE,
                "No rule of the policy applies to it.",
            )
        },
    }
}

/// The decision on a secret of which a person said that a service replaces it.
fn replaced(secret: &Secret, inputs: &Inputs) -> Option<Decision> {
    let replacement = secret
        .replacement
        .as_ref()
        .filter(|known| known.is_adopted())?;
    if secret.occurrences.is_empty() {
        return None;
    }
    let mut decision = Decision::by_rule(
        Outcome::Retire,
        REPLACED,
        format!(
            "A person said that {} takes its place. When nothing uses the value any more, revoke and remove it.",
            replacement.service
        ),
    );
    explain_replacement(&mut decision, secret, inputs);
    decision.questions.clear();
    Some(decision)
}

/// Adds the reason of the rule that names the replacement, its documentation and its questions.
fn explain_replacement(decision: &mut Decision, secret: &Secret, inputs: &Inputs) {
    let Some(replacement) = &secret.replacement else {
        return;
    };
    let mut rules = inputs.policy.replacements.iter();
    if let Some(rule) = rules.find(|rule| rule.id == replacement.rule) {
        decision.reason = format!("{} {}", decision.reason, rule.reason.trim());
        decision.questions.extend(rule.questions.iter().cloned());
    }
    if let Some(address) = &replacement.documentation {
        decision.reason = format!("{} See {address}", decision.reason);
    }
}

/// The questions of the decision tree. They are asked when no rule has narrower ones.
fn tree() -> Vec<String> {
    [
        "Is it still used and valid?",
        "Can a service of AWS replace it: an IAM role, a password that RDS manages, ACM, KMS?",
        "Must it stay on premises?",
        "Does the application that uses it migrate?",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Sends a secret to review if its occurrences disagree on a field that it needs, and adds a
/// question for each such field.
fn doubt(
    decision: &mut Decision,
    secret: &Secret,
    gathered: &Gathered,
    uses: Option<UseChoice>,
    inputs: &Inputs,
) {
    if !matches!(decision.outcome, Outcome::Relocate | Outcome::Review) {
        return;
    }
    let needed = |field: &str| {
        inputs
            .policy
            .fields
            .get(field)
            .is_some_and(|spec| spec.required)
            || inputs
                .policy
                .naming
                .template
                .placeholders()
                .any(|placeholder| placeholder == field)
    };
    let conflicts: Vec<_> = gathered
        .conflicts
        .iter()
        .filter(|(field, _)| needed(field))
        .collect();
    let uses = match uses {
        Some(UseChoice::Together) => BTreeSet::new(),
        _ => differing_uses(secret, gathered, inputs),
    };
    if conflicts.is_empty() && uses.is_empty() {
        return;
    }
    if decision.outcome == Outcome::Relocate {
        let fields: Vec<&str> = conflicts.iter().map(|(field, _)| field.as_str()).collect();
        let disagreement = match fields.is_empty() {
            true => "It has several uses.".to_owned(),
            false => format!("Its places disagree on {}.", fields.join(", ")),
        };
        decision.outcome = Outcome::Review;
        decision.reason = format!("{disagreement} {}", decision.reason);
        decision.rule = CONFLICT.to_owned();
    }
    if !uses.is_empty() {
        // The other fields differ because the uses do.
        return decision.questions.push(uses_question(&uses));
    }
    // Two applications differ in both; one question is enough for them.
    let appid = gathered.conflicts.contains_key(APPID);
    let asked = conflicts
        .into_iter()
        .filter(|(field, _)| !(appid && field.as_str() == "appname"));
    decision.questions.extend(
        asked.map(|(field, conflict)| conflict_question(field, &conflict.texts(secret, field))),
    );
}

/// The names of the uses of a secret, if there are several and no person has said that they share it.
fn differing_uses(secret: &Secret, gathered: &Gathered, inputs: &Inputs) -> BTreeSet<String> {
    let mut fields = IDENTITY.iter();
    let may_differ = fields.any(|field| gathered.conflicts.contains_key(*field))
        || inputs
            .decisions
            .is_some_and(Decisions::identify_by_condition);
    let is_one = secret.in_use.is_some() || secret.occurrences.len() < 2;
    if is_one || !may_differ {
        return BTreeSet::new();
    }
    let uses = uses::current(secret, inputs);
    match uses.len() {
        0 | 1 => BTreeSet::new(),
        _ => uses,
    }
}

/// The questions of a settled secret, each with its possible answers.
pub(super) fn answers(
    secret: &Secret,
    gathered: &Gathered,
    inputs: &Inputs,
) -> Vec<(String, Vec<Answer>)> {
    let uses = differing_uses(secret, gathered, inputs);
    let of = |asked: &String| -> Vec<Answer> {
        let mut conflicts = gathered.conflicts.iter();
        let asks = |(field, conflict): &(&String, &Conflict)| {
            conflict_question(field, &conflict.texts(secret, field)) == *asked
        };
        if let Some((field, conflict)) = conflicts.find(asks) {
            let values = conflict.0.keys().cloned();
            return values.map(|value| Answer::of_field(field, value)).collect();
        }
        if !uses.is_empty() && uses_question(&uses) == *asked {
            return [UseChoice::Separate, UseChoice::Together]
                .map(Answer::Uses)
                .to_vec();
        }
        if reading::is_question(asked) {
            return [ReadingChoice::AsRead, ReadingChoice::AsWritten]
                .map(Answer::Reading)
                .to_vec();
        }
        let disputed = secret.disputed.answers(asked);
        if !disputed.is_empty() {
            let answer = |(field, value): (String, String)| Answer::of_field(&field, value);
            return disputed.into_iter().map(answer).collect();
        }
        answer::outcomes(secret)
    };
    let asked = secret.decision.questions.iter();
    asked.map(|asked| (asked.clone(), of(asked))).collect()
}

/// The question whether several uses have one secret. `uses` are their names.
fn uses_question(uses: &BTreeSet<String>) -> String {
    let mut shown: Vec<String> = uses.iter().take(VALUES_SHOWN).cloned().collect();
    if let Some(more @ 1..) = uses.len().checked_sub(VALUES_SHOWN) {
        shown.push(format!("{more} more"));
    }
    format!(
        "It is used in {}. Does each get a secret of its own, or do they share one? Answer with `uses: separate`, or with \
         `uses: together` and the `metadata` of the shared one.",
        shown.join(", ")
    )
}

fn conflict_question(field: &str, values: &BTreeMap<String, BTreeSet<String>>) -> String {
    let shown = values.iter().take(VALUES_SHOWN).map(|(value, places)| {
        let named = places.iter().take(PLACES_SHOWN);
        let mut shown: Vec<String> = named.map(|place| shortened(place)).collect();
        if places.len() > PLACES_SHOWN {
            shown.push(format!("and {} more", places.len() - PLACES_SHOWN));
        }
        format!("`{}` ({})", shortened(value), shown.join("; "))
    });
    let mut shown: Vec<String> = shown.collect();
    if values.len() > VALUES_SHOWN {
        shown.push(format!("one of {} more", values.len() - VALUES_SHOWN));
    }
    format!(
        "Which {field} is it: {}? Answer with `metadata: {{ {field}: … }}`.",
        shown.join(" or ")
    )
}

/// A text without its middle, if it is long: a repository can have paths of thousands of characters.
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST_SHOWN {
        return text.to_owned();
    }
    let kept = LONGEST_SHOWN / 2;
    let start: String = text.chars().take(kept).collect();
    let end: String = text.chars().skip(count - kept + 1).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_a_bounded_length() {
        let places = |of: usize| -> BTreeSet<String> {
            (0..100)
                .map(|n| format!("repository-{of}: {}{n}", "deep/".repeat(800)))
                .collect()
        };
        let values = (0..300)
            .map(|n| (format!("{n:03}{}", "x".repeat(5000)), places(n)))
            .collect();
        let text = conflict_question("owner", &values);
        assert!(text.chars().count() < 2500, "{}", text.len());
        assert!(text.contains("; and 97 more) or `001"), "{text}");
        assert!(text.contains(" or one of 295 more? Answer with"), "{text}");
        assert!(!text.contains(&"x".repeat(LONGEST_SHOWN)), "{text}");
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        assert_eq!(
            shortened(&"é".repeat(LONGEST_SHOWN)),
            "é".repeat(LONGEST_SHOWN)
        );
        let long = shortened(&"é".repeat(LONGEST_SHOWN + 1));
        assert_eq!(long.chars().count(), LONGEST_SHOWN);
    }
}
