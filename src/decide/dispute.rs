//! Statements about a secret that contradict each other, after inventories were merged. They are
//! questions until a person answers them.

use super::field_names::WISHES;
use super::inputs::Inputs;
use super::metadata::NAME;
use crate::inventory::entry::{Decision, Outcome, Secret};

/// Removes the alternatives that a person has answered: in `decisions.yaml`, or with `--set`.
pub(super) fn apply_answers(secret: &mut Secret, inputs: &Inputs) {
    if secret.disputed.is_empty() {
        return;
    }
    let entry = inputs.person(secret);
    let disputed = &mut secret.disputed;
    if inputs.decisions.is_some() {
        // The file has the decisions and names of people. One that is not in it was taken back.
        disputed.decisions.clear();
        disputed.facts.remove(NAME);
        for wish in WISHES {
            disputed.facts.remove(wish);
        }
        for field in entry.iter().flat_map(|entry| entry.metadata.keys()) {
            disputed.facts.remove(field);
            for facts in disputed.said.values_mut() {
                facts.remove(field);
            }
        }
        if let Some(name) = entry.as_ref().and_then(|entry| entry.name.as_deref()) {
            choose_target(secret, name);
        }
    }
    let disputed = &mut secret.disputed;
    disputed.said.retain(|repository, facts| {
        for set in inputs.repositories.set(repository) {
            facts.remove(set.field);
        }
        !facts.is_empty()
    });
    // A decision is put aside while there are other questions.
    if disputed.decisions.len() == 1 && disputed.questions().is_empty() {
        secret.decision = disputed.decisions.pop_first().expect("there is one");
    }
}

/// Chooses one of the names under which Secrets Manager has the secret: the whole name, or its last
/// part, is the one that a person wishes.
fn choose_target(secret: &mut Secret, wish: &str) {
    let fits = |name: &String| {
        let before = name.strip_suffix(wish);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let mut fitting = secret.disputed.targets.keys().filter(|name| fits(name));
    if let (Some(name), None) = (fitting.next(), fitting.next()) {
        secret.progress = secret.disputed.targets[name];
        secret.target = Some(name.clone());
        secret.disputed.targets.clear();
    }
}

/// Sends a secret to review if people contradict each other about it, and asks which of them is
/// right.
pub(super) fn ask(secret: &mut Secret, inputs: &Inputs) {
    let questions = secret.disputed.questions();
    let decision = &mut secret.decision;
    if questions.is_empty() || !matches!(decision.outcome, Outcome::Relocate | Outcome::Review) {
        return;
    }
    let kept = &mut secret.disputed.decisions;
    if decision.is_by_person() && inputs.decisions.is_none() && kept.is_empty() {
        // Nothing else has this decision.
        kept.insert(decision.clone());
    }
    if decision.rule != Decision::CONFLICT {
        decision.reason = format!(
            "People contradict each other in inventories that were merged. {}",
            decision.reason
        );
        decision.rule = Decision::CONFLICT.to_owned();
    }
    decision.outcome = Outcome::Review;
    decision.questions.extend(questions);
}

#[cfg(test)]
mod tests {
    use super::super::sample_secrets::{decided, relocated};
    use super::*;
    use crate::inventory::entry::{Fact, MigrationProgress, Provenance};
    use crate::inventory::entry_join::join;

    fn by_person(mut secret: Secret, outcome: Outcome, owner: &str) -> Secret {
        secret.decision.outcome = outcome;
        secret.decision.rule = Decision::PERSON.to_owned();
        secret.decision.reason = format!("says {owner}");
        let fact = Fact {
            value: owner.to_owned(),
            from: Provenance::Person,
        };
        secret.metadata.insert("owner".to_owned(), fact);
        secret
    }

    fn two_people(outcomes: [Outcome; 2]) -> Secret {
        let secret = || relocated(1, "DB_PASSWORD", &[("shop", "app.env")]);
        join(
            by_person(secret(), outcomes[0], "ann"),
            by_person(secret(), outcomes[1], "bob"),
        )
    }

    #[test]
    fn a_dispute_is_asked_until_a_person_answers_it() {
        let disputed = two_people([Outcome::Retain, Outcome::Relocate]);
        let asked = decided(disputed.clone(), None);
        assert_eq!(asked.decision.outcome, Outcome::Review);
        assert_eq!(
            asked.decision.questions,
            [
                "Which decision is right: relocate (says bob) or retain (says ann)?",
                "People said different things in inventories that were merged: is owner `ann` or `bob`?",
            ]
        );
        // The second is another question than the first.
        let half = "{ outcome: relocate, reason: r, by: c }";
        let half = decided(asked.clone(), Some(half));
        assert_eq!(half.decision.outcome, Outcome::Review);
        assert!(half.disputed.decisions.is_empty());
        assert!(!half.metadata.contains_key("owner"));
        let whole = "{ outcome: relocate, reason: r, by: c, metadata: { owner: cem } }";
        for secret in [asked, half, disputed] {
            let answered = decided(secret, Some(whole));
            assert_eq!(answered.decision.outcome, Outcome::Relocate);
            assert_eq!(answered.metadata["owner"].value, "cem");
            assert!(answered.disputed.is_empty());
        }
    }

    #[test]
    fn a_decision_is_not_lost_while_there_are_questions() {
        let asked = decided(two_people([Outcome::Relocate; 2]), None);
        assert_eq!(asked.decision.outcome, Outcome::Review);
        assert_eq!(asked.decision.questions.len(), 1);
        // `--set` is an answer, too.
        let mut answered = asked.clone();
        answered.disputed.facts.clear();
        let answered = decided(answered, None);
        assert_eq!(answered.decision.outcome, Outcome::Relocate);
        assert_eq!(answered.decision.reason, "says ann / says bob");
        assert_eq!(answered.disputed.decisions.len(), 2);
        // What needs no facts is not asked.
        let retained = decided(two_people([Outcome::Retain; 2]), None);
        assert_eq!(retained.decision.outcome, Outcome::Retain);
        assert_eq!(retained.disputed.facts["owner"].len(), 2);
    }

    #[test]
    fn a_person_chooses_one_of_two_names() {
        let imported = |name: &str| {
            let mut secret = relocated(1, "DB_PASSWORD", &[("shop", "app.env")]);
            secret.target = Some(name.to_owned());
            secret.progress = MigrationProgress::Imported;
            secret
        };
        let both = join(imported("/shop/one"), imported("/shop/two"));
        let asked = decided(both, None);
        assert!(
            asked
                .decision
                .questions
                .last()
                .unwrap()
                .contains("`/shop/one` or `/shop/two`")
        );
        let answer = "{ by: c, name: two }";
        let answered = decided(asked, Some(answer));
        assert_eq!(answered.target.as_deref(), Some("/shop/two"));
        assert!(answered.disputed.is_empty());
        assert_ne!(answered.decision.rule, Decision::CONFLICT);
    }
}
