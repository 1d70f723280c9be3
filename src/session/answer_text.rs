//! An answer as the text of one cell.

use crate::decide::answer::{Answer, Topic};
use crate::inventory::entry::Outcome;
use crate::inventory::entry_reading::ReadingChoice;
use crate::inventory::use_key::UseChoice;

/// Before the id of a rule of `replacements`.
const REPLACED: &str = "replaced by ";

/// The text of an answer.
pub fn of(answer: &Answer) -> String {
    match answer {
        Answer::Outcome(outcome) => outcome.name().to_owned(),
        Answer::Replacement(rule) => format!("{REPLACED}{rule}"),
        Answer::Field { value, .. } | Answer::Name(value) => value.clone(),
        Answer::Uses(choice) => choice.name().to_owned(),
        Answer::Reading(choice) => choice.name().to_owned(),
    }
}

/// The text is no answer to the question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no answer for {topic}: {expected}")]
pub struct AnswerTextError {
    text: String,
    topic: String,
    expected: String,
}

/// The answer that a text is. Letter case does not count for words of the format.
///
/// # Errors
///
/// The text is none of the words of the topic. The value of a field is checked when the answer is given.
pub fn parse(topic: &Topic, text: &str) -> Result<Answer, AnswerTextError> {
    let text = text.trim();
    let word = text.to_lowercase();
    let error = |expected: String| {
        Err(AnswerTextError {
            text: text.to_owned(),
            topic: topic.to_string(),
            expected: format!("it is {expected}"),
        })
    };
    match topic {
        Topic::Outcome => {
            if let Some(rule) = word.strip_prefix(REPLACED) {
                return Ok(Answer::Replacement(rule.trim().to_owned()));
            }
            let known = Outcome::CHOICES
                .into_iter()
                .find(|outcome| outcome.name() == word);
            match known {
                Some(outcome) => Ok(Answer::Outcome(outcome)),
                None => error(
                    "relocate, retain, retire, dismiss, or `replaced by` and the id of a rule"
                        .to_owned(),
                ),
            }
        }
        Topic::Uses => match [UseChoice::Separate, UseChoice::Together]
            .into_iter()
            .find(|choice| choice.name() == word)
        {
            Some(choice) => Ok(Answer::Uses(choice)),
            None => error("separate or together".to_owned()),
        },
        Topic::Reading => match [ReadingChoice::AsRead, ReadingChoice::AsWritten]
            .into_iter()
            .find(|choice| choice.name() == word)
        {
            Some(choice) => Ok(Answer::Reading(choice)),
            None => error("as-read or as-written".to_owned()),
        },
        Topic::Field(field) => Ok(Answer::of_field(field, text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_answer_is_read_again() {
        let field = |field: &str, value: &str| Answer::of_field(field, value.to_owned());
        let answers = Outcome::CHOICES.into_iter().map(Answer::Outcome).chain([
            Answer::Replacement("iam-role".to_owned()),
            Answer::Uses(UseChoice::Separate),
            Answer::Uses(UseChoice::Together),
            Answer::Reading(ReadingChoice::AsRead),
            Answer::Reading(ReadingChoice::AsWritten),
            field("appenv", "Prod"),
            field("name", "db"),
        ]);
        for answer in answers {
            assert_eq!(parse(&answer.topic(), &of(&answer)), Ok(answer));
        }
        assert_eq!(
            parse(&Topic::Outcome, " RETIRE "),
            Ok(Answer::Outcome(Outcome::Retire))
        );
        for (topic, text) in [
            (Topic::Outcome, "maybe"),
            (Topic::Uses, "both"),
            (Topic::Reading, ""),
        ] {
            assert!(parse(&topic, text).is_err(), "{text}");
        }
    }
}
