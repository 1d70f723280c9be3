//! Earlier answers of the same person: a new answer takes their place.

use std::collections::BTreeSet;

use super::given_answer::Reply;
use crate::decide::answer::Topic;
use crate::decide::decisions_file::StatementEntry;
use crate::secret::SecretId;

/// What is left of an earlier statement of the same person when an answer takes its place.
pub fn kept(known: &StatementEntry, reply: &Reply) -> Option<StatementEntry> {
    let topic = match () {
        () if known.outcome.is_some() || known.replacement.is_some() => Topic::Outcome,
        () if known.uses.is_some() => Topic::Uses,
        () if known.reading.is_some() => Topic::Reading,
        () if known.name.is_some() => Topic::Field("name".to_owned()),
        () => match known.metadata.keys().next() {
            Some(field) if known.metadata.len() == 1 => Topic::Field(field.clone()),
            _ => return Some(known.clone()),
        },
    };
    // A statement that a person wrote by hand says what it says.
    if known.at.is_none() || known.when.is_some() || topic != reply.answer.topic() {
        return Some(known.clone());
    }
    let answered: BTreeSet<String> = reply.secrets.iter().map(SecretId::to_string).collect();
    let mut left = known.clone();
    left.secrets.retain(|id| !answered.contains(id));
    left.secret = left.secret.filter(|id| !answered.contains(id));
    match (&left.secret, left.secrets.len()) {
        (None, 0) => None,
        _ => Some(left),
    }
}
