//! Resolves overlaps: of matches that overlap, the surest one stays.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::candidate::Match;
use super::compile::{Matcher, Rule};
use super::event::{Event, Trace};
use crate::finding::{Context, Decoding};

/// Of overlapping matches the surest stays, or none of them if its proof has failed. A pattern
/// comes before a keyword and a keyword before a name; then confidence and length decide.
pub(super) fn resolve_overlaps(
    rules: &[Rule],
    mut matches: Vec<Match>,
    trace: &mut Trace,
) -> Vec<Match> {
    if matches.len() > 1 {
        matches.sort_by_key(|found| rank(rules, found));
    }
    // Places that are taken, by start. They do not overlap, so only the last one that begins before
    // the end of a new one can reach into it.
    let mut taken: BTreeMap<usize, Taken> = BTreeMap::new();
    for found in matches {
        let place = contested_place(&found);
        let overlapping = taken
            .range_mut(..place.end.max(place.start + 1))
            .next_back()
            .filter(|(_, other)| other.place.end > place.start);
        let Some((_, stay)) = overlapping else {
            taken.insert(place.start, Taken::by(place, found));
            continue;
        };
        let Some(found) = stay.join(found) else {
            continue;
        };
        let by = &mut stay.first;
        trace.record(|| Event::Overruled {
            rule: found.rule,
            range: found.range.clone(),
            by: by.rule,
        });
        keep_context(by, &found);
    }
    let stay = |taken: Taken| std::iter::once(taken.first).chain(taken.others);
    let mut kept: Vec<Match> = taken
        .into_values()
        .flat_map(stay)
        .filter(|found| !found.refuted)
        .collect();
    // Places are contested from where the value's own bits begin.
    if !kept.is_sorted_by_key(|found| found.range.start) {
        kept.sort_by_key(|found| found.range.start);
    }
    kept
}

/// A place that is taken, and the matches that stay there.
struct Taken {
    place: Range<usize>,
    first: Match,
    /// The other values of a compressed stream, if the place is one.
    others: Vec<Match>,
    /// The decoding steps of all of them, if there are others.
    decodings: HashSet<Vec<Decoding>>,
}

impl Taken {
    fn by(place: Range<usize>, first: Match) -> Self {
        Self {
            place,
            first,
            others: Vec::new(),
            decodings: HashSet::new(),
        }
    }

    /// Adds another value of the same compressed stream, of which no part can be decoded by itself:
    /// the ranges of its values are the whole stream, and yet they do not overlap. Returns any other
    /// match.
    fn join(&mut self, found: Match) -> Option<Match> {
        let is_packed = |found: &Match| found.decoding.contains(&Decoding::Gzip);
        if self.first.range != found.range || !is_packed(&self.first) || !is_packed(&found) {
            return Some(found);
        }
        if self.decodings.is_empty() {
            self.decodings.insert(self.first.decoding.clone());
        }
        if !self.decodings.insert(found.decoding.clone()) {
            return Some(found);
        }
        self.others.push(found);
        None
    }
}

/// The surest match has the lowest rank.
fn rank(rules: &[Rule], found: &Match) -> impl Ord + use<> {
    let class = match &rules[found.rule].matcher {
        // It knows more of the value than the rule for the value's shape.
        Matcher::Object { .. } | Matcher::WebKey(_) => 0,
        Matcher::Pattern(pattern) if !pattern.by_keyword => 1,
        Matcher::Lines(_) | Matcher::Kubernetes(_) | Matcher::Store(_) => 1,
        Matcher::Pattern(_) => 2,
        Matcher::Names(_) => 3,
    };
    let surest = (
        !found.refuted,
        found.unless_login.is_some(),
        found.proof.is_none(),
        class,
        Reverse(found.confidence),
    );
    // A rule that understood an escape read more of the line; a longer fixed prefix belongs to the
    // more specific rule. What base64 within a token encodes is a part of the token.
    let is_escaped = matches!(found.decoding.first(), Some(first) if !matches!(first, Decoding::Base64 | Decoding::Hex));
    let specific = (
        !is_escaped,
        Reverse(found.range.len()),
        Reverse(found.shown),
    );
    (surest, specific, found.range.start, found.rule)
}

/// Adds the context of a dropped match to the match that stays.
fn keep_context(stays: &mut Match, dropped: &Match) {
    // If the value that stays is the end of the dropped one, the name before it is a part of the
    // dropped value: the dropped match has the name of the whole.
    let within = dropped.range.start < stays.range.start && stays.range.end <= dropped.range.end;
    if within
        && let Some(key) = dropped.context.key.clone()
        && stays.context.key.is_some()
    {
        Arc::make_mut(&mut stays.context).key = Some(key);
    }
    if stays.range == dropped.range {
        stays.shown = stays.shown.max(dropped.shown);
        if *dropped.context != Context::default() {
            Arc::make_mut(&mut stays.context).fill_from(&dropped.context);
        }
    }
}

/// The bytes for which a match competes with others. Neighbouring values in base64 may share the
/// group of four characters between them, so only the characters that hold bits of the value count.
fn contested_place(found: &Match) -> Range<usize> {
    let Range { start, end } = found.range;
    match found.decoding[..] {
        [
            Decoding::Base64,
            Decoding::Part {
                start: skip,
                end: last,
            },
            ..,
        ] if end - start > 8 => {
            let unused = [0, 2, 1][last as usize % 3];
            start + (skip as usize * 8 / 6).min(3)..end - unused
        }
        _ => found.range.clone(),
    }
}
