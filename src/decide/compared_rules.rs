//! The metadata rules of fields that the policy compares.
//!
//! For other fields, the first rule that applies gives the value. A compared field is one that the place of a secret
//! states in several ways, such as the environment: the path says `prod`, the host says `staging`. There, the first rule
//! of each source gives a value, and values that differ are a conflict.

use super::place_view::PlaceView;
use super::place_words::WordSource;
use super::policy::MetadataRule;

/// A value that a place states, and the source of its words. `None`: a rule that is not about words of one source.
pub(super) type Stated<'a> = (&'a str, Option<WordSource>);

/// The rules of a compared field.
pub(super) struct ComparedRules<'a> {
    pub field: &'a str,
    rules: Vec<ComparedRule<'a>>,
}

struct ComparedRule<'a> {
    /// Its index among all rules.
    index: usize,
    rule: &'a MetadataRule,
    value: &'a str,
    source: Option<WordSource>,
}

impl<'a> ComparedRules<'a> {
    pub(super) fn of(field: &'a str, rules: &'a [MetadataRule]) -> Self {
        let compared = |(index, rule): (usize, &'a MetadataRule)| {
            Some(ComparedRule {
                index,
                rule,
                value: rule.set.get(field)?,
                source: rule.when.word_source(),
            })
        };
        let rules = rules.iter().enumerate();
        let rules = rules.filter(|(_, rule)| !rule.when.is_weak());
        Self {
            field,
            rules: rules.filter_map(compared).collect(),
        }
    }

    /// For each rule about words of the key, the host or the text, whether a part has them that no earlier rule has judged.
    pub(super) fn words_hold(&self, view: &PlaceView<'_>) -> Vec<bool> {
        let mut hold = vec![false; self.rules.len()];
        for source in [WordSource::Key, WordSource::Host, WordSource::Text] {
            let mut parts = source.parts(view.stated.context, view.is_pipeline);
            for (own, hold) in self.rules.iter().zip(&mut hold) {
                if own.source == Some(source) {
                    let judged =
                        parts.extract_if(.., |part| own.rule.when.holds_for_part(source, part));
                    *hold = judged.count() > 0;
                }
            }
        }
        hold
    }

    /// The values that the rules give the field at a place. Several contradict each other. `holds`: whether each rule of
    /// the policy holds for what the place states; `words_hold`: the result of [`words_hold`](Self::words_hold).
    pub(super) fn stated(
        &self,
        view: &PlaceView<'_>,
        holds: &[bool],
        words_hold: &[bool],
    ) -> Vec<Stated<'a>> {
        let mut found: Vec<Stated> = Vec::new();
        let mut path_is_judged = false;
        for (own, words_hold) in self.rules.iter().zip(words_hold) {
            let holds = match own.source {
                // A rule about anything else decides alone, if it comes before all evidence.
                None => {
                    let holds =
                        found.is_empty() && holds[own.index] && own.rule.when.holds_at(view);
                    if holds {
                        return vec![(own.value, None)];
                    }
                    continue;
                }
                // The path is one part: a rule that it fulfils has judged it.
                Some(WordSource::Path) => {
                    let holds = !path_is_judged && own.rule.when.holds_at(view);
                    path_is_judged |= holds;
                    holds
                }
                Some(_) => *words_hold,
            };
            if holds && !found.iter().any(|(known, _)| *known == own.value) {
                found.push((own.value, own.source));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
