//! The order of the places of a secret: those that count most for it come first.
//!
//! A name, a kind or a login is taken from where the secret is now, not from a file of years ago. So places at HEAD come
//! before the history, and that before objects that no ref leads to. In the history, newer places come before older
//! ones.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use super::entry::Secret;
use crate::finding::{Confidence, Context, Evidence, Finding, Kind, Occurrence, Origin};

/// Where a place stands in its repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In the tree of HEAD, in a working tree, or staged.
    Current,
    /// In history or messages that a ref leads to, or in git's own files.
    Reachable,
    /// In objects that no ref leads to.
    Unreachable,
}

impl Standing {
    /// The standing of a place.
    pub fn of(place: &Occurrence) -> Self {
        if place.at_head || matches!(place.origin, Origin::Worktree | Origin::Staged) {
            Standing::Current
        } else if place.reachable {
            Standing::Reachable
        } else {
            Standing::Unreachable
        }
    }
}

/// All places, those that count most first.
pub fn sorted(secret: &Secret) -> Vec<&Occurrence> {
    let mut places: Vec<&Occurrence> = secret.occurrences.iter().collect();
    places.sort_by_cached_key(|place| rank(secret, place));
    places
}

/// The place that counts most.
pub fn first(secret: &Secret) -> Option<&Occurrence> {
    let places = secret.occurrences.iter();
    places.min_by_key(|place| rank(secret, place))
}

/// The position of a place in the order.
fn rank<'a>(secret: &Secret, place: &'a Occurrence) -> impl Ord + use<'a> {
    let standing = Standing::of(place);
    let newest = (standing != Standing::Current).then(|| Reverse(date(place)));
    let sure = Reverse(secret.sureness_at(place));
    (standing, newest, sure, place)
}

/// The time at which a place of the history was last or first seen, in seconds since 1970.
fn date(place: &Occurrence) -> Option<i64> {
    let date = place.last_date.as_ref().or(place.date.as_ref())?;
    date.parse().ok().map(jiff::Timestamp::as_second)
}

/// The facts of a place that conditions ask for.
#[derive(Clone, Copy)]
pub struct Stated<'a> {
    /// The kind of the secret.
    pub kind: Kind,
    /// The id of the rule that found it.
    pub detector: &'a str,
    /// Facts that the text around the value states.
    pub context: &'a Context,
}

impl Secret {
    /// The facts that a place states; without a place, those of the entry. The same as [`Secret::evidence_at`], without a copy.
    pub fn stated_at<'a>(&'a self, place: Option<&'a Occurrence>) -> Stated<'a> {
        match place.and_then(|place| place.evidence.as_deref()) {
            Some(evidence) => Stated {
                kind: evidence.kind,
                detector: &evidence.detector,
                context: &evidence.context,
            },
            None => Stated {
                kind: self.kind,
                detector: &self.detector,
                context: &self.context,
            },
        }
    }

    /// The confidence in a place, a place with a proof first.
    fn sureness_at(&self, place: &Occurrence) -> (bool, Confidence) {
        match place.evidence.as_deref() {
            Some(evidence) => (evidence.proof.is_some(), evidence.confidence),
            None => (self.proof.is_some(), self.confidence),
        }
    }

    /// The statements of a place about the secret; without a place, those of the entry.
    pub fn evidence_at<'a>(&'a self, place: Option<&'a Occurrence>) -> Cow<'a, Evidence> {
        match place.and_then(|place| place.evidence.as_deref()) {
            Some(evidence) => Cow::Borrowed(evidence),
            None => Cow::Owned(self.evidence()),
        }
    }

    /// The statements of the entry.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            kind: self.kind,
            detector: self.detector.clone(),
            confidence: self.confidence,
            proof: self.proof.clone(),
            expired: self.expired,
            context: self.context.clone(),
        }
    }

    /// Sets the statements of the entry.
    pub(super) fn set_evidence(&mut self, evidence: Evidence) {
        self.kind = evidence.kind;
        self.detector = evidence.detector;
        self.confidence = evidence.confidence;
        self.proof = evidence.proof;
        self.expired = evidence.expired;
        self.context = evidence.context;
    }

    /// Writes down its statements at each place, before the entry changes.
    pub(super) fn spread_evidence(&mut self) {
        if self
            .occurrences
            .iter()
            .any(|place| place.evidence.is_none())
        {
            let own = Arc::new(self.evidence());
            let places = self.occurrences.iter_mut();
            for place in places.filter(|place| place.evidence.is_none()) {
                place.evidence = Some(Arc::clone(&own));
            }
        }
    }

    /// Takes kind, rule and context from the place that counts most, and the confidence from the surest one. The result
    /// depends on the places alone, not on the order in which they were found.
    pub(super) fn gather_evidence(&mut self) {
        let places = sorted(self);
        if let Some(first) = places.first() {
            let mut chosen = self.evidence_at(Some(first)).into_owned();
            // Another repository may belong to another application.
            let near = |place: &&&Occurrence| {
                place.repository == first.repository && Standing::of(place) == Standing::of(first)
            };
            for place in places.iter().filter(near) {
                chosen
                    .context
                    .fill_from(self.stated_at(Some(place)).context);
            }
            for place in &places {
                if self.sureness_at(place) > (chosen.proof.is_some(), chosen.confidence) {
                    let evidence = self.evidence_at(Some(place)).into_owned();
                    chosen.proof = evidence.proof;
                    chosen.confidence = chosen.confidence.max(evidence.confidence);
                }
                let evidence = place.evidence.as_deref();
                chosen.expired |= evidence.map_or(self.expired, |evidence| evidence.expired);
            }
            self.set_evidence(chosen);
        }
        let own = self.evidence();
        for place in &mut self.occurrences {
            place.evidence.take_if(|evidence| **evidence == own);
        }
    }
}

/// The statements of the place of a finding.
pub(super) fn evidence_of(finding: &Finding) -> Evidence {
    Evidence {
        kind: finding.kind,
        detector: finding.detector.clone(),
        confidence: finding.confidence,
        proof: finding.proof.map(str::to_owned),
        expired: finding.expired,
        context: finding.context.clone(),
    }
}
