//! The fate of each anchor and candidate, recorded for `explain` only.

use std::ops::Range;

use super::classifier::Features;
use super::formats::NoAssignment;
use crate::finding::Decoding;

/// One step in the fate of an anchor or a candidate. Ranges are bytes of the searched text; rules
/// are indices for [`Engine::rule`](super::engine::Engine::rule).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The rule was searched around its anchor and found nothing.
    AnchorOnly {
        /// The rule that was searched.
        rule: usize,
        /// The anchor.
        anchor: Range<usize>,
    },
    /// A word that names of assignments end in is not the end of a name with a value that a rule
    /// could judge.
    NotAssigned {
        /// The word.
        word: Range<usize>,
        /// The reason.
        why: NoAssignment,
    },
    /// A value is assigned to a name that ends in such a word, but no rule covers this name.
    OtherName {
        /// The whole name.
        name: Range<usize>,
    },
    /// A filter or a proof rejected the candidate.
    Rejected {
        /// The rule that found the candidate.
        rule: usize,
        /// The candidate's raw value.
        range: Range<usize>,
        /// The filter's name.
        filter: &'static str,
    },
    /// The candidate is a match, with less confidence than its rule has.
    Doubted {
        /// The rule that found the candidate.
        rule: usize,
        /// The candidate's raw value.
        range: Range<usize>,
        /// The reason for the lower confidence.
        why: &'static str,
    },
    /// An encoded span was decoded and searched.
    Layer {
        /// The encoded span.
        range: Range<usize>,
        /// The last step of decoding: the span's own, or gzip.
        step: Decoding,
        /// Length of the decoded text in bytes.
        bytes: usize,
    },
    /// The model weighed the candidate. It is a match unless another event of the same range says
    /// otherwise.
    Judged {
        /// The rule that found the candidate.
        rule: usize,
        /// The candidate's raw value.
        range: Range<usize>,
        /// The numbers that the model weighed.
        features: Box<Features>,
    },
    /// The match lost its place to an overlapping match of another rule.
    Overruled {
        /// The rule of the match that was dropped.
        rule: usize,
        /// The raw value of the match that was dropped.
        range: Range<usize>,
        /// The rule of the match that stays.
        by: usize,
    },
}

impl Event {
    /// The same event with its range changed by `place`.
    pub(super) fn moved(mut self, place: impl Fn(&Range<usize>) -> Range<usize>) -> Self {
        match &mut self {
            Event::AnchorOnly { anchor: range, .. }
            | Event::NotAssigned { word: range, .. }
            | Event::OtherName { name: range }
            | Event::Rejected { range, .. }
            | Event::Doubted { range, .. }
            | Event::Layer { range, .. }
            | Event::Judged { range, .. }
            | Event::Overruled { range, .. } => *range = place(range),
        }
        self
    }
}

/// Records events if they are wanted. A scan does not want them, and does not even make them.
#[derive(Debug)]
pub(super) struct Trace(Option<Vec<Event>>);

impl Trace {
    /// Drops all events.
    pub(super) const OFF: Trace = Trace(None);

    /// Keeps all events.
    pub(super) fn on() -> Self {
        Trace(Some(Vec::new()))
    }

    /// An empty trace that keeps events if this one does.
    pub(super) fn fresh(&self) -> Self {
        Trace(self.0.as_ref().map(|_| Vec::new()))
    }

    /// Whether events are kept.
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Records an event, which is made only if it is kept.
    pub(super) fn record(&mut self, event: impl FnOnce() -> Event) {
        if let Some(events) = &mut self.0 {
            events.push(event());
        }
    }

    /// Records more events.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = Event>) {
        if let Some(events) = &mut self.0 {
            events.extend(more);
        }
    }

    /// All recorded events, in order.
    pub(super) fn into_events(self) -> Vec<Event> {
        self.0.unwrap_or_default()
    }
}
