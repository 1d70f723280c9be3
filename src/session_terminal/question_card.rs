//! The question that is asked now, with everything that a person needs to answer it.

use super::secret_evidence::{self, Labelled};
use super::secret_words;
use crate::decide::answer::Topic;
use crate::inventory::place_order;
use crate::report::place;
use crate::report::secret_text::LineState;
use crate::secret::SecretId;
use crate::session::proposal::Proposal;
use crate::session::question_group::{Group, Likeness};
use crate::session::session_state::Session;

/// A question about a group of secrets.
#[derive(Clone, Debug)]
pub struct Card {
    /// The secret that is shown.
    pub lead: SecretId,
    /// What is asked for.
    pub topic: Topic,
    /// The question in words.
    pub texts: Vec<String>,
    /// What the scan knows of the secret.
    pub scanned: Vec<Labelled>,
    /// The best place of the secret.
    pub place: Option<String>,
    /// The line of this place. `None`: it is being read.
    pub line: Option<LineState>,
    /// Facts with their sources.
    pub facts: Vec<Labelled>,
    /// The possible answers, the most likely one first.
    pub proposals: Vec<Proposal>,
    /// How the secrets are alike that an answer is for.
    pub likeness: Likeness,
    /// The secrets that an answer is for, each in one line.
    pub members: Vec<(SecretId, String)>,
    /// The number of secrets of the next narrower group.
    pub narrower: Option<usize>,
    /// The number of secrets of the next wider group.
    pub wider: Option<usize>,
}

impl Card {
    /// The card of a question. `steps` are the groups that an answer can be for, and `at` is the chosen one of them.
    pub fn of(session: &mut Session, steps: &[Group], at: usize) -> Option<Self> {
        let group = steps.get(at)?;
        let lead = group.members.first()?.clone();
        let explanation = session.explanation(&lead)?;
        let secret = session.secrets().get(&lead)?;
        let question = session.questions(&lead).first()?;
        let size = |at: Option<usize>| Some(steps.get(at?)?.members.len());
        let in_words = |id: &SecretId| {
            let known = session.secrets().get(id);
            (
                id.clone(),
                known.map(secret_words::in_one_line).unwrap_or_default(),
            )
        };
        Some(Self {
            topic: group.topic.clone(),
            texts: question.texts.clone(),
            scanned: secret_evidence::of_scan(secret),
            place: place_order::first(secret).map(|at| place::name(at, at.line)),
            line: None,
            facts: secret_evidence::of_facts(secret, &explanation),
            proposals: session.proposals(&lead),
            likeness: group.likeness,
            members: group.members.iter().map(in_words).collect(),
            narrower: size(at.checked_sub(1)),
            wider: size(Some(at + 1)),
            lead,
        })
    }

    /// The ids of the secrets that an answer is for.
    pub fn secrets(&self) -> Vec<SecretId> {
        self.members.iter().map(|(id, _)| id.clone()).collect()
    }

    /// Whether something speaks for the first proposal, or it is the only one.
    pub fn has_likely_answer(&self) -> bool {
        match &self.proposals[..] {
            [] => false,
            [_] => true,
            [first, ..] => !first.because.is_empty(),
        }
    }
}
