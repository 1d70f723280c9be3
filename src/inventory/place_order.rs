//! The order of the places of a secret: those that count most for it come first.
//!
//! A name, a kind or a login is taken from where the secret is now, not from a file of years ago. So places at HEAD come
//! before the history, and that before objects that no ref leads to. In the history, newer places come before older
//! ones.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::entry::Secret;
use crate::finding::{Evidence, Finding, Occurrence, Origin};

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
    let evidence = secret.evidence_at(Some(place));
    let sure = Reverse((evidence.proof.is_some(), evidence.confidence));
    (standing, newest, sure, place)
}

/// The time at which a place of the history was last or first seen, in seconds since 1970.
fn date(place: &Occurrence) -> Option<i64> {
    let date = place.last_date.as_ref().or(place.date.as_ref())?;
    date.parse().ok().map(jiff::Timestamp::as_second)
}

impl Secret {
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
            let own = self.evidence();
            let places = self.occurrences.iter_mut();
            for place in places.filter(|place| place.evidence.is_none()) {
                place.evidence = Some(Box::new(own.clone()));
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
                    .fill_from(&self.evidence_at(Some(place)).context);
            }
            for place in &places {
                let evidence = self.evidence_at(Some(place));
                let sure = |evidence: &Evidence| (evidence.proof.is_some(), evidence.confidence);
                if sure(&evidence) > sure(&chosen) {
                    chosen.proof.clone_from(&evidence.proof);
                    chosen.confidence = chosen.confidence.max(evidence.confidence);
                }
                chosen.expired |= evidence.expired;
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
