//! A session: a settled inventory, its open questions, and the answers that one person gives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::earlier_answers;
use super::file_stamps::FileStamps;
use super::given_answer::{Change, Reply};
use super::own_statements::OwnStatements;
use super::proposal::{self, Precedents, Proposal};
use super::question_group::{self, Asked, Group, Likeness};
use super::session_error::SessionError;
use crate::decide::answer::{Answer, Topic};
use crate::decide::decisions_file::StatementEntry;
use crate::decide::explanation::{self, Explanation};
use crate::decide::moment::Moment;
use crate::decide::question::{Question, questions};
use crate::decide::repository_facts::Repositories;
use crate::decide::{Codeowners, Decisions, Inputs, Policy, Registry, Statement, settle};
use crate::inventory::decision_files;
use crate::inventory::entry::{Outcome, Secret};
use crate::inventory::secret_use;
use crate::no_follow_open::Links;
use crate::parallel;
use crate::secret::SecretId;

/// A settled inventory with everything that settling it again needs.
pub struct Loaded {
    /// The policy.
    pub policy: Policy,
    /// The application register, if there is one.
    pub registry: Option<Registry>,
    /// CODEOWNERS files by the name of the repository.
    pub codeowners: BTreeMap<String, Codeowners>,
    /// The systems of pipelines of each repository.
    pub pipelines: BTreeMap<String, BTreeSet<String>>,
    /// The repositories of the inventory.
    pub repositories: Repositories,
    /// The secrets, settled.
    pub secrets: BTreeMap<SecretId, Secret>,
}

/// Reads and settles the inventory. The front end gives it, since it knows the options of the command.
pub type Load = Box<dyn Fn() -> Result<Loaded, anyhow::Error> + Send>;

/// A session of one person.
pub struct Session {
    folder: PathBuf,
    person: String,
    load: Load,
    loaded: Loaded,
    decisions: Decisions,
    /// The first open question of each secret that has one.
    asked: BTreeMap<SecretId, Vec<Question>>,
    precedents: Precedents,
    own: OwnStatements,
    /// The files before each answer of this session, the last one at the end.
    undo: Vec<Given>,
    /// The files that decide, as they were when they were read.
    stamps: FileStamps,
    /// Answers of this session.
    answered: usize,
}

/// An answer that was given.
#[derive(Clone, Debug)]
struct Given {
    /// The file before it.
    before: OwnStatements,
    /// The secrets it was about.
    secrets: Vec<SecretId>,
    /// What it said.
    answer: Answer,
    /// The secrets with these values before it. A fact that a person has given once stays, so that settling again would not
    /// take it back. `None`: the inventory was read again since.
    settled: Option<Vec<Secret>>,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    ///
    /// A file cannot be read or has a mistake.
    pub fn open(folder: &Path, person: &str, load: Load) -> Result<Self, SessionError> {
        let mut session = Self {
            folder: folder.to_owned(),
            person: person.to_owned(),
            loaded: load().map_err(SessionError::Load)?,
            decisions: Decisions::default(),
            asked: BTreeMap::new(),
            precedents: Precedents::new(),
            own: OwnStatements::open(folder, person)?,
            undo: Vec::new(),
            stamps: FileStamps::default(),
            answered: 0,
            load,
        };
        session.stamps = FileStamps::of(folder)?;
        session.decisions = session.read_decisions()?;
        session.ask_all();
        Ok(session)
    }

    fn read_all(&mut self) -> Result<(), SessionError> {
        let stamps = FileStamps::of(&self.folder)?;
        let own = OwnStatements::open(&self.folder, &self.person)?;
        let loaded = (self.load)().map_err(SessionError::Load)?;
        let before = std::mem::replace(&mut self.loaded, loaded);
        match self.read_decisions() {
            Ok(decisions) => self.decisions = decisions,
            Err(error) => {
                self.loaded = before;
                return Err(error);
            }
        }
        (self.own, self.stamps) = (own, stamps);
        self.ask_all();
        Ok(())
    }

    /// Finds the open questions of all secrets.
    fn ask_all(&mut self) {
        let secrets = std::mem::take(&mut self.loaded.secrets);
        let all: Vec<&Secret> = secrets.values().collect();
        let asked = self.with_inputs(|inputs| {
            let workers = std::thread::available_parallelism().map_or(1, usize::from);
            let ask = |found: &mut Vec<(SecretId, Vec<Question>)>, secret: &&Secret| {
                let asked = questions(secret, inputs);
                if !asked.is_empty() {
                    found.push((secret.id.clone(), asked));
                }
            };
            parallel::for_each_uninterrupted(&all, workers, Vec::new, ask)
        });
        self.asked = asked.into_iter().flatten().collect();
        self.precedents = Precedents::new();
        for secret in secrets.values() {
            count_precedents(&mut self.precedents, secret, 1);
        }
        self.loaded.secrets = secrets;
    }

    fn read_decisions(&self) -> Result<Decisions, SessionError> {
        let files = decision_files::list(&self.folder)?;
        Ok(Decisions::load(
            &files,
            Links::RefusedAtEnd,
            &self.loaded.policy,
        )?)
    }

    /// Calls a function with the inputs of deciding.
    fn with_inputs<T>(&mut self, f: impl FnOnce(&Inputs) -> T) -> T {
        let today = jiff::Zoned::now().date();
        let inputs = Inputs {
            registry: self.loaded.registry.as_ref(),
            codeowners: std::mem::take(&mut self.loaded.codeowners),
            pipelines: std::mem::take(&mut self.loaded.pipelines),
            decisions: Some(&self.decisions),
            repositories: std::mem::take(&mut self.loaded.repositories),
            ..Inputs::new(&self.loaded.policy, today)
        };
        let result = f(&inputs);
        let (codeowners, pipelines) = (inputs.codeowners, inputs.pipelines);
        self.loaded.repositories = inputs.repositories;
        (self.loaded.codeowners, self.loaded.pipelines) = (codeowners, pipelines);
        result
    }

    /// The person.
    pub fn person(&self) -> &str {
        &self.person
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.loaded.policy
    }

    /// The repositories of the inventory.
    pub fn repositories(&self) -> &Repositories {
        &self.loaded.repositories
    }

    /// All secrets, settled.
    pub fn secrets(&self) -> &BTreeMap<SecretId, Secret> {
        &self.loaded.secrets
    }

    /// The file that the answers are written to.
    pub fn file(&self) -> &Path {
        self.own.path()
    }

    /// The number of answers that this session has given and not taken back.
    pub fn answered(&self) -> usize {
        self.answered
    }

    /// The open questions of a secret, in the order in which they are asked.
    pub fn questions(&self, id: &SecretId) -> &[Question] {
        self.asked.get(id).map_or(&[], Vec::as_slice)
    }

    /// Why a secret is decided as it is, and where its facts are from.
    pub fn explanation(&mut self, id: &SecretId) -> Option<Explanation> {
        let secret = self.loaded.secrets.get(id)?.clone();
        Some(self.with_inputs(|inputs| explanation::explain(&secret, inputs)))
    }

    /// The number of secrets with an open question.
    pub fn waiting(&self) -> usize {
        self.asked.len()
    }

    /// The secrets with an open question that a filter selects, with their first question.
    fn asked(&self, select: impl Fn(&Secret) -> bool) -> Asked<'_> {
        let found = self.asked.iter().filter_map(|(id, questions)| {
            let secret = self.loaded.secrets.get(id)?;
            Some((id, (secret, questions.first()?)))
        });
        found.filter(|(_, (secret, _))| select(secret)).collect()
    }

    /// The groups of secrets with an open question that a filter selects, the largest first.
    pub fn groups(&self, select: impl Fn(&Secret) -> bool) -> Vec<Group> {
        question_group::groups(&self.asked(select))
    }

    /// The secrets with the question of `lead` that are like it, among those that a filter selects.
    pub fn alike(
        &self,
        lead: &SecretId,
        likeness: Likeness,
        select: impl Fn(&Secret) -> bool,
    ) -> Option<Group> {
        question_group::alike(&self.asked(select), lead, likeness)
    }

    /// The possible answers to the first question of a secret, the most likely one first.
    pub fn proposals(&self, id: &SecretId) -> Vec<Proposal> {
        let question = self.questions(id).first();
        question
            .map(|question| self.ranked(id, question))
            .unwrap_or_default()
    }

    /// The possible answers to a question of a secret, the most likely one first.
    pub fn ranked(&self, id: &SecretId, question: &Question) -> Vec<Proposal> {
        let Some(secret) = self.loaded.secrets.get(id) else {
            return Vec::new();
        };
        let registry = self.loaded.registry.as_ref();
        proposal::ranked(
            secret,
            question,
            &self.precedents,
            &self.loaded.policy,
            registry,
        )
    }

    /// What an answer would change. Writes nothing.
    ///
    /// # Errors
    ///
    /// The answer is not possible.
    pub fn preview(&mut self, reply: &Reply) -> Result<Change, SessionError> {
        let reason = reply.reason.clone().or(Some("preview".to_owned()));
        let reply = &Reply {
            reason,
            ..reply.clone()
        };
        let entry = self.statement(reply)?;
        let keep = |known: &StatementEntry| earlier_answers::kept(known, reply);
        let text = self.own.appended(&self.person, keep, &entry)?;
        let name = self.own.name();
        let own = Decisions::parse_file(self.own.path(), &name, &text, &self.loaded.policy)?;
        let others = self.decisions.all().iter();
        let others = others.filter(|known| *known.place.file != *name);
        let mut all: Vec<Statement> = others.chain(own.all()).cloned().collect();
        all.sort_by(|a, b| a.place.file.cmp(&b.place.file));
        let before = std::mem::replace(&mut self.decisions, Decisions::of(all));
        let change = self.settled_again(&reply.secrets, &reply.answer.topic());
        self.decisions = before;
        Ok(change.0)
    }

    /// Gives an answer: writes the statement, and settles the secrets again.
    ///
    /// # Errors
    ///
    /// The answer is not possible, files have changed on disk, or the file cannot be written. Nothing has changed then.
    pub fn answer(&mut self, reply: &Reply) -> Result<Change, SessionError> {
        let entry = self.statement(reply)?;
        if self.refresh()? {
            return Err(SessionError::Changed);
        }
        let before = self.own.clone();
        let keep = |known: &StatementEntry| earlier_answers::kept(known, reply);
        self.own.append(&self.person, keep, &entry)?;
        if let Err(error) = self.reread() {
            // The statement is refused with the others: the file must stay one that can be read.
            let _ = self.own.restore(&before);
            self.reread()?;
            return Err(error);
        }
        let values: BTreeSet<SecretId> = reply.secrets.iter().map(SecretId::of_value).collect();
        let settled = values.iter().flat_map(|value| self.uses(value)).cloned();
        let settled = settled.collect();
        let (change, secrets) = self.settled_again(&reply.secrets, &reply.answer.topic());
        self.replace(&values, secrets);
        self.undo.push(Given {
            before,
            secrets: reply.secrets.clone(),
            answer: reply.answer.clone(),
            settled: Some(settled),
        });
        self.answered += 1;
        Ok(change)
    }

    /// Takes the last answer of this session back.
    ///
    /// # Errors
    ///
    /// There is none, or the file has changed since or cannot be written.
    pub fn undo(&mut self) -> Result<Change, SessionError> {
        let given = self.undo.pop().ok_or(SessionError::NothingToUndo)?;
        if let Err(error) = self.own.restore(&given.before) {
            self.undo.push(given);
            return Err(error.into());
        }
        self.answered -= 1;
        let values: BTreeSet<SecretId> = given.secrets.iter().map(SecretId::of_value).collect();
        let now: Vec<Secret> = values
            .iter()
            .flat_map(|value| self.uses(value))
            .cloned()
            .collect();
        match given.settled {
            Some(settled) => {
                self.reread()?;
                let asked = self.with_inputs(|inputs| {
                    let asked = settled.into_iter().map(|secret| {
                        let asked = questions(&secret, inputs);
                        (secret, asked)
                    });
                    asked.collect::<Vec<_>>()
                });
                self.replace(&values, asked);
            }
            None => self.read_all()?,
        }
        let outcome = |id: &SecretId| {
            self.loaded
                .secrets
                .get(id)
                .map(|known| known.decision.outcome)
        };
        Ok(Change {
            outcomes: now
                .iter()
                .filter_map(|known| {
                    Some((
                        known.id.clone(),
                        known.decision.outcome,
                        outcome(&known.id)?,
                    ))
                })
                .collect(),
            still_asked: given
                .secrets
                .iter()
                .filter(|id| self.asks(id, &given.answer.topic()))
                .cloned()
                .collect(),
            settled: 0,
            contradictions: Vec::new(),
        })
    }

    /// Whether a secret has a question on this topic.
    fn asks(&self, id: &SecretId, topic: &Topic) -> bool {
        self.questions(id)
            .iter()
            .any(|question| question.topic == *topic)
    }

    /// Reads everything again if a file has changed on disk. Returns whether it has.
    ///
    /// # Errors
    ///
    /// A file cannot be read or has a mistake. The session stays as it was.
    pub fn refresh(&mut self) -> Result<bool, SessionError> {
        if FileStamps::of(&self.folder)? == self.stamps {
            return Ok(false);
        }
        let own_is_unchanged = self.own.is_unchanged();
        self.read_all()?;
        for given in &mut self.undo {
            given.settled = None;
        }
        if !own_is_unchanged {
            // Earlier texts of the file no longer apply.
            self.undo.clear();
        }
        Ok(true)
    }

    /// The statement of a reply.
    fn statement(&self, reply: &Reply) -> Result<StatementEntry, SessionError> {
        if reply.secrets.is_empty() {
            return Err(SessionError::NoSecrets);
        }
        if let Some(gone) = reply
            .secrets
            .iter()
            .find(|id| !self.loaded.secrets.contains_key(id))
        {
            return Err(SessionError::Gone(gone.clone()));
        }
        let reason = reply
            .reason
            .clone()
            .filter(|reason| !reason.trim().is_empty());
        if matches!(reply.answer, Answer::Outcome(_)) && reason.is_none() {
            return Err(SessionError::NoReason);
        }
        let mut entry = StatementEntry {
            by: self.person.clone(),
            at: Some(Moment::of(reply.at)),
            reason,
            ..StatementEntry::default()
        };
        match &reply.secrets[..] {
            [one] => entry.secret = Some(one.to_string()),
            several => {
                let ids: BTreeSet<String> = several.iter().map(SecretId::to_string).collect();
                entry.secrets = ids.into_iter().collect();
            }
        }
        match reply.answer.clone() {
            Answer::Outcome(outcome) => entry.outcome = Some(outcome),
            Answer::Replacement(rule) => entry.replacement = Some(rule),
            Answer::Field { field, value } => {
                entry.metadata.insert(field, value);
            }
            Answer::Name(_) if reply.secrets.len() > 1 => return Err(SessionError::NameOfSeveral),
            Answer::Name(name) => entry.name = Some(name),
            Answer::Uses(choice) => entry.uses = Some(choice),
            Answer::Reading(choice) => entry.reading = Some(choice),
        }
        Ok(entry)
    }

    /// Reads the statements again after a change of this session.
    fn reread(&mut self) -> Result<(), SessionError> {
        self.decisions = self.read_decisions()?;
        self.stamps = FileStamps::of(&self.folder)?;
        Ok(())
    }

    /// Puts secrets, with their questions, in the place of all that have these values.
    fn replace(&mut self, values: &BTreeSet<SecretId>, secrets: Vec<(Secret, Vec<Question>)>) {
        for value in values {
            let ids: Vec<SecretId> = self.uses(value).map(|secret| secret.id.clone()).collect();
            for id in ids {
                self.asked.remove(&id);
                if let Some(secret) = self.loaded.secrets.remove(&id) {
                    count_precedents(&mut self.precedents, &secret, -1);
                }
            }
        }
        for (secret, asked) in secrets {
            count_precedents(&mut self.precedents, &secret, 1);
            if !asked.is_empty() {
                self.asked.insert(secret.id.clone(), asked);
            }
            self.loaded.secrets.insert(secret.id.clone(), secret);
        }
    }

    /// Some secrets, settled again, with their questions, and what that changes. Nothing is kept.
    fn settled_again(
        &mut self,
        ids: &[SecretId],
        topic: &Topic,
    ) -> (Change, Vec<(Secret, Vec<Question>)>) {
        let values: BTreeSet<SecretId> = ids.iter().map(SecretId::of_value).collect();
        let uses = values.iter().flat_map(|value| self.uses(value));
        let entries: Vec<Secret> = secret_use::entries(uses)
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect();
        let settled = self.with_inputs(|inputs| {
            let settled = settle(entries, inputs);
            let contradictions = settled.contradictions.to_string();
            let secrets = settled.secrets.into_values();
            let asked = secrets.map(|secret| {
                let asked = questions(&secret, inputs);
                (secret, asked)
            });
            (asked.collect::<Vec<_>>(), contradictions)
        });
        let (secrets, contradictions) = settled;
        let mut change = Change {
            contradictions: Some(contradictions)
                .filter(|text| !text.is_empty())
                .into_iter()
                .collect(),
            ..Change::default()
        };
        for (secret, asked) in &secrets {
            let before = self.loaded.secrets.get(&secret.id);
            let before = before.map_or(Outcome::Review, |known| known.decision.outcome);
            let after = secret.decision.outcome;
            change.outcomes.push((secret.id.clone(), before, after));
            change.settled += usize::from(asked.is_empty());
            if asked.iter().any(|question| question.topic == *topic) {
                change.still_asked.push(secret.id.clone());
            }
        }
        (change, secrets)
    }

    /// The secrets that one value is, one for each use that is settled separately.
    fn uses(&self, value: &SecretId) -> impl Iterator<Item = &Secret> {
        let value = value.clone();
        let from = self.loaded.secrets.range(value.clone()..);
        let of_value = from.take_while(move |(id, _)| id.of_value() == value);
        of_value.map(|(_, secret)| secret)
    }
}

/// Counts what a decided secret says for others.
fn count_precedents(precedents: &mut Precedents, secret: &Secret, by: isize) {
    let mut count = |topic: Topic, answer: Answer| {
        for key in proposal::precedent_key(secret, &topic) {
            let known = precedents.entry((key, answer.clone())).or_default();
            *known = known.saturating_add_signed(by);
        }
    };
    let decision = &secret.decision;
    // What a rule decides says nothing about secrets that no rule decides.
    if decision.is_by_person() && decision.outcome != Outcome::Review {
        count(Topic::Outcome, Answer::Outcome(decision.outcome));
    }
    for (field, fact) in &secret.metadata {
        let topic = Topic::Field(field.clone());
        count(topic, Answer::of_field(field, fact.value.clone()));
    }
}

#[cfg(test)]
mod tests;
