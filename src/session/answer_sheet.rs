//! The open questions as a sheet: a row for each question of a secret, with columns for the answer and the reason.

use serde::Serialize;

use super::answer_text;
use super::session_state::Session;
use crate::decide::answer::{Answer, Topic};
use crate::inventory::entry::Secret;
use crate::inventory::place_order;

/// A row: a question of a secret, and everything that a person needs to answer it. No value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SheetRow {
    /// The answer. Empty: to be filled in.
    pub answer: String,
    /// The reason. To be filled in with an outcome.
    pub reason: String,
    /// Possible answers.
    pub answers: String,
    /// The most likely answer. Empty: nothing speaks for one.
    pub proposal: String,
    /// Why it is likely.
    pub because: String,
    /// What is asked for.
    pub topic: String,
    /// The question in words.
    pub question: String,
    /// The team.
    pub owner: String,
    /// The application.
    pub application: String,
    /// The environment.
    pub environment: String,
    /// The kind of secret.
    pub kind: String,
    /// The rule that found it.
    pub detector: String,
    /// Where the value can be read.
    pub exposure: String,
    /// The repository of the best place.
    pub repository: String,
    /// The path of the best place.
    pub path: String,
    /// Its line.
    pub line: String,
    /// The number of places.
    pub places: String,
    /// The name that the value is assigned to.
    pub key: String,
    /// The user of the login.
    pub user: String,
    /// The host of the login.
    pub host: String,
    /// The id of the secret.
    pub secret: String,
}

/// The name of a column, and its cell in a row.
pub type Column = (&'static str, fn(&SheetRow) -> &str);

/// The columns, in the order in which people need them. `secret` and `topic` say what a row is about.
pub const COLUMNS: [Column; 21] = [
    (ANSWER, |row| &row.answer),
    (REASON, |row| &row.reason),
    ("answers", |row| &row.answers),
    ("proposal", |row| &row.proposal),
    ("because", |row| &row.because),
    (TOPIC, |row| &row.topic),
    ("question", |row| &row.question),
    ("owner", |row| &row.owner),
    ("application", |row| &row.application),
    ("environment", |row| &row.environment),
    ("kind", |row| &row.kind),
    ("detector", |row| &row.detector),
    ("exposure", |row| &row.exposure),
    ("repository", |row| &row.repository),
    ("path", |row| &row.path),
    ("line", |row| &row.line),
    ("places", |row| &row.places),
    ("key", |row| &row.key),
    ("user", |row| &row.user),
    ("host", |row| &row.host),
    (SECRET, |row| &row.secret),
];

/// The column to be filled in.
pub const ANSWER: &str = "answer";
/// The column with the reason.
pub const REASON: &str = "reason";
/// The column with the topic.
pub const TOPIC: &str = "topic";
/// The column with the id of the secret.
pub const SECRET: &str = "secret";

/// The rows of all secrets with open questions that a filter selects, by owner, application and place.
pub fn rows(session: &Session, select: impl Fn(&Secret) -> bool) -> Vec<SheetRow> {
    let mut rows = Vec::new();
    for (id, secret) in session.secrets() {
        let questions = session.questions(id);
        if questions.is_empty() || !select(secret) {
            continue;
        }
        let about = about(secret);
        for question in questions {
            let ranked = session.ranked(id, question);
            let likely = ranked.first().filter(|likely| !likely.because.is_empty());
            let known = ranked
                .iter()
                .take(MOST_ANSWERS)
                .map(|of| answer_text::of(&of.answer));
            let mut known: Vec<String> = known.collect();
            if ranked.len() > MOST_ANSWERS || matches!(question.topic, Topic::Field(_)) {
                known.push("or another value".to_owned());
            }
            rows.push(SheetRow {
                answers: known.join(" | "),
                proposal: likely
                    .map(|of| answer_text::of(&of.answer))
                    .unwrap_or_default(),
                because: likely.map(|of| of.because.clone()).unwrap_or_default(),
                topic: question.topic.to_string(),
                question: question.texts.join(" "),
                ..about.clone()
            });
        }
    }
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    rows
}

/// Answers that a cell lists.
const MOST_ANSWERS: usize = 12;

fn order(row: &SheetRow) -> [&str; 7] {
    let SheetRow {
        owner,
        application,
        environment,
        repository,
        path,
        secret,
        topic,
        ..
    } = row;
    [
        owner,
        application,
        environment,
        repository,
        path,
        secret,
        topic,
    ]
}

/// The columns that are about a secret.
fn about(secret: &Secret) -> SheetRow {
    let field = |name: &str| {
        let fact = secret.metadata.get(name);
        fact.map(|fact| fact.value.clone()).unwrap_or_default()
    };
    let place = place_order::sorted(secret).first().copied();
    let context = &secret.context;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    SheetRow {
        owner: field("owner"),
        application: match field("appname") {
            name if name.is_empty() => field("appid"),
            name => name,
        },
        environment: field("appenv"),
        kind: secret.kind.name().to_owned(),
        detector: secret.detector.to_string(),
        exposure: secret.exposure.name().to_owned(),
        repository: place
            .map(|place| place.repository.to_string())
            .unwrap_or_default(),
        path: place
            .map(|place| place.path.to_string())
            .unwrap_or_default(),
        line: place
            .map(|place| place.line.to_string())
            .unwrap_or_default(),
        places: secret.occurrences.len().to_string(),
        key: text(&context.key),
        user: text(&context.user),
        host: text(&context.host),
        secret: secret.id.to_string(),
        ..SheetRow::default()
    }
}

/// An answer that somebody has filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledRow {
    /// Where the row is, for messages.
    pub place: String,
    /// The id of the secret, as written.
    pub secret: String,
    /// The topic, as written.
    pub topic: String,
    /// The answer, as written. Not empty.
    pub answer: String,
    /// The reason; perhaps empty.
    pub reason: String,
}

/// A row whose answer cannot be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where the row is.
    pub place: String,
    /// Why.
    pub message: String,
}

/// Answers with the same text and reason, which become one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameAnswer {
    /// The answer.
    pub answer: Answer,
    /// The reason; perhaps empty.
    pub reason: String,
    /// The secrets, each with the place of its row.
    pub rows: Vec<(crate::secret::SecretId, String)>,
}
