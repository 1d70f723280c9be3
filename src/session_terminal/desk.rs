//! A session and the state of its screen: performs the actions of the keys.

use jiff::Timestamp;
use ratatui::crossterm::event::KeyEvent;

use super::app::{Action, App, Counts, Mode, Pending, USUAL_REASON};
use super::question_card::Card;
use super::question_queue::{self, Filter, QueueRow};
use super::scope_ladder;
use crate::decide::answer::Answer;
use crate::inventory::entry::Secret;
use crate::report::number::count;
use crate::report::secret_text::LineState;
use crate::secret::SecretId;
use crate::session::answer_text;
use crate::session::given_answer::{Change, Reply};
use crate::session::question_group::{Group, Likeness};
use crate::session::session_error::SessionError;
use crate::session::session_state::Session;

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// More keys are taken.
    GoOn,
    /// The person has ended the session.
    Quit,
    /// The person has interrupted the session.
    Interrupted,
}

/// What became of reading the files again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// They have not changed.
    Unchanged,
    /// They have changed, and the screen shows what is in them now.
    Changed,
    /// They cannot be read. The screen says so, and shows what was read before.
    Failed,
}

/// A session and the state of its screen.
pub struct Desk {
    session: Session,
    /// What is drawn.
    pub app: App,
    groups: Vec<Group>,
    /// The groups that an answer can be for.
    steps: Vec<Group>,
    step: usize,
    /// First members of the groups that were skipped, the last one at the end.
    skipped: Vec<SecretId>,
    filter: Filter,
}

impl Desk {
    /// The desk of a session, with its first question.
    pub fn of(session: Session, inventory: &str) -> Self {
        let person = super::secret_words::safe(session.person());
        let mut desk = Self {
            app: App::new(super::secret_words::safe(inventory), person),
            session,
            groups: Vec::new(),
            steps: Vec::new(),
            step: 0,
            skipped: Vec::new(),
            filter: Filter::default(),
        };
        desk.ask(0);
        desk
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The secret whose line is to be read for the screen.
    pub fn wanted_line(&self) -> Option<&Secret> {
        let card = self.app.card.as_ref()?;
        let is_wanted = card.line.is_none() && card.place.is_some();
        let secret = self.session.secrets().get(&card.lead);
        secret.filter(|_| is_wanted)
    }

    /// Takes the line of a secret.
    pub fn take_line(&mut self, id: &SecretId, line: LineState) {
        let card = self.app.card.as_mut();
        if let Some(card) = card.filter(|card| card.lead == *id) {
            card.line = Some(line);
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: KeyEvent) -> Next {
        let action = self.app.press(key);
        match action {
            Action::Stay => {}
            Action::Quit => return Next::Quit,
            Action::Interrupt => return Next::Interrupted,
            Action::Select(at) => self.ask(at),
            Action::Widen if self.step + 1 < self.steps.len() => self.show_step(self.step + 1),
            Action::Narrow if self.step > 0 => self.show_step(self.step - 1),
            Action::Widen => self.app.complain("no further secrets have the question"),
            Action::Narrow => self.app.complain("it is only one secret already"),
            Action::Alone(id) => self.show_alone(&id),
            Action::Skip => self.skip(),
            Action::Preview(answer, because) => self.preview(answer, &because),
            Action::PreviewText(text) => self.preview_text(&text),
            Action::Give(pending) => self.give(&pending),
            Action::Undo => self.undo(),
            Action::Filter(text) => {
                self.filter = Filter::of(&text);
                self.app.filter = super::secret_words::safe(self.filter.text());
                self.app.message = None;
                self.ask(0);
            }
            Action::Refresh => {
                if self.refresh() == Refreshed::Unchanged {
                    self.app.say("no file of the inventory has changed");
                }
            }
        }
        Next::GoOn
    }

    /// Reads the files again if they have changed.
    pub fn refresh(&mut self) -> Refreshed {
        match self.session.refresh() {
            Ok(false) => Refreshed::Unchanged,
            Ok(true) => {
                self.app
                    .say("files of the inventory have changed, and were read again");
                self.ask_again();
                Refreshed::Changed
            }
            Err(error) => {
                self.app.complain(&error.to_string());
                Refreshed::Failed
            }
        }
    }

    /// Whether keys are about the question: a text that is typed, or an answer that waits, is not disturbed.
    pub fn is_idle(&self) -> bool {
        matches!(self.app.mode, Mode::Question)
    }

    /// Finds the groups again, and shows the one with this number.
    fn ask(&mut self, at: usize) {
        let filter = &self.filter;
        let groups = self.session.groups(|secret| filter.selects(secret));
        self.groups = question_queue::ordered(groups, &self.skipped);
        let secrets = self.session.secrets();
        let row = |group: &Group| QueueRow::of(group, &secrets[&group.members[0]]);
        self.app.queue = self.groups.iter().map(row).collect();
        self.app.selected = at.min(self.groups.len().saturating_sub(1));
        self.app.counts = Counts {
            secrets: secrets.len(),
            waiting: self.session.waiting(),
            answers: self.session.answered(),
        };
        match self.groups.get(self.app.selected) {
            Some(group) => self.show(&group.members[0].clone(), Likeness::Usual),
            None => {
                self.app.card = None;
                self.steps.clear();
            }
        }
    }

    /// Finds the groups again, and stays at the group and the likeness that are shown, if they are still there.
    fn ask_again(&mut self) {
        let shown = self.app.card.as_ref();
        let shown = shown.map(|card| (card.lead.clone(), card.likeness));
        self.ask(self.app.selected);
        let Some((lead, likeness)) = shown else {
            return;
        };
        let at = self
            .groups
            .iter()
            .position(|group| group.members.contains(&lead));
        if let Some(at) = at {
            self.app.selected = at;
            self.show(&lead, likeness);
        }
    }

    /// Shows the question of a secret, for the secrets that are like it.
    fn show(&mut self, lead: &SecretId, likeness: Likeness) {
        let filter = &self.filter;
        self.steps = scope_ladder::steps(&self.session, lead, |secret| filter.selects(secret));
        let wanted = self
            .session
            .alike(lead, likeness, |secret| filter.selects(secret));
        let wanted = wanted.map(|group| group.members);
        let at = self
            .steps
            .iter()
            .position(|step| Some(&step.members) == wanted.as_ref());
        self.show_step(at.unwrap_or(0));
    }

    fn show_step(&mut self, step: usize) {
        self.app.message = None;
        self.step = step;
        // The line that was read is that of the same secret.
        let line = self
            .app
            .card
            .take()
            .and_then(|card| Some((card.lead, card.line?)));
        self.app.card = Card::of(&mut self.session, &self.steps, step);
        if let Some((lead, line)) = line {
            self.take_line(&lead, line);
        }
    }

    fn show_alone(&mut self, id: &SecretId) {
        self.show(id, Likeness::Itself);
        self.app
            .say("only this secret: + takes others with it again");
    }

    fn skip(&mut self) {
        let Some(group) = self.groups.get(self.app.selected) else {
            return;
        };
        let lead = group.members[0].clone();
        self.skipped.retain(|known| *known != lead);
        self.skipped.push(lead);
        self.ask(self.app.selected);
        self.app.say("skipped: the group is behind all others now");
    }

    fn preview(&mut self, answer: Answer, because: &str) {
        let Some(card) = &self.app.card else {
            return;
        };
        let because = if because.is_empty() {
            USUAL_REASON
        } else {
            because
        };
        let needs_reason = matches!(answer, Answer::Outcome(_) | Answer::Replacement(_));
        let reply = Reply {
            secrets: card.secrets(),
            reason: needs_reason.then(|| because.to_owned()),
            answer,
            at: Timestamp::now(),
        };
        self.app.message = None;
        match self.session.preview(&reply) {
            Ok(change) => self.app.mode = Mode::Confirm(Box::new(Pending { reply, change })),
            Err(error) => self.app.complain(&error.to_string()),
        }
    }

    fn preview_text(&mut self, text: &str) {
        let Some(card) = &self.app.card else {
            return;
        };
        if text.trim().is_empty() {
            self.app.complain("nothing is typed: Esc goes back");
            return;
        }
        match answer_text::parse(&card.topic, text) {
            Ok(answer) => self.preview(answer, ""),
            Err(error) => self.app.complain(&error.to_string()),
        }
    }

    fn give(&mut self, pending: &Pending) {
        let reply = Reply {
            at: Timestamp::now(),
            ..pending.reply.clone()
        };
        match self.session.answer(&reply) {
            Ok(change) => {
                self.ask(self.app.selected);
                self.app.say(&given(&reply, &change));
            }
            Err(error @ SessionError::Changed) => {
                self.ask_again();
                self.app.complain(&error.to_string());
            }
            Err(error) => self.app.complain(&error.to_string()),
        }
    }

    fn undo(&mut self) {
        match self.session.undo() {
            Ok(change) => {
                self.ask(self.app.selected);
                let asked = count(
                    change.still_asked.len() as u64,
                    "secret waits",
                    "secrets wait",
                );
                self.app
                    .say(&format!("the last answer is taken back: {asked} again"));
                self.show_first_of(&change.still_asked);
            }
            Err(error) => self.app.complain(&error.to_string()),
        }
    }

    /// Shows the group of the secrets whose answer was taken back.
    fn show_first_of(&mut self, ids: &[SecretId]) {
        let message = self.app.message.take();
        let holds = |group: &Group| ids.first().is_some_and(|id| group.members.contains(id));
        if let Some(at) = self.groups.iter().position(holds) {
            self.ask(at);
        }
        self.app.message = message;
    }
}

/// An answer that was given, in words.
fn given(reply: &Reply, change: &Change) -> String {
    let secrets = count(reply.secrets.len() as u64, "secret", "secrets");
    let settled = change.settled;
    let topic = reply.answer.topic();
    let answer = answer_text::of(&reply.answer);
    format!("written: {topic} {answer} for {secrets}; {settled} settled (u takes it back)")
}
