//! The things that make a scan incomplete. This file alone decides on exit code 3 of `scan` and
//! `discover`; the reports say the same.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Coverage, Listed, Skip};

/// The numbers of things that a scan should have read, and did not read, or not to their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shortfall {
    /// The number of things that could not be read.
    pub unreadable: u64,
    /// The number of things that were not read to their end because of a limit.
    pub cut_off: u64,
    /// The number of objects that contradict their ids. Their content was searched.
    pub contradictions: u64,
    /// The number of things that were skipped because of their size. Only `--strict` counts them.
    pub too_large: u64,
    /// The scan was interrupted.
    pub interrupted: bool,
}

impl Shortfall {
    /// The shortfall of a scan.
    pub fn of(coverage: &Coverage) -> Self {
        let too_large = coverage.skipped.get(&Skip::TooLarge);
        Self {
            unreadable: coverage.unreadable_count(),
            cut_off: total(coverage.cut_off.values()),
            contradictions: total(coverage.contradictions.values()),
            too_large: too_large
                .filter(|_| coverage.strict)
                .map_or(0, |listed| listed.count),
            interrupted: coverage.interrupted,
        }
    }

    /// True if nothing is missing.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

fn total<'a>(lists: impl Iterator<Item = &'a Listed>) -> u64 {
    lists.map(|listed| listed.count).sum()
}

impl Coverage {
    /// Whether everything could be read to its end, and the scan was not interrupted.
    pub fn complete(&self) -> bool {
        Shortfall::of(self).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{Contradiction, Limit};

    const LIMITS: [Limit; 6] = [
        Limit::Matches,
        Limit::Rows,
        Limit::Work,
        Limit::Memory,
        Limit::Time,
        Limit::Expansion,
    ];

    #[test]
    fn every_limit_counts_and_the_size_only_if_strict() {
        for strict in [false, true] {
            let with = |change: fn(&mut Coverage)| {
                let mut coverage = Coverage {
                    strict,
                    ..Coverage::default()
                };
                change(&mut coverage);
                assert_eq!(coverage.complete(), Shortfall::of(&coverage).is_none());
                coverage.complete()
            };
            assert!(with(|_| {}));
            assert!(!with(|coverage| coverage.interrupted = true));
            assert!(!with(|coverage| coverage.unreadable("a", "gone")));
            assert!(!with(|coverage| {
                coverage.contradict(Contradiction::WrongId, "a")
            }));
            assert!(!with(|coverage| {
                coverage.contradict(Contradiction::DifferingCopies, "a")
            }));
            assert_eq!(with(|coverage| coverage.skip(Skip::TooLarge, "a")), !strict);
            // Things that are left out on purpose are no shortfall.
            assert!(with(|coverage| {
                coverage.skip(Skip::IgnoredFolder, "a");
                coverage.skip(Skip::IgnoreRules, "a");
                coverage.skip(Skip::Partial, "a");
                coverage.skip(Skip::BeforeSince, "a");
            }));
            for limit in LIMITS {
                let mut coverage = Coverage {
                    strict,
                    ..Coverage::default()
                };
                coverage.cut(limit, "a");
                assert_eq!(Shortfall::of(&coverage).cut_off, 1);
                assert!(!coverage.complete());
            }
        }
    }
}
