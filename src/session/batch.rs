//! Gives all answers of a filled-in sheet. Rows that do not fit are reported, and the others are answered.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answer_sheet::{FilledRow, Misfit, SameAnswer};
use super::answer_text;
use super::given_answer::Reply;
use super::session_error::SessionError;
use super::session_state::Session;
use crate::decide::answer::{Answer, Topic};
use crate::secret::SecretId;

/// What a sheet did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchResult {
    /// The statements that were written.
    pub statements: usize,
    /// The answers of rows that were given.
    pub answered: usize,
    /// Rows that do not fit.
    pub misfits: Vec<Misfit>,
}

/// Gives the answers of a sheet. Rows with the same answer and reason become one statement.
///
/// # Errors
///
/// A file cannot be read or written. Statements before are written.
pub fn answer(
    session: &mut Session,
    rows: &[FilledRow],
    at: Timestamp,
) -> Result<BatchResult, SessionError> {
    let mut result = BatchResult::default();
    for same in fitting(session, rows, &mut result.misfits) {
        let answered = same.rows.len();
        let reply = Reply {
            secrets: same.rows.iter().map(|(id, _)| id.clone()).collect(),
            answer: same.answer,
            reason: Some(same.reason).filter(|reason| !reason.is_empty()),
            at,
        };
        match session.answer(&reply) {
            Ok(_) => {
                result.statements += 1;
                result.answered += answered;
            }
            Err(
                error @ (SessionError::Load(_) | SessionError::Own(_) | SessionError::Files(_)),
            ) => {
                return Err(error);
            }
            Err(error) => result
                .misfits
                .extend(same.rows.into_iter().map(|(_, place)| Misfit {
                    place,
                    message: error.to_string(),
                })),
        }
    }
    Ok(result)
}

/// The rows that fit, by answer and reason, in the order of their first rows.
fn fitting(session: &Session, rows: &[FilledRow], misfits: &mut Vec<Misfit>) -> Vec<SameAnswer> {
    let mut same: Vec<SameAnswer> = Vec::new();
    let mut seen: BTreeMap<(SecretId, Topic), (String, Answer)> = BTreeMap::new();
    for row in rows {
        let mut misfit = |message: String| {
            misfits.push(Misfit {
                place: row.place.clone(),
                message,
            });
        };
        let Ok(id) = row.secret.parse::<SecretId>() else {
            misfit(format!("`{}` is no id of a secret", row.secret));
            continue;
        };
        if !session.secrets().contains_key(&id) {
            misfit(format!("{id} is not in the inventory"));
            continue;
        }
        let questions = session.questions(&id);
        let asked = questions
            .iter()
            .find(|asked| asked.topic.to_string() == row.topic);
        let Some(asked) = asked else {
            misfit(format!(
                "{id} has no open question about `{}`: it is settled, or the sheet is old",
                row.topic
            ));
            continue;
        };
        let answer = match answer_text::parse(&asked.topic, &row.answer) {
            Ok(answer) => answer,
            Err(error) => {
                misfit(error.to_string());
                continue;
            }
        };
        if let Answer::Field { field, value } = &answer
            && let Err(error) = session.policy().check_field(field, value)
        {
            misfit(error.to_string());
            continue;
        }
        if matches!(answer, Answer::Outcome(_)) && row.reason.is_empty() {
            misfit("an outcome needs a reason".to_owned());
            continue;
        }
        match seen.get(&(id.clone(), asked.topic.clone())) {
            Some((_, known)) if *known == answer => continue,
            Some((place, _)) => {
                misfit(format!("{place} has another answer to the same question"));
                continue;
            }
            None => {
                let key = (id.clone(), asked.topic.clone());
                seen.insert(key, (row.place.clone(), answer.clone()));
            }
        }
        let known = same
            .iter_mut()
            .find(|known| known.answer == answer && known.reason == row.reason);
        // A name belongs to one secret.
        match known.filter(|_| !matches!(answer, Answer::Name(_))) {
            Some(known) => known.rows.push((id, row.place.clone())),
            None => same.push(SameAnswer {
                answer,
                reason: row.reason.clone(),
                rows: vec![(id, row.place.clone())],
            }),
        }
    }
    same
}
