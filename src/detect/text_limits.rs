//! Limits of what one text may yield and cost. A text beyond them is cut off at a place that its bytes
//! alone determine: the same place whether the text was searched as a whole or inherited lines from
//! another version.

use super::candidate::{CutOff, LineCandidates, LineCost};
use crate::coverage::Limit;

/// The limits of one text.
#[derive(Clone, Copy, Debug)]
pub struct TextLimits {
    /// The most candidates in lines. A dump of passwords of five thousand rows is honest; a text of
    /// more than this many is cut off.
    pub candidates: usize,
    /// The most reported matches.
    pub matches: usize,
    /// The most marks of each kind in lines: anchors of rules that reach over lines, and escaped
    /// tokens. A mark costs less than a candidate.
    pub marks: usize,
    /// The most work, in microseconds of an ordinary machine as [`super::search`] estimates them:
    /// on the lines of a large text, and on all that is decoded from a text of any size.
    pub work: u64,
    /// The bytes from which on a text is large. The work on a smaller one is bounded by its length.
    pub large: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self {
            candidates: 20_000,
            matches: 10_000,
            marks: 100_000,
            work: 2_000_000,
            large: 2 << 20,
        }
    }
}

impl TextLimits {
    /// Whether a text is large.
    pub(super) fn is_large(&self, length: usize) -> bool {
        length >= self.large
    }

    /// Drops everything behind the first place at which a limit is exceeded. What was found is
    /// complete up to the cut-off that it already has, if it has one. The place itself stays until
    /// [`LineCandidates::drop_cut`]: with the candidates of other lines, another limit may be exceeded there, too.
    pub(super) fn cut(&self, found: &mut LineCandidates) {
        let candidates = || {
            let anchors = found.candidates.iter().map(|candidate| candidate.anchor);
            let at = beyond(anchors.collect(), self.candidates)?;
            Some(CutOff {
                at,
                limit: Limit::Matches,
            })
        };
        let marks = |places: Vec<usize>| {
            let at = beyond(places, self.marks)?;
            Some(CutOff {
                at,
                limit: Limit::Matches,
            })
        };
        let anchors = || found.cross_line.iter().map(|anchor| anchor.range.start);
        let tokens = || {
            let tokens = found.encoded.iter().filter(|span| span.is_token());
            tokens.map(|span| span.range.start)
        };
        let cut = [
            found.cut,
            (found.candidates.len() > self.candidates)
                .then(candidates)
                .flatten(),
            (found.cross_line.len() > self.marks)
                .then(|| marks(anchors().collect()))
                .flatten(),
            (found.encoded.len() > self.marks)
                .then(|| marks(tokens().collect()))
                .flatten(),
            self.out_of_work(&mut found.costs),
        ]
        .into_iter()
        .flatten()
        .min();
        let Some(cut) = cut else { return };
        found.cut = Some(cut);
        let is_before = |at: usize| at <= cut.at;
        found
            .candidates
            .retain(|candidate| is_before(candidate.anchor));
        found
            .cross_line
            .retain(|anchor| is_before(anchor.range.start));
        found.encoded.retain(|span| is_before(span.range.start));
        found.costs.retain(|cost| is_before(cost.at));
        found.crowded.retain(|&at| is_before(at));
    }

    /// The place at which the work on the lines exceeds the limit. Only large texts have costs.
    fn out_of_work(&self, costs: &mut [LineCost]) -> Option<CutOff> {
        let total: u64 = costs.iter().map(|cost| u64::from(cost.work)).sum();
        if total <= self.work {
            return None;
        }
        costs.sort_unstable_by_key(|cost| cost.at);
        let mut left = self.work;
        let last = costs.iter().find(|cost| {
            let rest = left.checked_sub(u64::from(cost.work));
            left = rest.unwrap_or_default();
            rest.is_none()
        })?;
        Some(CutOff {
            at: last.at,
            limit: Limit::Work,
        })
    }
}

/// The first place that is too many, of places in any order.
fn beyond(mut places: Vec<usize>, most: usize) -> Option<usize> {
    if places.len() <= most {
        return None;
    }
    let (_, first, _) = places.select_nth_unstable(most);
    Some(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_is_too_many() {
        assert_eq!(beyond(vec![5, 1, 4], 3), None);
        assert_eq!(beyond(vec![5, 1, 4, 9, 2], 3), Some(5));
        assert_eq!(beyond(vec![7], 0), Some(7));
    }

    #[test]
    fn work_is_counted_in_the_order_of_places() {
        let limits = TextLimits {
            work: 10,
            ..TextLimits::default()
        };
        let costs = |list: &[(usize, u32)]| {
            let mut costs: Vec<_> = list
                .iter()
                .map(|&(at, work)| LineCost { at, work })
                .collect();
            limits.out_of_work(&mut costs).map(|cut| cut.at)
        };
        assert_eq!(costs(&[(30, 4), (10, 6)]), None);
        assert_eq!(costs(&[(30, 4), (10, 6), (20, 1)]), Some(30));
        assert_eq!(costs(&[(30, 1), (10, 11)]), Some(10));
    }
}
