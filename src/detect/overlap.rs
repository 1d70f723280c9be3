//! Resolves overlaps: of matches that overlap, the surest one stays.

use std::cmp::Reverse;
use std::collections::BTreeMap;
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
    let mut taken: BTreeMap<usize, (Range<usize>, Vec<Match>)> = BTreeMap::new();
    for found in matches {
        let place = contested_place(&found);
        let overlapping = taken
            .range_mut(..place.end.max(place.start + 1))
            .next_back()
            .filter(|(_, (other, _))| other.end > place.start);
        let Some((_, (_, stay))) = overlapping else {
            taken.insert(place.start, (place, vec![found]));
            continue;
        };
        if stay.iter().all(|other| share_a_stream(other, &found)) {
            stay.push(found);
            continue;
        }
        let by = &mut stay[0];
        trace.record(|| Event::Overruled {
            rule: found.rule,
            range: found.range.clone(),
            by: by.rule,
        });
        keep_context(by, &found);
    }
    taken
        .into_values()
        .flat_map(|(_, stay)| stay)
        .filter(|found| !found.refuted)
        .collect()
}

/// The surest match has the lowest rank.
fn rank(rules: &[Rule], found: &Match) -> impl Ord + use<> {
    let class = match &rules[found.rule].matcher {
        // It knows more of the value than the rule for the value's shape.
        Matcher::Object { .. } => 0,
        Matcher::Pattern(pattern) if !pattern.by_keyword => 1,
        Matcher::Lines(_) | Matcher::Kubernetes(_) | Matcher::Store(_) => 1,
        Matcher::Pattern(_) => 2,
        Matcher::Names(_) => 3,
    };
    let surest = (
        !found.refuted,
        found.proof.is_none(),
        class,
        Reverse(found.confidence),
    );
    // A rule that understood an escape read more of the line; a longer fixed prefix belongs to the
    // more specific rule.
    let specific = (
        found.decoding.is_empty(),
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

/// Whether both are values of one compressed stream, of which no part can be decoded by itself:
/// their ranges are the whole stream, and yet they do not overlap.
fn share_a_stream(one: &Match, other: &Match) -> bool {
    let packed = |found: &Match| found.decoding.contains(&Decoding::Gzip);
    one.range == other.range && packed(one) && packed(other) && one.decoding != other.decoding
}
