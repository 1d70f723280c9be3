//! From candidates to matches: rules that reach over lines are searched around their anchors, and of candidates that
//! overlap one stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compile::Matcher;
use super::context::{Values, scrub};
use super::engine::{Engine, Event, Local, Match, Scanned, Text};
use super::search::Pass;
use crate::finding::Context;
use crate::secret::SecretValue;

impl Engine {
    /// Matches of a text of which all lines were searched. What rules that reach over lines reject is told in the result.
    pub fn settle(&self, text: Text, local: Local) -> Scanned {
        self.settle_traced(text, local, Vec::new(), false)
    }

    pub(super) fn settle_traced(&self, text: Text, mut local: Local, mut events: Vec<Event>, trace: bool) -> Scanned {
        if !local.marks.is_empty() {
            local.marks.sort_by_key(|mark| (mark.anchor.end, mark.anchor.start, mark.rule));
            let mut pass = Pass::new(self, text, trace);
            local.marks.iter().for_each(|mark| pass.mark(mark));
            local.found.append(&mut pass.local.found);
            pass.local.rejected.into_iter().for_each(|(name, count)| *local.rejected.entry(name).or_default() += count);
            events.append(&mut pass.events);
        }
        let candidates = local.found.into_iter().map(|found| found.what).collect();
        let mut matches = self.weigh(candidates, trace.then_some(&mut events));
        let values: Vec<SecretValue> = matches.iter().map(|found| found.value.clone()).collect();
        let secrets = Values::of(&values);
        for found in &mut matches {
            if *found.context != Context::default() {
                scrub(Arc::make_mut(&mut found.context), &secrets);
            }
        }
        Scanned { matches, rejected: local.rejected, events }
    }

    /// Of overlapping matches the surest stays, or none if a proof has failed: a pattern before a keyword before a name, then by confidence and length.
    fn weigh(&self, mut candidates: Vec<Match>, mut events: Option<&mut Vec<Event>>) -> Vec<Match> {
        let rules = &self.rules;
        let rank = |found: &Match| {
            let class = match &rules[found.rule].matcher {
                Matcher::Pattern(pattern) if !pattern.by_keyword => 0,
                Matcher::Pattern(_) => 1,
                Matcher::Names(_) => 2,
            };
            let surest = (!found.refuted, found.proof.is_none(), class, std::cmp::Reverse(found.confidence));
            // A longer fixed prefix is the more specific rule.
            let specific = (std::cmp::Reverse(found.range.len()), std::cmp::Reverse(found.shown));
            (surest, specific, found.range.start, found.rule)
        };
        if candidates.len() > 1 {
            candidates.sort_by_key(rank);
        }
        // Ranges that are taken, by start: they do not overlap, so only the neighbour before can reach into a new one.
        let mut taken: BTreeMap<usize, Match> = BTreeMap::new();
        for found in candidates {
            let overlapping =
                taken.range(..found.range.end).next_back().filter(|(_, other)| other.range.end > found.range.start);
            let Some((&start, by)) = overlapping else {
                taken.insert(found.range.start, found);
                continue;
            };
            if let Some(events) = &mut events {
                events.push(Event::Overruled { rule: found.rule, range: found.range.clone(), by: by.rule });
            }
            // What the weaker rule knows of the same value is kept.
            if by.range == found.range && *found.context != Context::default() {
                let stays = taken.get_mut(&start).expect("just seen");
                Arc::make_mut(&mut stays.context).fill_from(&found.context);
            }
        }
        taken.into_values().filter(|found| !found.refuted).collect()
    }
}
