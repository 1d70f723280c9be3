//! The question about a value whose readers may differ, and a person's answer to it.

use super::inputs::Inputs;
use super::rule_ids::DOUBTFUL;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::entry_reading::ReadingChoice;

/// The beginning of the question.
const QUESTION: &str = "Which value does the application read?";

/// Whether a question is the one about a doubtful value.
pub(super) fn is_question(text: &str) -> bool {
    text.starts_with(QUESTION)
}

/// Takes over the reading that a person chose in `decisions.yaml`. Without this file, an earlier choice stays.
pub(super) fn apply_choice(secret: &mut Secret, inputs: &Inputs) {
    if inputs.decisions.is_some() {
        secret.reading.chosen = inputs.person(secret).and_then(|entry| entry.reading);
    }
    let known = secret.reading.written;
    let written = || secret.readings().map(|(_, readings)| readings.written);
    secret.reading.written = match secret.reading.chosen {
        Some(ReadingChoice::AsWritten) if secret.is_doubtful() => {
            let is_there = known.filter(|known| written().any(|written| written == *known));
            is_there.or_else(|| written().min())
        }
        // The value that was moved stays the same when its places are gone.
        Some(ReadingChoice::AsWritten) if secret.occurrences.is_empty() => known,
        _ => None,
    };
}

/// Sends a secret to review if its value is doubtful and no person has chosen a reading.
///
/// The question has no length and no character of the value: it is stored, and readers of the inventory must learn
/// nothing of the value. `discover` shows the two readings beside it.
pub(super) fn ask(secret: &mut Secret, inputs: &Inputs) {
    let asks = matches!(secret.decision.outcome, Outcome::Relocate | Outcome::Review);
    if !asks || !secret.is_doubtful() || secret.reading.chosen.is_some() {
        return;
    }
    let mut doubts = secret
        .occurrences
        .iter()
        .filter_map(|place| place.certainty.doubt());
    let Some(doubt) = doubts.next() else { return };
    let decision = &mut secret.decision;
    if decision.is_by_person() && inputs.decisions.is_none() {
        // Nothing else has this decision.
        secret.disputed.decisions.insert(decision.clone());
    }
    if decision.outcome == Outcome::Relocate {
        decision.outcome = Outcome::Review;
        decision.reason = format!("Its value is doubtful. {}", decision.reason);
        decision.rule = DOUBTFUL.to_owned();
    }
    decision.questions.push(format!(
        "{QUESTION} The value is doubtful: {}. Answer with `reading: as-read` or `reading: as-written`.",
        doubt.description()
    ));
}

#[cfg(test)]
mod tests {
    use super::super::sample_secrets::{decided, relocated};
    use super::*;
    use crate::finding::{Certainty, Doubt, Readings};
    use crate::secret::{Fingerprint, SecretValue};

    fn doubtful() -> Secret {
        let mut secret = relocated(1, "DB_PASSWORD", &[("shop", "app.env")]);
        let place = &mut secret.occurrences[0];
        place.certainty = Certainty::Doubtful(Doubt::Variable);
        let value = |text: &str| SecretValue::new(text.as_bytes().to_vec());
        let compared = Readings::of(
            &value("quay$mast"),
            &value("quay\\$mast"),
            Fingerprint([9; 32]),
        );
        place.readings = Some(Box::new(compared));
        secret
    }

    #[test]
    fn a_doubtful_value_is_asked_until_a_person_chooses() {
        let asked = decided(doubtful(), None);
        assert_eq!(asked.decision.outcome, Outcome::Review);
        assert_eq!(asked.decision.rule, DOUBTFUL);
        let questions = asked.decision.questions.join(" ");
        assert!(questions.contains("`reading: as-read`"), "{questions}");
        assert!(
            !questions.contains("quay") && !questions.contains('9'),
            "{questions}"
        );
        // An outcome alone is no answer.
        let relocate = "{ outcome: relocate, reason: r, by: c }";
        let asked = decided(asked, Some(relocate));
        assert_eq!(asked.decision.outcome, Outcome::Review);
        let answered = decided(asked.clone(), Some("{ by: c, reading: as-read }"));
        assert_eq!(answered.decision.outcome, Outcome::Relocate);
        assert_eq!(answered.reading.written, None);
        let answered = decided(asked, Some("{ by: c, reading: as-written }"));
        assert_eq!(answered.decision.outcome, Outcome::Relocate);
        assert_eq!(*answered.moved_fingerprint(), Fingerprint([9; 32]));
        // The choice stays without the file, and without places.
        let mut kept = decided(answered, None);
        assert_eq!(kept.decision.outcome, Outcome::Relocate);
        kept.occurrences.clear();
        let gone = decided(kept, None);
        assert_eq!(*gone.moved_fingerprint(), Fingerprint([9; 32]));
        // An entry without the field takes the choice back.
        let asked = decided(gone, Some("{ by: c, name: db }"));
        assert_eq!(asked.reading.chosen, None);
    }

    #[test]
    fn a_retained_value_is_not_asked_and_no_decision_is_lost() {
        let retain = "{ outcome: retain, reason: r, by: c }";
        let retained = decided(doubtful(), Some(retain));
        assert_eq!(retained.decision.outcome, Outcome::Retain);
        assert!(retained.decision.questions.is_empty());
        let relocate = "{ outcome: relocate, reason: r, by: c, reading: as-read }";
        let mut person = decided(doubtful(), Some(relocate));
        assert!(person.decision.is_by_person());
        // Another inventory has the decision without the choice.
        person.reading.chosen = None;
        let asked = decided(person, None);
        assert_eq!(asked.decision.outcome, Outcome::Review);
        assert_eq!(asked.disputed.decisions.len(), 1);
    }

    #[test]
    fn an_exact_place_asks_nothing() {
        let mut secret = doubtful();
        let mut exact = secret.occurrences[0].clone();
        exact.line = 7;
        exact.certainty = Certainty::Exact;
        exact.readings = None;
        secret.occurrences.push(exact);
        let secret = decided(secret, None);
        assert_eq!(secret.decision.outcome, Outcome::Relocate);
    }
}
