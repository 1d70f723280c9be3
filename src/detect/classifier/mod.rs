//! Weighs what no filter settles: how likely a value that is assigned to a telling name is a credential. Boosted trees over
//! some numbers that describe the value, its name and its line ([`features`]); `docs/design/classifier.md` tells how they were
//! trained and what they are worth.

mod boosted_trees;
mod byte_classes;
pub mod features;
mod letter_statistics;
mod word_topics;

use std::sync::LazyLock;

use boosted_trees::BoostedTrees;
pub use features::{AssignmentSite, Features};

use crate::finding::Confidence;

static TREES: LazyLock<BoostedTrees> = LazyLock::new(|| {
    BoostedTrees::read(include_str!("boosted_trees.txt"), features::COUNT)
        .expect("scripts/train-classifier wrote it")
});

/// Least log odds of each confidence, in thousandths. What has less than the least is no finding.
const LOW: i32 = -2500;
const MEDIUM: i32 = -500;
const HIGH: i32 = 3000;

/// What is thought of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialScore {
    /// Log odds that it is a credential, in thousandths.
    pub score: i32,
}

impl CredentialScore {
    pub fn of(features: &Features) -> Self {
        Self {
            score: TREES.score(features),
        }
    }

    /// `None`: it is none.
    pub fn confidence(self) -> Option<Confidence> {
        match self.score {
            HIGH.. => Some(Confidence::High),
            MEDIUM.. => Some(Confidence::Medium),
            LOW.. => Some(Confidence::Low),
            _ => None,
        }
    }

    /// The same as a probability, in percent.
    pub fn percent(self) -> u32 {
        (100.0 / (1.0 + (-f64::from(self.score) / 1000.0).exp())).round() as u32
    }
}

/// The features that weigh most, with their share of the score in thousandths of log odds; the heaviest first.
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
