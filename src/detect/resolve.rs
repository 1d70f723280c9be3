//! From candidates to matches: rules that reach over lines are searched around their anchors, and of candidates that
//! overlap one stays.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::compile::Matcher;
use super::context_redaction::{ValueSet, redact};
use super::encoded::{self, Budget};
use super::engine::{Engine, Event, LineCandidates, Match, Text, TextMatches};
use super::proof;
use super::search::LineSearch;
use super::surroundings::read_surroundings;
use crate::finding::Context;
use crate::secret::SecretValue;

impl Engine {
    /// Matches of a text of which all lines were searched. What rules that reach over lines reject is told in the result.
    pub fn resolve(&self, text: Text, local: LineCandidates) -> TextMatches {
        self.resolve_text(text, local, Vec::new(), false, &mut Budget::of(text.bytes))
    }

    /// The same without [`Self::read_surroundings`], which is the more expensive half: whoever wants to know no more than the values
    /// need not read the text.
    pub fn resolve_values(&self, text: Text, local: LineCandidates) -> TextMatches {
        self.resolve_matches(text, local, Vec::new(), false, &mut Budget::of(text.bytes))
    }

    pub(super) fn resolve_text(
        &self,
        text: Text,
        local: LineCandidates,
        events: Vec<Event>,
        trace: bool,
        budget: &mut Budget,
    ) -> TextMatches {
        let mut scanned = self.resolve_matches(text, local, events, trace, budget);
        self.read_surroundings(text, &mut scanned.matches);
        scanned
    }

    /// The other half: what the text says of its matches, which are all of them.
    pub fn read_surroundings(&self, text: Text, matches: &mut [Match]) {
        if matches.is_empty() {
            return;
        }
        read_surroundings(text, matches);
        let mut values: Vec<SecretValue> =
            matches.iter().map(|found| found.value.clone()).collect();
        // As they are written, too: what is read of the text around is not decoded.
        let encoded = matches.iter().filter(|found| !found.decoding.is_empty());
        values.extend(
            encoded.map(|found| SecretValue::new(text.bytes[found.range.clone()].to_vec())),
        );
        let secrets = ValueSet::of(&values);
        for found in matches {
            if *found.context != Context::default() {
                let proof = self.rules[found.rule].proof;
                let context = Arc::make_mut(&mut found.context);
                redact(context, &secrets);
                // An account that a value names in itself is no secret, though it may stand in it as it is.
                if let Some(account) =
                    proof.and_then(|proof| proof::account(proof, found.value.expose()))
                {
                    context.account = Some(account);
                }
            }
        }
    }

    fn resolve_matches(
        &self,
        text: Text,
        mut local: LineCandidates,
        mut events: Vec<Event>,
        trace: bool,
        budget: &mut Budget,
    ) -> TextMatches {
        if !local.cross_line.is_empty() {
            local
                .cross_line
                .sort_by_key(|mark| (mark.anchor.end, mark.anchor.start, mark.rule));
            let mut pass = LineSearch::new(self, text, trace);
            local.cross_line.iter().for_each(|mark| pass.mark(mark));
            local.candidates.append(&mut pass.local.candidates);
            pass.local
                .rejected
                .into_iter()
                .for_each(|(name, count)| *local.rejected.entry(name).or_default() += count);
            events.append(&mut pass.events);
        }
        let mut candidates: Vec<Match> = local
            .candidates
            .into_iter()
            .map(|found| found.matched)
            .collect();
        if !local.encoded.is_empty() {
            local
                .encoded
                .sort_by_key(|layer| (layer.at.start, std::cmp::Reverse(layer.at.end)));
            let mut behind = self.search_layers(text, &local.encoded, trace, budget);
            candidates.append(&mut behind.matches);
            behind
                .rejected
                .into_iter()
                .for_each(|(name, count)| *local.rejected.entry(name).or_default() += count);
            events.append(&mut behind.events);
        }
        let matches = self.weigh(candidates, trace.then_some(&mut events));
        TextMatches {
            matches,
            rejected: local.rejected,
            events,
        }
    }

    /// Of overlapping matches the surest stays, or none if a proof has failed: a pattern before a keyword before a name, then by confidence and length.
    fn weigh(&self, mut candidates: Vec<Match>, mut events: Option<&mut Vec<Event>>) -> Vec<Match> {
        let rules = &self.rules;
        let rank = |found: &Match| {
            let class = match &rules[found.rule].matcher {
                // It knows more of the value than the rule for its shape.
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
                std::cmp::Reverse(found.confidence),
            );
            // Who understood an escape read more of the line; a longer fixed prefix is the more specific rule.
            let understood = found.decoding.is_empty();
            let specific = (
                understood,
                std::cmp::Reverse(found.range.len()),
                std::cmp::Reverse(found.shown),
            );
            (surest, specific, found.range.start, found.rule)
        };
        if candidates.len() > 1 {
            candidates.sort_by_key(rank);
        }
        // Places that are taken, by start: they do not overlap, so only the neighbour before can reach into a new one.
        let mut taken: BTreeMap<usize, (Range<usize>, Vec<Match>)> = BTreeMap::new();
        for found in candidates {
            let place = encoded::place_of(&found);
            let overlapping = taken
                .range_mut(..place.end.max(place.start + 1))
                .next_back()
                .filter(|(_, (other, _))| other.end > place.start);
            let Some((_, (_, stay))) = overlapping else {
                taken.insert(place.start, (place, vec![found]));
                continue;
            };
            if stay
                .iter()
                .all(|other| encoded::share_a_stream(other, &found))
            {
                stay.push(found);
                continue;
            }
            let by = &mut stay[0];
            if let Some(events) = &mut events {
                events.push(Event::Overruled {
                    rule: found.rule,
                    range: found.range.clone(),
                    by: by.rule,
                });
            }
            // The weaker one may be right: then the name within its value is a part of that.
            let within = found.range.start < by.range.start && by.range.end <= found.range.end;
            if within
                && let Some(key) = found.context.key.clone()
                && by.context.key.is_some()
            {
                Arc::make_mut(&mut by.context).key = Some(key);
            }
            // What the weaker rule knows of the same value is kept.
            if by.range == found.range {
                by.shown = by.shown.max(found.shown);
                if *found.context != Context::default() {
                    Arc::make_mut(&mut by.context).fill_from(&found.context);
                }
            }
        }
        taken
            .into_values()
            .flat_map(|(_, stay)| stay)
            .filter(|found| !found.refuted)
            .collect()
    }
}
