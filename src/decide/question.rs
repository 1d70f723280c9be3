//! The open questions of a settled secret, each with the answers that people can give.

use super::answer::{Answer, Topic, outcomes};
use super::decision;
use super::inputs::Inputs;
use super::metadata::{self, Gathered};
use crate::inventory::entry::{Outcome, Secret};

/// An open question, or several that one answer settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked for.
    pub topic: Topic,
    /// The question in words. Several that the same answers settle are together.
    pub texts: Vec<String>,
    /// Possible answers. Of a field, other values are possible, too.
    pub answers: Vec<Answer>,
}

/// The open questions of a settled secret, in a fixed order. A field that the policy requires and that is not known is a
/// question of a secret that is to be relocated or in review.
pub fn questions(secret: &Secret, inputs: &Inputs) -> Vec<Question> {
    let needs_fields = matches!(secret.decision.outcome, Outcome::Relocate | Outcome::Review);
    let missing = match needs_fields {
        true => metadata::missing_fields(secret, inputs.policy),
        false => Vec::new(),
    };
    if secret.decision.questions.is_empty()
        && missing.is_empty()
        && secret.decision.outcome != Outcome::Review
    {
        return Vec::new();
    }
    let gathered = metadata::gather(secret, inputs);
    let mut questions = asked(secret, &gathered, inputs);
    for field in missing {
        let topic = Topic::Field(field.clone());
        if !questions.iter().any(|known| known.topic == topic) {
            questions.push(Question {
                topic,
                texts: vec![format!("Which {field} is it? Nothing states it.")],
                answers: Vec::new(),
            });
        }
    }
    // A secret in review waits for an outcome, also if its rule asks nothing.
    if questions.is_empty() && secret.decision.outcome == Outcome::Review {
        questions.push(Question {
            topic: Topic::Outcome,
            texts: vec!["What happens to it?".to_owned()],
            answers: outcomes(secret),
        });
    }
    questions
}

/// The questions that its decision asks.
pub(super) fn asked(secret: &Secret, gathered: &Gathered, inputs: &Inputs) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for (text, answers) in decision::answers(secret, gathered, inputs) {
        let same = |known: &&mut Question| known.answers == answers;
        match questions.iter_mut().find(same) {
            Some(known) => known.texts.push(text),
            None => questions.push(Question {
                topic: answers[0].topic(),
                texts: vec![text],
                answers,
            }),
        }
    }
    questions
}
