//! The state of the screen, and what each key does.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::question_card::Card;
use super::question_queue::QueueRow;
use super::text_input::TextInput;
use crate::decide::answer::Answer;
use crate::secret::SecretId;
use crate::session::answer_text;
use crate::session::given_answer::{Change, Reply};

/// The reason of an answer for which neither the proposal nor the person has one.
pub const USUAL_REASON: &str = "decided in a session";

/// Groups that PgUp and PgDn pass over.
const PAGE: usize = 10;

/// What a session has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All secrets.
    pub secrets: usize,
    /// Secrets with an open question.
    pub waiting: usize,
    /// Answers of this session.
    pub answers: usize,
}

/// A message below the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The text, safe for a screen.
    pub text: String,
    /// It reports a problem.
    pub is_problem: bool,
}

/// An answer that waits for its confirmation.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The answer.
    pub reply: Reply,
    /// What it changes.
    pub change: Change,
}

/// What a line of text is typed for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Another answer than the proposed ones.
    Answer,
    /// The reason of an answer.
    Reason(Box<Pending>),
    /// The text that secrets are selected by.
    Filter,
}

/// What the keys are for.
#[derive(Clone, Debug)]
pub enum Mode {
    /// A question is shown.
    Question,
    /// An answer waits for its confirmation.
    Confirm(Box<Pending>),
    /// A text is typed.
    Typing(Purpose, TextInput),
    /// The secrets of the group are listed, from this one.
    Members(usize),
    /// All that is known of the secret is shown, from this line.
    Details(usize),
    /// The keys are explained.
    Help,
}

/// What the desk is to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// Nothing more.
    Stay,
    /// End the session.
    Quit,
    /// End the session, as an interrupted command.
    Interrupt,
    /// Show the group with this number.
    Select(usize),
    /// Ask about more secrets at once.
    Widen,
    /// Ask about fewer secrets at once.
    Narrow,
    /// Ask about this secret alone.
    Alone(SecretId),
    /// Put the group behind all others.
    Skip,
    /// Show what an answer would change.
    Preview(Answer, String),
    /// Read what was typed as an answer, and show what it would change.
    PreviewText(String),
    /// Give the answer.
    Give(Box<Pending>),
    /// Take the last answer back.
    Undo,
    /// Select secrets by a text.
    Filter(String),
    /// Read the files again.
    Refresh,
}

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct App {
    /// Folder of the inventory.
    pub inventory: String,
    /// The person who answers.
    pub person: String,
    /// What the keys are for.
    pub mode: Mode,
    /// The groups.
    pub queue: Vec<QueueRow>,
    /// The group that is shown.
    pub selected: usize,
    /// Its question. `None`: no question is open.
    pub card: Option<Card>,
    /// What the session has done so far.
    pub counts: Counts,
    /// The text that secrets are selected by.
    pub filter: String,
    /// The last message.
    pub message: Option<Message>,
    /// The number of messages of the program that are written when the session ends.
    pub held_messages: usize,
}

impl App {
    /// The state before the first question.
    pub fn new(inventory: String, person: String) -> Self {
        Self {
            inventory,
            person,
            mode: Mode::Question,
            queue: Vec::new(),
            selected: 0,
            card: None,
            counts: Counts::default(),
            filter: String::new(),
            message: None,
            held_messages: 0,
        }
    }

    /// Shows a message.
    pub fn say(&mut self, text: &str) {
        let text = super::secret_words::safe(text);
        self.message = Some(Message {
            text,
            is_problem: false,
        });
    }

    /// Shows a problem.
    pub fn complain(&mut self, text: &str) {
        self.say(text);
        if let Some(message) = &mut self.message {
            message.is_problem = true;
        }
    }

    /// Takes a text that was pasted. Only a line of text that is typed takes it: its letters are no keys.
    pub fn paste(&mut self, text: &str) {
        if let Mode::Typing(_, input) = &mut self.mode {
            input.paste(text);
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: KeyEvent) -> Action {
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if has_control && key.code == KeyCode::Char('c') {
            return Action::Interrupt;
        }
        match std::mem::replace(&mut self.mode, Mode::Question) {
            Mode::Question if has_control => Action::Stay,
            Mode::Question => self.press_question(key.code),
            Mode::Confirm(pending) => self.press_confirm(key.code, pending),
            Mode::Typing(purpose, input) => {
                self.press_typing(key.code, has_control, purpose, input)
            }
            Mode::Members(at) => self.press_members(key.code, at),
            Mode::Details(at) => {
                self.mode = match key.code {
                    KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'v') => Mode::Question,
                    code => Mode::Details(moved(at, code, usize::MAX).unwrap_or(at)),
                };
                Action::Stay
            }
            Mode::Help => Action::Stay,
        }
    }

    fn press_question(&mut self, code: KeyCode) -> Action {
        if let Some(to) = moved(self.selected, code, self.queue.len()) {
            self.message = None;
            return Action::Select(to);
        }
        match code {
            KeyCode::Char('q') => return Action::Quit,
            KeyCode::Char('u') => return Action::Undo,
            KeyCode::Char('r') => return Action::Refresh,
            KeyCode::Char('?') => self.mode = Mode::Help,
            KeyCode::Char('/') => {
                self.mode = Mode::Typing(Purpose::Filter, TextInput::of(&self.filter));
            }
            KeyCode::Esc if !self.filter.is_empty() => return Action::Filter(String::new()),
            _ => return self.press_card(code),
        }
        self.message = None;
        Action::Stay
    }

    /// A key that is about the question.
    fn press_card(&mut self, code: KeyCode) -> Action {
        let Some(card) = &self.card else {
            return Action::Stay;
        };
        match code {
            KeyCode::Enter if card.has_likely_answer() => return self.propose(0),
            KeyCode::Enter if card.proposals.is_empty() => return self.type_answer(),
            KeyCode::Enter => {
                self.complain("nothing speaks for one of the answers: press its number, or t");
            }
            KeyCode::Char(digit @ '1'..='9') => {
                return self.propose(digit as usize - '1' as usize);
            }
            KeyCode::Char('t') => return self.type_answer(),
            KeyCode::Char('+' | '=') => return Action::Widen,
            KeyCode::Char('-') => return Action::Narrow,
            KeyCode::Char('l') => self.mode = Mode::Members(0),
            KeyCode::Char('v') => self.mode = Mode::Details(0),
            KeyCode::Char('s') => return Action::Skip,
            _ => {}
        }
        Action::Stay
    }

    /// Chooses a proposal.
    fn propose(&mut self, at: usize) -> Action {
        let proposal = self.card.as_ref().and_then(|card| card.proposals.get(at));
        match proposal {
            Some(proposal) => Action::Preview(proposal.answer.clone(), proposal.because.clone()),
            None => {
                self.complain("there is no answer with this number");
                Action::Stay
            }
        }
    }

    fn type_answer(&mut self) -> Action {
        self.message = None;
        self.mode = Mode::Typing(Purpose::Answer, TextInput::default());
        Action::Stay
    }

    fn press_confirm(&mut self, code: KeyCode, pending: Box<Pending>) -> Action {
        match code {
            KeyCode::Enter | KeyCode::Char('y') => return Action::Give(pending),
            KeyCode::Char('e') => {
                let reason = pending.reply.reason.clone().unwrap_or_default();
                self.mode = Mode::Typing(Purpose::Reason(pending), TextInput::of(&reason));
            }
            KeyCode::Esc | KeyCode::Char('n' | 'q') => {}
            _ => self.mode = Mode::Confirm(pending),
        }
        Action::Stay
    }

    fn press_typing(
        &mut self,
        code: KeyCode,
        has_control: bool,
        purpose: Purpose,
        mut input: TextInput,
    ) -> Action {
        match (code, purpose) {
            (KeyCode::Esc, Purpose::Reason(pending)) => self.mode = Mode::Confirm(pending),
            (KeyCode::Esc, Purpose::Answer | Purpose::Filter) => {}
            (KeyCode::Enter, Purpose::Reason(mut pending)) => {
                let reason = input.text.trim();
                let reason = if reason.is_empty() {
                    USUAL_REASON
                } else {
                    reason
                };
                pending.reply.reason = Some(reason.to_owned());
                self.mode = Mode::Confirm(pending);
            }
            (KeyCode::Enter, Purpose::Filter) => return Action::Filter(input.text),
            (KeyCode::Enter, Purpose::Answer) => {
                let text = input.text.clone();
                self.mode = Mode::Typing(Purpose::Answer, input);
                return Action::PreviewText(text);
            }
            (code, purpose) => {
                match code {
                    KeyCode::Char('u') if has_control => input = TextInput::default(),
                    KeyCode::Char('w') if has_control => input.delete_word(),
                    KeyCode::Char('h') if has_control => input.delete(),
                    KeyCode::Char(letter) if !has_control => input.push(letter),
                    KeyCode::Backspace => input.delete(),
                    KeyCode::Tab => {
                        let known = self.completions(&purpose, &input.text).into_iter().next();
                        input = known.map_or(input, |known| TextInput::of(&known));
                    }
                    _ => {}
                }
                self.mode = Mode::Typing(purpose, input);
            }
        }
        Action::Stay
    }

    /// The proposed values that contain a typed text, those that begin with it first.
    pub fn completions(&self, purpose: &Purpose, typed: &str) -> Vec<String> {
        let (Purpose::Answer, Some(card)) = (purpose, &self.card) else {
            return Vec::new();
        };
        let typed = typed.trim().to_lowercase();
        let all = card
            .proposals
            .iter()
            .map(|known| answer_text::of(&known.answer));
        let mut fitting: Vec<String> = all
            .filter(|known| known.to_lowercase().contains(&typed))
            .collect();
        fitting.sort_by_key(|known| !known.to_lowercase().starts_with(&typed));
        fitting
    }

    fn press_members(&mut self, code: KeyCode, at: usize) -> Action {
        let Some(card) = &self.card else {
            return Action::Stay;
        };
        match code {
            KeyCode::Esc | KeyCode::Char('l' | 'q') => Action::Stay,
            KeyCode::Enter => match card.members.get(at) {
                Some((id, _)) => Action::Alone(id.clone()),
                None => Action::Stay,
            },
            code => {
                self.mode = Mode::Members(moved(at, code, card.members.len()).unwrap_or(at));
                Action::Stay
            }
        }
    }
}

/// The number of a line after a key that moves, of `all` lines. `None`: the key does not move.
fn moved(at: usize, code: KeyCode, all: usize) -> Option<usize> {
    let to = match code {
        KeyCode::Down | KeyCode::Char('j') => at.saturating_add(1),
        KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
        KeyCode::PageDown => at.saturating_add(PAGE),
        KeyCode::PageUp => at.saturating_sub(PAGE),
        KeyCode::Home | KeyCode::Char('g') => 0,
        KeyCode::End | KeyCode::Char('G') => all,
        _ => return None,
    };
    Some(to.min(all.saturating_sub(1)))
}

#[cfg(test)]
mod tests;
