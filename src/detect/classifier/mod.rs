//! The classifier: the probability that a value which is assigned to a name such as `password` is a
//! credential. It decides about values that no filter rejects. It consists of boosted trees over
//! numeric features of the value, its name and its line ([`features`]). `docs/design/classifier.md`
//! describes how the trees were trained and how accurate they are.

mod boosted_trees;
mod byte_classes;
pub mod features;
mod letter_statistics;
mod word_topics;

use std::sync::LazyLock;

use boosted_trees::BoostedTrees;
pub use features::{AssignmentSite, Features};

use crate::finding::Confidence;

/// The trained trees.
static TREES: LazyLock<BoostedTrees> = LazyLock::new(|| {
    BoostedTrees::read(include_str!("boosted_trees.txt"), features::COUNT)
        .expect("scripts/train-classifier wrote it")
});

/// Least log odds of low confidence, in thousandths. A value with less is not a finding.
const LOW: i32 = -2500;
/// Least log odds of medium confidence, in thousandths.
const MEDIUM: i32 = -500;
/// Least log odds of high confidence, in thousandths.
const HIGH: i32 = 3000;

/// The classifier's result for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialScore {
    /// Log odds that the value is a credential, in thousandths.
    pub log_odds: i32,
}

impl CredentialScore {
    /// Scores the features of a value.
    pub fn of(features: &Features) -> Self {
        Self {
            log_odds: TREES.score(features),
        }
    }

    /// The confidence of a finding with this score; `None` if the value is not a finding.
    pub fn confidence(self) -> Option<Confidence> {
        match self.log_odds {
            HIGH.. => Some(Confidence::High),
            MEDIUM.. => Some(Confidence::Medium),
            LOW.. => Some(Confidence::Low),
            _ => None,
        }
    }

    /// The score as a probability, in percent.
    pub fn percent(self) -> u32 {
        (100.0 / (1.0 + (-f64::from(self.log_odds) / 1000.0).exp())).round() as u32
    }
}

/// The features with the largest share of the score, at most `most`, with that share in thousandths
/// of log odds; the largest first.
pub fn reasons(features: &Features, most: usize) -> Vec<(&'static str, i32)> {
    let mut reasons: Vec<_> = features::names()
        .into_iter()
        .zip(TREES.shares(features))
        .collect();
    reasons.retain(|(_, share)| *share != 0);
    reasons.sort_by_key(|(_, share)| std::cmp::Reverse(share.abs()));
    reasons.truncate(most);
    reasons
}
